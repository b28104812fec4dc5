// Package tui is the front for people at a terminal: messages, roster, rooms,
// composer and two bars, drawn with our own primitives on tview.
//
// Model is all there is to show, with a pane for each room; it is changed by
// plain functions and free of terminal types. keytable.go says which key does
// what, at which place; an overlay (help, search, a question, …) lies over the
// room and has a place of its own. view*.go draw it cell by cell, so
// no text is ever parsed for markup. app.go runs the two on one goroutine,
// tview's, which is fed the session's events as a synthetic key; a command that
// may take a while runs beside it. Names, phrases and commands are
// internal/front's, widths and line breaking internal/text's.
package tui

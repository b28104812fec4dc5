package tui

import (
	"fmt"
	"html"
	"strings"

	"github.com/gdamore/tcell/v2"
)

// The picture's measures and colours: a common dark terminal palette.
const (
	svgCell   = 8.4 // pixels, of a 14-pixel monospace font
	svgLine   = 18.0
	svgMargin = 12.0

	svgBackground = "#1d2021"
	svgForeground = "#ebdbb2"
)

var svgColors = map[tcell.Color]string{
	tcell.ColorMaroon: "#e2786d", tcell.ColorGreen: "#98b35a", tcell.ColorOlive: "#d8a657",
	tcell.ColorPurple: "#c78bb4", tcell.ColorTeal: "#7fb59b", tcell.ColorRed: "#fb6f5f",
	tcell.ColorBlue: "#83a5d8", tcell.ColorFuchsia: "#e0a0cc",
}

// SVG draws a screen's cells as a picture, for the documentation.
func SVG(screen tcell.Screen) string {
	w, h := screen.Size()
	width, height := float64(w)*svgCell+2*svgMargin, float64(h)*svgLine+2*svgMargin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", svgBackground)
	for y := range h {
		for x := 0; x < w; {
			run, style, next := svgRun(screen, x, y, w)
			svgText(&b, run, style, x, y, next-x)
			x = next
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// svgRun collects the cells from x on that have one style.
func svgRun(screen tcell.Screen, x, y, w int) (run string, style tcell.Style, next int) {
	_, style, _ = screen.Get(x, y)
	for x < w {
		s, st, cells := screen.Get(x, y)
		if st != style {
			break
		}
		run += s
		x += cells
	}
	return run, style, x
}

func svgText(b *strings.Builder, run string, style tcell.Style, x, y, cells int) {
	fg, _, attrs := style.Decompose()
	color, ground := svgForeground, ""
	if c, ok := svgColors[fg]; ok {
		color = c
	}
	if attrs&tcell.AttrReverse != 0 {
		color, ground = svgBackground, color
	}
	left, top := svgMargin+float64(x)*svgCell, svgMargin+float64(y)*svgLine
	if ground != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", left, top, float64(cells)*svgCell, svgLine, ground)
	}
	text := strings.TrimLeft(run, " ")
	indent := len(run) - len(text)
	text = strings.TrimRight(text, " ")
	if text == "" {
		return
	}
	extra := ""
	if attrs&tcell.AttrBold != 0 {
		extra += ` font-weight="bold"`
	}
	if attrs&tcell.AttrDim != 0 {
		extra += ` opacity="0.6"`
	}
	left += float64(indent) * svgCell
	length := float64(cells-(len(run)-len(text))) * svgCell
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s" textLength="%.1f"%s xml:space="preserve">%s</text>`+"\n",
		left, top+13, color, length, extra, html.EscapeString(text))
}

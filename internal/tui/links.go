package tui

import (
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"time"

	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// links asks which link of a message is to be opened. Each is shown in full
// with the host it leads to, since that is what the user decides by.
type links struct {
	fieldless
	urls   []string
	marked int
}

// offerLinks shows where the links of a message lead.
func (m *Model) offerLinks(msg peer.Message) {
	var urls []string
	for _, at := range text.Links(msg.Text) {
		urls = append(urls, msg.Text[at[0]:at[1]])
	}
	if len(urls) == 0 {
		m.hint = "there is no http or https link in that message"
		return
	}
	m.dismiss()
	m.overlay = &links{urls: urls}
}

func (l *links) place() place { return choosing }
func (l *links) move(n int)   { l.marked = max(0, min(l.marked+n, len(l.urls)-1)) }

func (l *links) status() []string {
	return []string{"Enter opens the link in your browser, Esc does not", "Enter opens, Esc does not", "Enter opens · Esc"}
}

func (l *links) rows(width, height int) (rows []row) {
	for i, u := range l.urls {
		entry := append([]row{listRow("to "+host(u), i == l.marked, width)}, paragraph(u, width, faint)...)
		if i > l.marked && len(rows)+len(entry) > height {
			break
		}
		rows = append(rows, entry...)
	}
	return rows[max(0, len(rows)-height):]
}

// take opens the link that is marked, beside: the system may take its time.
func (l *links) take(m *Model) {
	link, open := l.urls[l.marked], m.outside.open
	m.overlay = nil
	m.beside(func() outcome {
		err := open(link)
		return outcome{then: func() {
			m.hint = "opened " + link
			if err != nil {
				m.hint = "not opened: " + err.Error()
			}
		}}
	})
}

// copyText copies a message to the terminal's clipboard.
func (m *Model) copyText(msg peer.Message) {
	if len(msg.Text) > maxCopied {
		m.hint = "too long for a terminal's clipboard; Alt-L lets the mouse select it"
		return
	}
	m.outside.copy(msg.Text)
	m.hint = "copied, if the terminal allows it (tmux: set -g set-clipboard on)"
}

// maxCopied is what terminals take: 100,000 characters of base64.
const maxCopied = 74_000

// named finds the message that a command of this front is about: the one
// named, or the last there is.
func (m *Model) named(args string) (msg peer.Message, ok bool) {
	if m.current.room == nil {
		m.hint = inNoRoom
		return msg, false
	}
	msg, err := front.Named(m.current.room, args)
	if err != nil {
		m.hint = err.Error()
		return msg, false
	}
	m.hint = front.Missing(msg)
	return msg, m.hint == ""
}

// host is where a link leads; text.Links has parsed it before.
func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// openerPatience is how long the opener of a link may take to fail: some stay
// for as long as the browser does.
const openerPatience = 2 * time.Second

// openLink has the system open a link; no shell sees it.
func openLink(link string) error { return runOpener(opener(link), openerPatience) }

// runOpener starts a program that opens a link. One that still runs after a while
// has opened it, and is left alone.
func runOpener(cmd *exec.Cmd, patience time.Duration) error {
	err := cmd.Start()
	if err == nil {
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err = <-ended:
		case <-time.After(patience):
		}
	}
	if errors.Is(err, exec.ErrNotFound) {
		err = fmt.Errorf("there is no %s here", cmd.Args[0])
	}
	if err != nil {
		return fmt.Errorf("%w; Alt-L lets you select it", err)
	}
	return nil
}

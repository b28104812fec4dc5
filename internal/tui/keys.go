package tui

import "github.com/gdamore/tcell/v2"

// key does what a key stands for. It reports whether the screen is to be
// drawn anew from nothing (Ctrl-L).
func (v *view) key(ev *tcell.EventKey) (sync bool) {
	m, c := v.model, &v.model.current.composer
	m.hint = ""
	defer m.look() // scrolling may have brought the latest into sight
	alt := ev.Modifiers()&(tcell.ModAlt|tcell.ModMeta) != 0
	ctrl := ev.Modifiers()&tcell.ModCtrl != 0
	page := max(1, m.current.log.height-1)

	switch ev.Key() {
	case tcell.KeyEnter:
		if alt {
			v.fits(c.insert("\n"))
		} else {
			m.submit()
		}
	case tcell.KeyCtrlJ:
		v.fits(c.insert("\n"))
	case tcell.KeyCtrlC:
		m.interrupt()
	case tcell.KeyCtrlD:
		if c.text == "" {
			m.quit = true
		} else {
			c.delete()
		}
	case tcell.KeyCtrlL:
		return true
	case tcell.KeyF1:
		m.help()

	case tcell.KeyPgUp:
		m.hint = m.current.pageUp(page, m.now())
	case tcell.KeyPgDn:
		m.current.log.scrollDown(page)
	case tcell.KeyHome:
		if ctrl || c.text == "" {
			m.current.log.top()
		} else {
			c.home()
		}
	case tcell.KeyEnd:
		if ctrl || c.text == "" {
			m.current.log.bottom()
		} else {
			c.end()
		}

	case tcell.KeyUp, tcell.KeyCtrlP:
		if alt {
			m.step(-1)
		} else {
			c.up(v.composerWidth)
		}
	case tcell.KeyDown, tcell.KeyCtrlN:
		if alt {
			m.step(1)
		} else {
			c.down(v.composerWidth)
		}
	case tcell.KeyLeft:
		if ctrl || alt {
			c.wordLeft()
		} else {
			c.left()
		}
	case tcell.KeyRight:
		if ctrl || alt {
			c.wordRight()
		} else {
			c.right()
		}
	case tcell.KeyCtrlB:
		c.left()
	case tcell.KeyCtrlF:
		c.right()
	case tcell.KeyCtrlA:
		c.home()
	case tcell.KeyCtrlE:
		c.end()
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		if alt {
			c.killWord()
		} else {
			c.backspace()
		}
	case tcell.KeyDelete:
		c.delete()
	case tcell.KeyCtrlK:
		c.killToEnd()
	case tcell.KeyCtrlU:
		c.killToHome()
	case tcell.KeyCtrlW:
		c.killWord()
	case tcell.KeyCtrlY:
		v.fits(c.yank())

	case tcell.KeyRune:
		switch {
		case alt && ctrl && ev.Rune() == 'm': // how tmux sends Alt-Enter
			v.fits(c.insert("\n"))
		case alt && ev.Rune() == 'b':
			c.wordLeft()
		case alt && ev.Rune() == 'f':
			c.wordRight()
		case alt && ev.Rune() == 'a':
			m.nextUnread()
		case alt && ev.Rune() >= '1' && ev.Rune() <= '9':
			m.goTo(int(ev.Rune() - '0'))
		case !alt && !ctrl:
			v.fits(c.typed(ev.Rune()))
		}
	}
	return false
}

// fits tells the user if there was no room for more text.
func (v *view) fits(ok bool) {
	if !ok {
		v.model.tooLong()
	}
}

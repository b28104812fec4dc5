package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"gochat/internal/attach"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/internal/hub"
	"gochat/internal/profile"
	"gochat/internal/tui"
)

// runAttach shows, in this terminal, the gochat that has the data directory.
func runAttach(ctx context.Context, cfg config.Config, env Env) error {
	warn(cfg, env)
	for _, name := range cfg.Unused("data-dir", "ui", "theme", "notify") {
		fmt.Fprintf(env.Err, "gochat: --%s has no effect: gochat attach shows the gochat that runs, as it was started; its commands (/help) change it\n", name)
	}
	ui := chooseUI(cfg.UI, env)
	if ui == config.JSON {
		return attachProgram(ctx, cfg, env)
	}
	bye, err := attachTerminal(ctx, cfg, env, ui)
	if bye.Reason == attach.Unsuitable && cfg.UI != config.TUI {
		bye, err = attachTerminal(ctx, cfg, env, config.Plain)
	}
	if errors.Is(err, attach.ErrCut) && goesOn(ctx, cfg, env) {
		bye, err = attach.Bye{Reason: attach.Slow}, nil
	}
	if err != nil {
		return err
	}
	again := "gochat attach" + dataDirOption(cfg)
	switch bye.Reason {
	case attach.Left, attach.Detached:
		still := "gochat goes on"
		if bye.PID > 0 {
			still += fmt.Sprintf(" (process %d)", bye.PID)
		}
		fmt.Fprintf(lastWords{env.Err}, "left; %s: %s shows it again, gochat stop%s ends it\n", still, again, dataDirOption(cfg))
		return nil
	case attach.Ended:
		return ended(ctx, cfg, env)
	case attach.Slow:
		return errors.New("what was shown was not read in time, so gochat let go of this terminal; it goes on: " + again)
	case attach.Busy:
		return errors.New("too many terminals show this gochat already; gochat detach has all of them leave")
	}
	return errors.New("the gochat that runs says: " + bye.Text)
}

// endWithin is how long a process that ends may take to let go of its files.
const endWithin = 5 * time.Second

// cutWithin is how long a process that was cut off without a word may take to be
// gone, or it goes on.
const cutWithin = time.Second

// goesOn reports whether a gochat that said nothing at the end has not ended.
func goesOn(ctx context.Context, cfg config.Config, env Env) bool {
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, cutWithin)
	defer cancel()
	return !hasLetGo(ctx, dir)
}

// ended says that gochat has ended, once it has: whoever waits for that may want to
// start it again.
func ended(ctx context.Context, cfg config.Config, env Env) error {
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	if !hasLetGo(ctx, dir) {
		fmt.Fprintln(lastWords{env.Err}, "gochat ends; its process still writes to its files")
		return nil
	}
	fmt.Fprintln(lastWords{env.Err}, "gochat has ended")
	return nil
}

// dataDirOption is the option that names the same data directory again.
func dataDirOption(cfg config.Config) string {
	if cfg.DataDir == "" {
		return ""
	}
	return " --data-dir " + front.ShellWord(cfg.DataDir)
}

// dialRunning connects with a socket of the gochat that has the data directory, for
// a command.
func dialRunning(cfg config.Config, env Env, command config.Command, dial func(dir string) (net.Conn, error)) (net.Conn, error) {
	dir, explicit, err := dataDir(cfg, env)
	if err != nil {
		return nil, err
	}
	conn, err := dial(dir)
	if errors.Is(err, hub.ErrNobody) {
		err = nobodyRuns(err, dir, explicit, command)
	}
	return conn, err
}

// nobodyRuns says where a gochat runs if not in the data directory: beside the
// default profile, perhaps.
func nobodyRuns(err error, dir string, explicit bool, command config.Command) error {
	var others []string
	if !explicit {
		others = profile.OthersInUse(dir)
	}
	if len(others) == 0 {
		return fmt.Errorf("%w; gochat --detach --room NAME begins one in the background, and --data-dir names another place to look", err)
	}
	return fmt.Errorf("%w, but one does in %s: gochat %s --data-dir %s", err, strings.Join(others, ", and in "), command, front.ShellWord(others[0]))
}

func dialTerminal(dir string) (net.Conn, error) {
	return hub.DialAt(filepath.Join(dir, terminalSocket))
}

// attachTerminal shows a front of the gochat that runs in this terminal.
func attachTerminal(ctx context.Context, cfg config.Config, env Env, ui config.UI) (bye attach.Bye, err error) {
	hello := attach.Hello{UI: string(ui), Echoed: isTerminal(env.In) && isTerminal(env.Out)}
	if ui == config.TUI {
		hello.Theme, hello.Notify = look(cfg)
		hello.Environ = tui.Environ(env.Getenv)
		defer keepTyped(env.In)()
		if !isTerminal(env.In) || !isTerminal(env.Out) {
			return bye, errors.New("the full screen needs a terminal; --ui plain and --json do without")
		}
		if hello.Width, hello.Height, err = term.GetSize(int(env.Out.Fd())); err != nil {
			return bye, fmt.Errorf("terminal: %w", err)
		}
	}
	conn, err := dialRunning(cfg, env, config.Attach, dialTerminal)
	if err != nil {
		return bye, err
	}
	defer conn.Close()
	if ui == config.TUI {
		before, err := term.MakeRaw(int(env.In.Fd()))
		if err != nil {
			return bye, fmt.Errorf("terminal: %w", err)
		}
		defer func() { _ = term.Restore(int(env.In.Fd()), before) }()
	}
	c, err := attach.NewClient(conn, hello)
	if err != nil {
		return bye, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	tellSize := func() {
		if w, h, err := term.GetSize(int(env.Out.Fd())); err == nil {
			_ = c.Resize(w, h)
		}
	}
	defer watchSize(env.Out, tellSize)()
	if ui == config.TUI {
		tellSize() // it may have changed before it was watched
	}
	typing := sync.OnceFunc(func() { go c.Type(env.In) })
	if ui != config.TUI {
		typing()
	}
	bye, err = c.Show(uponOutput{env.Out, typing}, env.Err)
	if err != nil && ui == config.TUI {
		_, _ = io.WriteString(env.Out, sane)
	}
	if ctx.Err() != nil {
		bye, err = attach.Bye{Reason: attach.Left}, nil
	}
	return bye, err
}

// uponOutput calls first before it writes. A full screen that is refused has shown
// nothing: what is typed is then for the front that comes in its place, and a read
// that waits for it already would take it away.
type uponOutput struct {
	io.Writer
	first func()
}

func (w uponOutput) Write(b []byte) (int, error) {
	w.first()
	return w.Writer.Write(b)
}

// look is the theme and the way to call the user as they were asked for here; "" is
// not said.
func look(cfg config.Config) (theme, notify string) {
	if cfg.Given("theme") {
		theme = string(cfg.Theme)
	}
	if cfg.Given("notify") {
		notify = string(cfg.Notify)
	}
	return theme, notify
}

// sane takes back what a full screen sets that had no time to do it itself: what is
// reported of mouse, paste and focus; how keys are sent (the keypad, and three ways
// for all modifiers, one of them counted for each screen); drawing in one go, no
// breaks at the margin, colours, the hidden cursor, and last the other screen.
const sane = "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l" +
	"\x1b[?1l\x1b>\x1b[?9001l\x1b[<u\x1b[>4;0m" +
	"\x1b[?2026l\x1b[?7h\x1b[0m\x1b[?25h\x1b[?1049l"

// attachProgram has standard input and output speak the JSON front of the gochat
// that runs.
func attachProgram(ctx context.Context, cfg config.Config, env Env) error {
	conn, err := dialRunning(cfg, env, config.Attach, hub.DialProgram)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	go func() {
		_, _ = io.Copy(conn, env.In)
		if half, ok := conn.(*net.UnixConn); ok {
			_ = half.CloseWrite()
		}
	}()
	_, err = io.Copy(env.Out, conn)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// runDetach has all terminals leave the gochat that runs.
func runDetach(ctx context.Context, cfg config.Config, env Env) error {
	conn, err := dialRunning(cfg, env, config.Detach, dialTerminal)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c, err := attach.NewClient(conn, attach.Hello{Detach: true})
	if err != nil {
		return err
	}
	bye, err := c.Show(io.Discard, io.Discard)
	if err != nil {
		return err
	}
	what := map[string]string{"0": "no terminal was there", "1": "1 terminal has left"}[bye.Text]
	if what == "" {
		what = bye.Text + " terminals have left"
	}
	fmt.Fprintf(env.Out, "%s; gochat goes on (process %d)\n", what, bye.PID)
	return nil
}

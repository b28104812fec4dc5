package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"gochat/internal/admin"
	"gochat/internal/config"
	"gochat/internal/text"
)

// operateTimeout bounds a command.
const operateTimeout = 40 * time.Second

// runOperate has the bootnode that runs on this machine do something.
func runOperate(ctx context.Context, cfg config.Config, env Env) int {
	if len(cfg.Args) == 0 {
		return say(env.Out, config.CommandHelp(config.Operate))
	}
	err := operate(ctx, cfg, env)
	if err != nil && cfg.UI == config.JSON {
		err = errors.Join(err, printJSON(env.Out, refusal(err)))
	}
	return fail(env.Err, err)
}

func refusal(err error) admin.Response {
	return admin.Response{V: admin.Version, Error: explained(err)}
}

// asksJSON reports whether arguments that cannot be read ask for JSON: a program
// that made them reads nothing else.
func asksJSON(args []string) bool {
	for i, a := range args {
		switch name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-"), "="); {
		case a == "--":
			return false
		case !strings.HasPrefix(a, "-"):
		case name == "json" && (value == "" || value == "true"):
			return true
		case name == "ui" && (value == string(config.JSON) || value == "" && i+1 < len(args) && args[i+1] == string(config.JSON)):
			return true
		}
	}
	return false
}

// explained is an error as a program reads it, also if no bootnode has answered.
func explained(err error) *admin.Error {
	var refused *admin.Error
	var exit *exitError
	var setting *config.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &setting):
		return &admin.Error{Code: admin.CodeUsage, Message: err.Error()}
	case errors.Is(err, admin.ErrNobody):
		return &admin.Error{Code: admin.CodeNobody, Message: err.Error()}
	case errors.As(err, &exit) && exit.code == ExitUsage:
		return &admin.Error{Code: admin.CodeUsage, Message: err.Error()}
	}
	return &admin.Error{Code: admin.CodeFailed, Message: err.Error()}
}

func operate(ctx context.Context, cfg config.Config, env Env) error {
	r, err := adminRequest(cfg)
	if err != nil {
		return &exitError{ExitUsage, err}
	}
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return err
	}
	path := adminSocketPath(cfg, filepath.Join(dir, "bootnode"))
	if path == "" {
		return &exitError{ExitUsage, errors.New("the admin socket is off here (--admin-sock, ADMIN_SOCK): name that of the bootnode with --admin-sock PATH")}
	}
	ctx, cancel := context.WithTimeout(ctx, operateTimeout)
	defer cancel()
	result, err := admin.Ask(ctx, path, r)
	if refused := (*admin.Error)(nil); errors.As(err, &refused) {
		refused.Message = text.Clean(refused.Message, 4<<10)
		if refused.Code == admin.CodeUsage {
			return &exitError{ExitUsage, err}
		}
		return err
	}
	switch {
	case errors.Is(err, admin.ErrNobody):
		return &exitError{ExitUnreachable, fmt.Errorf("%w: is a bootnode running there, and has it no other --data-dir or --admin-sock?", err)}
	case err != nil:
		return err
	case cfg.UI == config.JSON:
		return printJSON(env.Out, admin.Response{V: admin.Version, OK: true, Result: result})
	}
	return printResult(env.Out, r, result)
}

func printJSON(w io.Writer, r admin.Response) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// adminRequest reads the arguments.
func adminRequest(cfg config.Config) (r admin.Request, err error) {
	r.Cmd = cfg.Args[0]
	arg, given := "", len(cfg.Args) > 1
	if given {
		arg = cfg.Args[1]
	}
	op := cfg.Operating
	switch r.Cmd {
	case admin.Kick, admin.Ban, admin.Unban:
		if r.Target = arg; arg == "" {
			return r, fmt.Errorf("gochat bootnode %s needs to know whom: a session, a run's key, an IP address or prefix, or token:NAME", r.Cmd)
		}
		if r.Cmd != admin.Unban {
			r.For, r.Reason = int64(op.For/time.Second), op.Reason
		}
	case admin.Notice:
		if r.Text = &arg; strings.TrimSpace(arg) == "" {
			return r, errors.New("gochat bootnode notice needs a text")
		}
		if cfg.Source("room").Kind == config.Flag && len(cfg.Rooms) > 0 {
			r.Room = cfg.Rooms[0].Name
		}
	case admin.MOTD:
		if given {
			arg = strings.TrimSuffix(arg, "\n")
			if arg == "-" {
				arg = ""
			}
			r.Text = &arg
		}
	case admin.Drain:
		r.In, r.To, r.Cancel = int64(op.In/time.Second), cfg.To, op.Cancel
	case admin.Rooms:
		if r.Room = arg; given && arg == "" {
			return r, errors.New("gochat bootnode rooms takes the beginning of a room's tag, or nothing")
		}
	case admin.Status, admin.Peers, admin.Bans, admin.Reload:
	default:
		return r, fmt.Errorf("there is no command gochat bootnode %s; %s", text.Clean(r.Cmd, 64), config.MeantOf(config.Operate, r.Cmd))
	}
	if given && slices.Contains([]string{admin.Drain, admin.Status, admin.Peers, admin.Bans, admin.Reload}, r.Cmd) {
		return r, fmt.Errorf("gochat bootnode %s takes no argument", r.Cmd)
	}
	return r, nil
}

// printResult shows a result to people.
func printResult(w io.Writer, r admin.Request, raw json.RawMessage) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var err error
	switch r.Cmd {
	case admin.Status:
		err = show(raw, func(s admin.StatusResult) { printStatus(t, s) })
	case admin.Peers:
		err = show(raw, func(s admin.PeersResult) { printPeers(t, s) })
	case admin.Rooms:
		err = show(raw, func(s admin.RoomsResult) { printRooms(t, s, r.Room) })
	case admin.Bans:
		err = show(raw, func(s admin.BansResult) {
			fmt.Fprintln(t, "WHO\tUNTIL\tREASON")
			for _, b := range s.Bans {
				fmt.Fprintf(t, "%s\t%s\t%s\n", b.Target, until(b.Until), oneLine(b.Reason))
			}
		})
	case admin.Kick, admin.Ban:
		err = show(raw, func(b admin.BanResult) {
			fmt.Fprintf(t, "%s is kept out (until: %s); registrations ended: %d\n", b.Target, until(b.Until), b.Ended)
			if b.At != "" {
				fmt.Fprintf(t, "it is at %s, and stays there: say it there, too\n", text.Clean(b.At, 400))
			}
		})
	case admin.Unban:
		err = show(raw, func(b admin.BanResult) { fmt.Fprintf(t, "%s may come again\n", b.Target) })
	case admin.Notice:
		err = show(raw, func(x admin.TextResult) { fmt.Fprintf(t, "members who are told: %d\n", x.Members) })
	case admin.MOTD:
		err = show(raw, func(x admin.TextResult) {
			if x.Text == "" {
				x.Text = "members are not greeted"
			}
			fmt.Fprintln(t, text.Clean(x.Text, 4000))
		})
	case admin.Drain:
		err = show(raw, func(x admin.DrainResult) {
			switch {
			case x.Until == nil:
				fmt.Fprintln(t, "the bootnode stays")
			case len(x.Elsewhere) == 0:
				fmt.Fprintf(t, "the bootnode stops when its %d members have left, at %s at the latest; no other bootnode was named to them (--to HOST:PORT)\n", x.Members, until(x.Until))
			default:
				fmt.Fprintf(t, "the bootnode stops when its %d members have gone to %s, at %s at the latest\n", x.Members, text.Clean(strings.Join(x.Elsewhere, " or "), 1000), until(x.Until))
			}
		})
	case admin.Reload:
		err = show(raw, func(x admin.ReloadResult) {
			fmt.Fprintln(t, "files and settings were read again; changed settings:", list(x.Changed))
			if len(x.Restart) > 0 {
				fmt.Fprintln(t, "in force only after a restart:", list(x.Restart))
			}
			if x.Ended > 0 {
				fmt.Fprintln(t, "members sent away, who are not invited any more:", x.Ended)
			}
		})
	}
	if err != nil {
		return fmt.Errorf("the bootnode's answer cannot be read: %w", err)
	}
	return t.Flush()
}

func show[T any](raw json.RawMessage, print func(T)) error {
	var r T
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	print(r)
	return nil
}

func printStatus(w io.Writer, s admin.StatusResult) {
	line := func(name string, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", name, text.Clean(fmt.Sprintf(format, args...), 1000))
	}
	state := "serves"
	if s.Draining != nil {
		state = "stops at " + until(s.Draining) + " at the latest; takes no newcomers"
	}
	line("state", "%s", state)
	line("version", "%s", s.Version)
	line("key", "%s", s.Key)
	line("up", "%v", age(s.Started))
	line("members", "%d of %d (%d over TCP)", s.Members, s.Limits.Members, s.Streams)
	line("rooms", "%d of %d, each of at most %d members", s.Rooms, s.Limits.Rooms, s.Limits.PerRoom)
	line("registrations", "%d joined, %d left, %d timed out, %d sent away, %d refused", s.Joined, s.Left, s.TimedOut, s.Dismissed, s.Refused)
	line("packets", "%d received, %d sent, %d not taken by the system", s.Received, s.Sent, s.SendErrors)
	line("relayed", "%s in %d packets", size(s.RelayBytes), s.Relayed)
	var drops []string
	for name, n := range s.Drops {
		if n > 0 {
			drops = append(drops, fmt.Sprintf("%s %d", name, n))
		}
	}
	slices.Sort(drops)
	line("dropped", "%s", list(drops))
	line("limits", "%d members from an address, %d from the networks around it; relay %s/s each", s.Limits.PerIP, s.Limits.PerPrefix, size(uint64(s.Limits.RelayRate)))
	if m := s.Mailbox; m != nil {
		line("mailbox", "%s", mailboxWords(*m))
	}
	if l := s.Links; l != nil {
		line("links", "%s", linkWords(*l))
	}
	line("bans", "%d", s.Bans)
	line("invitations", "%s", map[bool]string{true: "needed", false: "not needed"}[s.InviteOnly])
	line("memory", "%s, of which %s heap", size(s.MemoryByte), size(s.HeapBytes))
}

// oneLine is what somebody wrote, as a cell of a table.
func oneLine(s string) string {
	return strings.Join(strings.Fields(text.Clean(s, 1000)), " ")
}

func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func until(t *time.Time) string {
	if t == nil {
		return "for good"
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

func age(since time.Time) time.Duration { return max(time.Since(since), 0).Round(time.Second) }

// size is a number of bytes for people.
func size(n uint64) string {
	for _, u := range []struct {
		name string
		of   uint64
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if n >= u.of {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.of), u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

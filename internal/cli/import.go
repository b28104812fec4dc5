package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"gochat/crypto"
	"gochat/internal/archive"
	"gochat/internal/config"
	"gochat/internal/hub"
	"gochat/internal/profile"
	"gochat/internal/text"
	"gochat/internal/wire"
	"gochat/peer"
)

// runImport takes the records of a file: through the gochat that has the data
// directory, or by itself if none has.
func runImport(ctx context.Context, cfg config.Config, env Env) error {
	var room config.Room
	if len(cfg.Rooms) > 0 {
		var err error
		if room, err = oneRoom(cfg); err != nil {
			return err
		}
	}
	file, done, err := inputFile(ctx, cfg.Args[0], env)
	if err != nil {
		return err
	}
	defer done()
	dir, _, err := dataDir(cfg, env)
	if err != nil {
		return err
	}
	prof, _, err := profile.Open(dir, true, passphrase(cfg, env))
	var name string
	var sum peer.Imported
	switch {
	case errors.Is(err, profile.ErrInUse):
		name, sum, err = importThere(ctx, dir, room, file)
	case err == nil:
		name, sum, err = importHere(ctx, cfg, prof, room, file)
		err = errors.Join(err, prof.Close())
	default:
		return err
	}
	if err == nil || sum != (peer.Imported{}) {
		fmt.Fprintf(env.Err, "room %s: %d records are new, %d were here before", cmp.Or(name, "without a name"), sum.New, sum.Known)
		if sum.Old > 0 {
			fmt.Fprintf(env.Err, ", %d are older than what is kept (see --keep)", sum.Old)
		}
		if sum.Refused > 0 {
			fmt.Fprintf(env.Err, ", %d were refused: forged, or beyond what an author may write", sum.Refused)
		}
		fmt.Fprintln(env.Err)
	}
	return err
}

// maxSpooled is how much of standard input is taken.
const maxSpooled = 8 << 30

// inputFile is the absolute path of a file; standard input (-) or a pipe is put
// into one until done is called.
func inputFile(ctx context.Context, name string, env Env) (path string, done func(), err error) {
	open := func() (io.ReadCloser, error) { return io.NopCloser(env.In), nil }
	if name != "-" {
		st, err := os.Stat(name)
		if err != nil || st.Mode()&fs.ModeNamedPipe == 0 {
			path, err = filepath.Abs(name)
			return path, func() {}, err
		}
		open = func() (io.ReadCloser, error) { return os.Open(name) }
	}
	f, err := os.CreateTemp("", "gochat-import-*")
	if err != nil {
		return "", nil, err
	}
	done = func() { os.Remove(f.Name()) }
	spooled := make(chan error, 1)
	go func() { spooled <- errors.Join(spool(f, open), f.Close()) }()
	select {
	case err = <-spooled:
	case <-ctx.Done(): // whoever writes the pipe may never end it
		err = errInterrupted
	}
	if err != nil {
		done()
		return "", nil, err
	}
	return f.Name(), done, nil
}

// spool copies what is opened.
func spool(f io.Writer, open func() (io.ReadCloser, error)) error {
	in, err := open()
	if err != nil {
		return err
	}
	defer in.Close()
	n, err := io.Copy(f, io.LimitReader(in, maxSpooled+1))
	if err == nil && n > maxSpooled {
		err = errors.New("the input is too long")
	}
	return err
}

// importThere has the running gochat take a file.
func importThere(ctx context.Context, dir string, room config.Room, file string) (name string, sum peer.Imported, err error) {
	c, err := hub.Dial(dir)
	if err != nil {
		return "", sum, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	answer, err := c.Do(hub.Command{Cmd: "import", Room: room.Name, Secret: room.Secret, File: file})
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted; the running gochat goes on with the file")
	}
	if err != nil {
		return "", sum, err
	}
	if x := answer.Imported; x != nil {
		sum = peer.Imported{New: x.New, Known: x.Known, Old: x.Old, Refused: x.Refused}
	}
	return answer.Room, sum, answer.Err()
}

// importHere takes a file in a profile that nobody else has open.
func importHere(ctx context.Context, cfg config.Config, prof *profile.Profile, room config.Room, file string) (name string, sum peer.Imported, err error) {
	if cfg.Ephemeral {
		return "", sum, errors.New("with --ephemeral there is nothing to import into")
	}
	run, err := prof.NextRun(time.Now())
	if err != nil {
		return "", sum, err
	}
	log := slog.New(slog.DiscardHandler)
	h, err := openHistory(prof, cfg, log)
	if err != nil {
		return "", sum, err
	}
	in := importer{ctx: ctx, profile: prof, history: h, run: run, log: log}
	name, sum, err = in.take(room, file)
	return name, sum, errors.Join(err, h.close())
}

// importer takes files into rooms of a profile.
type importer struct {
	ctx     context.Context // ends it between records
	profile *profile.Profile
	history *history
	run     uint64
	log     *slog.Logger
	joined  []*room    // those a node is in
	node    *peer.Node // nil: none runs
}

// take takes a file of a room, or of whichever is known if it has no name.
func (in importer) take(wanted config.Room, path string) (name string, sum peer.Imported, err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // of a pipe, nobody need hold the other end
	if err != nil {
		return "", sum, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return "", sum, cmp.Or(err, fmt.Errorf("%s is no file", path))
	}
	keys := map[crypto.EpochID]*crypto.RoomKeys{}
	add := func(k *crypto.RoomKeys) { keys[k.Epoch] = k }
	conversations, err := in.conversations(wanted.Name)
	if err != nil {
		return wanted.Name, sum, err
	}
	for _, c := range conversations {
		add(c.Keys)
	}
	switch {
	case text.BeginsWithAt(wanted.Name):
		if len(keys) == 0 {
			return wanted.Name, sum, fmt.Errorf("no conversation %s is known here; without --room all that are known are tried", wanted.Name)
		}
	case wanted.Name != "":
		add(in.keysOf(wanted))
	default:
		for _, e := range in.profile.RoomKeys() {
			add(crypto.NewRoomKeys(e))
		}
		for _, r := range in.joined {
			add(r.keys)
		}
	}
	records, err := archive.NewReader(f, func(id crypto.EpochID) *crypto.RoomKeys { return keys[id] })
	if errors.Is(err, archive.ErrOtherRoom) && wanted.Name == "" {
		err = errors.New("exported from a room that was never joined here; name it with --room, and its secret with --secret-file")
	}
	if err != nil {
		return wanted.Name, sum, fmt.Errorf("%s: %w", path, err)
	}
	next := func() (*wire.Record, error) {
		if in.ctx.Err() != nil {
			return nil, errInterrupted
		}
		return records.Next()
	}
	if i := slices.IndexFunc(conversations, func(c peer.KeptConversation) bool { return c.Keys.ID == records.Room().ID }); i >= 0 {
		name, sum, err = in.converse(conversations[i], next)
	} else {
		name, sum, err = in.feed(wanted.Name, records.Room(), next)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return name, sum, err
}

// keysOf are the keys of a room that was named. Of a joined one the secret need
// not be given again.
func (in importer) keysOf(wanted config.Room) *crypto.RoomKeys {
	for _, r := range in.joined {
		if r.Name() == wanted.Name && wanted.Secret == "" {
			return r.keys
		}
	}
	return deriveKeys(in.profile, wanted.Name, wanted.Secret, in.log)
}

// conversations are those of a name, none if it is a room's, all if it is "".
func (in importer) conversations(name string) (list []peer.KeptConversation, err error) {
	if in.history.db == nil || name != "" && !text.BeginsWithAt(name) {
		return nil, nil
	}
	list, err = peer.KeptConversations(in.profile.Identity(), in.history.db)
	return slices.DeleteFunc(list, func(c peer.KeptConversation) bool {
		return name != "" && in.history.name(c.Keys.ID) != name
	}), err
}

type nextRecord = func() (*wire.Record, error)

// converse hands the records to the conversation they belong to.
func (in importer) converse(c peer.KeptConversation, next nextRecord) (name string, sum peer.Imported, err error) {
	name = in.history.name(c.Keys.ID)
	if in.node != nil {
		sum, err = in.node.ImportConversation(c, next)
		return name, sum, err
	}
	kept, err := in.history.conversation(c.Keys)
	if err == nil {
		sum, err = peer.ImportInto(
			peer.RoomConfig{Keys: c.Keys, Store: kept, Member: c.Members.Has, Retention: in.history.retention("")},
			peer.Config{Identity: in.profile.Identity(), RunNumber: in.run}, next)
	}
	return name, sum, err
}

// feed hands the records to the room they belong to.
func (in importer) feed(wanted string, keys *crypto.RoomKeys, next nextRecord) (name string, sum peer.Imported, err error) {
	for _, r := range in.joined {
		if r.keys.ID == keys.ID {
			sum, err = r.Import(next)
			return r.Name(), sum, err
		}
	}
	kept, err := in.history.room(keys.ID, wanted)
	if err != nil || kept == nil {
		return wanted, sum, cmp.Or(err, errors.New("the room is not joined, and nothing is kept on disk here (--ephemeral)"))
	}
	name = cmp.Or(wanted, in.history.name(keys.ID))
	sum, err = peer.ImportInto(
		peer.RoomConfig{Keys: keys, Store: kept, Retention: in.history.retention(name)},
		peer.Config{Identity: in.profile.Identity(), RunNumber: in.run}, next)
	return name, sum, err
}

// Import is as in front.Session.
func (s *session) Import(room, secret, file string) (string, peer.Imported, error) {
	s.importing.Lock()
	defer s.importing.Unlock()
	s.mu.Lock()
	c := s.client
	in := importer{ctx: context.Background(), profile: c.profile, history: c.history, run: c.number, log: c.log, joined: slices.Clone(s.rooms), node: s.node}
	s.mu.Unlock()
	return in.take(config.Room{Name: room, Secret: secret}, file)
}

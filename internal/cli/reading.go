package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/profile"
	"gochat/internal/store"
	"gochat/internal/text"
	"gochat/internal/wire"
	"gochat/peer"
	roomlog "gochat/room"
)

// reading is one room of a profile as it is read beside the process that has it
// open, or without one.
type reading struct {
	profile *profile.Reading
	db      *store.DB
	room    *store.Room
	name    string
	id      crypto.RoomID
	keys    *crypto.RoomKeys // nil: it was found by its name; see knownKeys
}

// openReading opens the room that a command was given.
func openReading(cfg config.Config, env Env) (*reading, error) {
	name, err := oneRoom(cfg)
	if err != nil {
		return nil, err
	}
	r, err := openStored(cfg, env)
	if err != nil {
		return nil, err
	}
	if err := r.find(name); err != nil {
		r.close()
		if errors.Is(err, store.ErrNoRoom) {
			err = fmt.Errorf("nothing is stored of the room %s here; is the name right, and the secret?", name.Name)
		}
		return nil, err
	}
	return r, nil
}

// openStored opens a profile and its messages, and no room.
func openStored(cfg config.Config, env Env) (*reading, error) {
	dir, p, err := readProfile(cfg, env)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(historyPath(dir, p.DataKey()), store.Options{
		Key: p.DataKey(), Self: p.Key(), ReadOnly: true, Logger: slog.New(slog.DiscardHandler),
	})
	return &reading{profile: p, db: db}, err
}

// readProfile reads the profile that was named, or the default one, which another
// process may have open.
func readProfile(cfg config.Config, env Env) (dir string, p *profile.Reading, err error) {
	if dir, _, err = dataDir(cfg, env); err != nil {
		return "", nil, err
	}
	p, err = profile.Read(dir, passphrase(cfg, env))
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no profile in %s yet, gochat makes one when it first joins a room; with --data-dir another place is read", dir)
	}
	return dir, p, err
}

// find opens the room: by its keys, a conversation by its name. So is a private
// room whose secret was not given, if no other is meant by the name. The error for
// a room that is not there is store.ErrNoRoom, and it may be looked for again.
func (r *reading) find(name config.Room) (err error) {
	r.name = name.Name
	byName := text.BeginsWithAt(name.Name)
	if !byName {
		if r.keys == nil { // it takes a second
			r.keys = crypto.NewRoomKeys(crypto.DeriveEpoch0(name.Name, name.Secret))
		}
		r.id = r.keys.ID
		r.room, err = r.db.Room(r.id)
		byName = errors.Is(err, store.ErrNoRoom) && name.Secret == ""
	}
	if byName {
		ids, failed := storedRooms(r.db, name.Name)
		switch {
		case failed != nil:
			return failed
		case len(ids) > 1 && r.keys != nil:
			return fmt.Errorf("%d private rooms called %s are stored here; name the secret of the one you mean with --secret-file", len(ids), name.Name)
		case len(ids) > 0:
			r.id, r.keys = ids[0], nil
		}
		r.room, err = r.db.Room(r.id)
	}
	return err
}

// storedRooms finds the rooms that had a name last, the one with the newest
// message first.
func storedRooms(db *store.DB, name string) (ids []crypto.RoomID, err error) {
	rooms, err := db.Rooms()
	for _, x := range rooms {
		if x.Name == name {
			ids = append(ids, x.ID)
		}
	}
	return ids, err
}

// knownKeys are the keys of a room that was found by its name: as they are kept,
// or, of two people who left their conversation, made again from the other's
// key; nil: they are gone.
func (r *reading) knownKeys() (keys *crypto.RoomKeys, err error) {
	cached, err := r.profile.RoomKeys()
	if err != nil {
		return nil, err
	}
	for _, e := range cached {
		if k := crypto.NewRoomKeys(e); k.ID == r.id {
			return k, nil
		}
	}
	kept, err := peer.KeptConversations(r.profile.Identity(), r.db)
	if err != nil {
		return nil, err
	}
	for _, c := range kept {
		if c.Keys.ID == r.id {
			return c.Keys, nil
		}
	}
	tried := map[crypto.PublicKey]bool{r.profile.Key(): true}
	err = r.room.Scan(func(rec *wire.Record) error {
		if tried[rec.Author] {
			return nil
		}
		tried[rec.Author] = true
		if c, err := peer.PairConversation(r.profile.Identity(), rec.Author); err == nil && c.Keys.ID == r.id {
			keys = c.Keys
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return keys, err
}

// errFound ends a scan.
var errFound = errors.New("found")

func (r *reading) close() { r.db.Close() }

// oneRoom is the one room a command is for.
func oneRoom(cfg config.Config) (config.Room, error) {
	if err := cfg.NeedRoom(); err != nil {
		return config.Room{}, err
	}
	if len(cfg.Rooms) > 1 {
		return config.Room{}, cfg.Unusable("room", errors.New("this command is for one room"))
	}
	return cfg.Rooms[0], nil
}

// message makes a message presentable; false if it shows nothing.
func (r *reading) message(m roomlog.Message) (peer.Message, bool) {
	return peer.MessageOf(m, r.name, r.profile.Key(), r.person, r.profile.Ignored)
}

// person names the owner of a key.
func (r *reading) person(key crypto.PublicKey) peer.Person {
	p := peer.Person{Key: key, Own: key == r.profile.Key(), Nick: key.Nickname(), Verified: r.profile.Verified(key)}
	raw, err := r.room.Nick(key)
	if nick, ok := text.CleanNick(string(raw)); ok && err == nil {
		p.Nick = nick
	}
	if !p.Own {
		p.Nick, p.Impostor, _ = peer.Standing(known{r.profile}, p.Nick, key)
		p.Ignored = r.profile.Ignored(key)
	}
	return p
}

// known is the profile as peer.Known.
type known struct{ *profile.Reading }

// First is as in peer.Known.
func (k known) First(folded string) (crypto.PublicKey, bool) { return k.Nick(folded) }

// view finds a message by its id.
func (r *reading) view(id string) (peer.Message, bool) {
	m, err := r.room.View(id)
	if err != nil {
		return peer.Message{}, false
	}
	return r.message(m)
}

// viewOf is a peer.Viewer.
func (r *reading) viewOf(id wire.RecordID) (m roomlog.Message, shown peer.Message, err error) {
	m, err = r.room.View(id.String())
	if errors.Is(err, roomlog.ErrNotFound) {
		return roomlog.Message{}, shown, nil
	}
	if err != nil {
		return m, shown, err
	}
	if out, ok := r.message(m); ok && !out.Ignored {
		shown = out
	}
	return m, shown, nil
}

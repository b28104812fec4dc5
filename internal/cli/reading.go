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
	keys    *crypto.RoomKeys // nil: of a conversation
}

// openReading opens the room that a command was given.
func openReading(cfg config.Config, env Env) (*reading, error) {
	name, err := oneRoom(cfg)
	if err != nil {
		return nil, err
	}
	r := &reading{name: name.Name}
	var dir string
	if dir, r.profile, err = readProfile(cfg, env); err != nil {
		return nil, err
	}
	r.db, err = store.Open(historyPath(dir, r.profile.DataKey()), store.Options{
		Key: r.profile.DataKey(), Self: r.profile.Key(), ReadOnly: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	if err := r.find(name); err != nil {
		r.db.Close()
		return nil, err
	}
	return r, nil
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

// find opens the room: by its keys, a conversation by its name.
func (r *reading) find(name config.Room) (err error) {
	var id crypto.RoomID
	if text.BeginsWithAt(name.Name) {
		if id, err = storedRoom(r.db, name.Name); err != nil {
			return err
		}
	} else {
		r.keys = crypto.NewRoomKeys(crypto.DeriveEpoch0(name.Name, name.Secret))
		id = r.keys.ID
	}
	r.room, err = r.db.Room(id)
	if errors.Is(err, store.ErrNoRoom) {
		err = fmt.Errorf("nothing is stored of the room %s here; is the name right, and the secret?", name.Name)
	}
	r.id = id
	return err
}

// storedRoom finds a room by the name it had last, of several the one with the
// newest message; zero: there is none.
func storedRoom(db *store.DB, name string) (id crypto.RoomID, err error) {
	rooms, err := db.Rooms()
	for _, x := range rooms {
		if x.Name == name {
			return x.ID, nil
		}
	}
	return id, err
}

// conversationKeys are the keys of a conversation: as they are kept, or, of two
// people who left it, made again from the other's key; nil: they are gone.
func (r *reading) conversationKeys() (keys *crypto.RoomKeys, err error) {
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
	return peer.MessageOf(m, r.name, r.profile.Key(), r.person)
}

// person names the owner of a key.
func (r *reading) person(key crypto.PublicKey) peer.Person {
	p := peer.Person{Key: key, Own: key == r.profile.Key(), Nick: key.Nickname()}
	raw, err := r.room.Nick(key)
	if nick, ok := text.CleanNick(string(raw)); ok && err == nil {
		p.Nick = nick
	}
	if first, known := r.profile.Nick(text.Fold(p.Nick)); known && !p.Own {
		p.Impostor = first != key
	}
	return p
}

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
	if out, ok := r.message(m); ok {
		shown = out
	}
	return m, shown, nil
}

package jsonio

import (
	"gochat/internal/front"
	"gochat/peer"
)

// importedFields tell what became of the records of a file.
type importedFields struct {
	New     int `json:"new"`
	Known   int `json:"known"`
	Old     int `json:"old"`
	Refused int `json:"refused"`
}

// importFile takes the records of a file. With an error, too, what was counted
// is stored.
func importFile(sess front.Session, c command) reply {
	name, sum, err := sess.Import(c.Room, c.Secret, c.File)
	r := reply{OK: err == nil}
	if err != nil {
		r = refused(codeNotImported, err.Error())
	}
	if err == nil || sum != (peer.Imported{}) {
		r.Room, r.Imported = name, &importedFields{sum.New, sum.Known, sum.Old, sum.Refused}
	}
	return r
}

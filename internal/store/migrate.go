package store

import (
	"embed"
	"fmt"
)

// The schema, one step from each version to the next, never to be changed once
// released: 0001.sql makes version 1 of an empty file.
//
//go:embed schema/*.sql
var schemaFiles embed.FS

// schemaVersion is the version this program works with.
const schemaVersion = 1

// applicationID marks a file as ours (PRAGMA application_id): "gcht".
const applicationID = 'g'<<24 | 'c'<<16 | 'h'<<8 | 't'

// schemaSteps are the steps from version 0 on.
func schemaSteps() []string {
	steps := make([]string, schemaVersion)
	for i := range steps {
		sql, err := schemaFiles.ReadFile(fmt.Sprintf("schema/%04d.sql", i+1))
		if err != nil {
			panic("store: " + err.Error()) // it is part of the program
		}
		steps[i] = string(sql)
	}
	return steps
}

// migrate brings the database to the newest version, each step in a
// transaction of its own. It is ErrNewer for one that is beyond.
func migrate(c *conn, steps []string) error {
	version, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	if version < 0 || version > int64(len(steps)) {
		return ErrNewer
	}
	for i := int(version); i < len(steps); i++ {
		err := c.Exec(fmt.Sprintf("BEGIN IMMEDIATE; PRAGMA application_id = %d; PRAGMA user_version = %d; %s; COMMIT",
			applicationID, i+1, steps[i]))
		if err != nil {
			if !c.GetAutocommit() {
				_ = c.Exec("ROLLBACK") // the error that led here says more
			}
			return fmt.Errorf("bring the schema to version %d: %w", i+1, err)
		}
	}
	return nil
}

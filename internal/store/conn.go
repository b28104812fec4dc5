package store

import (
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/ext/fts5"
)

// conn is one connection with its prepared statements. It is not safe for
// concurrent use.
type conn struct {
	*sqlite3.Conn
	prepared map[string]*sqlite3.Stmt
}

// connPragmas hold for every connection: what was deleted is overwritten,
// nothing goes to temporary files, and no expression in the schema of a file
// from elsewhere is run.
const connPragmas = `
	PRAGMA busy_timeout = 5000;
	PRAGMA secure_delete = ON;
	PRAGMA temp_store = MEMORY;
	PRAGMA trusted_schema = OFF;
	PRAGMA fullfsync = ON;
	PRAGMA checkpoint_fullfsync = ON;`

// connect opens a connection to the file that the URI names.
func connect(uri string, flags sqlite3.OpenFlag) (*conn, error) {
	c, err := sqlite3.OpenFlags(uri, flags|sqlite3.OPEN_URI)
	if err != nil {
		return nil, err
	}
	for _, op := range []sqlite3.DBConfig{
		sqlite3.DBCONFIG_DEFENSIVE,
		sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, // who closes is not always who may write the log back
		sqlite3.DBCONFIG_ENABLE_QPSG,      // else some statements are compiled anew for each argument
	} {
		if err == nil {
			_, err = c.Config(op, true)
		}
	}
	if err == nil {
		err = fts5.Register(c)
	}
	if err == nil {
		err = c.Exec(connPragmas)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return &conn{c, make(map[string]*sqlite3.Stmt)}, nil
}

// readerCache is how much of the database a connection that only reads keeps in
// memory, in KiB: single records lie all over it, the system has its pages as well,
// and there may be three such connections for as long as a session lasts.
const readerCache = 512

func connectReader(uri string) (*conn, error) {
	c, err := connect(uri, sqlite3.OPEN_READONLY)
	if err != nil {
		return nil, err
	}
	if err := c.Exec(fmt.Sprintf("PRAGMA cache_size = -%d", readerCache)); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *conn) close() error {
	for _, s := range c.prepared {
		s.Close()
	}
	return c.Conn.Close()
}

// prepare returns a statement with its arguments in place: int, int64, string,
// []byte or nil. It is the same one each time for the same SQL, so its rows
// must be read before it is wanted again.
func (c *conn) prepare(sql string, args ...any) (*sqlite3.Stmt, error) {
	s := c.prepared[sql]
	if s == nil {
		var err error
		if s, _, err = c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT); err != nil {
			return nil, err
		}
		c.prepared[sql] = s
	}
	for i, arg := range args {
		var err error
		switch arg := arg.(type) {
		case nil:
			err = s.BindNull(i + 1)
		case int:
			err = s.BindInt(i+1, arg)
		case int64:
			err = s.BindInt64(i+1, arg)
		case string:
			err = s.BindText(i+1, arg)
		case []byte:
			err = s.BindBlob(i+1, arg)
		default:
			err = fmt.Errorf("argument %d of %q is a %T", i+1, sql, arg)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// exec runs one statement that yields nothing.
func (c *conn) exec(sql string, args ...any) error {
	s, err := c.prepare(sql, args...)
	if err != nil {
		return err
	}
	return s.Exec()
}

// each hands every row to f, until the first error.
func (c *conn) each(f func(*sqlite3.Stmt) error, sql string, args ...any) error {
	s, err := c.prepare(sql, args...)
	if err != nil {
		return err
	}
	for s.Step() {
		if err := f(s); err != nil {
			s.Reset()
			return err
		}
	}
	err = s.Err()
	s.Reset()
	return err
}

// one hands the first row to f, if there is one, and reports whether there was.
func (c *conn) one(f func(*sqlite3.Stmt), sql string, args ...any) (found bool, err error) {
	s, err := c.prepare(sql, args...)
	if err != nil {
		return false, err
	}
	if found = s.Step(); found {
		f(s)
	}
	err = s.Err()
	s.Reset()
	return found, err
}

// number is the integer that a query yields; 0 without a row.
func (c *conn) number(sql string, args ...any) (n int64, err error) {
	_, err = c.one(func(s *sqlite3.Stmt) { n = s.ColumnInt64(0) }, sql, args...)
	return n, err
}

// word is the text that a query yields.
func (c *conn) word(sql string, args ...any) (w string, err error) {
	_, err = c.one(func(s *sqlite3.Stmt) { w = s.ColumnText(0) }, sql, args...)
	return w, err
}

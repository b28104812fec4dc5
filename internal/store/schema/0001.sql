-- Which process writes, how often it did, and which one wrote before it: tells
-- whether a write-ahead log belongs to the file beside it.
CREATE TABLE life (
	one     INTEGER PRIMARY KEY CHECK (one = 1),
	run     INTEGER NOT NULL, -- random, new with each process
	before  INTEGER NOT NULL, -- the run before
	commits INTEGER NOT NULL, -- of this run
	place   TEXT NOT NULL     -- where the file lay when this run began
);

CREATE TABLE room (
	room INTEGER PRIMARY KEY,
	id   BLOB NOT NULL UNIQUE, -- crypto.RoomID
	name TEXT NOT NULL DEFAULT ''
);

CREATE TABLE meta (
	room  INTEGER NOT NULL,
	key   TEXT NOT NULL,
	value BLOB NOT NULL,
	PRIMARY KEY (room, key)
) WITHOUT ROWID;

-- The order of a room is (clk, id); hint stands for id but between two that
-- begin alike. Each record is in one of the two indexes of the order: pages of
-- messages need not skip what is no message.
CREATE TABLE record (
	lid    INTEGER PRIMARY KEY AUTOINCREMENT, -- counts arrivals
	room   INTEGER NOT NULL,
	clk    INTEGER NOT NULL,
	hint   INTEGER NOT NULL, -- the first 8 bytes of the id, less 2^63
	seat   INTEGER,          -- of a text: number among those of one clk, -1 if it is not searched; else NULL
	target INTEGER,          -- hint of the record it is about; NULL: none
	header BLOB NOT NULL,    -- with signature
	body   BLOB              -- salt and body; NULL: dropped
);
CREATE INDEX record_hint ON record (hint);
CREATE INDEX record_text ON record (room, clk, hint) WHERE seat IS NOT NULL;
CREATE INDEX record_target ON record (target, clk) WHERE target IS NOT NULL;
CREATE INDEX record_rest ON record (room, clk, hint) WHERE seat IS NULL;

-- The words of texts. The rowid is clk * 256 + seat, so that a search runs
-- backwards through time; a word stands there with its part (below) before it.
CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0, tokenize='ascii');
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);

-- A part is a stretch of a room's time with so many texts that even a search
-- for the first letter of a word is quick in it.
CREATE TABLE part (
	part    INTEGER PRIMARY KEY AUTOINCREMENT,
	room    INTEGER NOT NULL,
	low     INTEGER NOT NULL, -- begins at this clk
	first   INTEGER NOT NULL, -- lowest and highest clk ever in it
	last    INTEGER NOT NULL,
	texts   INTEGER NOT NULL, -- in the index
	records INTEGER NOT NULL,
	bytes   INTEGER NOT NULL  -- of headers and bodies
);
CREATE INDEX part_room ON part (room, low);

-- What no front has shown yet.
CREATE TABLE unshown (
	room    INTEGER NOT NULL,
	clk     INTEGER NOT NULL,
	hint    INTEGER NOT NULL,
	lid     INTEGER NOT NULL,
	PRIMARY KEY (room, clk, hint, lid)
) WITHOUT ROWID;

-- Records that were shown and then deleted: not to be shown if they come back.
CREATE TABLE ghost (
	room INTEGER NOT NULL,
	clk  INTEGER NOT NULL,
	id   BLOB NOT NULL,
	PRIMARY KEY (room, clk, id)
) WITHOUT ROWID;

-- Own messages that have not reached everybody yet, and whom they reached.
CREATE TABLE own (
	room INTEGER NOT NULL,
	lid  INTEGER NOT NULL,
	PRIMARY KEY (room, lid)
) WITHOUT ROWID;
CREATE TABLE peer (
	peer INTEGER PRIMARY KEY,
	key  BLOB NOT NULL UNIQUE -- crypto.PublicKey
);
CREATE TABLE reach (
	lid  INTEGER NOT NULL,
	peer INTEGER NOT NULL,
	PRIMARY KEY (lid, peer)
) WITHOUT ROWID;

-- The name in the newest profile of an author, as sent.
CREATE TABLE nick (
	room INTEGER NOT NULL,
	key  BLOB NOT NULL, -- crypto.PublicKey
	clk  INTEGER NOT NULL,
	name BLOB NOT NULL,
	PRIMARY KEY (room, key)
) WITHOUT ROWID;

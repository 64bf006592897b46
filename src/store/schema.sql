-- One session. Bodies are JSON; sum is a checksum of the body (FNV-1a, 64 bit).
-- Beside these: calls, which store.c makes where it is missing.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE messages (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE ledger (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE modes (model TEXT PRIMARY KEY, mode TEXT NOT NULL) WITHOUT ROWID;

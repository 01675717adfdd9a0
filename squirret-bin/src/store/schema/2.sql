-- Links that open what is kept of a session without a token.
CREATE TABLE link (
    id      TEXT    NOT NULL PRIMARY KEY,
    session TEXT    NOT NULL,
    opens   TEXT    NOT NULL, -- report, reports or workouts
    owner   TEXT,             -- the session's user when the link was made
    expires INTEGER NOT NULL  -- ms since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX link_by_session ON link (session, expires);
CREATE INDEX link_by_age ON link (expires);

-- Deleted sessions, of which nothing is written any more, until their last token has ended.
CREATE TABLE deleted (
    session TEXT    NOT NULL PRIMARY KEY,
    until   INTEGER NOT NULL -- ms since 1970
) STRICT, WITHOUT ROWID;

-- The digest of the code that a pair must be claimed with, if it was bound with one.
ALTER TABLE device ADD COLUMN claim TEXT;

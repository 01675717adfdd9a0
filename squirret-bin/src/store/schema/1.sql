-- Sessions that live: what is issued, upgraded, finished. Gone when they expire.
CREATE TABLE session (
    id        TEXT    NOT NULL PRIMARY KEY,
    last_seen INTEGER NOT NULL, -- ms since 1970
    record    TEXT    NOT NULL  -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_age ON session (last_seen);

-- Which session an insole pair is bound to.
CREATE TABLE device (
    id      TEXT    NOT NULL PRIMARY KEY,
    session TEXT    NOT NULL,
    used    INTEGER NOT NULL -- ms since 1970
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    id         TEXT    NOT NULL PRIMARY KEY,
    email      TEXT,
    first_seen INTEGER NOT NULL, -- ms since 1970
    last_seen  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- To which user a session belongs, and in which session's scope its workouts happen.
CREATE TABLE owner (
    session TEXT NOT NULL PRIMARY KEY,
    user    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX owner_by_user ON owner (user);
CREATE TABLE tie (
    session TEXT NOT NULL PRIMARY KEY,
    scope   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tie_by_scope ON tie (scope);

CREATE TABLE workout (
    session TEXT    NOT NULL,
    start   INTEGER NOT NULL, -- ms since 1970
    last    INTEGER NOT NULL, -- when something last happened
    summary TEXT,             -- JSON; NULL while it goes on
    PRIMARY KEY (session, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX workout_by_age ON workout (last);
CREATE TABLE rep (
    session TEXT    NOT NULL,
    start   INTEGER NOT NULL, -- of the workout
    number  INTEGER NOT NULL,
    record  TEXT    NOT NULL, -- JSON
    PRIMARY KEY (session, start, number)
) STRICT, WITHOUT ROWID;

-- Finished sessions: what the client says beside what the server counted.
CREATE TABLE finish (
    session TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL, -- ms since 1970
    record  TEXT    NOT NULL  -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX finish_by_age ON finish (at);

CREATE TABLE usage (
    day        INTEGER NOT NULL, -- days since 1970-01-01, UTC
    user       TEXT    NOT NULL,
    session    TEXT    NOT NULL,
    frames_in  INTEGER NOT NULL,
    frames_out INTEGER NOT NULL,
    dropped    INTEGER NOT NULL,
    seconds    REAL    NOT NULL,
    bytes_in   INTEGER NOT NULL,
    PRIMARY KEY (day, user, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_session ON usage (session);

-- What the app told of itself.
CREATE TABLE event (
    number  INTEGER PRIMARY KEY,
    session TEXT    NOT NULL,
    at      INTEGER NOT NULL, -- ms since 1970
    name    TEXT    NOT NULL
) STRICT;
CREATE INDEX event_by_session ON event (session);
CREATE INDEX event_by_age ON event (at);

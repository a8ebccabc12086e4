-- Schema version 3: what people change. Nothing that was read is overwritten without a copy.

-- One row for each wish: a correction of a statement, or something about actors and topics. Its number is shown and undone.
CREATE TABLE changes (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,                     -- correction, lesson
    platform     TEXT NOT NULL,
    room         TEXT NOT NULL,
    user         TEXT NOT NULL,                     -- the platform's id
    user_name    TEXT NOT NULL,                     -- the name that the platform showed then; may be empty
    made         INTEGER NOT NULL,
    statement    INTEGER REFERENCES statements (id),
    change       TEXT NOT NULL,                     -- JSON of model::Change
    reason       TEXT NOT NULL,
    state        TEXT NOT NULL,                     -- waiting, applied, rejected, undone
    decided_by   TEXT,                              -- who accepted, rejected or undid it
    decided_name TEXT,
    decided      INTEGER,
    effects      TEXT NOT NULL DEFAULT '{}'         -- JSON: the rows that it touched, for taking it back
);
CREATE INDEX changes_statement ON changes (statement) WHERE statement IS NOT NULL;
CREATE INDEX changes_state ON changes (kind, state, id);
CREATE INDEX changes_user ON changes (platform, user, id);
CREATE INDEX changes_room ON changes (platform, room, made);

-- What the rules read, where what is shown differs from it, or where they no longer read it.
CREATE TABLE readings (
    statement INTEGER PRIMARY KEY REFERENCES statements (id),
    speaker   TEXT,                                 -- by the rules; none: unknown
    at        INTEGER NOT NULL,
    unread    INTEGER NOT NULL DEFAULT 0,           -- 1: the rules in force do not read it
    ruleset   TEXT NOT NULL,
    detail    TEXT NOT NULL                         -- JSON of model::Statement
);
CREATE INDEX readings_speaker ON readings (speaker, at);

-- Every form that a statement had before its present one, whole.
CREATE TABLE revisions (
    statement INTEGER NOT NULL REFERENCES statements (id),
    revision  INTEGER NOT NULL,
    ended     INTEGER NOT NULL,
    change    INTEGER REFERENCES changes (id),      -- what ended it; none: other rules
    hidden    TEXT,                                 -- why it was not shown
    ruleset   TEXT NOT NULL,
    detail    TEXT NOT NULL,                        -- JSON of model::Statement
    PRIMARY KEY (statement, revision)
) WITHOUT ROWID;

-- Statements that are in no answer; their ids stay valid. Their rows in `statements` have no speaker, those in `stances` are gone.
CREATE TABLE hidden (
    statement INTEGER PRIMARY KEY REFERENCES statements (id),
    why       TEXT NOT NULL,                        -- withdrawn, forgotten, unread
    speaker   TEXT,
    since     INTEGER NOT NULL
);

-- Actors of whom nothing is shown or kept.
CREATE TABLE forgotten (
    actor TEXT PRIMARY KEY,
    since INTEGER NOT NULL
) WITHOUT ROWID;

-- What another reading would make of articles, until it is switched to.
CREATE TABLE rereads (
    article INTEGER PRIMARY KEY REFERENCES articles (id),
    plan    TEXT NOT NULL                           -- JSON of store::ArticlePlan
);

CREATE INDEX statements_ruleset ON statements (ruleset);
CREATE INDEX outbox_withdrawn ON outbox (id) WHERE state = 'withdrawn';

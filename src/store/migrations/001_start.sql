-- Schema version 1. Times are INTEGER microseconds since 1970 (UTC); days are TEXT YYYY-MM-DD; flags are 0 or 1.
-- AUTOINCREMENT wherever an id is shown to users or used as a deduplication key: such an id is never given twice.

CREATE TABLE outlets (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    hosts   TEXT NOT NULL DEFAULT '[]',             -- JSON list
    retired INTEGER NOT NULL DEFAULT 0              -- no longer in the data; its id stays valid
) WITHOUT ROWID;

CREATE TABLE actors (
    id      TEXT PRIMARY KEY,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    origin  TEXT NOT NULL,                          -- data, found, user
    detail  TEXT NOT NULL,                          -- JSON of model::Actor
    retired INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Posts and memberships, so that "who spoke for X on that day" is one look-up. A part (an office of a state) has the title ''.
CREATE TABLE memberships (
    organisation TEXT NOT NULL,
    member       TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    title        TEXT NOT NULL,
    since        TEXT,
    until        TEXT,
    PRIMARY KEY (organisation, member, seq)
) WITHOUT ROWID;
CREATE INDEX memberships_member ON memberships (member);

CREATE TABLE topics (
    id      TEXT PRIMARY KEY,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    detail  TEXT NOT NULL,                          -- JSON of model::Topic
    retired INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Every form of every name, folded (ASCII, lower case), for looking up what a user typed.
CREATE TABLE names (
    folded  TEXT NOT NULL,
    kind    TEXT NOT NULL,                          -- actor, topic, outlet
    id      TEXT NOT NULL,
    text    TEXT NOT NULL,
    since   TEXT,
    until   TEXT,
    metonym INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (folded, kind, id)
) WITHOUT ROWID;
CREATE INDEX names_subject ON names (kind, id);

-- An id that was shown once stays valid: it may lead to the one that took its place.
CREATE TABLE redirects (
    kind   TEXT NOT NULL,                           -- actor, topic, statement
    old_id TEXT NOT NULL,
    new_id TEXT NOT NULL,
    made   INTEGER NOT NULL,
    PRIMARY KEY (kind, old_id)
) WITHOUT ROWID;

CREATE TABLE feeds (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    url           TEXT NOT NULL UNIQUE,
    outlet        TEXT NOT NULL REFERENCES outlets (id),
    text_source   TEXT NOT NULL,                    -- feed, page, auto
    interval_secs INTEGER NOT NULL,
    origin        TEXT NOT NULL,                    -- config, chat
    added_by      TEXT NOT NULL,
    added_at      INTEGER NOT NULL,
    removed_at    INTEGER,                          -- a removed feed keeps its row, its articles and its seen entries
    moved_to      TEXT,
    etag          TEXT,
    last_modified TEXT,
    due           INTEGER,                          -- none: now
    last_success  INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT
);
CREATE INDEX feeds_due ON feeds (due) WHERE removed_at IS NULL;

CREATE TABLE probes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    platform TEXT NOT NULL,
    room     TEXT NOT NULL,
    url      TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL
);

CREATE TABLE articles (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    feed        INTEGER REFERENCES feeds (id),
    outlet      TEXT NOT NULL REFERENCES outlets (id),
    url         TEXT NOT NULL,
    title       TEXT NOT NULL,
    text_origin TEXT NOT NULL,
    published   INTEGER,
    updated     INTEGER,
    first_seen  INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    ruleset     TEXT NOT NULL,                      -- hash of the rules that read it
    body        TEXT NOT NULL                       -- the plain text that spans refer to; last, so that the rest is read without it
);
CREATE INDEX articles_sha256 ON articles (sha256);
CREATE INDEX articles_first_seen ON articles (first_seen);
CREATE INDEX articles_published ON articles (published);
CREATE INDEX articles_feed ON articles (feed);

-- One row for each version of an entry that was seen, kept or not.
CREATE TABLE entries (
    id          INTEGER PRIMARY KEY,
    feed        INTEGER REFERENCES feeds (id),
    outlet      TEXT NOT NULL,
    guid        TEXT,
    link        TEXT,
    fingerprint TEXT NOT NULL,
    article     INTEGER REFERENCES articles (id),
    first_seen  INTEGER NOT NULL
);
CREATE INDEX entries_fingerprint ON entries (fingerprint, outlet);
CREATE INDEX entries_guid ON entries (feed, guid) WHERE guid IS NOT NULL;
CREATE INDEX entries_link ON entries (link) WHERE link IS NOT NULL;

CREATE TABLE statements (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    article    INTEGER NOT NULL REFERENCES articles (id),
    seq        INTEGER NOT NULL,                    -- index in the article's extraction
    parent     INTEGER REFERENCES statements (id),
    speaker    TEXT REFERENCES actors (id),         -- none: unknown
    reported   INTEGER NOT NULL,                    -- 1 when somebody stands between outlet and speaker
    quote      TEXT NOT NULL,
    act        TEXT NOT NULL,
    modality   TEXT NOT NULL,
    said_on    TEXT,
    precision  TEXT,
    day        TEXT NOT NULL,                       -- the last day on which it can have been said
    at         INTEGER NOT NULL,                    -- published, else first seen: the order within a day
    confidence INTEGER NOT NULL,
    ruleset    TEXT NOT NULL,
    revision   INTEGER NOT NULL DEFAULT 1,
    content    TEXT NOT NULL,                       -- what was said, as one text
    detail     TEXT NOT NULL,                       -- JSON of model::Statement
    UNIQUE (article, seq)
);
CREATE INDEX statements_speaker ON statements (speaker, day, at, reported);
CREATE INDEX statements_recent ON statements (speaker, at);
CREATE INDEX statements_newest ON statements (day, at, reported);

-- Who holds which stance according to which statement. Repeats what the statement knows of day, voice and outlet, so that a
-- position is read from neighbouring rows of one tree.
CREATE TABLE stances (
    holder      TEXT NOT NULL REFERENCES actors (id),
    day         TEXT NOT NULL,
    statement   INTEGER NOT NULL REFERENCES statements (id),
    seq         INTEGER NOT NULL,
    target_kind TEXT NOT NULL,
    target      TEXT NOT NULL,
    stance      TEXT NOT NULL,
    voice       INTEGER NOT NULL,                   -- 0 own words, 1 reported by somebody other than the outlet
    direct      INTEGER NOT NULL,                   -- 1 direct or mixed quotation, 0 indirect
    at          INTEGER NOT NULL,
    outlet      TEXT NOT NULL,
    reporter    TEXT,                               -- who reports it, when voice is 1 and it is known
    speaker     TEXT,                               -- of the statement, when known
    copies      TEXT,                               -- outlets of later appearances, each once, separated by U+001F; none when null
    PRIMARY KEY (holder, day, statement, seq)
) WITHOUT ROWID;
CREATE INDEX stances_target ON stances (target_kind, target, day);
CREATE INDEX stances_statement ON stances (statement);

CREATE TABLE appearances (
    statement INTEGER NOT NULL REFERENCES statements (id),
    article   INTEGER NOT NULL REFERENCES articles (id),
    outlet    TEXT NOT NULL,
    first     INTEGER NOT NULL,                     -- 1: the article that the statement's spans refer to
    PRIMARY KEY (statement, article)
) WITHOUT ROWID;
CREATE INDEX appearances_copies ON appearances (statement, outlet) WHERE first = 0;
CREATE INDEX appearances_article ON appearances (article);

CREATE VIRTUAL TABLE contents USING fts5 (
    content,
    content = 'statements',
    content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER statements_insert AFTER INSERT ON statements BEGIN
    INSERT INTO contents (rowid, content) VALUES (new.id, new.content);
END;
CREATE TRIGGER statements_delete AFTER DELETE ON statements BEGIN
    INSERT INTO contents (contents, rowid, content) VALUES ('delete', old.id, old.content);
END;
CREATE TRIGGER statements_update AFTER UPDATE OF content ON statements BEGIN
    INSERT INTO contents (contents, rowid, content) VALUES ('delete', old.id, old.content);
    INSERT INTO contents (rowid, content) VALUES (new.id, new.content);
END;

CREATE TABLE watches (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    platform     TEXT NOT NULL,
    room         TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject      TEXT NOT NULL,
    on_kind      TEXT NOT NULL DEFAULT '',          -- '' when it is about everything
    on_id        TEXT NOT NULL DEFAULT '',
    own          INTEGER NOT NULL,
    made_by      TEXT NOT NULL,
    made_at      INTEGER NOT NULL,
    origin       TEXT NOT NULL,                     -- config, chat
    removed_by   TEXT,                              -- config: left out of the configuration; chat: a user's will, which stays
    UNIQUE (platform, room, subject_kind, subject, on_kind, on_id, own)
);

CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    platform   TEXT NOT NULL,
    room       TEXT NOT NULL,
    kind       TEXT NOT NULL,                       -- alert, summary, sample, notice
    watch      INTEGER REFERENCES watches (id),
    text       TEXT NOT NULL DEFAULT '',            -- of a notice
    batch      TEXT NOT NULL DEFAULT '',
    state      TEXT NOT NULL,                       -- held, pending, sent, dead
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_try   INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    sent_at    INTEGER,
    last_error TEXT
);
CREATE INDEX outbox_pending ON outbox (platform, room, id, next_try) WHERE state = 'pending';
CREATE INDEX outbox_held ON outbox (batch) WHERE state = 'held';
CREATE INDEX outbox_batch ON outbox (batch, platform, room, kind);

-- What each outbox row tells; the uniqueness makes sure that a channel hears of a statement once.
CREATE TABLE outbox_statements (
    platform  TEXT NOT NULL,
    room      TEXT NOT NULL,
    statement INTEGER NOT NULL REFERENCES statements (id),
    outbox    INTEGER NOT NULL REFERENCES outbox (id),
    PRIMARY KEY (platform, room, statement)
) WITHOUT ROWID;
CREATE INDEX outbox_statements_row ON outbox_statements (outbox, statement);

CREATE TABLE settings (
    platform TEXT NOT NULL,
    room     TEXT NOT NULL,
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (platform, room, key)
) WITHOUT ROWID;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

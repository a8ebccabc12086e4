-- Schema version 7: Matrix: how far its news were taken up, what was done with each message, and rooms that were replaced.

CREATE TABLE matrix_accounts (
    account TEXT PRIMARY KEY,
    device  TEXT NOT NULL,
    token   TEXT,                                   -- place in the server's news; none: from the start
    started INTEGER NOT NULL                        -- nothing before it is answered
);

-- Events that ask for something. Their words are not kept, only a fingerprint.
CREATE TABLE matrix_events (
    event    TEXT PRIMARY KEY,
    room     TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    is_open  INTEGER NOT NULL                       -- 1 until it is done
);
CREATE INDEX matrix_events_taken ON matrix_events (taken_at);

CREATE TABLE matrix_questions (
    event       TEXT PRIMARY KEY,
    room        TEXT NOT NULL,
    thread      TEXT NOT NULL,                      -- '' outside threads
    asker       TEXT NOT NULL,
    words       TEXT NOT NULL,                      -- fingerprint of the text that was answered
    query       TEXT,
    page        INTEGER NOT NULL,
    pages       INTEGER NOT NULL,
    answered_at INTEGER NOT NULL
);
CREATE INDEX matrix_questions_newest ON matrix_questions (room, thread, answered_at);
CREATE INDEX matrix_questions_answered ON matrix_questions (answered_at);

CREATE TABLE matrix_answers (
    event    TEXT PRIMARY KEY,
    question TEXT NOT NULL REFERENCES matrix_questions (event) ON DELETE CASCADE,
    number   INTEGER NOT NULL,                      -- order; pictures come after the texts
    picture  INTEGER NOT NULL
);
CREATE INDEX matrix_answers_question ON matrix_answers (question, number);

CREATE TABLE matrix_rooms (
    room  TEXT NOT NULL,
    note  TEXT NOT NULL,                            -- welcomed, moved-to, direct
    value TEXT NOT NULL,
    PRIMARY KEY (room, note)
);

-- Schema version 5: alerts that can be changed after they were posted: where each stands, and how many places it names.

CREATE TABLE posts (
    outbox    INTEGER PRIMARY KEY REFERENCES outbox (id),
    message   TEXT NOT NULL,                        -- the platform's own id
    places    INTEGER NOT NULL,                     -- appearances of its statements when it was last shown
    posted_at INTEGER NOT NULL
);
CREATE INDEX posts_recent ON posts (posted_at);

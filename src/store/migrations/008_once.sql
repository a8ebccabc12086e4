-- Schema version 8: what changes something is done once for one message; which answers on Matrix told of a change.

CREATE TABLE commands_done (
    platform TEXT NOT NULL,
    event    TEXT NOT NULL,                         -- the platform's id of the message
    begun_at INTEGER NOT NULL,
    reply    TEXT,                                  -- none: it was begun, and the process ended before it was done
    PRIMARY KEY (platform, event)
);
CREATE INDEX commands_done_begun ON commands_done (begun_at);

ALTER TABLE matrix_questions ADD COLUMN has_changed INTEGER NOT NULL DEFAULT 0;

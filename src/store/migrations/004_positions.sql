-- Schema version 4: positions are read from few rows, and shifts are alerted.

-- Who stands where: all columns of a vote, by target and holder in the order of time, so that the table itself is not read.
DROP INDEX stances_target;
CREATE INDEX stances_pair ON stances
    (target_kind, target, holder, day, at, statement, stance, voice, direct, modality, outlet, reporter, copies, form);

-- Which shift an alert tells: a channel is not told twice that somebody moved to the same stance.
CREATE TABLE outbox_shifts (
    outbox           INTEGER PRIMARY KEY REFERENCES outbox (id),
    platform         TEXT NOT NULL,
    room             TEXT NOT NULL,
    holder           TEXT NOT NULL,
    target_kind      TEXT NOT NULL,
    target           TEXT NOT NULL,
    before_stance    TEXT NOT NULL,
    before_statement INTEGER NOT NULL REFERENCES statements (id),
    after_stance     TEXT NOT NULL,
    after_statement  INTEGER NOT NULL REFERENCES statements (id)
);
CREATE INDEX outbox_shifts_told ON outbox_shifts (platform, room, holder, target_kind, target, outbox);

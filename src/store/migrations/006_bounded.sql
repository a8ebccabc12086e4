-- Schema version 6: answers stay quick on a million statements: what they read lies together, and what they count is counted.

-- Who stands where on a target, by the days on which it was said; all columns of a vote, so that the table itself is not read.
CREATE INDEX stances_days ON stances
    (target_kind, target, day, holder, at, statement, stance, voice, direct, modality, outlet, reporter, copies, form);
-- What others report of somebody.
CREATE INDEX stances_reports ON stances (holder, day, at, statement, speaker) WHERE voice = 1 AND form = 'words';
-- Who spoke of late.
CREATE INDEX statements_lately ON statements (at, speaker) WHERE speaker IS NOT NULL;

-- How many statements show a stance towards each target. Kept by the triggers below, whoever writes.
CREATE TABLE target_counts (
    target_kind TEXT NOT NULL,
    target      TEXT NOT NULL,
    statements  INTEGER NOT NULL,
    PRIMARY KEY (target_kind, target)
) WITHOUT ROWID;
CREATE INDEX target_counts_most ON target_counts (statements DESC, target_kind, target);
INSERT INTO target_counts (target_kind, target, statements)
    SELECT target_kind, target, count(DISTINCT statement) FROM stances GROUP BY target_kind, target;

-- A statement that shows several stances towards one target is counted once.
CREATE TRIGGER stances_insert AFTER INSERT ON stances
WHEN NOT EXISTS (SELECT 1 FROM stances o WHERE o.statement = new.statement AND o.target_kind = new.target_kind
    AND o.target = new.target AND o.seq <> new.seq)
BEGIN
    INSERT INTO target_counts (target_kind, target, statements) VALUES (new.target_kind, new.target, 1)
        ON CONFLICT (target_kind, target) DO UPDATE SET statements = statements + 1;
END;
CREATE TRIGGER stances_delete AFTER DELETE ON stances
WHEN NOT EXISTS (SELECT 1 FROM stances o WHERE o.statement = old.statement AND o.target_kind = old.target_kind
    AND o.target = old.target)
BEGIN
    UPDATE target_counts SET statements = statements - 1 WHERE target_kind = old.target_kind AND target = old.target;
END;
CREATE TRIGGER stances_leave AFTER UPDATE OF target_kind, target ON stances
WHEN NOT EXISTS (SELECT 1 FROM stances o WHERE o.statement = old.statement AND o.target_kind = old.target_kind
    AND o.target = old.target)
BEGIN
    UPDATE target_counts SET statements = statements - 1 WHERE target_kind = old.target_kind AND target = old.target;
END;
CREATE TRIGGER stances_come AFTER UPDATE OF target_kind, target ON stances
WHEN NOT EXISTS (SELECT 1 FROM stances o WHERE o.statement = new.statement AND o.target_kind = new.target_kind
    AND o.target = new.target AND o.seq <> new.seq)
BEGIN
    INSERT INTO target_counts (target_kind, target, statements) VALUES (new.target_kind, new.target, 1)
        ON CONFLICT (target_kind, target) DO UPDATE SET statements = statements + 1;
END;

-- `hidden.why` may be purged, too: the words are gone.
-- When an actor of whom nothing is kept was taken out for good; none: it is only hidden, and that can be taken back.
ALTER TABLE forgotten ADD COLUMN purged INTEGER;

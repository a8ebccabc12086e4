-- What a database of schema version 1 may hold: one statement with one stance.
PRAGMA user_version = 1;
INSERT INTO outlets (id, name) VALUES ('courier', 'The Courier');
INSERT INTO actors (id, kind, name, origin, detail) VALUES
    ('quill', 'person', 'Ada Quill', 'found',
     '{"id":"quill","kind":"person","name":"Ada Quill","names":[],"gender":null,"roles":[],"part_of":[],"demonyms":[],"origin":"found"}');
INSERT INTO topics (id, kind, name, detail) VALUES
    ('toll', 'policy', 'harbour toll', '{"id":"toll","kind":"policy","name":"harbour toll","names":[],"part_of":null}');
INSERT INTO articles (id, outlet, url, title, text_origin, first_seen, sha256, ruleset, body) VALUES
    (1, 'courier', '', 'Toll', 'feed', 1764680400000000, '00', 'old', 'Quill said the toll must go.');
INSERT INTO statements (id, article, seq, speaker, reported, quote, act, modality, day, at, confidence, ruleset, content, detail) VALUES
    (1, 1, 0, 'quill', 0, 'indirect', 'comment', 'future', '2025-12-02', 1764680400000000, 80, 'old', 'the toll must go',
     '{"attribution":{"source":{"start":0,"end":5},"cue":{"start":6,"end":10},"content":[{"start":11,"end":27}],"quote":"indirect","parent":null,"rule":"shape/said"},"speaker":{"actor":"quill"},"context":{"start":0,"end":28},"reported_by":[],"distance":"neutral","act":"comment","modality":"future","said_on":null,"addressee":null,"venue":null,"stances":[{"holder":"quill","target":{"topic":"toll"},"stance":"oppose","own":true,"evidence":{"start":11,"end":27},"rules":["stance/bad"]}],"confidence":80,"firings":[],"rejected":[]}');
INSERT INTO appearances (statement, article, outlet, first) VALUES (1, 1, 'courier', 1);
INSERT INTO stances (holder, day, statement, seq, target_kind, target, stance, voice, direct, at, outlet, speaker) VALUES
    ('quill', '2025-12-02', 1, 0, 'topic', 'toll', 'oppose', 0, 0, 1764680400000000, 'courier', 'quill');

-- Schema version 2: deeds beside words, and form and modality where positions are read.

ALTER TABLE statements ADD COLUMN form TEXT NOT NULL DEFAULT 'words';      -- words, deed
ALTER TABLE stances ADD COLUMN form TEXT NOT NULL DEFAULT 'words';         -- of the statement
ALTER TABLE stances ADD COLUMN modality TEXT NOT NULL DEFAULT 'asserted';  -- of the statement
UPDATE stances SET modality = (SELECT s.modality FROM statements s WHERE s.id = stances.statement);

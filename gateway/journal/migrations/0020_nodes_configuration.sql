-- A hash of the files of the configuration by which a node carries its routes; all nodes are to have the same ones.
ALTER TABLE nodes ADD COLUMN configuration TEXT NOT NULL DEFAULT '';

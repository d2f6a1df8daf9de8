CREATE SCHEMA notes;
CREATE TABLE makers (id INTEGER PRIMARY KEY, title VARCHAR(40) NOT NULL, founded DATE, "Odd Col" INTEGER, _code VARCHAR);
COMMENT ON TABLE makers IS 'Who makes things';
COMMENT ON COLUMN makers.title IS 'As it stands on the door';
INSERT INTO makers VALUES (1, 'Ironworks', '1901-05-06', 7, 'i'), (2, 'Glas & Co', NULL, NULL, NULL);
CREATE TABLE gadgets (
  id BIGINT PRIMARY KEY, maker_id INTEGER REFERENCES makers (id), part_of BIGINT REFERENCES gadgets (id), label VARCHAR,
  weight DECIMAL(8, 2), size ENUM ('s', 'm', 'l'), parts VARCHAR[], seen_at TIMESTAMPTZ, made_at TIMESTAMP, huge HUGEINT,
  grid INTEGER[][]);
INSERT INTO gadgets VALUES
  (10, 1, NULL, 'anvil', 80.5, 'l', ['head', 'base'], '2024-01-02 03:04:05+00', '2024-01-02 03:04:05', 1, NULL);
INSERT INTO gadgets VALUES (11, 2, 10, 'nail', 0.12, 's', [], NULL, NULL, 2, [[1]]);
CREATE TABLE notes.entries (id INTEGER PRIMARY KEY, body VARCHAR);
INSERT INTO notes.entries VALUES (1, 'first');
CREATE VIEW heavy AS SELECT id, label, weight FROM gadgets WHERE weight > 1;
COMMENT ON VIEW heavy IS 'More than a kilogram';

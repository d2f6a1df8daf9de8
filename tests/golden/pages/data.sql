CREATE TABLE parents (id INTEGER PRIMARY KEY);
INSERT INTO parents VALUES (1), (2), (3);
CREATE TABLE children (id INTEGER PRIMARY KEY, size INTEGER, parent_id INTEGER);
INSERT INTO children SELECT i, i * 7919 % 3001, i % 2 + 1 FROM range(6000) AS t(i);

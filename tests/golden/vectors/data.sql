CREATE TABLE kinds (id INTEGER PRIMARY KEY);
CREATE TABLE docs (id INTEGER PRIMARY KEY, kind INTEGER, vec FLOAT[3]);
INSERT INTO kinds VALUES (0), (1);
INSERT INTO docs VALUES (1, 0, [1, 0, 0]), (2, 1, [0, 1, 0]), (3, 0, [0.5, 0.5, 0]), (4, 1, [-1, 0, 0]), (5, 0, [0, 0, 0]), (6, 1, NULL),
    (7, 0, [2, 0, 1]);

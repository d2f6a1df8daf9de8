CREATE TABLE goods (id INTEGER PRIMARY KEY, sku VARCHAR, kind VARCHAR, price DOUBLE, size INTEGER);
INSERT INTO goods VALUES (1, 'A', 'tool', 10, 2), (2, 'B', 'tool', 20, NULL), (3, 'C', 'toy', 40, 3), (4, 'D', NULL, NULL, 0);
CREATE TABLE parts (id INTEGER PRIMARY KEY, goods_id INTEGER);
INSERT INTO parts VALUES (1, 2), (2, 3), (3, 3);
CREATE TABLE kinds (kind VARCHAR PRIMARY KEY, least DOUBLE);
INSERT INTO kinds VALUES ('tool', 15), ('toy', 1), ('art', NULL);

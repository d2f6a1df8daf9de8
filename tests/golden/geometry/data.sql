CREATE TABLE zones (id INTEGER PRIMARY KEY, name VARCHAR, area GEOMETRY);
INSERT INTO zones VALUES (1, 'west', ST_GeomFromText('POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))')),
  (2, 'east', ST_GeomFromText('POLYGON((2 0, 4 0, 4 2, 2 2, 2 0))')), (3, 'nowhere', NULL);
CREATE TABLE spots (id INTEGER PRIMARY KEY, "at" GEOMETRY, visitors INTEGER);
INSERT INTO spots VALUES (10, ST_Point(1, 1), 5), (11, ST_Point(2, 1), 7), (12, ST_Point(3, 1.5), 9), (13, ST_Point(9, 9), 1), (14, NULL, 2);

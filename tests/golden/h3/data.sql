CREATE TABLE regions (id INTEGER PRIMARY KEY, name VARCHAR, zone GEOMETRY, people INTEGER, flats BIGINT, wealth DOUBLE);
INSERT INTO regions VALUES
    (1, 'west', ST_GeomFromText('POLYGON((1.5 48.5, 2.3 48.5, 2.3 49.2, 1.5 49.2, 1.5 48.5))'), 1000, 400, 10.5),
    (2, 'east', ST_GeomFromText('POLYGON((2.3 48.5, 3.2 48.5, 3.2 49.2, 2.3 49.2, 2.3 48.5), (2.6 48.7, 2.9 48.7, 2.9 48.9, 2.6 48.9, 2.6 48.7))'), 2001, 800, 20),
    (3, 'court', ST_GeomFromText('POLYGON((2.3499 48.8499, 2.3501 48.8499, 2.3501 48.8501, 2.3499 48.8501, 2.3499 48.8499))'), 7, 3, 0.5),
    (4, 'nowhere', NULL, 5, 2, 1),
    (5, 'islands', ST_GeomFromText('MULTIPOLYGON(((1.6 48.6, 1.7 48.6, 1.7 48.7, 1.6 48.6)), ((2.9 49.0, 3.1 49.0, 3.1 49.1, 2.9 49.0)))'), NULL, 11, NULL);
CREATE TABLE towns (id INTEGER PRIMARY KEY, name VARCHAR, spot GEOMETRY, people INTEGER, wealth DOUBLE, kind VARCHAR, region_id INTEGER);
INSERT INTO towns VALUES
    (10, 'Paris', ST_Point(2.3522, 48.8566), 100, 4.5, 'city', 2), (11, 'Saint-Denis', ST_Point(2.3540, 48.9362), 50, 1.5, 'city', 2),
    (12, 'Versailles', ST_Point(2.1301, 48.8014), 20, 3, 'town', 1), (13, 'Meaux', ST_Point(2.8781, 48.9601), 10, NULL, 'town', 2),
    (14, 'Pontoise', ST_Point(2.1008, 49.0510), NULL, 2, 'town', 1), (15, 'nowhere', NULL, 1, 1, NULL, 1);
CREATE TABLE masts (id INTEGER PRIMARY KEY, home UBIGINT, reach UBIGINT[], spot GEOMETRY);
INSERT INTO masts SELECT id, home, reach, NULL FROM (VALUES
    (1, 595032912445833215::UBIGINT, [595032912445833215::UBIGINT, 595032903855898623::UBIGINT]),
    (2, 595032903855898623::UBIGINT, []), (3, NULL, NULL), (4, 595032912445833215::UBIGINT, [NULL, 595032912445833215::UBIGINT])) AS _(id, home, reach);
CREATE TABLE surveys (id INTEGER PRIMARY KEY, path GEOMETRY);
INSERT INTO surveys SELECT id, ST_Transform(path, 'EPSG:4326', 'EPSG:3857', always_xy := true) FROM (VALUES
    (1, ST_GeomFromText('LINESTRING(2.0 48.5, 3.0 49.0)')), (2, ST_GeomFromText('POINT(2.3522 48.8566)')),
    (3, ST_GeomFromText('MULTILINESTRING((2.0 48.5, 2.01 48.5), (3.0 49.0, 3.0 49.0))')), (4, NULL)) AS _(id, path);

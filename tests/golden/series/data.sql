CREATE TABLE devices (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL);
INSERT INTO devices VALUES (1, 'inside'), (2, 'outside'), (3, 'broken');
CREATE TABLE readings (device_id INTEGER, "at" TIMESTAMPTZ, value DOUBLE, ok BOOLEAN);
INSERT INTO readings VALUES
    (1, '2024-03-30 22:10:00+00', 1.5, true), (1, '2024-03-30 22:50:00+00', 2.5, true),
    (1, '2024-03-31 01:05:00+00', 4, false),
    (2, '2024-03-30 23:00:00+00', 8, true), (2, '2024-03-31 03:59:59.999999+00', 16, false),
    (2, NULL, 32, true);
CREATE TABLE sales ("at" TIMESTAMPTZ, shop VARCHAR, pieces INTEGER);
INSERT INTO sales VALUES
    ('2024-01-15 10:00:00+00', 'a', 1), ('2024-01-15 11:00:00', 'a', 2), ('2024-04-01 00:00:00', 'a', 4),
    ('2024-02-29 00:00:00+00', 'b', 8);

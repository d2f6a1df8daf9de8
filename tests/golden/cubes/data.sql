CREATE TABLE shops (id INTEGER PRIMARY KEY, name VARCHAR);
INSERT INTO shops VALUES (1, 'North'), (2, 'South'), (3, 'East');
CREATE TABLE sales (shop_id INTEGER, day DATE, paid BOOLEAN, pieces INTEGER, amount DOUBLE, "at" TIMESTAMPTZ, seller VARCHAR);
INSERT INTO sales VALUES
  (1, '2024-01-01', true, 2, 10.5, '2024-01-01 09:00:00+00', 'Ann'), (1, '2024-01-01', false, 3, 4, '2024-01-01 10:00:00+00', 'Ann'),
  (1, '2024-02-01', true, 1, 7, '2024-02-01 09:30:00+00', 'Bob'), (2, '2024-01-15', NULL, 5, 20, '2024-01-15 12:00:00+00', 'Cid'),
  (2, '2024-02-02', true, NULL, NULL, '2024-02-02 12:00:00.25+00', 'Cid'), (NULL, '2024-02-02', false, 9, 1, NULL, NULL);

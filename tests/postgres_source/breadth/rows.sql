INSERT INTO places (id, parent_id, code, name, height, opened, opens_at, notes, labels, sizes, seen, made, lead, price, area, active, tag, mood) VALUES
(1, NULL, 'root', 'Root', 100.5, '2001-02-03', '08:30:00', '{"a": 1, "b": {"c": "x", "d": [1, 2, 3]}, "t": "2024-01-01T10:00:00Z"}', ARRAY['old','big'], ARRAY[1,2,3], '2024-01-01 10:00:00+00', '2024-01-01 10:00:00', '2 hours', 12.50, 9007199254740993, true, '00000000-0000-0000-0000-000000000001', 'glad'),
(2, 1, 'north', 'North ''n'' "South"', -3.25, '2001-02-03', '23:59:59.5', '{"a": "text", "b": null}', ARRAY[]::text[], ARRAY[]::int[], '2024-01-01 23:59:59.999+00', '2024-02-29 00:00:00.5', '1 day 3 hours', 0.01, -1, false, '00000000-0000-0000-0000-000000000002', 'sad'),
(3, 1, 'south', 'South 100% \ _', 0, '1969-12-31', '00:00:00', '{"list": [{"x": 1}, {"x": 2}], "a": 2.5}', ARRAY['old'], ARRAY[5], '1969-12-31 23:59:59+00', '1969-12-31 23:59:59', '-90 minutes', 99999999.99, 0, NULL, NULL, 'glad'),
(4, 2, 'deep', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(5, 2, 'ünï', 'Ünïcode 漢字', 1e10, '2024-12-31', '12:00:00', '{"a": true, "k\"ey": 1}', ARRAY['a,b','q"\'], ARRAY[3,NULL,1], '2024-12-31 12:34:56.123456+00', '2024-12-31 12:34:56.123456', '1 year 2 months 3 days 4 hours 5 minutes 6.5 seconds', -5.00, 42, true, '00000000-0000-0000-0000-000000000005', 'odd'),
(6, NULL, 'lone', '', 3.25, '2024-01-01', '12:00:00', '{}', ARRAY['new','old'], ARRAY[2,3], '2024-01-15 00:00:00+00', '2024-01-15 00:00:00', '0 seconds', 12.50, 42, false, '00000000-0000-0000-0000-000000000006', 'sad');
INSERT INTO trips SELECT i, CASE WHEN i % 7 = 6 THEN NULL ELSE 1 + i % 5 END, i % 10, CASE WHEN i % 11 = 0 THEN NULL ELSE (i * 37 % 100) / 4.0 END,
    TIMESTAMPTZ '2024-01-01 00:00:00+00' + i * INTERVAL '7 hours', CAST(DATE '2024-01-01' + CAST(floor(i / 3.0) AS int) AS date), i * INTERVAL '10 minutes',
    CASE i % 3 WHEN 0 THEN 'car' WHEN 1 THEN 'bus' END, NULL FROM generate_series(1, 90) AS s(i);
UPDATE trips SET doc = '{"n": 1, "tags": ["x", "y"], "who": {"name": "Ann", "age": 30}}' WHERE no = 3;
UPDATE trips SET doc = '{"n": 2.5, "tags": [], "who": null}' WHERE no = 4;
INSERT INTO crews VALUES (1, 'alpha'), (2, 'beta'), (3, 'gamma');
INSERT INTO place_crews VALUES (1, 1), (1, 2), (2, 2), (5, 1), (5, 2), (5, 3);
INSERT INTO logs VALUES (1, 'one', 0, NULL), (2, 'two', 3, NULL), (3, 'three', 0, '2024-01-01 00:00:00+00');
UPDATE places SET facts = CAST('{"city": "Ulm", "size": 3, "ratio": 0.5, "open": true, "inner": {"code": "i1", "since": "2024-01-01T10:00:00Z"}}' AS json) WHERE id = 1;
UPDATE places SET facts = CAST('{"city": "Bonn", "size": 12, "ratio": 1e3, "open": false, "inner": null}' AS json) WHERE id = 2;
UPDATE places SET facts = CAST('{"city": "quo\"te", "size": null, "ratio": -2, "open": null, "inner": {"code": null, "since": null}}' AS json) WHERE id = 3;

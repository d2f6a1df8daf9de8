CREATE TABLE samples (
  id INTEGER PRIMARY KEY, text VARCHAR, small INTEGER, big BIGINT, number DOUBLE, price DECIMAL(12, 3), flag BOOLEAN,
  day DATE, instant TIMESTAMPTZ, local TIMESTAMP, clock TIME, span INTERVAL, doc JSON,
  texts VARCHAR[], smalls INTEGER[], bigs BIGINT[], numbers DOUBLE[], flags BOOLEAN[],
  days DATE[], instants TIMESTAMPTZ[], locals TIMESTAMP[], clocks TIME[], spans INTERVAL[]);
INSERT INTO samples VALUES
  (1, 'alpha', 1, 9007199254740993, 1.5, 12.340, true,
    '2024-02-29', '2024-02-29 12:30:15.25+00', '2024-02-29 12:30:15', '08:05:09',
    INTERVAL '1 month 2 days 3 hours 4 minutes 5.6 seconds', '{"a":1,"b":[true,null],"c":{"d":"x"}}',
    ['a', 'b'], [1, 2, 3], [9007199254740993], [1.5, 2.0], [true, false, NULL],
    ['2024-02-29'], ['2024-02-29 12:30:15.25+00'], ['2024-02-29 12:30:15'], ['08:05:09'], [INTERVAL '2 hours']),
  (2, 'Beta "quoted" ünï', -5, -1, 1250000, -0.001, false,
    '1999-12-31', '2024-06-30 23:59:59+00', '1999-12-31 23:59:59.999999', '23:59:59.999999',
    INTERVAL '2 hours', '[1,2]',
    ['b', 'c', NULL], [], [-1, 0], [1250000], [],
    ['1999-12-31', '2024-02-29'], ['2024-06-30 23:59:59+00', NULL], ['1999-12-31 23:59:59.999999'], ['23:59:59.999999'],
    [INTERVAL '1 day', INTERVAL '-90 minutes']),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, '', 0, 0, 0.00001, 0, NULL,
    '2024-03-01', '2024-03-01 00:00:00+00', '2024-03-01 00:00:00', '00:00:00',
    INTERVAL '0 seconds', '"scalar"',
    [], [0], [], [0.00001], [NULL], [], [], [], [], []);

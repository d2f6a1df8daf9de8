CREATE TABLE boxes (id INTEGER PRIMARY KEY, size STRUCT(width INTEGER, height INTEGER, made_at TIMESTAMPTZ, label STRUCT(text VARCHAR)),
    corners GEOMETRY[], vectors FLOAT[2][]);
INSERT INTO boxes VALUES
    (1, {'width': 2, 'height': 3, 'made_at': '2024-02-29 13:14:15+00', 'label': {'text': 'straße "1"'}}, [ST_Point(1, 2), NULL], [[1, 0.5]::FLOAT[2]]),
    (2, {'width': 4, 'height': NULL, 'made_at': NULL, 'label': NULL}, [], []), (3, NULL, NULL, NULL);

CREATE SEQUENCE vehicle_ids START 100;
CREATE TABLE depots (id INTEGER PRIMARY KEY, code VARCHAR NOT NULL UNIQUE, name VARCHAR NOT NULL, opened DATE);
INSERT INTO depots VALUES (1, 'N', 'North', '2020-01-01'), (2, 'S', 'South', NULL);
CREATE TABLE vehicles (
  id INTEGER PRIMARY KEY, plate VARCHAR NOT NULL UNIQUE, depot_id INTEGER, price DECIMAL(10, 2), seats INTEGER DEFAULT 4, tags VARCHAR[],
  spot STRUCT(street VARCHAR, no INTEGER, gate STRUCT(side VARCHAR, wide BOOLEAN)), meta JSON, shape FLOAT[3],
  changed_by VARCHAR, CHECK (seats < 100));
INSERT INTO vehicles (id, plate, depot_id, price, seats) VALUES (1, 'A-1', 1, 10.5, 2), (2, 'B-2', 1, 20, 5), (3, 'C-3', 2, NULL, 5);
CREATE TABLE trips (vehicle_id INTEGER, leg INTEGER, km DOUBLE NOT NULL, started TIMESTAMPTZ, PRIMARY KEY (vehicle_id, leg));
INSERT INTO trips VALUES (1, 1, 12.5, '2024-01-01 00:00:00+00'), (1, 2, 3, NULL), (2, 1, 100, NULL);
CREATE TABLE labels (id INTEGER PRIMARY KEY, title VARCHAR NOT NULL);
INSERT INTO labels VALUES (1, 'new'), (2, 'old');
CREATE TABLE vehicle_labels (vehicle_id INTEGER, label_id INTEGER, PRIMARY KEY (vehicle_id, label_id));
CREATE TABLE notes (id INTEGER PRIMARY KEY, body VARCHAR, gone DATE);
INSERT INTO notes VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', '2020-02-02');
CREATE TABLE readings (sensor VARCHAR, value DOUBLE);
INSERT INTO readings VALUES ('x', 1), ('x', 2), ('y', 3);
CREATE TABLE accounts (id VARCHAR PRIMARY KEY, name VARCHAR NOT NULL);

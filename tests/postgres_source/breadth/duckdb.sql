CREATE TYPE mood AS ENUM ('glad', 'sad', 'odd');
CREATE SEQUENCE place_ids START 100;
CREATE SEQUENCE trip_ids START 1000;
CREATE TABLE places (id INTEGER PRIMARY KEY, parent_id INTEGER, code VARCHAR NOT NULL UNIQUE, name VARCHAR, height DOUBLE,
    opened DATE, opens_at TIME, notes JSON, facts STRUCT(city VARCHAR, size INTEGER, ratio DOUBLE, open BOOLEAN, "inner" STRUCT(code VARCHAR, since TIMESTAMPTZ)),
    labels VARCHAR[], sizes INTEGER[], seen TIMESTAMPTZ, made TIMESTAMP, lead INTERVAL, price DECIMAL(10,2), area BIGINT, active BOOLEAN,
    tag UUID, mood mood);
CREATE TABLE trips (id BIGINT PRIMARY KEY, place_id INTEGER, no INTEGER NOT NULL, km DOUBLE, began TIMESTAMPTZ NOT NULL, day DATE,
    took INTERVAL, kind VARCHAR, doc JSON);
CREATE TABLE crews (id INTEGER PRIMARY KEY, title VARCHAR NOT NULL);
CREATE TABLE place_crews (place_id INTEGER, crew_id INTEGER, PRIMARY KEY (place_id, crew_id));
CREATE TABLE logs (id INTEGER PRIMARY KEY, body VARCHAR, edits INTEGER NOT NULL DEFAULT 0, gone TIMESTAMPTZ);

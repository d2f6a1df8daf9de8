CREATE TYPE mood AS ENUM ('glad', 'sad', 'odd');
CREATE SEQUENCE place_ids START 100;
CREATE SEQUENCE trip_ids START 1000;
CREATE TABLE places (id int PRIMARY KEY, parent_id int REFERENCES places, code varchar(12) NOT NULL UNIQUE, name text, height float8,
    opened date, opens_at time, notes jsonb, facts jsonb, labels text[], sizes int[], seen timestamptz, made timestamp, lead interval,
    price numeric(10,2), area bigint, active boolean, tag uuid, mood mood);
CREATE TABLE trips (id bigint PRIMARY KEY, place_id int REFERENCES places, no int NOT NULL, km float8, began timestamptz NOT NULL,
    day date, took interval, kind text, doc json);
CREATE TABLE crews (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE place_crews (place_id int REFERENCES places, crew_id int REFERENCES crews, PRIMARY KEY (place_id, crew_id));
CREATE TABLE logs (id int PRIMARY KEY, body text, edits int NOT NULL DEFAULT 0, gone timestamptz);
CREATE TABLE cards (id int PRIMARY KEY, pages int4range, big int8range, valid tstzrange);
CREATE FUNCTION with_tax(amount float8, rate float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT amount * (1 + rate) $$;
CREATE FUNCTION squares(n int) RETURNS bigint[] LANGUAGE sql AS $$ SELECT array_agg((x * x)::bigint ORDER BY x) FROM generate_series(1, n) x $$;
CREATE FUNCTION box_of(l float8, w float8) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_object('volume', l * w, 'label', 'box') $$;
CREATE FUNCTION trips_from(place int) RETURNS TABLE (id bigint, km float8, at timestamptz) LANGUAGE sql
    AS $$ SELECT t.id, t.km, t.began FROM trips t WHERE t.place_id = place ORDER BY t.id $$;
CREATE FUNCTION rename(id int, name text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE before text := (SELECT p.name FROM places p WHERE p.id = $1);
    BEGIN UPDATE places p SET name = $2 WHERE p.id = $1; RETURN before; END $$;
INSERT INTO cards VALUES (1, '[1,5)', '[10,20]', '["2024-01-01 00:00:00+00","2024-02-01 00:00:00+00")'),
    (2, '[5,)', '(,7)', '[,"2024-01-15 00:00:00+00"]'), (3, 'empty', NULL, 'empty'), (4, NULL, '(,)', NULL);

-- The tables of the example database. __FOLDER__ is where the CSV files are.
-- Keys follow the data: a few destinations and many tail numbers have no row in airports and planes,
-- so those columns are only indexed.

CREATE TABLE airlines (
    carrier VARCHAR PRIMARY KEY,
    name    VARCHAR NOT NULL
);
INSERT INTO airlines
SELECT carrier, name
FROM read_csv('__FOLDER__/airlines.csv', header = true, nullstr = 'NA', all_varchar = true)
ORDER BY carrier;

CREATE TABLE airports (
    faa   VARCHAR PRIMARY KEY,
    name  VARCHAR NOT NULL,
    lat   DOUBLE NOT NULL,
    lon   DOUBLE NOT NULL,
    alt   INTEGER NOT NULL,
    tz    INTEGER,
    dst   VARCHAR,
    tzone VARCHAR
);
INSERT INTO airports
SELECT faa, name, lat, lon, alt, tz, dst, tzone
FROM read_csv('__FOLDER__/airports.csv', header = true, nullstr = 'NA', all_varchar = true)
ORDER BY faa;

CREATE TABLE planes (
    tailnum      VARCHAR PRIMARY KEY,
    year         INTEGER,
    type         VARCHAR NOT NULL,
    manufacturer VARCHAR NOT NULL,
    model        VARCHAR NOT NULL,
    engines      INTEGER NOT NULL,
    seats        INTEGER NOT NULL,
    speed        INTEGER,
    engine       VARCHAR NOT NULL
);
INSERT INTO planes
SELECT tailnum, year, type, manufacturer, model, engines, seats, speed, engine
FROM read_csv('__FOLDER__/planes.csv', header = true, nullstr = 'NA', all_varchar = true)
ORDER BY tailnum;

CREATE TABLE weather (
    origin     VARCHAR NOT NULL REFERENCES airports (faa),
    time_hour  TIMESTAMPTZ NOT NULL,
    temp       DOUBLE,
    dewp       DOUBLE,
    humid      DOUBLE,
    wind_dir   INTEGER,
    wind_speed DOUBLE,
    wind_gust  DOUBLE,
    precip     DOUBLE,
    pressure   DOUBLE,
    visib      DOUBLE,
    PRIMARY KEY (origin, time_hour)
);
INSERT INTO weather
SELECT origin, to_timestamp(epoch(strptime(time_hour, '%Y-%m-%dT%H:%M:%SZ'))), temp, dewp, humid, wind_dir, wind_speed, wind_gust,
       precip, pressure, visib
FROM read_csv('__FOLDER__/weather.csv', header = true, nullstr = 'NA', all_varchar = true)
ORDER BY origin, time_hour;

CREATE TABLE flights (
    id             INTEGER PRIMARY KEY,
    date           DATE NOT NULL,
    time_hour      TIMESTAMPTZ NOT NULL,
    sched_dep_time INTEGER NOT NULL,
    dep_time       INTEGER,
    dep_delay      INTEGER,
    sched_arr_time INTEGER NOT NULL,
    arr_time       INTEGER,
    arr_delay      INTEGER,
    carrier        VARCHAR NOT NULL REFERENCES airlines (carrier),
    flight         INTEGER NOT NULL,
    tailnum        VARCHAR,
    origin         VARCHAR NOT NULL REFERENCES airports (faa),
    dest           VARCHAR NOT NULL,
    air_time       INTEGER,
    distance       INTEGER NOT NULL
);
INSERT INTO flights
SELECT row_number() OVER (ORDER BY time_hour, carrier, flight::INTEGER, origin, dest, tailnum),
       make_date(year::INTEGER, month::INTEGER, day::INTEGER), to_timestamp(epoch(strptime(time_hour, '%Y-%m-%dT%H:%M:%SZ'))),
       sched_dep_time, dep_time, dep_delay, sched_arr_time, arr_time, arr_delay, carrier, flight, tailnum,
       origin, dest, air_time, distance
FROM read_csv('__FOLDER__/flights.csv', header = true, nullstr = 'NA', all_varchar = true)
ORDER BY 1;
CREATE INDEX flights_tailnum ON flights (tailnum);
CREATE INDEX flights_dest ON flights (dest);
CREATE INDEX flights_origin_hour ON flights (origin, time_hour);

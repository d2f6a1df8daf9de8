-- The registry of data sources and what the cluster should have loaded.
-- Runs on PostgreSQL and DuckDB. The first three tables may exist already, with their rows: they are kept as they are.

CREATE TABLE IF NOT EXISTS data_sources (
    name text PRIMARY KEY,
    type text NOT NULL,
    description text,
    prefix text,
    as_module boolean NOT NULL DEFAULT false,
    path text NOT NULL,
    disabled boolean NOT NULL DEFAULT false,
    self_defined boolean NOT NULL DEFAULT false,
    read_only boolean NOT NULL DEFAULT false,
    created_at timestamp DEFAULT CAST(now() AS timestamp),
    updated_at timestamp DEFAULT CAST(now() AS timestamp)
);

CREATE TABLE IF NOT EXISTS catalog_sources (
    name text PRIMARY KEY,
    type text NOT NULL,
    description text,
    path text NOT NULL,
    created_at timestamp DEFAULT CAST(now() AS timestamp),
    updated_at timestamp DEFAULT CAST(now() AS timestamp)
);

CREATE TABLE IF NOT EXISTS data_source_catalogs (
    data_source_name text NOT NULL,
    catalog_name text NOT NULL,
    PRIMARY KEY (data_source_name, catalog_name)
);

-- The sources that should be loaded, each with the revision of the last load.
CREATE TABLE loaded_data_sources (
    name text PRIMARY KEY,
    revision bigint NOT NULL
);

-- One row: the number of commits. Its lock is what commits queue for.
CREATE TABLE core_revision (
    id integer PRIMARY KEY CHECK (id = 1),
    revision bigint NOT NULL
);

INSERT INTO core_revision (id, revision) VALUES (1, 0);

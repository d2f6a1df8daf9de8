-- Object storages. Runs on PostgreSQL and DuckDB. Empty texts are values that were not given.

CREATE TABLE object_storages (
    name text PRIMARY KEY,
    type text NOT NULL,
    scope text NOT NULL,
    key text NOT NULL,
    secret text NOT NULL,
    region text NOT NULL,
    endpoint text NOT NULL,
    use_ssl boolean NOT NULL,
    url_style text NOT NULL,
    url_compatibility boolean NOT NULL,
    kms_key_id text NOT NULL,
    account_id text NOT NULL,
    created_at timestamp DEFAULT CAST(now() AS timestamp),
    updated_at timestamp DEFAULT CAST(now() AS timestamp)
);

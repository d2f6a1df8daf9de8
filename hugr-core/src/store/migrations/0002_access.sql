-- Roles, their permissions and API keys. Runs on PostgreSQL and DuckDB. The tables may exist already, with their rows:
-- the rows are kept.

CREATE TABLE IF NOT EXISTS roles (
    name text PRIMARY KEY,
    description text,
    disabled boolean NOT NULL DEFAULT false
);

-- Registries of the first kind have no such column; in them, too, `admin` may act as others.
ALTER TABLE roles ADD COLUMN IF NOT EXISTS can_impersonate boolean;
UPDATE roles SET can_impersonate = (name = 'admin') WHERE can_impersonate IS NULL;

CREATE TABLE IF NOT EXISTS permissions (
    role text NOT NULL,
    type_name text NOT NULL,
    field_name text NOT NULL,
    hidden boolean NOT NULL DEFAULT false,
    disabled boolean NOT NULL DEFAULT false,
    filter json,
    data json,
    PRIMARY KEY (role, type_name, field_name)
);

-- `key` holds a digest: see ApiKeyHash.
CREATE TABLE IF NOT EXISTS api_keys (
    name text PRIMARY KEY,
    key text NOT NULL UNIQUE,
    description text,
    default_role text,
    disabled boolean NOT NULL DEFAULT false,
    is_temporal boolean NOT NULL DEFAULT false,
    expires_at timestamp,
    headers json,
    claims json,
    created_at timestamp DEFAULT CAST(now() AS timestamp)
);

ALTER TABLE api_keys ALTER COLUMN default_role DROP NOT NULL;
ALTER TABLE api_keys ALTER COLUMN expires_at DROP NOT NULL;

-- A registry without roles gets the first ones.
INSERT INTO permissions (role, type_name, field_name, disabled)
    SELECT 'readonly', 'Mutation', '*', true WHERE NOT EXISTS (SELECT 1 FROM roles);
INSERT INTO roles (name, description, disabled, can_impersonate)
    SELECT first.name, first.description, false, first.name = 'admin'
    FROM (VALUES ('admin', 'Admin role'), ('public', 'Public role'), ('readonly', 'Readonly role'))
        AS first (name, description)
    WHERE NOT EXISTS (SELECT 1 FROM roles);

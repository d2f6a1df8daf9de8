//! The statements that bring the object storages of a core database from one state to the next. PURE.

use std::collections::BTreeMap;

use super::record::ObjectStorage;
use crate::name::StorageName;
use crate::sql::param::Value;
use crate::store::statement::Statement;

const INSERT: &str = "INSERT INTO object_storages (name, type, scope, key, secret, region, endpoint, use_ssl, \
    url_style, url_compatibility, kms_key_id, account_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const UPDATE: &str = "UPDATE object_storages SET type = $2, scope = $3, key = $4, secret = $5, region = $6, \
    endpoint = $7, use_ssl = $8, url_style = $9, url_compatibility = $10, kms_key_id = $11, account_id = $12, \
    updated_at = CAST(now() AS timestamp) WHERE name = $1";
const DELETE: &str = "DELETE FROM object_storages WHERE name = $1";

/// Object storages by name.
type Storages = BTreeMap<StorageName, ObjectStorage>;

/// Pushes the statements that lead from `old` to `new`, deletions first.
pub(in crate::store) fn push(old: &Storages, new: &Storages, statements: &mut Vec<Statement>) {
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        statements.push(Statement {
            sql: DELETE,
            params: vec![name.as_str().into()],
        });
    }
    for (name, storage) in new {
        let sql = match old.get(name) {
            None => INSERT,
            Some(before) if before != storage => UPDATE,
            Some(_) => continue,
        };
        let params = params(storage);
        statements.push(Statement { sql, params });
    }
}

fn params(storage: &ObjectStorage) -> Vec<Value> {
    vec![
        storage.name.as_str().into(),
        storage.kind.as_str().into(),
        storage.scope.as_str().into(),
        storage.key.as_str().into(),
        storage.secret.expose().into(),
        storage.region.as_str().into(),
        storage.endpoint.as_str().into(),
        storage.use_ssl.into(),
        storage.url_style.as_str().into(),
        storage.url_compatibility.into(),
        storage.kms_key_id.as_str().into(),
        storage.account_id.as_str().into(),
    ]
}

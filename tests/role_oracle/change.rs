//! What mutations do, as plain SQL.

use std::collections::BTreeMap;

use hugr_core::ErrorCode;
use serde_json::Value as Json;

use super::path::Path;
use super::role::{Person, Role, stamped};
use super::rule::{Presets, Writing};
use super::world::World;

/// What is written.
pub(crate) enum Change {
    /// Rows of a table that a filter selects take values.
    Update(usize, Vec<Given>, String),
    /// Rows of a table that a filter selects are removed.
    Delete(usize, String),
    /// Rows are added, and the first is linked with one that is there.
    Insert(Vec<NewRow>, Option<i64>),
    /// A row is added, or changes the one that is there.
    Upsert(NewRow, OnConflict),
}

/// A value for a column.
pub(crate) type Given = (&'static str, Json);

/// A row that is added.
pub(crate) struct NewRow {
    pub(crate) table: usize,
    /// The key comes first.
    pub(crate) given: Vec<Given>,
    /// The field whose presets count, beside those of the table.
    pub(crate) path: Option<Path>,
}

/// What a row takes from the new one with the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnConflict {
    AllGiven,
    Only(&'static str),
    Nothing,
}

impl Change {
    /// Returns queries that count what stands in the way, each with the error that it makes.
    pub(crate) fn obstacles(&self, world: &World, role: &Role) -> Vec<(String, ErrorCode)> {
        let Self::Insert(rows, linked) = self else {
            return Vec::new();
        };
        let mut obstacles: Vec<_> = rows
            .iter()
            .map(|row| {
                let (table, key) = (row.name(world), &row.given[0].1);
                (
                    format!("SELECT count(*)::VARCHAR FROM {table} WHERE id = {key}"),
                    ErrorCode::Conflict,
                )
            })
            .collect();
        if let Some(far) = linked.filter(|_| !role.adds_freely(world.last())) {
            let view = format!("v{}", world.last());
            obstacles.push((
                format!("SELECT (1 - count(*))::VARCHAR FROM {view} WHERE id = {far}"),
                ErrorCode::NotFound,
            ));
        }
        obstacles
    }

    /// Returns the statements that do the same.
    pub(crate) fn statements(&self, world: &World, person: &Person) -> Vec<String> {
        let role = &world.roles[person.role];
        match self {
            Self::Update(table, given, filter) => {
                let mut presets = role.path_presets(Path::Update(*table));
                presets.extend(role.presets(Writing::Update, *table));
                let set = assignments(&stamped(given, &presets, person));
                vec![format!(
                    "UPDATE {}t{table} SET {set} WHERE {filter}",
                    world.prefix
                )]
            }
            Self::Delete(table, filter) => {
                vec![format!("DELETE FROM {}t{table} WHERE {filter}", world.prefix)]
            }
            Self::Insert(rows, linked) => {
                let inserts = rows.iter().map(|row| {
                    let presets = row.presets(role);
                    insert(&row.name(world), &stamped(&row.given, &presets, person), "")
                });
                let mut statements: Vec<_> = inserts.collect();
                if let Some(far) = linked {
                    let (prefix, last) = (&world.prefix, world.last());
                    let new = rows[0].given[0].1.to_string();
                    let key = BTreeMap::from([("id", far.to_string())]);
                    statements.push(insert(
                        &format!("{prefix}t{last}"),
                        &key,
                        " ON CONFLICT DO NOTHING",
                    ));
                    let link = BTreeMap::from([("near", new), ("far", far.to_string())]);
                    statements.push(insert(&format!("{prefix}links"), &link, ""));
                }
                statements
            }
            Self::Upsert(row, conflict) => upsert(world, person, row, *conflict),
        }
    }
}

impl NewRow {
    fn name(&self, world: &World) -> String {
        format!("{}t{}", world.prefix, self.table)
    }

    fn presets(&self, role: &Role) -> Presets {
        let mut presets = self
            .path
            .map_or_else(Presets::new, |path| role.path_presets(path));
        presets.extend(role.presets(Writing::Insert, self.table));
        presets
    }
}

fn upsert(world: &World, person: &Person, row: &NewRow, conflict: OnConflict) -> Vec<String> {
    let role = &world.roles[person.role];
    let of_update = match conflict {
        OnConflict::Nothing => Presets::new(),
        OnConflict::AllGiven | OnConflict::Only(_) => role.presets(Writing::Update, row.table),
    };
    let mut presets = of_update.clone();
    presets.extend(row.presets(role));
    let values = stamped(&row.given, &presets, person);
    let taken: BTreeMap<_, _> = values
        .iter()
        .filter(|(name, _)| match conflict {
            OnConflict::AllGiven => **name != "id",
            OnConflict::Only(column) => {
                **name == column || of_update.iter().any(|(preset, _)| preset == *name)
            }
            OnConflict::Nothing => false,
        })
        .map(|(name, value)| (*name, value.clone()))
        .collect();
    let (table, key) = (row.name(world), &row.given[0].1);
    let mut statements = Vec::new();
    if !taken.is_empty() {
        statements.push(format!(
            "UPDATE {table} SET {} WHERE id = {key} AND id IN (SELECT id FROM changeable_{})",
            assignments(&taken),
            row.table
        ));
    }
    statements.push(insert(&table, &values, " ON CONFLICT DO NOTHING"));
    statements
}

fn insert(table: &str, values: &BTreeMap<&str, String>, conflict: &str) -> String {
    let names: Vec<_> = values.keys().copied().collect();
    let values: Vec<_> = values.values().cloned().collect();
    format!(
        "INSERT INTO {table} ({}) VALUES ({}){conflict}",
        names.join(", "),
        values.join(", ")
    )
}

fn assignments(values: &BTreeMap<&str, String>) -> String {
    let set: Vec<_> = values
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    set.join(", ")
}

//! Roles: what holds for them on each table, and on each field that leads to rows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::chance::Chance;
use super::condition::{Condition, Scope, sql_value};
use super::path::Path;
use super::rule::{Presets, Rule, Rules, WriteRule, Writing, is_level, preset_json, presets};
use super::world::World;

/// What a question needs from a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// The rows of a table, by whatever path.
    Rows(usize),
    /// A field that leads to rows.
    Path(Path),
    /// Column `b` of a table, selected or asked about.
    ColumnB(usize),
    /// Column `b` in another form: in an aggregation.
    DerivedB(usize),
    /// To write rows of a table.
    Write(Writing, usize),
    /// To give column `b` of rows that are written by a field, unless presets are put over it: those of the field, or those for
    /// what is written.
    GiveB(Path, &'static [Writing]),
    /// To let rows that are there take column `b` of new ones.
    TakeB(usize),
    /// That what is put over the given values is known of the caller.
    Presets(Writing, usize),
    /// The same of the values that the rule for a field puts over them.
    PathPresets(Path),
}

/// A role, with its rules.
pub(crate) struct Role {
    pub(crate) name: String,
    rules: Vec<Rule>,
    /// Whether column `b` of every type is refused, where nothing more exact is said.
    refuses_every_b: bool,
    /// Whether introspection leaves out column `a` of every type.
    hides_every_a: bool,
    /// What holds for tables without a filter of their own.
    every_filter: Option<Condition>,
    path_filters: BTreeMap<Path, Condition>,
    path_presets: BTreeMap<Path, Presets>,
    refused_paths: BTreeSet<Path>,
}

/// Who asks.
pub(crate) struct Person {
    pub(crate) role: usize,
    pub(crate) user_id: i64,
    /// A claim that some have.
    pub(crate) level: Option<i64>,
}

impl Role {
    pub(crate) fn new(world: &World, index: usize, chance: &mut Chance) -> Self {
        let rules = (0..world.tables())
            .map(|table| Rule::new(world, table, chance))
            .collect();
        let mut role = Self {
            name: format!("role{index}"),
            rules,
            refuses_every_b: chance.percent(10),
            hides_every_a: chance.percent(15),
            every_filter: chance
                .percent(25)
                .then(|| Condition::of_column(Scope::Rule, chance)),
            path_filters: BTreeMap::new(),
            path_presets: BTreeMap::new(),
            refused_paths: BTreeSet::new(),
        };
        for path in Path::all(world) {
            if chance.percent(10) {
                let condition = Condition::new(world, path.table(world), Scope::Rule, 1, chance);
                role.path_filters.insert(path, condition);
            }
            if chance.percent(2) {
                role.refused_paths.insert(path);
            }
            if matches!(path, Path::Insert(_) | Path::Update(_)) && chance.percent(12) {
                role.path_presets.insert(path, presets(chance));
            }
        }
        role
    }

    /// Returns whether `person`, who acts in the role, gets what is needed.
    pub(crate) fn allows(&self, need: Need, person: &Person) -> bool {
        let known =
            |presets: &Presets| person.level.is_some() || !presets.iter().any(|(_, value)| is_level(value));
        match need {
            Need::Rows(table) => !self.rules[table].is_refused,
            Need::Path(path) => !self.refused_paths.contains(&path),
            Need::ColumnB(table) => !self.rules[table].refuses_b.unwrap_or(self.refuses_every_b),
            Need::DerivedB(table) => !self.refuses_every_b && self.rules[table].refuses_b != Some(true),
            Need::Write(writing, table) => {
                !self.rules[table].is_refused
                    && self
                        .write_rule(writing, table)
                        .is_none_or(|rule| !rule.is_refused)
            }
            Need::GiveB(path, writings) => {
                let (Path::Insert(table) | Path::Update(table)) = path else {
                    return true;
                };
                let sets_b = |presets: &Presets| presets.iter().any(|(name, _)| *name == "b");
                self.path_presets.get(&path).is_some_and(sets_b)
                    || writings
                        .iter()
                        .any(|writing| sets_b(&self.presets(*writing, table)))
                    || self.gives_b(writings[0], table)
            }
            Need::TakeB(table) => self.gives_b(Writing::Update, table),
            Need::Presets(writing, table) => self
                .write_rule(writing, table)
                .is_none_or(|rule| known(&rule.presets)),
            Need::PathPresets(path) => self.path_presets.get(&path).is_none_or(known),
        }
    }

    /// Returns whether introspection shows column `a` of `table`.
    pub(crate) fn shows_a(&self, table: usize) -> bool {
        !self.rules[table].hides_a && !self.hides_every_a
    }

    /// Returns the values that the rules for the table put over given ones.
    pub(crate) fn presets(&self, writing: Writing, table: usize) -> Presets {
        self.write_rule(writing, table)
            .map_or_else(Presets::new, |rule| rule.presets.clone())
    }

    /// Returns the values that the rule for the field puts over given ones.
    pub(crate) fn path_presets(&self, path: Path) -> Presets {
        self.path_presets.get(&path).cloned().unwrap_or_default()
    }

    fn gives_b(&self, writing: Writing, table: usize) -> bool {
        !self.refuses_every_b && self.write_rule(writing, table).is_none_or(|rule| !rule.refuses_b)
    }

    /// Returns whether rows of `table` can be added that have nothing but their key.
    pub(crate) fn adds_freely(&self, table: usize) -> bool {
        self.write_filter(Writing::Insert, table).is_none()
            && self
                .write_rule(Writing::Insert, table)
                .is_none_or(|rule| !rule.is_refused && rule.presets.is_empty())
    }

    fn write_rule(&self, writing: Writing, table: usize) -> Option<&WriteRule> {
        self.rules[table].writing.get(&writing)
    }

    /// Returns the role's rules as a fixture lists them.
    pub(crate) fn access(&self, world: &World) -> Json {
        let mut list = Rules::default();
        for (table, rule) in self.rules.iter().enumerate() {
            rule.list(table, &mut list);
        }
        if self.refuses_every_b {
            list.add("*", "b", &json!({ "disabled": true }));
        }
        if self.hides_every_a {
            list.add("*", "a", &json!({ "hidden": true }));
        }
        if let Some(filter) = &self.every_filter {
            list.add(
                "data-object:query",
                "*",
                &json!({ "filter": filter.graphql_json() }),
            );
            // It has no such columns.
            list.add("data-object:query", "links", &json!({}));
        }
        for path in Path::all(world) {
            let (parent, field) = path.field(world);
            if let Some(filter) = self.path_filters.get(&path) {
                list.add(&parent, &field, &json!({ "filter": filter.graphql_json() }));
            }
            if let Some(presets) = self.path_presets.get(&path) {
                list.add(&parent, &field, &json!({ "data": preset_json(presets) }));
            }
            if self.refused_paths.contains(&path) {
                list.add(&parent, &field, &json!({ "disabled": true }));
            }
        }
        json!({ "name": self.name, "permissions": list.into_json() })
    }

    /// Returns the common table expressions that `sql` reads of what `person` may see or change: `v0`, `v1`, … of each table, and
    /// those that [`Path::view`] names. `changeable_N` are the rows that an update may touch, by whatever field.
    pub(crate) fn views(&self, world: &World, person: &Person, sql: &str) -> String {
        let rows = |table: usize| format!("{}t{table}", world.prefix);
        let mut views = vec![format!("vlinks AS (SELECT * FROM {}links)", world.prefix)];
        for table in 0..world.tables() {
            let condition = self.condition(world, person, (table, self.read_filter(table)));
            views.push(format!(
                "v{table} AS (SELECT * FROM {} AS x WHERE {condition})",
                rows(table)
            ));
            let changeable = self.write_filter(Writing::Update, table);
            let condition = self.condition(world, person, (table, changeable));
            views.push(format!(
                "changeable_{table} AS (SELECT * FROM {} AS x WHERE {condition})",
                rows(table)
            ));
        }
        for path in Path::all(world) {
            let view = path.view();
            if !sql.contains(&view) {
                continue;
            }
            let table = path.table(world);
            let filter = match path {
                Path::Update(_) => self.write_filter(Writing::Update, table),
                Path::Delete(_) => self.write_filter(Writing::Delete, table),
                _ => self.read_filter(table),
            };
            let of_table = self.condition(world, person, (table, filter));
            let of_path = self.condition(world, person, (table, self.path_filters.get(&path)));
            views.push(format!(
                "{view} AS (SELECT * FROM {} AS x WHERE ({of_table}) AND ({of_path}))",
                rows(table)
            ));
        }
        format!("WITH {}", views.join(", "))
    }

    fn read_filter(&self, table: usize) -> Option<&Condition> {
        let rule = &self.rules[table];
        // A rule for the table itself counts alone, also where it sets no filter.
        if rule.filter.is_some() || rule.is_refused {
            rule.filter.as_ref()
        } else {
            self.every_filter.as_ref()
        }
    }

    fn write_filter(&self, writing: Writing, table: usize) -> Option<&Condition> {
        let own = self
            .write_rule(writing, table)
            .and_then(|rule| rule.filter.as_ref());
        own.or_else(|| self.read_filter(table))
    }

    fn condition(&self, world: &World, person: &Person, rule: (usize, Option<&Condition>)) -> String {
        match rule.1 {
            None => "TRUE".to_owned(),
            Some(filter) if filter.needs_level() && person.level.is_none() => "FALSE".to_owned(),
            Some(filter) => filter.sql(world, rule.0, "x", Some(person)),
        }
    }
}

/// Returns `given` under `presets`, as SQL for `person`.
pub(crate) fn stamped(
    given: &[(&'static str, Json)],
    presets: &Presets,
    person: &Person,
) -> BTreeMap<&'static str, String> {
    let values = given.iter().chain(presets);
    values
        .map(|(name, value)| (*name, sql_value(value, Some(person))))
        .collect()
}

//! Tables, rows and roles.
//!
//! Tables `t0`, `t1`, … have columns `id`, `a`, `b`, `owner` and a reference `p` to an earlier table; `t0` and the last one are
//! linked by the junction `links`.

use serde_json::{Value as Json, json};

use super::chance::Chance;
use super::condition::{Condition, Scope};

/// A generated world.
pub(crate) struct World {
    /// Put before the names of its tables in the database.
    pub(crate) prefix: String,
    /// The table that each one refers to by `p`; none for the first.
    pub(crate) parents: Vec<Option<usize>>,
    pub(crate) rows: Vec<Vec<Row>>,
    pub(crate) links: Vec<(i64, i64)>,
    pub(crate) roles: Vec<Role>,
    pub(crate) identities: Vec<Person>,
}

pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) a: Option<i64>,
    pub(crate) b: Option<i64>,
    pub(crate) owner: i64,
    pub(crate) p: Option<i64>,
}

/// What holds for a role on each table.
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Default)]
pub(crate) struct Rule {
    pub(crate) filter: Option<Condition>,
    pub(crate) is_disabled: bool,
    /// Whether column `b` is refused.
    pub(crate) hides_b: bool,
}

/// Who asks.
pub(crate) struct Person {
    pub(crate) role: usize,
    pub(crate) user_id: i64,
    /// A claim that some have.
    pub(crate) level: Option<i64>,
}

impl World {
    pub(crate) fn new(number: usize, chance: &mut Chance) -> Self {
        let tables = 3 + chance.below(2);
        let parents: Vec<_> = (0..tables)
            .map(|table| (table > 0).then(|| chance.below(table)))
            .collect();
        let rows: Vec<Vec<Row>> = (0..tables)
            .map(|_| {
                let count = 4 + chance.below(12);
                (1..=count).map(|id| row(id as i64, chance)).collect()
            })
            .collect();
        let mut links = Vec::new();
        for near in &rows[0] {
            for far in &rows[tables - 1] {
                if chance.percent(20) {
                    links.push((near.id, far.id));
                }
            }
        }
        let mut world = Self {
            prefix: format!("w{number}_"),
            parents,
            rows,
            links,
            roles: Vec::new(),
            identities: Vec::new(),
        };
        for index in 0..2 {
            let role = world.role(index, chance);
            world.roles.push(role);
        }
        world.identities = (0..3)
            .map(|index| Person {
                role: index / 2,
                user_id: 1 + index as i64,
                level: chance.percent(60).then(|| chance.below(4) as i64),
            })
            .collect();
        world
    }

    pub(crate) fn tables(&self) -> usize {
        self.parents.len()
    }

    /// Returns the tables that refer to `table`.
    pub(crate) fn children(&self, table: usize) -> Vec<usize> {
        (0..self.tables())
            .filter(|child| self.parents[*child] == Some(table))
            .collect()
    }

    fn role(&self, index: usize, chance: &mut Chance) -> Role {
        let rules = (0..self.tables()).map(|table| {
            let filter = chance
                .percent(70)
                .then(|| Condition::new(self, table, Scope::Rule, 2, chance));
            Rule {
                filter,
                is_disabled: chance.percent(6),
                hides_b: chance.percent(15),
            }
        });
        Role {
            name: format!("role{index}"),
            rules: rules.collect(),
        }
    }

    /// Returns the schema as SDL.
    pub(crate) fn sdl(&self) -> String {
        let prefix = &self.prefix;
        let mut sdl = String::new();
        for (table, parent) in self.parents.iter().enumerate() {
            let reference = parent.map_or_else(String::new, |parent| {
                format!(
                    " @field_references(name: \"r{table}\", references_name: \"t{parent}\", field: \"id\", query: \"parent\", \
                     references_query: \"t{table}_rows\")"
                )
            });
            sdl.push_str(&format!(
                "type t{table} @table(name: \"{prefix}t{table}\") {{ id: Int! @pk  a: Int  b: Int  owner: Int  p: Int{reference} }}\n"
            ));
        }
        let last = self.tables() - 1;
        sdl.push_str(&format!(
            "type links @table(name: \"{prefix}links\", is_m2m: true) {{\n  near: Int! @pk @field_references(name: \"near\", \
             references_name: \"t0\", field: \"id\", query: \"near_row\", references_query: \"linked\")\n  far: Int! @pk \
             @field_references(name: \"far\", references_name: \"t{last}\", field: \"id\", query: \"far_row\", \
             references_query: \"linked_by\")\n}}\n"
        ));
        sdl
    }

    /// Returns the statements that make the tables and their rows.
    pub(crate) fn statements(&self) -> Vec<String> {
        let prefix = &self.prefix;
        let shown = |value: Option<i64>| value.map_or_else(|| "NULL".to_owned(), |value| value.to_string());
        let mut statements = Vec::new();
        for (table, rows) in self.rows.iter().enumerate() {
            statements.push(format!(
                "CREATE TABLE {prefix}t{table} (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, owner INTEGER, p INTEGER)"
            ));
            let values: Vec<_> = rows
                .iter()
                .map(|row| {
                    let (a, b, p) = (shown(row.a), shown(row.b), shown(row.p));
                    format!("({}, {a}, {b}, {}, {p})", row.id, row.owner)
                })
                .collect();
            statements.push(format!(
                "INSERT INTO {prefix}t{table} VALUES {}",
                values.join(", ")
            ));
        }
        statements.push(format!(
            "CREATE TABLE {prefix}links (near INTEGER, far INTEGER, PRIMARY KEY (near, far))"
        ));
        if !self.links.is_empty() {
            let values: Vec<_> = self
                .links
                .iter()
                .map(|(near, far)| format!("({near}, {far})"))
                .collect();
            statements.push(format!("INSERT INTO {prefix}links VALUES {}", values.join(", ")));
        }
        statements
    }

    /// Returns the roles as a fixture lists them.
    pub(crate) fn access(&self) -> Json {
        let roles = self.roles.iter().map(|role| {
            let mut permissions = Vec::new();
            for (table, rule) in role.rules.iter().enumerate() {
                if rule.filter.is_some() || rule.is_disabled {
                    permissions.push(json!({
                        "type_name": "data-object:query", "field_name": format!("t{table}"), "disabled": rule.is_disabled,
                        "filter": rule.filter.as_ref().map(Condition::graphql_json),
                    }));
                }
                if rule.hides_b {
                    permissions
                        .push(json!({ "type_name": format!("t{table}"), "field_name": "b", "disabled": true }));
                }
            }
            json!({ "name": role.name, "permissions": permissions })
        });
        roles.collect()
    }

    /// Returns the common table expressions of what `person` may see of each table: `v0`, `v1`, ….
    pub(crate) fn visible(&self, person: &Person) -> String {
        let views = self.roles[person.role]
            .rules
            .iter()
            .enumerate()
            .map(|(table, rule)| {
                let condition = match &rule.filter {
                    None => "TRUE".to_owned(),
                    Some(filter) if filter.needs_level() && person.level.is_none() => "FALSE".to_owned(),
                    Some(filter) => filter.sql(self, "x", Some(person)),
                };
                format!(
                    "v{table} AS (SELECT * FROM {}t{table} AS x WHERE {condition})",
                    self.prefix
                )
            });
        let views: Vec<_> = views.collect();
        format!(
            "WITH {}, vlinks AS (SELECT * FROM {}links)",
            views.join(", "),
            self.prefix
        )
    }
}

fn row(id: i64, chance: &mut Chance) -> Row {
    let number = |chance: &mut Chance| (!chance.percent(15)).then(|| chance.below(4) as i64);
    Row {
        id,
        a: number(chance),
        b: number(chance),
        owner: 1 + chance.below(3) as i64,
        p: (!chance.percent(15)).then(|| 1 + chance.below(8) as i64),
    }
}

//! Tables and rows.
//!
//! Tables `t0`, `t1`, … have columns `id`, `a`, `b`, `owner`, a point `place` and a reference `p` to an earlier table; `t0` and the
//! last one are linked by the junction `links`. A function `rows_of_…` returns the rows of each.

use super::chance::Chance;
use super::role::{Person, Role};

/// Where the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    DuckDb,
    Postgres,
}

/// Who keeps a copy of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// A data source.
    Source(Backend),
    /// A database that knows no points either: they are columns `gx` and `gy`.
    Oracle,
}

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
    pub(crate) place: Option<(i64, i64)>,
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
            let role = Role::new(&world, index, chance);
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

    /// Returns the last table, which is linked with the first.
    pub(crate) fn last(&self) -> usize {
        self.tables() - 1
    }

    /// Returns the table of the rows of `tN.called`.
    pub(crate) fn called(&self, table: usize) -> usize {
        (table + 1) % self.tables()
    }

    /// Returns the tables that refer to `table`.
    pub(crate) fn children(&self, table: usize) -> Vec<usize> {
        (0..self.tables())
            .filter(|child| self.parents[*child] == Some(table))
            .collect()
    }

    /// Returns the schema as SDL.
    pub(crate) fn sdl(&self, backend: Backend) -> String {
        let prefix = &self.prefix;
        let database = match backend {
            Backend::DuckDb => "world.",
            Backend::Postgres => "",
        };
        let mut sdl = String::new();
        let mut functions = String::new();
        for (table, parent) in self.parents.iter().enumerate() {
            let reference = parent.map_or_else(String::new, |parent| {
                format!(
                    " @field_references(name: \"r{table}\", references_name: \"t{parent}\", field: \"id\", query: \"parent\", \
                     references_query: \"t{table}_rows\")"
                )
            });
            let called = self.called(table);
            sdl.push_str(&format!(
                "type t{table} @table(name: \"{prefix}t{table}\") {{\n  id: Int! @pk  a: Int  b: Int  owner: Int  place: Geometry\n  \
                 p: Int{reference}\n  called(above: Int!): [t{called}] @table_function_call_join(references_name: \
                 \"rows_of_t{called}\", source_fields: [\"a\"], references_fields: [\"owner\"])\n}}\n"
            ));
            functions.push_str(&format!(
                "  rows_of_t{table}(above: Int!): [t{table}] @function(name: \"rows_of_t{table}\", sql: \"(SELECT * FROM \
                 {database}{prefix}t{table} WHERE id > [above])\")\n"
            ));
        }
        let last = self.last();
        sdl.push_str(&format!(
            "type links @table(name: \"{prefix}links\", is_m2m: true) {{\n  near: Int! @pk @field_references(name: \"near\", \
             references_name: \"t0\", field: \"id\", query: \"near_row\", references_query: \"linked\")\n  far: Int! @pk \
             @field_references(name: \"far\", references_name: \"t{last}\", field: \"id\", query: \"far_row\", \
             references_query: \"linked_by\")\n}}\nextend type Function {{\n{functions}}}\n"
        ));
        sdl
    }

    /// Returns the statements that make the tables and their rows.
    pub(crate) fn statements(&self, keeper: Keeper) -> Vec<String> {
        let prefix = &self.prefix;
        let place = match keeper {
            Keeper::Source(Backend::DuckDb) => "place GEOMETRY",
            Keeper::Source(Backend::Postgres) => "place geometry",
            Keeper::Oracle => "gx INTEGER, gy INTEGER",
        };
        let mut statements = Vec::new();
        for (table, rows) in self.rows.iter().enumerate() {
            statements.push(format!(
                "CREATE TABLE {prefix}t{table} (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, owner INTEGER, p INTEGER, {place})"
            ));
            let values: Vec<_> = rows.iter().map(|row| row.sql(keeper)).collect();
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
}

impl Row {
    fn sql(&self, keeper: Keeper) -> String {
        let shown = |value: Option<i64>| value.map_or_else(|| "NULL".to_owned(), |value| value.to_string());
        let place = match (keeper, self.place) {
            (Keeper::Oracle, Some((x, y))) => format!("{x}, {y}"),
            (Keeper::Oracle, None) => "NULL, NULL".to_owned(),
            (Keeper::Source(_), None) => "NULL".to_owned(),
            (Keeper::Source(Backend::DuckDb), Some((x, y))) => format!("ST_Point({x}, {y})"),
            (Keeper::Source(Backend::Postgres), Some((x, y))) => format!("ST_Point({x}, {y}, 4326)"),
        };
        let (a, b, p) = (shown(self.a), shown(self.b), shown(self.p));
        format!("({}, {a}, {b}, {}, {p}, {place})", self.id, self.owner)
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
        place: (!chance.percent(15)).then(|| (chance.below(3) as i64, chance.below(2) as i64)),
    }
}

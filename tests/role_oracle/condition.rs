//! Filters, as GraphQL input and as SQL.

use serde_json::{Value as Json, json};

use super::chance::Chance;
use super::path::Path;
use super::role::{Need, Person};
use super::world::World;

/// What a filter asks about.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// A column compared with a number.
    Column(&'static str, &'static str, Json),
    /// The row that `p` refers to.
    Parent(usize, Box<Condition>),
    /// How many rows of the table that refer to this one must meet it.
    Children(usize, &'static str, Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
}

/// Who asks: a rule sees everything, and may name the caller; a client sees what its role does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Rule,
    Client,
}

impl Condition {
    pub(crate) fn new(world: &World, table: usize, scope: Scope, depth: usize, chance: &mut Chance) -> Self {
        let inner = |chance: &mut Chance| Self::new(world, table, scope, depth - 1, chance);
        let nested = |table, chance: &mut Chance| Box::new(Self::new(world, table, scope, depth - 1, chance));
        match chance.below(if depth == 0 { 4 } else { 10 }) {
            4 => Self::And(vec![inner(chance), inner(chance)]),
            5 => Self::Or(vec![inner(chance), inner(chance)]),
            6 => Self::Not(Box::new(inner(chance))),
            7 | 8 => match world.parents[table] {
                Some(parent) => Self::Parent(parent, nested(parent, chance)),
                None => Self::of_column(scope, chance),
            },
            9 => match world.children(table).as_slice() {
                [] => Self::of_column(scope, chance),
                children => {
                    let child = *chance.pick(children);
                    let quantifier = *chance.pick(&["any_of", "all_of", "none_of"]);
                    Self::Children(child, quantifier, nested(child, chance))
                }
            },
            _ => Self::of_column(scope, chance),
        }
    }

    pub(crate) fn graphql_json(&self) -> Json {
        match self {
            Self::Column(column, operator, value) => json!({ *column: { *operator: value } }),
            Self::Parent(_, condition) => json!({ "parent": condition.graphql_json() }),
            Self::Children(table, quantifier, condition) => {
                json!({ format!("t{table}_rows"): { *quantifier: condition.graphql_json() } })
            }
            Self::And(terms) => json!({ "_and": terms.iter().map(Self::graphql_json).collect::<Vec<_>>() }),
            Self::Or(terms) => json!({ "_or": terms.iter().map(Self::graphql_json).collect::<Vec<_>>() }),
            Self::Not(term) => json!({ "_not": term.graphql_json() }),
        }
    }

    /// Returns the condition on the row `alias` of `table`; a rule's with the values of `person`, over all rows.
    pub(crate) fn sql(&self, world: &World, table: usize, alias: &str, person: Option<&Person>) -> String {
        let rows = |path: Path| match person {
            Some(_) => format!("{}t{}", world.prefix, path.table(world)),
            None => path.view(),
        };
        let below = format!("{alias}_");
        match self {
            Self::Column(column, operator, value) => {
                let value = sql_value(value, person);
                match *operator {
                    "eq" => format!("{alias}.{column} = {value}"),
                    "gt" => format!("{alias}.{column} > {value}"),
                    "in" => format!("{alias}.{column} IN ({value})"),
                    _ if value == "true" => format!("{alias}.{column} IS NULL"),
                    _ => format!("{alias}.{column} IS NOT NULL"),
                }
            }
            Self::Parent(parent, condition) => format!(
                "EXISTS (SELECT 1 FROM {} AS {below} WHERE {below}.id = {alias}.p AND ({}))",
                rows(Path::Parent(table)),
                condition.sql(world, *parent, &below, person)
            ),
            Self::Children(child, quantifier, condition) => {
                let condition = condition.sql(world, *child, &below, person);
                let exists = |condition: &str| {
                    format!(
                        "EXISTS (SELECT 1 FROM {} AS {below} WHERE {below}.p = {alias}.id AND ({condition}))",
                        rows(Path::Children(*child))
                    )
                };
                match *quantifier {
                    "any_of" => exists(&condition),
                    "none_of" => format!("NOT {}", exists(&condition)),
                    _ => format!(
                        "({} AND NOT {})",
                        exists("TRUE"),
                        exists(&format!("NOT ({condition})"))
                    ),
                }
            }
            Self::And(terms) => joined(terms, " AND ", |term| term.sql(world, table, alias, person)),
            Self::Or(terms) => joined(terms, " OR ", |term| term.sql(world, table, alias, person)),
            Self::Not(term) => format!("NOT ({})", term.sql(world, table, alias, person)),
        }
    }

    /// Returns whether it names the claim that not everybody has.
    pub(crate) fn needs_level(&self) -> bool {
        match self {
            Self::Column(_, _, value) => value.to_string().contains("[$auth.level]"),
            Self::Parent(_, condition) | Self::Children(_, _, condition) | Self::Not(condition) => {
                condition.needs_level()
            }
            Self::And(terms) | Self::Or(terms) => terms.iter().any(Self::needs_level),
        }
    }

    /// Adds what a filter on `table` needs.
    pub(crate) fn add_needs(&self, table: usize, needs: &mut Vec<Need>) {
        match self {
            Self::Column("b", _, _) => needs.push(Need::ColumnB(table)),
            Self::Column(..) => {}
            Self::Parent(other, condition) => {
                needs.extend([Need::Path(Path::Parent(table)), Need::Rows(*other)]);
                condition.add_needs(*other, needs);
            }
            Self::Children(other, _, condition) => {
                needs.extend([Need::Path(Path::Children(*other)), Need::Rows(*other)]);
                condition.add_needs(*other, needs);
            }
            Self::And(terms) | Self::Or(terms) => {
                terms.iter().for_each(|term| term.add_needs(table, needs));
            }
            Self::Not(term) => term.add_needs(table, needs),
        }
    }

    /// Returns a condition on a column.
    pub(crate) fn of_column(scope: Scope, chance: &mut Chance) -> Self {
        let name = *chance.pick(&["id", "a", "b", "owner"]);
        if scope == Scope::Rule && chance.percent(45) {
            return if chance.percent(70) {
                Self::Column("owner", "eq", json!("[$auth.user_id_int]"))
            } else {
                Self::Column("a", "in", json!([0, "[$auth.level]"]))
            };
        }
        let number = chance.below(4);
        match chance.below(4) {
            0 => Self::Column(name, "gt", json!(number)),
            1 => Self::Column(name, "in", json!([number, chance.below(8)])),
            2 => Self::Column(name, "is_null", json!(chance.percent(50))),
            _ => Self::Column(name, "eq", json!(number)),
        }
    }
}

/// Returns a value as SQL; what stands for something known of the caller as that of `person`.
pub(crate) fn sql_value(value: &Json, person: Option<&Person>) -> String {
    match value {
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| sql_value(item, person)).collect();
            items.join(", ")
        }
        Json::String(name) => {
            let person = person.unwrap();
            match name.as_str() {
                "[$auth.level]" => person.level.unwrap().to_string(),
                _ => person.user_id.to_string(),
            }
        }
        other => other.to_string(),
    }
}

fn joined(terms: &[Condition], with: &str, sql: impl Fn(&Condition) -> String) -> String {
    let terms: Vec<_> = terms.iter().map(|term| format!("({})", sql(term))).collect();
    terms.join(with)
}

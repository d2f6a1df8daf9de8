//! Says a query to a database, in the plainest way: one correlated subquery for each level, values as literals.

use std::fmt::Write;

use super::model::{
    Ask, Column, Filter, Follow, FollowAggregate, Kind, Link, Measure, Path, Query, Selection, Sort, Table,
    Test, Value, table,
};

/// What databases spell differently.
pub trait Spelling {
    /// Returns a JSON object of names and SQL values.
    fn object(&self, members: &[(String, String)]) -> String;

    /// Returns the aggregate that makes a JSON array of `item`, sorted by `by`; NULL without rows.
    fn array(&self, item: &str, by: &str) -> String;

    /// Returns a column of `kind` as the engine shows it.
    fn shown(&self, kind: Kind, column: &str) -> String;

    /// Returns a JSON value as text.
    fn text(&self, json: &str) -> String;
}

/// DuckDB's spelling.
#[derive(Clone, Copy, Debug)]
pub struct DuckDb;

impl Spelling for DuckDb {
    fn object(&self, members: &[(String, String)]) -> String {
        let members: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("'{name}', {value}"))
            .collect();
        format!("json_object({})", members.join(", "))
    }

    fn array(&self, item: &str, by: &str) -> String {
        format!("to_json(list({item} ORDER BY {by}))")
    }

    fn shown(&self, kind: Kind, column: &str) -> String {
        match kind {
            Kind::DateTime => format!("strftime({column}, '%Y-%m-%dT%H:%M:%SZ')"),
            Kind::Date => format!("strftime({column}, '%Y-%m-%d')"),
            Kind::Int | Kind::Float | Kind::Text | Kind::Bool => column.to_owned(),
        }
    }

    fn text(&self, json: &str) -> String {
        format!("CAST({json} AS VARCHAR)")
    }
}

/// PostgreSQL's spelling.
#[derive(Clone, Copy, Debug)]
pub struct Postgres;

impl Spelling for Postgres {
    fn object(&self, members: &[(String, String)]) -> String {
        let members: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("'{name}', {value}"))
            .collect();
        format!("json_build_object({})", members.join(", "))
    }

    fn array(&self, item: &str, by: &str) -> String {
        format!("json_agg({item} ORDER BY {by})")
    }

    fn shown(&self, kind: Kind, column: &str) -> String {
        match kind {
            Kind::DateTime => format!("to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"),
            Kind::Date => format!("to_char({column}, 'YYYY-MM-DD')"),
            Kind::Int | Kind::Float | Kind::Text | Kind::Bool => column.to_owned(),
        }
    }

    fn text(&self, json: &str) -> String {
        format!("CAST({json} AS text)")
    }
}

/// Returns `query` as a statement whose rows have one column each, JSON text.
#[must_use]
pub fn statement(query: &Query, spelling: &dyn Spelling) -> String {
    let mut writer = Plain { spelling, aliases: 0 };
    let alias = writer.alias();
    let mut conditions = Vec::new();
    if let Some(filter) = &query.filter {
        conditions.push(writer.filter(&alias, filter));
    }
    let from = |conditions: &[String]| format!(" FROM {} AS {alias}{}", query.table.name, all_of(conditions));
    match &query.ask {
        Ask::Rows {
            selection,
            order,
            page: (limit, offset),
        } => {
            let row = writer.row(&alias, query.table, selection);
            conditions.extend(writer.inner(&alias, selection));
            let keys = writer.order(&alias, order);
            let mut sql = format!(
                "SELECT {}{} ORDER BY {keys}",
                spelling.text(&row),
                from(&conditions)
            );
            if let Some(limit) = limit {
                let _ = write!(sql, " LIMIT {limit}");
            }
            if let Some(offset) = offset {
                let _ = write!(sql, " OFFSET {offset}");
            }
            sql
        }
        Ask::Aggregate(measures) => {
            let object = writer.aggregates(&alias, measures);
            format!("SELECT {}{}", spelling.text(&object), from(&conditions))
        }
        Ask::Groups {
            keys,
            measures,
            at_least,
        } => {
            let columns: Vec<_> = keys.iter().map(|key| format!("{alias}.{}", key.name)).collect();
            let key = writer.columns(&alias, keys);
            let members = [
                ("key".to_owned(), spelling.object(&key)),
                ("aggregations".to_owned(), writer.aggregates(&alias, measures)),
            ];
            let least = at_least.map_or_else(String::new, |least| format!(" HAVING count(*) >= {least}"));
            let order: Vec<_> = columns
                .iter()
                .map(|column| format!("{column} NULLS LAST"))
                .collect();
            format!(
                "SELECT {}{} GROUP BY {}{least} ORDER BY {}",
                spelling.text(&spelling.object(&members)),
                from(&conditions),
                columns.join(", "),
                order.join(", ")
            )
        }
    }
}

fn all_of(conditions: &[String]) -> String {
    if conditions.is_empty() {
        return String::new();
    }
    format!(" WHERE ({})", conditions.join(") AND ("))
}

struct Plain<'a> {
    spelling: &'a dyn Spelling,
    aliases: usize,
}

impl Plain<'_> {
    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    fn columns(&self, alias: &str, columns: &[Column]) -> Vec<(String, String)> {
        let member = |column: &Column| {
            let value = self
                .spelling
                .shown(column.kind, &format!("{alias}.{}", column.name));
            (column.name.to_owned(), value)
        };
        columns.iter().map(member).collect()
    }

    fn row(&mut self, alias: &str, _table: &Table, selection: &Selection) -> String {
        let mut members = self.columns(alias, &selection.columns);
        for follow in &selection.links {
            members.push((follow.link.name.to_owned(), self.follow(alias, follow)));
        }
        for aggregate in &selection.aggregates {
            members.push((
                format!("{}_aggregation", aggregate.link.name),
                self.follow_aggregate(alias, aggregate),
            ));
        }
        self.spelling.object(&members)
    }

    /// Conditions that the rows of inner links are there.
    fn inner(&mut self, alias: &str, selection: &Selection) -> Vec<String> {
        let inner = selection.links.iter().filter(|follow| follow.inner);
        let values: Vec<_> = inner.map(|follow| self.follow(alias, follow)).collect();
        values
            .iter()
            .map(|value| format!("{value} IS NOT NULL"))
            .collect()
    }

    /// The rows of a link of the row `parent` as a relation, with the conditions that make them its own.
    fn linked(&mut self, parent: &str, link: Link) -> (String, String, Vec<String>) {
        let alias = self.alias();
        match link.path {
            Path::One(column) => {
                let own = format!("{alias}.id = {parent}.{column}");
                (alias.clone(), format!("{} AS {alias}", link.target), vec![own])
            }
            Path::Many(column) => {
                let own = format!("{alias}.{column} = {parent}.id");
                (alias.clone(), format!("{} AS {alias}", link.target), vec![own])
            }
            Path::Through(junction, near, far) => {
                let between = self.alias();
                let own = vec![
                    format!("{between}.{near} = {parent}.id"),
                    format!("{between}.{far} = {alias}.id"),
                ];
                let from = format!("{junction} AS {between}, {} AS {alias}", link.target);
                (alias, from, own)
            }
        }
    }

    fn follow(&mut self, parent: &str, follow: &Follow) -> String {
        let (alias, from, mut conditions) = self.linked(parent, follow.link);
        if let Some(filter) = &follow.filter {
            conditions.push(self.filter(&alias, filter));
        }
        conditions.extend(self.inner(&alias, &follow.selection));
        let row = self.row(&alias, table(follow.link.target), &follow.selection);
        if matches!(follow.link.path, Path::One(_)) {
            return format!("(SELECT {row} FROM {from}{})", all_of(&conditions));
        }
        let keys = self.order(&alias, &follow.order);
        let page = match follow.page {
            Some((limit, offset)) => format!(" WHERE n > {offset} AND n <= {}", offset + limit),
            None => String::new(),
        };
        let numbered = format!(
            "SELECT {row} AS j, row_number() OVER (ORDER BY {keys}) AS n FROM {from}{}",
            all_of(&conditions)
        );
        format!(
            "(SELECT {} FROM ({numbered}) AS numbered{page})",
            self.spelling.array("j", "n")
        )
    }

    fn follow_aggregate(&mut self, parent: &str, aggregate: &FollowAggregate) -> String {
        let (alias, from, mut conditions) = self.linked(parent, aggregate.link);
        if let Some(filter) = &aggregate.filter {
            conditions.push(self.filter(&alias, filter));
        }
        let object = self.aggregates(&alias, &aggregate.measures);
        format!(
            "(SELECT CASE WHEN count(*) > 0 THEN {object} END FROM {from}{})",
            all_of(&conditions)
        )
    }

    fn aggregates(&self, alias: &str, measures: &[Measure]) -> String {
        let mut members = vec![("_rows_count".to_owned(), "count(*)".to_owned())];
        for measure in measures {
            let column = format!("{alias}.{}", measure.column.name);
            let functions: Vec<_> = measure
                .functions
                .iter()
                .map(|function| {
                    let value = match *function {
                        "count" => format!("count(DISTINCT {column})"),
                        "min" | "max" => {
                            let value = format!("{function}({column})");
                            self.spelling.shown(measure.column.kind, &value)
                        }
                        _ => format!("{function}({column})"),
                    };
                    ((*function).to_owned(), value)
                })
                .collect();
            members.push((measure.column.name.to_owned(), self.spelling.object(&functions)));
        }
        self.spelling.object(&members)
    }

    fn order(&mut self, alias: &str, keys: &[Sort]) -> String {
        let keys: Vec<_> = keys.iter().map(|key| self.sort(alias, key)).collect();
        keys.join(", ")
    }

    fn sort(&mut self, alias: &str, key: &Sort) -> String {
        let value = match key.through {
            Some(link) => {
                let (related, from, own) = self.linked(alias, link);
                format!(
                    "(SELECT {related}.{} FROM {from}{})",
                    key.column.name,
                    all_of(&own)
                )
            }
            None => format!("{alias}.{}", key.column.name),
        };
        let direction = if key.descending { " DESC" } else { "" };
        let nulls = match key.nulls_first {
            Some(true) => " NULLS FIRST",
            Some(false) => " NULLS LAST",
            // As the engine sorts, whatever the database's own choice.
            None => " NULLS LAST",
        };
        format!("{value}{direction}{nulls}")
    }

    fn filter(&mut self, alias: &str, filter: &Filter) -> String {
        match filter {
            Filter::Column(column, test) => condition(&format!("{alias}.{}", column.name), test),
            Filter::And(filters) => self.joined(alias, filters, " AND "),
            Filter::Or(filters) => self.joined(alias, filters, " OR "),
            Filter::Not(inner) => format!("NOT ({})", self.filter(alias, inner)),
            Filter::One(link, inner) => self.exists(alias, *link, inner, ("EXISTS", false)),
            Filter::Many(link, "any_of", inner) => self.exists(alias, *link, inner, ("EXISTS", false)),
            Filter::Many(link, "none_of", inner) => self.exists(alias, *link, inner, ("NOT EXISTS", false)),
            Filter::Many(link, _, inner) => {
                let (_, from, own) = self.linked(alias, *link);
                let violated = self.exists(alias, *link, inner, ("NOT EXISTS", true));
                format!("EXISTS (SELECT 1 FROM {from}{}) AND {violated}", all_of(&own))
            }
        }
    }

    fn joined(&mut self, alias: &str, filters: &[Filter], operator: &str) -> String {
        let filters: Vec<_> = filters
            .iter()
            .map(|filter| format!("({})", self.filter(alias, filter)))
            .collect();
        filters.join(operator)
    }

    fn exists(&mut self, alias: &str, link: Link, filter: &Filter, how: (&str, bool)) -> String {
        let (keyword, is_negated) = how;
        let (related, from, mut conditions) = self.linked(alias, link);
        let condition = self.filter(&related, filter);
        conditions.push(if is_negated {
            format!("NOT ({condition})")
        } else {
            condition
        });
        format!("{keyword} (SELECT 1 FROM {from}{})", all_of(&conditions))
    }
}

fn condition(column: &str, test: &Test) -> String {
    match test {
        Test::Compare(operator, value) => {
            let operator = match *operator {
                "eq" => "=",
                "gt" => ">",
                "gte" => ">=",
                "lt" => "<",
                "lte" => "<=",
                "like" => "LIKE",
                _ => "ILIKE",
            };
            format!("{column} {operator} {}", literal(value))
        }
        Test::In(values) if values.is_empty() => "FALSE".to_owned(),
        Test::In(values) => {
            let values: Vec<_> = values.iter().map(literal).collect();
            format!("{column} IN ({})", values.join(", "))
        }
        Test::IsNull(true) => format!("{column} IS NULL"),
        Test::IsNull(false) => format!("{column} IS NOT NULL"),
    }
}

/// Returns a value as an SQL literal.
#[must_use]
pub fn literal(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("CAST({number:?} AS DOUBLE PRECISION)"),
        Value::Bool(value) => value.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Date(text) => format!("DATE '{text}'"),
        Value::DateTime(text) => format!("TIMESTAMP '{text}'"),
    }
}

//! Says a query to the engine.

use std::fmt::Write;

use super::model::{Ask, Column, Filter, Follow, Measure, Path, Query, Selection, Sort, Test, Value};

/// Returns `query` as a GraphQL document with the one root field `answer`.
#[must_use]
pub fn document(query: &Query) -> String {
    let table = query.table.name;
    let mut arguments = Vec::new();
    if let Some(filter) = &query.filter {
        arguments.push(format!("filter: {}", self::filter(filter)));
    }
    let (suffix, body) = match &query.ask {
        Ask::Rows {
            selection,
            order,
            page: (limit, offset),
        } => {
            arguments.push(format!("order_by: {}", sort_keys(order)));
            arguments.extend(limit.map(|limit| format!("limit: {limit}")));
            arguments.extend(offset.map(|offset| format!("offset: {offset}")));
            ("", self::selection(selection))
        }
        Ask::Aggregate(measures) => ("_aggregation", aggregates(measures)),
        Ask::Groups {
            keys,
            measures,
            at_least,
        } => {
            let order: Vec<_> = keys
                .iter()
                .map(|key| format!("{{field: \"key.{}\", nulls: LAST}}", key.name))
                .collect();
            arguments.push(format!("order_by: [{}]", order.join(", ")));
            if let Some(least) = at_least {
                arguments.push(format!(
                    "having: [{{field: \"aggregations._rows_count\", gte: {least}}}]"
                ));
            }
            let keys: Vec<_> = keys.iter().map(|key| key.name).collect();
            let body = format!(
                "key {{ {} }} aggregations {{ {} }}",
                keys.join(" "),
                aggregates(measures)
            );
            ("_bucket_aggregation", body)
        }
    };
    format!(
        "{{ answer: {table}{suffix}{} {{ {body} }} }}",
        in_parentheses(&arguments)
    )
}

fn in_parentheses(arguments: &[String]) -> String {
    if arguments.is_empty() {
        String::new()
    } else {
        format!("({})", arguments.join(", "))
    }
}

fn selection(selection: &Selection) -> String {
    let mut text: String = names(&selection.columns);
    for link in &selection.links {
        let _ = write!(text, " {}", follow(link));
    }
    for aggregate in &selection.aggregates {
        let filter = aggregate
            .filter
            .as_ref()
            .map(|of| format!("filter: {}", filter(of)));
        let arguments: Vec<_> = filter.into_iter().collect();
        let _ = write!(
            text,
            " {}_aggregation{} {{ {} }}",
            aggregate.link.name,
            in_parentheses(&arguments),
            aggregates(&aggregate.measures)
        );
    }
    text
}

fn names(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|column| column.name).collect();
    names.join(" ")
}

fn follow(follow: &Follow) -> String {
    let mut arguments = Vec::new();
    if let Some(filter) = &follow.filter {
        arguments.push(format!("filter: {}", self::filter(filter)));
    }
    if !matches!(follow.link.path, Path::One(_)) {
        arguments.push(format!("nested_order_by: {}", sort_keys(&follow.order)));
    }
    if let Some((limit, offset)) = follow.page {
        arguments.push(format!("nested_limit: {limit}, nested_offset: {offset}"));
    }
    if follow.inner {
        arguments.push("inner: true".to_owned());
    }
    format!(
        "{}{} {{ {} }}",
        follow.link.name,
        in_parentheses(&arguments),
        selection(&follow.selection)
    )
}

fn aggregates(measures: &[Measure]) -> String {
    let mut text = "_rows_count".to_owned();
    for measure in measures {
        let _ = write!(
            text,
            " {} {{ {} }}",
            measure.column.name,
            measure.functions.join(" ")
        );
    }
    text
}

fn sort_keys(keys: &[Sort]) -> String {
    let keys: Vec<_> = keys
        .iter()
        .map(|key| {
            let path = match key.through {
                Some(link) => format!("{}.{}", link.name, key.column.name),
                None => key.column.name.to_owned(),
            };
            let direction = if key.descending { "DESC" } else { "ASC" };
            let nulls = match key.nulls_first {
                Some(true) => ", nulls: FIRST",
                Some(false) => ", nulls: LAST",
                None => "",
            };
            format!("{{field: \"{path}\", direction: {direction}{nulls}}}")
        })
        .collect();
    format!("[{}]", keys.join(", "))
}

fn filter(filter: &Filter) -> String {
    let list = |filters: &[Filter]| {
        let filters: Vec<_> = filters.iter().map(self::filter).collect();
        filters.join(", ")
    };
    match filter {
        Filter::Column(column, test) => format!("{{{}: {{{}}}}}", column.name, self::test(test)),
        Filter::And(filters) => format!("{{_and: [{}]}}", list(filters)),
        Filter::Or(filters) => format!("{{_or: [{}]}}", list(filters)),
        Filter::Not(inner) => format!("{{_not: {}}}", self::filter(inner)),
        Filter::One(link, inner) => format!("{{{}: {}}}", link.name, self::filter(inner)),
        Filter::Many(link, quantifier, inner) => {
            format!("{{{}: {{{quantifier}: {}}}}}", link.name, self::filter(inner))
        }
    }
}

fn test(test: &Test) -> String {
    match test {
        Test::Compare(operator, value) => format!("{operator}: {}", literal(value)),
        Test::In(values) => {
            let values: Vec<_> = values.iter().map(literal).collect();
            format!("in: [{}]", values.join(", "))
        }
        Test::IsNull(is_null) => format!("is_null: {is_null}"),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Bool(value) => value.to_string(),
        Value::Text(text) | Value::Date(text) | Value::DateTime(text) => {
            serde_json::Value::from(text.as_str()).to_string()
        }
    }
}

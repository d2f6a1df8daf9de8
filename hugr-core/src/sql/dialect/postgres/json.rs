//! Documents: columns of type `json` and `jsonb`, structs among them.
//!
//! What a document holds is read as a type only where it is of that type, so that one odd row does not fail a query.

use serde_json::Value as Json;

use super::{PostgresDialect, array, items_of};
use crate::sql::Value;
use crate::sql::ast::{Expr, SqlType};
use crate::sql::dialect::Dialect;
use crate::sql::dialect::json_key::json_path_steps;
use crate::sql::quote;
use crate::sql::render::Renderer;

/// Returns whether `expr` is part of a document and stays one.
pub(super) fn is_document(expr: &Expr) -> bool {
    matches!(expr, Expr::Member(_, _, None))
}

/// Writes a test of two documents, or of a document and a list of keys.
pub(super) fn infix(out: &mut Renderer<'_>, left: &Expr, operator: &str, right: &Expr) {
    out.text("(");
    document(out, left);
    out.text(" ");
    out.text(operator);
    out.text(" ");
    out.expr(right);
    out.text(")");
}

/// Writes whether a document has a key, or something at a path.
pub(super) fn has(out: &mut Renderer<'_>, left: &Expr, right: &Expr) {
    let path = match right {
        Expr::Param(Value::Text(text), _) => path_of(text),
        _ => None,
    };
    match path {
        Some(path) => has_path(out, left, &path),
        None => has_keys(out, left, " ? CAST(", |out| {
            out.expr(right);
            out.text(" AS text)");
        }),
    }
}

/// Writes whether a document has all of some keys, or something at all of some paths.
pub(super) fn has_all(out: &mut Renderer<'_>, left: &Expr, right: &Expr) {
    let Expr::List(items, _) = right else {
        return has_keys(out, left, " ?& ", |out| out.expr(right));
    };
    let (mut keys, mut paths) = (Vec::new(), Vec::new());
    for item in items_of(items) {
        match &item {
            Value::Text(text) => match path_of(text) {
                Some(path) => paths.push(path),
                None => keys.push(item),
            },
            _ => keys.push(item),
        }
    }
    out.text("(");
    if !keys.is_empty() || paths.is_empty() {
        has_keys(out, left, " ?& ", |out| {
            array(out, &keys);
            out.text("::text[]");
        });
    }
    for (index, path) in paths.iter().enumerate() {
        out.text(if index == 0 && keys.is_empty() {
            ""
        } else {
            " AND "
        });
        has_path(out, left, path);
    }
    out.text(")");
}

/// The items of a list have no keys, other than for PostgreSQL.
fn has_keys(out: &mut Renderer<'_>, left: &Expr, operator: &str, keys: impl FnOnce(&mut Renderer<'_>)) {
    out.text("(");
    document(out, left);
    out.text(operator);
    keys(out);
    out.text(" AND jsonb_typeof(");
    document(out, left);
    out.text(") = 'object')");
}

fn has_path(out: &mut Renderer<'_>, left: &Expr, path: &str) {
    out.text("(");
    document(out, left);
    out.text(" @? CAST(");
    out.param(&Value::from(path));
    out.text(" AS jsonpath))");
}

/// Returns the path that a client wrote, as PostgreSQL writes it; `None` for a key.
fn path_of(text: &str) -> Option<String> {
    let mut path = "$".to_owned();
    for step in json_path_steps(text)? {
        let member = step.strip_prefix('.').filter(|name| *name != "*");
        let from_end = step.strip_prefix("[#-").and_then(|step| step.strip_suffix(']'));
        match (member, from_end) {
            (Some(name), _) => path.push_str(&format!(".\"{}\"", name.trim_matches('"'))),
            // The last item is `[#-1]` there and `[last]` here.
            (None, Some(number)) => path.push_str(&format!("[last + 1 - {number}]")),
            (None, None) => path.push_str(step),
        }
    }
    Some(path)
}

/// Writes whether a list in a document equals a list.
pub(super) fn equal_lists(out: &mut Renderer<'_>, left: &Expr, right: &Expr) {
    beside_list(out, left, " = ", right);
}

/// Writes whether a list in a document holds all items of a list.
pub(super) fn contains_items(out: &mut Renderer<'_>, left: &Expr, right: &Expr) {
    beside_list(out, left, " @> ", right);
}

/// Writes whether a list in a document holds one of the items of a list.
pub(super) fn has_items(out: &mut Renderer<'_>, left: &Expr, right: &Expr) {
    out.text("EXISTS (SELECT 1 FROM jsonb_array_elements(CASE WHEN jsonb_typeof(");
    out.expr(left);
    out.text(") = 'array' THEN ");
    out.expr(left);
    out.text(" END) AS _item WHERE CAST(");
    list_text(out, right);
    out.text(" AS jsonb) @> _item)");
}

fn beside_list(out: &mut Renderer<'_>, left: &Expr, operator: &str, right: &Expr) {
    out.text("(");
    out.expr(left);
    out.text(operator);
    out.text("CAST(");
    list_text(out, right);
    out.text(" AS jsonb))");
}

/// Writes the text of the JSON array that a list was given as.
fn list_text(out: &mut Renderer<'_>, list: &Expr) {
    match list {
        Expr::List(items, _) => out.param(items),
        other => out.expr(other),
    }
}

/// Writes the member `name` of a struct, read as `ty`.
pub(super) fn member(
    dialect: &PostgresDialect,
    out: &mut Renderer<'_>,
    value: &Expr,
    name: &str,
    ty: Option<SqlType>,
) {
    let step = |out: &mut Renderer<'_>, arrow: &str| {
        out.text("(");
        base(out, value);
        out.text(arrow);
        out.text(&quote::literal(name));
        out.text(")");
    };
    match ty {
        // A JSON null is no value.
        None => {
            out.text("NULLIF(");
            step(out, " -> ");
            out.text(", 'null'::jsonb)");
        }
        Some(ty) => typed(
            dialect,
            out,
            ty,
            |out| step(out, " -> "),
            |out| step(out, " ->> "),
        ),
    }
}

/// Writes the value at a path of members, read as `ty`. The path is the client's and so bound.
pub(super) fn at_path(
    dialect: &PostgresDialect,
    out: &mut Renderer<'_>,
    value: &Expr,
    path: &[String],
    ty: SqlType,
) {
    let path = Value::List(path.iter().map(|name| Value::from(name.as_str())).collect());
    let step = |out: &mut Renderer<'_>, arrow: &str| {
        out.text("(");
        document(out, value);
        out.text(arrow);
        out.param(&path);
        out.text("::text[])");
    };
    typed(
        dialect,
        out,
        ty,
        |out| step(out, " #> "),
        |out| step(out, " #>> "),
    );
}

/// Writes a part of a document as `ty`, NULL where it is something else; `part` writes it as a document, `text` as text.
fn typed(
    dialect: &PostgresDialect,
    out: &mut Renderer<'_>,
    ty: SqlType,
    part: impl Fn(&mut Renderer<'_>),
    text: impl Fn(&mut Renderer<'_>),
) {
    let kind = match ty {
        SqlType::Json => return part(out),
        SqlType::Text => return text(out),
        SqlType::Integer | SqlType::BigInt | SqlType::Double => Some("number"),
        SqlType::Boolean => Some("boolean"),
        _ => None,
    };
    out.text("CAST(");
    if let Some(kind) = kind {
        out.text("CASE WHEN jsonb_typeof(");
        part(out);
        out.text(&format!(") = '{kind}' THEN "));
    }
    text(out);
    if kind == Some("number") {
        out.text("::numeric");
    }
    if kind.is_some() {
        out.text(" END");
    }
    out.text(" AS ");
    out.text(&dialect.type_name(ty));
    out.text(")");
}

/// Writes what a member is taken from: a document, whatever it is kept as.
fn base(out: &mut Renderer<'_>, value: &Expr) {
    match value {
        Expr::Member(inner, name, _) => {
            base(out, inner);
            out.text(" -> ");
            out.text(&quote::literal(name));
        }
        other => document(out, other),
    }
}

fn document(out: &mut Renderer<'_>, value: &Expr) {
    match value {
        Expr::Member(..) => out.expr(value),
        _ => {
            out.text("CAST(");
            out.expr(value);
            out.text(" AS jsonb)");
        }
    }
}

/// Writes a document in the shape of `shape`, the notation of DuckDB's `json_transform`: what does not fit is null.
pub(super) fn shape(out: &mut Renderer<'_>, value: &Expr, shape: &str) {
    // The planner wrote it, so it can be read.
    let shape = serde_json::from_str(shape).unwrap_or(Json::Null);
    shaped(out, &shape, &|out| document(out, value), 0);
}

/// `depth` tells the items of nested lists apart.
fn shaped(out: &mut Renderer<'_>, shape: &Json, part: &dyn Fn(&mut Renderer<'_>), depth: usize) {
    out.text("CASE WHEN jsonb_typeof(");
    part(out);
    match shape {
        Json::Object(members) => {
            out.text(") = 'object' THEN jsonb_build_object(");
            let members: Vec<_> = members.iter().collect();
            out.list(&members, |out, (name, shape)| {
                // Names are the client's and so bound.
                let name = Value::from(name.as_str());
                out.param(&name);
                out.text("::text, ");
                let member = |out: &mut Renderer<'_>| {
                    out.text("(");
                    part(out);
                    out.text(" -> ");
                    out.param(&name);
                    out.text("::text)");
                };
                shaped(out, shape, &member, depth);
            });
            out.text(") END");
        }
        Json::Array(items) => {
            let item = format!("_item{depth}");
            out.text(") = 'array' THEN (SELECT COALESCE(jsonb_agg(");
            let value = |out: &mut Renderer<'_>| out.text(&format!("{item}.value"));
            shaped(out, items.first().unwrap_or(&Json::Null), &value, depth + 1);
            out.text(&format!(
                " ORDER BY {item}.number), '[]'::jsonb) FROM jsonb_array_elements("
            ));
            part(out);
            out.text(&format!(") WITH ORDINALITY AS {item}(value, number)) END"));
        }
        leaf => shaped_leaf(out, leaf.as_str().unwrap_or_default(), part),
    }
}

fn shaped_leaf(out: &mut Renderer<'_>, ty: &str, part: &dyn Fn(&mut Renderer<'_>)) {
    let text = |out: &mut Renderer<'_>| {
        out.text("(");
        part(out);
        out.text(" #>> '{}')");
    };
    match ty {
        "INTEGER" | "BIGINT" => {
            out.text(") = 'number' THEN to_jsonb(round(");
            text(out);
            out.text("::numeric))");
        }
        "DOUBLE" => {
            out.text(") = 'number' THEN ");
            part(out);
        }
        "BOOLEAN" => {
            out.text(") = 'boolean' THEN ");
            part(out);
        }
        "JSON" => {
            out.text(") <> 'null' THEN ");
            part(out);
        }
        // Times stay the text that they are.
        _ => {
            out.text(") <> 'null' THEN to_jsonb(");
            text(out);
            out.text(")");
        }
    }
    out.text(" END");
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn paths_are_written_as_postgresql_reads_them() {
        for (text, path) in [
            ("x", None),
            ("$1", None),
            ("$", Some("$")),
            (
                "$.a.\"b c\"[0][#-1].1x.*[*]",
                Some("$.\"a\".\"b c\"[0][last + 1 - 1].\"1x\".*[*]"),
            ),
        ] {
            assert_eq!(path_of(text).as_deref(), path, "{text}");
        }
    }
}

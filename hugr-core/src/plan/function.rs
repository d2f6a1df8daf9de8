//! Functions as root fields (spec §5.1).
//!
//! ```text
//! squares(n: 3)                     -> SELECT (list_transform(…)) AS "value"          [1, 4, 9]
//! box_of(l: 1) { volume }           -> SELECT ({'volume': …}) AS "value"              {"volume": …}
//! dear_products(above: 90) { id }   -> SELECT "_objects"."id" FROM (SELECT * FROM …) AS "_objects"
//! ```
//!
//! A function whose rows are those of a table or view is read like it, over other rows: row filters, links and aggregations
//! work on it as they do there.

use super::aggregate::{root_aggregation, root_buckets};
use super::call::{RowArguments, call_text, sql_call};
use super::call_value::called_value;
use super::link::Twin;
use super::object::Objects;
use super::output::{shown, struct_fields};
use super::select::{ROOT_ALIAS, root_step};
use super::tree::{OutputField, OutputValue, RootShape, Step};
use crate::catalog::model::{BaseType, DataObject, Field, FieldValue, Function, StructType};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::sql::ast::{Expr, Relation, RelationSource, ResultColumn, Select, TextPart};
use crate::sql::dialect::Backend;
use crate::sql::fragment::Piece;

/// Returns the step for a call of `function`, and the shape of its answer.
pub(super) fn root_call(
    objects: &Objects<'_>,
    function: &Function,
    twin: Twin,
    selected: &Selected,
) -> Result<(Step, RootShape)> {
    objects.places.get(&function.source)?;
    let call = sql_call(function)?;
    let text = call_text(objects, function, &RowArguments::new(), &selected.arguments)?;
    let returned = function.returns.base_name();
    if let Some(object) = objects.catalog.object(returned) {
        let (rows, shape) = if call.is_table {
            (table_rows(objects.backend, text), RootShape::List)
        } else {
            (object_row(objects.backend, text), RootShape::Single)
        };
        return object_rows(objects, object, rows, (twin, shape), selected);
    }
    if !call.is_table {
        return Ok((value_step(objects, function, text, selected)?, RootShape::Value));
    }
    let (columns, output) = match objects.catalog.struct_type(returned) {
        Some(ty) => struct_columns(objects, ty, &selected.selection)?,
        None => scalar_column(function),
    };
    let shape = match (objects.catalog.struct_type(returned), function.returns.is_list) {
        (None, _) => RootShape::Values,
        (Some(_), true) => RootShape::List,
        (Some(_), false) => RootShape::Single,
    };
    let select = Select {
        columns,
        from: Some(relation(table_rows(objects.backend, text))),
        ..Select::default()
    };
    Ok((step(objects, function, select, output), shape))
}

fn step(objects: &Objects<'_>, function: &Function, select: Select, output: Vec<OutputField>) -> Step {
    Step {
        source: function.source.clone(),
        backend: objects.backend,
        select,
        output,
        children: Vec::new(),
    }
}

/// The function's rows in the place of those of `object`.
fn object_rows(
    objects: &Objects<'_>,
    object: &DataObject,
    rows: Vec<TextPart>,
    kind: (Twin, RootShape),
    selected: &Selected,
) -> Result<(Step, RootShape)> {
    let (twin, shape) = kind;
    // The arguments are the function's, also where they are called like those of a list.
    let selected = Selected {
        arguments: serde_json::Map::new(),
        ..selected.clone()
    };
    let (mut step, shape) = match twin {
        Twin::Rows => (root_step(objects, object, &selected, |_| Ok(Vec::new()))?, shape),
        Twin::Aggregation => (root_aggregation(objects, object, &selected)?, RootShape::Single),
        Twin::Buckets => (root_buckets(objects, object, &selected)?, RootShape::List),
    };
    step.select.from = Some(relation(rows));
    Ok((step, shape))
}

fn relation(rows: Vec<TextPart>) -> Relation {
    Relation {
        source: RelationSource::Text(rows),
        alias: ROOT_ALIAS.to_owned(),
    }
}

/// Returns a query of all rows of a call.
pub(super) fn table_rows(backend: Backend, call: Vec<TextPart>) -> Vec<TextPart> {
    // PostgreSQL wants a name where the call is a query in parentheses.
    let alias = match backend {
        Backend::DuckDb => "",
        Backend::Postgres(_) => " AS _rows",
    };
    between("SELECT * FROM ", call, alias)
}

/// An object that is NULL has no row.
fn object_row(backend: Backend, call: Vec<TextPart>) -> Vec<TextPart> {
    if matches!(backend, Backend::Postgres(_)) {
        // A row of NULLs is what PostgreSQL makes of it.
        return between("SELECT * FROM ", call, " AS _value WHERE NOT (_value IS NULL)");
    }
    between(
        "SELECT unnest(_value) FROM (SELECT (",
        call,
        ") AS _value) WHERE _value IS NOT NULL",
    )
}

fn between(before: &str, call: Vec<TextPart>, after: &str) -> Vec<TextPart> {
    let mut parts = vec![TextPart::Sql(before.to_owned())];
    parts.extend(call);
    parts.push(TextPart::Sql(after.to_owned()));
    parts
}

/// One row whose only column is the value.
fn value_step(
    objects: &Objects<'_>,
    function: &Function,
    text: Vec<TextPart>,
    selected: &Selected,
) -> Result<Step> {
    let (expr, value) = called_value(objects, function, Expr::Text(text), (&selected.selection, 0))?;
    let select = Select {
        columns: vec![ResultColumn {
            expr,
            alias: "value".to_owned(),
        }],
        ..Select::default()
    };
    let output = vec![OutputField {
        key: selected.key.clone(),
        value,
    }];
    Ok(step(objects, function, select, output))
}

/// The columns of rows that are structs.
fn struct_columns(
    objects: &Objects<'_>,
    ty: &StructType,
    selection: &[Selected],
) -> Result<(Vec<ResultColumn>, Vec<OutputField>)> {
    let mut columns = Vec::with_capacity(selection.len());
    let mut output = Vec::with_capacity(selection.len());
    for selected in selection {
        let value = if selected.name.as_str() == "__typename" {
            OutputValue::Typename(ty.name.clone())
        } else {
            let field = ty
                .fields
                .get(&selected.name)
                .ok_or_else(|| Error::internal(format!("`{}` has no field `{}`", ty.name, selected.name)))?;
            let (expr, value) = struct_column(objects, ty, field, (selected, columns.len()))?;
            columns.push(ResultColumn {
                expr,
                alias: selected.key.clone(),
            });
            value
        };
        output.push(OutputField {
            key: selected.key.clone(),
            value,
        });
    }
    if columns.is_empty() {
        // A statement needs a column, also when only `__typename` is wanted.
        columns.push(ResultColumn {
            expr: Expr::Number(1),
            alias: "__row".to_owned(),
        });
    }
    Ok((columns, output))
}

fn struct_column(
    objects: &Objects<'_>,
    ty: &StructType,
    field: &Field,
    place: (&Selected, usize),
) -> Result<(Expr, OutputValue)> {
    let (selected, column) = place;
    if let Some(argument) = selected.arguments.keys().next() {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!(
                "argument `{argument}` of member `{}` of struct `{}` is not supported yet",
                field.name, ty.name
            ),
        ));
    }
    let value = match &field.value {
        FieldValue::Column(name) => Expr::column(ROOT_ALIAS, name),
        FieldValue::Absent => Expr::Null,
        FieldValue::Expression(fragment) => Expr::Text(
            fragment
                .pieces()
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => TextPart::Sql(text.clone()),
                    Piece::Name(path) | Piece::Placeholder(path) => {
                        TextPart::Expr(Expr::column(ROOT_ALIAS, &path.join(".")))
                    }
                })
                .collect(),
        ),
    };
    Ok(match &field.ty.base {
        BaseType::Scalar(scalar) => match shown(*scalar, field, value) {
            (expr, true) => (expr, OutputValue::RawJson(column)),
            (expr, false) => (expr, OutputValue::Column(column)),
        },
        BaseType::Enum(_) => (value, OutputValue::Column(column)),
        BaseType::Struct(inner) => {
            let (members, null) = struct_fields(objects, inner, &selected.selection)?;
            (
                value,
                OutputValue::Struct {
                    column,
                    members,
                    null,
                },
            )
        }
    })
}

/// The one column of a table function that gives scalars; its name is the function's business.
fn scalar_column(function: &Function) -> (Vec<ResultColumn>, Vec<OutputField>) {
    let column = ResultColumn {
        expr: Expr::AllColumns(ROOT_ALIAS.to_owned()),
        alias: String::new(),
    };
    let value = match function.returns.scalar() {
        Some(Scalar::Json) => OutputValue::RawJson(0),
        _ => OutputValue::Column(0),
    };
    let output = OutputField {
        key: function.name.to_string(),
        value,
    };
    (vec![column], vec![output])
}

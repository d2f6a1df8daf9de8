//! Root fields that update and delete.

use serde_json::{Map, Value as Json};

use super::columns::{column_of, runtime_rows, taken_over};
use super::insert::refuse_summary;
use super::model::{Mutation, MutationAnswer, Write, WriteStep};
use super::rows::{RowSet, RowValue};
use super::statement::{TABLE_ALIAS, shared, table};
use super::tags::dropped_tags;
use super::value::{Stored, ValueReader};
use crate::authz::DataOperation;
use crate::catalog::model::{DataObject, Field};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::plan::column;
use crate::plan::condition::object_filter;
use crate::plan::object::{DeletedRows, Objects, Place};
use crate::plan::server_value::server_value;
use crate::sql::ast::{Expr, TextPart};
use crate::sql::dialect::Backend;
use crate::sql::fragment::{Fragment, Piece};
use crate::sql::write::{Assignment, Assignments, Delete, Update, WriteStatement};

/// Plans an update.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for data that does not fit, naming the field, and for a filter of which nothing is left.
pub(in crate::plan) fn update(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
) -> Result<Mutation> {
    refuse_summary(selected)?;
    let place = objects.places.get(&object.source)?;
    let Some(Json::Object(data)) = selected.arguments.get("data") else {
        return Err(invalid("argument `data` is required"));
    };
    let values = NewValues::of(objects, object, place, data)?;
    if values.assignments.is_empty() {
        return Err(invalid(&format!(
            "the data of `{}` gives no value",
            selected.name
        )));
    }
    let from = match values.given.is_empty() {
        true => None,
        false => Some(runtime_rows(objects, object, &values.given.columns)?),
    };
    let statement = WriteStatement::Update(Update {
        table: table(objects, object)?,
        alias: TABLE_ALIAS.to_owned(),
        assignments: Assignments::Columns(values.assignments),
        from,
        filters: filters(objects, object, selected, DataOperation::Update)?,
    });
    Ok(change(
        objects,
        object,
        selected,
        (place, statement, values.given),
    ))
}

/// Plans a delete; of a table with soft delete it is an update.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for a filter of which nothing is left, `UNSUPPORTED` for soft delete without assignments.
pub(in crate::plan) fn delete(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
) -> Result<Mutation> {
    let place = objects.places.get(&object.source)?;
    let (table, filters) = (
        table(objects, object)?,
        filters(objects, object, selected, DataOperation::Delete)?,
    );
    let alias = TABLE_ALIAS.to_owned();
    let statement = match (&object.soft_delete, &object.soft_delete_set) {
        (None, _) => WriteStatement::Delete(Delete {
            table,
            alias,
            filters,
        }),
        (Some(_), Some(assigned)) => WriteStatement::Update(Update {
            table,
            alias,
            assignments: Assignments::Text(assigned_text(objects, object, assigned)?),
            from: None,
            filters,
        }),
        (Some(_), None) => {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "`{}` has soft delete, but nothing says how a row is marked as deleted (`soft_delete_set`)",
                    object.name
                ),
            ));
        }
    };
    let rows = RowSet::default();
    Ok(change(objects, object, selected, (place, statement, rows)))
}

fn change(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
    statement: (&Place, WriteStatement, RowSet),
) -> Mutation {
    let (place, statement, rows) = statement;
    Mutation {
        source: object.source.clone(),
        database: place.database.clone(),
        backend: objects.backend,
        attached: objects.attached(),
        steps: vec![WriteStep::Write(Box::new(Write {
            object: shared(objects, object),
            statement,
            rows,
        }))],
        answer: MutationAnswer::Result {
            selection: selected.selection.clone(),
            last_id: None,
            rows: Vec::new(),
        },
        dropped_tags: dropped_tags(object, selected),
    }
}

/// Returns the conditions on rows that change. A filter of which nothing is left would mean every row, which has to be said.
fn filters(
    objects: &Objects<'_>,
    object: &DataObject,
    selected: &Selected,
    operation: DataOperation,
) -> Result<Vec<Expr>> {
    let mut filters = objects.conditions_for(operation, object, TABLE_ALIAS, DeletedRows::Hidden)?;
    let (parent, field) = (selected.parent.as_str(), selected.name.as_str());
    filters.extend(objects.field_conditions(parent, field, (object, TABLE_ALIAS))?);
    let filter = selected.arguments.get("filter");
    if filter.is_none() && !selected.unset.iter().any(|name| name == "filter") {
        return Ok(filters);
    }
    let condition = match filter.and_then(Json::as_object) {
        Some(filter) => object_filter(objects, object, TABLE_ALIAS, filter)?,
        None => None,
    };
    let means_all = selected.arguments.get("all") == Some(&Json::Bool(true));
    if condition.is_none() && !means_all {
        return Err(invalid(&format!(
            "nothing is left of the filter of `{}`, since its values are null or missing; say `all: true` to mean every row",
            selected.name
        )));
    }
    filters.extend(condition);
    Ok(filters)
}

/// What an update gives to the rows that it changes.
struct NewValues {
    assignments: Vec<Assignment>,
    /// The row with the values that the request gives, for databases that read them as those of the table's columns.
    given: RowSet,
}

impl NewValues {
    fn of(
        objects: &Objects<'_>,
        object: &DataObject,
        place: &Place,
        data: &Map<String, Json>,
    ) -> Result<Self> {
        let given = given_values(objects, object, place, data)?;
        let value = |field: &Field| {
            let stored = given.iter().find(|(of, _)| of.name == field.name);
            Ok(match (objects.backend, stored, column_of(field)) {
                (_, None, _) | (_, _, None) => Expr::Null,
                (Backend::DuckDb, Some((_, stored)), _) => stored.param(),
                (backend @ Backend::Postgres(_), Some((_, stored)), Some(column)) => {
                    taken_over(backend, field, (column, stored.ty))
                }
            })
        };
        let mut assignments = Vec::new();
        for field in object.fields.values() {
            let Some(column) = column_of(field) else { continue };
            let default = field.options.default.as_ref();
            let assigned = match default.and_then(|default| default.update_expression.as_ref()) {
                Some(expression) => Some(update_text(objects, object, expression, value)?),
                None if data.contains_key(field.name.as_str()) => Some(value(field)?),
                None => None,
            };
            assignments.extend(assigned.map(|value| Assignment {
                column: column.to_owned(),
                value,
            }));
        }
        // Expressions alone change nothing that anybody asked for.
        if given.is_empty() {
            assignments.clear();
        }
        Ok(Self {
            assignments,
            given: match objects.backend {
                Backend::DuckDb => RowSet::default(),
                Backend::Postgres(_) => one_row(given, objects.backend),
            },
        })
    }
}

/// Returns the values that `data` gives for fields with a column.
fn given_values<'a>(
    objects: &Objects<'_>,
    object: &'a DataObject,
    place: &Place,
    data: &'a Map<String, Json>,
) -> Result<Vec<(&'a Field, Stored<'a>)>> {
    let reader = ValueReader {
        catalog: objects.catalog,
        kind: place.kind,
    };
    let mut given = Vec::new();
    for (name, value) in data {
        let field = object.fields.get(name.as_str());
        let Some(field) = field.filter(|field| column_of(field).is_some()) else {
            continue;
        };
        if value.is_null() && field.ty.is_required {
            return Err(invalid(&format!("`data.{name}`: must not be null")));
        }
        let stored = reader
            .stored(field, value)
            .map_err(|error| Error::new(error.code(), format!("`data.{name}`: {error}")))?;
        given.push((field, stored));
    }
    Ok(given)
}

fn one_row(given: Vec<(&Field, Stored<'_>)>, backend: Backend) -> RowSet {
    let mut columns = Vec::with_capacity(given.len());
    let mut values = Vec::with_capacity(given.len());
    for (field, stored) in given {
        if let Some(column) = column_of(field) {
            columns.push((column.to_owned(), stored.ty));
            values.push(RowValue::Known(stored.value));
        }
    }
    let mut row = RowSet::new(columns, backend);
    row.push(values.iter());
    row
}

/// Returns the SQL of an author's expression: `[$f]` is what `given` says for `f`, `[f]` the value that the row has.
pub(super) fn update_text(
    objects: &Objects<'_>,
    object: &DataObject,
    expression: &Fragment,
    given: impl Fn(&Field) -> Result<Expr>,
) -> Result<Expr> {
    let mut parts = Vec::with_capacity(expression.pieces().len());
    for piece in expression.pieces() {
        parts.push(match piece {
            Piece::Text(text) => TextPart::Sql(text.clone()),
            Piece::Name(path) => TextPart::Expr(match object.fields.get(path.join(".").as_str()) {
                Some(field) => column::value(object, TABLE_ALIAS, field)?,
                None => Expr::column(TABLE_ALIAS, &path.join(".")),
            }),
            Piece::Placeholder(path) => TextPart::Expr(match object.fields.get(path.join(".").as_str()) {
                Some(field) => given(field)?,
                None => server_value(objects.authorized, &object.source, path)?,
            }),
        });
    }
    Ok(Expr::Text(parts))
}

/// `[f]` is a column, by its bare name: assigned columns can have no other.
fn assigned_text(objects: &Objects<'_>, object: &DataObject, text: &Fragment) -> Result<Vec<TextPart>> {
    let mut parts = Vec::with_capacity(text.pieces().len());
    for piece in text.pieces() {
        parts.push(match piece {
            Piece::Text(text) => TextPart::Sql(text.clone()),
            Piece::Name(path) => TextPart::Name(path.join(".")),
            Piece::Placeholder(path) => {
                TextPart::Expr(server_value(objects.authorized, &object.source, path)?)
            }
        });
    }
    Ok(parts)
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorCode::GraphqlValidation, message)
}

//! The statements that write the rows of one object.

use std::sync::Arc;

use super::change::update_text;
use super::columns::{column_of, groups, runtime_rows};
use super::conflict::Conflict;
use super::level::{Row, RowWriter};
use super::model::{ROWS, Require, Write, WriteStep};
use super::rows::RowSet;
use crate::authz::DataOperation;
use crate::catalog::model::{DataObject, Field, Origin};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::name::FieldName;
use crate::plan::column;
use crate::plan::link::field_of;
use crate::plan::object::{DeletedRows, Objects};
use crate::sql::ast::{Aggregate, AggregateFunction, Expr, Relation, RelationSource, ResultColumn, Select};
use crate::sql::dialect::Backend;
use crate::sql::write::{Assignment, Insert, Merge, WriteStatement};

/// Name by which the columns of the table that changes are referred to, in authors' expressions, too.
pub(super) const TABLE_ALIAS: &str = "objects";
/// Name of the rows that are merged into the table, and the one that PostgreSQL gives them.
const NEW_ALIAS: &str = "_new";
const POSTGRES_NEW_ALIAS: &str = "excluded";

/// Returns the qualified name of the table that `object` is.
pub(super) fn table(objects: &Objects<'_>, object: &DataObject) -> Result<Vec<String>> {
    let Origin::Relation(path) = &object.origin else {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("`{}` is no table and cannot be changed", object.name),
        ));
    };
    objects.full_path(object, path)
}

impl RowWriter<'_, '_, '_> {
    /// Plans the statements that write `rows`.
    pub(super) fn write_rows(
        &mut self,
        object: &DataObject,
        rows: &[Row<'_>],
        conflict: Option<&Conflict>,
    ) -> Result<()> {
        for group in groups(rows) {
            let (rows, assignments) = self.columns(object, &group)?;
            if assignments.is_empty() {
                return Err(Error::new(
                    ErrorCode::GraphqlValidation,
                    format!("the data of `{}` gives no value", object.name),
                ));
            }
            let statement = match conflict {
                Some(conflict) => self.merge(object, conflict, &rows, assignments)?,
                None => WriteStatement::Insert(self.plain_insert(object, &rows, assignments)?),
            };
            self.add_write(object, statement, rows);
        }
        Ok(())
    }

    /// Plans what makes sure that rows of which only the key is given are there.
    pub(super) fn link_existing(&mut self, object: &DataObject, rows: &[(usize, Row<'_>)]) -> Result<()> {
        let rows: Vec<Row<'_>> = rows
            .iter()
            .map(|(_, row)| Row {
                cells: row.cells.clone(),
                place: row.place,
            })
            .collect();
        let has_more_than_key = object
            .fields
            .values()
            .any(|field| field.ty.is_required && !object.primary_key.contains(&field.name));
        if !has_more_than_key && self.objects.authorized.adds_freely(object) {
            return self.write_rows(object, &rows, Some(&Conflict::kept(object)));
        }
        for group in groups(&rows) {
            let (rows, _) = self.columns(object, &group)?;
            let select = self.present(object, &rows)?;
            self.steps.push(WriteStep::Require(Require {
                select,
                rows,
                message: format!(
                    "a row of `{}` that is linked by its key is not there",
                    object.name
                ),
            }));
        }
        Ok(())
    }

    fn plain_insert(
        &self,
        object: &DataObject,
        rows: &RowSet,
        assignments: Vec<Assignment>,
    ) -> Result<Insert> {
        let columns = assignments
            .iter()
            .map(|assignment| assignment.column.clone())
            .collect();
        Ok(Insert {
            table: table(self.objects, object)?,
            columns,
            rows: self.selected(object, rows, assignments)?,
            returning: Vec::new(),
        })
    }

    fn merge(
        &self,
        object: &DataObject,
        conflict: &Conflict,
        rows: &RowSet,
        assignments: Vec<Assignment>,
    ) -> Result<WriteStatement> {
        let mut target = Vec::with_capacity(conflict.target.len());
        for name in &conflict.target {
            let column = column_of(field_of(object, name)?).unwrap_or_default();
            if !assignments.iter().any(|assignment| assignment.column == *column) {
                return Err(Error::new(
                    ErrorCode::GraphqlValidation,
                    format!(
                        "`{}.{name}` tells whether a row is there (`on_conflict.target`), so that the data must give it",
                        object.name
                    ),
                ));
            }
            target.push(column.to_owned());
        }
        let inserted = assignments
            .iter()
            .map(|assignment| self.taken(&assignment.column))
            .collect();
        let updated = self.updated_columns(object, conflict, &assignments)?;
        let update_filters = if updated.is_empty() {
            Vec::new()
        } else {
            let operation = DataOperation::Update;
            self.objects
                .conditions_for(operation, object, TABLE_ALIAS, DeletedRows::Hidden)?
        };
        Ok(WriteStatement::Merge(Merge {
            table: table(self.objects, object)?,
            alias: TABLE_ALIAS.to_owned(),
            rows: Relation {
                source: RelationSource::Query(Box::new(self.selected(object, rows, assignments)?)),
                alias: self.new_alias().to_owned(),
            },
            target,
            updated,
            update_filters,
            inserted,
        }))
    }

    /// Returns what a row that is there takes over: the columns that are given and that `conflict` names, and what the
    /// schema's author and the role's rules say of rows that change.
    fn updated_columns(
        &self,
        object: &DataObject,
        conflict: &Conflict,
        given: &[Assignment],
    ) -> Result<Vec<Assignment>> {
        let is_given = |column: &str| given.iter().any(|assignment| assignment.column == column);
        let is_asked = |(name, field): &(&FieldName, &Field)| {
            conflict.updated.contains(name) && column_of(field).is_some_and(is_given)
        };
        if !object.fields.iter().any(|field| is_asked(&field)) {
            return Ok(Vec::new());
        }
        let mut updated = Vec::new();
        for (name, field) in &object.fields {
            let Some(column) = column_of(field) else { continue };
            let default = field.options.default.as_ref();
            if let Some(expression) = default.and_then(|default| default.update_expression.as_ref()) {
                let of_new = |field: &Field| {
                    let column = column_of(field).filter(|column| is_given(column));
                    Ok(column.map_or(Expr::Null, |column| Expr::column(self.new_alias(), column)))
                };
                updated.push(Assignment {
                    column: column.to_owned(),
                    value: update_text(self.objects, object, expression, of_new)?,
                });
            } else if let Some(preset) = conflict.preset.get(name.as_str()) {
                updated.push(Assignment {
                    column: column.to_owned(),
                    value: self.reader().stored(field, preset)?.param(),
                });
            } else if is_asked(&(name, field)) {
                updated.push(self.taken(column));
            }
        }
        Ok(updated)
    }

    /// Returns a query that counts the keys in `rows` whose rows are there and may be seen.
    fn present(&self, object: &DataObject, rows: &RowSet) -> Result<Select> {
        let alias = self.objects.fresh_alias("_target");
        let mut filters = self.objects.conditions(object, &alias, DeletedRows::Hidden)?;
        for name in &object.primary_key {
            let field = field_of(object, name)?;
            filters.push(Expr::equals(
                column::value(object, &alias, field)?,
                Expr::column(ROWS, column_of(field).unwrap_or_default()),
            ));
        }
        let query = Select {
            columns: vec![ResultColumn {
                expr: Expr::Number(1),
                alias: "one".to_owned(),
            }],
            from: Some(self.objects.relation(object, &alias, &Arguments::new())?),
            filters,
            ..Select::default()
        };
        Ok(Select {
            columns: vec![ResultColumn {
                expr: count_rows(),
                alias: "present".to_owned(),
            }],
            from: Some(runtime_rows(self.objects, object, &rows.columns)?),
            filters: vec![Expr::Exists {
                query: Box::new(query),
                exists: true,
            }],
            ..Select::default()
        })
    }

    fn selected(&self, object: &DataObject, rows: &RowSet, assignments: Vec<Assignment>) -> Result<Select> {
        let columns = assignments.into_iter().map(|assignment| ResultColumn {
            expr: assignment.value,
            alias: assignment.column,
        });
        Ok(Select {
            columns: columns.collect(),
            from: Some(runtime_rows(self.objects, object, &rows.columns)?),
            ..Select::default()
        })
    }

    fn new_alias(&self) -> &'static str {
        match self.objects.backend {
            Backend::DuckDb => NEW_ALIAS,
            Backend::Postgres(_) => POSTGRES_NEW_ALIAS,
        }
    }

    /// Returns what takes `column` over from the new row.
    fn taken(&self, column: &str) -> Assignment {
        Assignment {
            column: column.to_owned(),
            value: Expr::column(self.new_alias(), column),
        }
    }

    fn add_write(&mut self, object: &DataObject, statement: WriteStatement, rows: RowSet) {
        self.steps.push(WriteStep::Write(Box::new(Write {
            object: shared(self.objects, object),
            statement,
            rows,
        })));
    }
}

/// Returns the object as the catalog has it.
pub(super) fn shared(objects: &Objects<'_>, object: &DataObject) -> Arc<DataObject> {
    objects
        .object(&object.name)
        .map_or_else(|_| Arc::new(object.clone()), Arc::clone)
}

fn count_rows() -> Expr {
    Expr::Aggregate(Box::new(Aggregate {
        function: AggregateFunction::CountRows,
        argument: None,
        is_distinct: false,
        order_by: Vec::new(),
        filter: None,
    }))
}

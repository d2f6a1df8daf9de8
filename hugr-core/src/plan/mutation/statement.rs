//! The statements that write the rows of one object.

use std::sync::Arc;

use super::columns::{column_of, groups, runtime_rows};
use super::conflict::Conflict;
use super::level::{Row, RowWriter};
use super::model::{ROWS, Require, RowSet, Write, WriteStep};
use crate::authz::DataOperation;
use crate::catalog::model::{DataObject, Origin};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::name::FieldName;
use crate::plan::column;
use crate::plan::link::field_of;
use crate::plan::object::{DeletedRows, Objects, Place};
use crate::sql::ast::{Aggregate, AggregateFunction, Expr, Relation, RelationSource, ResultColumn, Select};
use crate::sql::write::{Assignment, Insert, Merge, WriteStatement};

/// Name by which the columns of the table that changes are referred to, in authors' expressions, too.
pub(super) const TABLE_ALIAS: &str = "objects";
/// Name of the rows that are merged into the table.
const NEW_ALIAS: &str = "_new";

/// Returns the qualified name of the table that `object` is.
pub(super) fn table(object: &DataObject, place: &Place) -> Result<Vec<String>> {
    let Origin::Relation(path) = &object.origin else {
        return Err(Error::new(
            ErrorCode::Unsupported,
            format!("`{}` is no table and cannot be changed", object.name),
        ));
    };
    let mut full = vec![place.database.clone()];
    full.extend(path.iter().cloned());
    Ok(full)
}

impl RowWriter<'_, '_, '_> {
    /// Plans the statements that write `rows`.
    pub(super) fn write_rows(
        &mut self,
        object: &DataObject,
        rows: &[Row],
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
    pub(super) fn link_existing(&mut self, object: &DataObject, rows: &[(usize, Row)]) -> Result<()> {
        let rows: Vec<Row> = rows
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
            let keep = Conflict {
                target: object.primary_key.clone(),
                update: super::conflict::ConflictUpdate::Nothing,
            };
            return self.write_rows(object, &rows, Some(&keep));
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
            table: table(object, self.place)?,
            columns,
            rows: selected(rows, assignments),
        })
    }

    fn merge(
        &self,
        object: &DataObject,
        conflict: &Conflict,
        rows: &RowSet,
        assignments: Vec<Assignment>,
    ) -> Result<WriteStatement> {
        let mut same = Vec::with_capacity(conflict.target.len());
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
            same.push(Expr::equals(
                Expr::column(TABLE_ALIAS, column),
                Expr::column(NEW_ALIAS, column),
            ));
        }
        let inserted = assignments
            .iter()
            .map(|assignment| new(&assignment.column))
            .collect();
        let updated = updated_columns(object, conflict, &assignments);
        let update_filters = if updated.is_empty() {
            Vec::new()
        } else {
            let operation = DataOperation::Update;
            self.objects
                .conditions_for(operation, object, TABLE_ALIAS, DeletedRows::Hidden)?
        };
        Ok(WriteStatement::Merge(Merge {
            table: table(object, self.place)?,
            alias: TABLE_ALIAS.to_owned(),
            rows: Relation {
                source: RelationSource::Query(Box::new(selected(rows, assignments))),
                alias: NEW_ALIAS.to_owned(),
            },
            on: Expr::And(same),
            updated,
            update_filters,
            inserted,
        }))
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
            from: Some(runtime_rows(&rows.columns)),
            filters: vec![Expr::Exists {
                query: Box::new(query),
                exists: true,
            }],
            ..Select::default()
        })
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

/// Returns the columns that a row that is there takes over: those that are given and that `conflict` names.
fn updated_columns(object: &DataObject, conflict: &Conflict, given: &[Assignment]) -> Vec<Assignment> {
    let is_given = |column: &str| given.iter().any(|assignment| assignment.column == column);
    let updated = |(name, column): (&FieldName, &str)| {
        (conflict.updates(name) && is_given(column)).then(|| new(column))
    };
    object
        .fields
        .iter()
        .filter_map(|(name, field)| Some((name, column_of(field)?)))
        .filter_map(updated)
        .collect()
}

fn new(column: &str) -> Assignment {
    Assignment {
        column: column.to_owned(),
        value: Expr::column(NEW_ALIAS, column),
    }
}

fn selected(rows: &RowSet, assignments: Vec<Assignment>) -> Select {
    let columns = assignments.into_iter().map(|assignment| ResultColumn {
        expr: assignment.value,
        alias: assignment.column,
    });
    Select {
        columns: columns.collect(),
        from: Some(runtime_rows(&rows.columns)),
        ..Select::default()
    }
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

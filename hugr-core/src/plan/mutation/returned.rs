//! Rows that the statement which writes them tells, so that they need not be read again.

use super::model::{MutationAnswer, WriteStep, WrittenRows};
use crate::catalog::model::DataObject;
use crate::plan::select::ROOT_ALIAS;
use crate::sql::ast::{Expr, ResultColumn, Select};
use crate::sql::dialect::Backend;
use crate::sql::write::WriteStatement;

/// Returns the answer with the one row `written` of `object`: where the last of `steps` writes that row and can tell all that
/// is wanted of it, it does.
pub(super) fn row_answer(
    steps: &mut [WriteStep],
    object: &DataObject,
    backend: Backend,
    written: WrittenRows,
) -> MutationAnswer {
    let step = &written.read.step;
    let is_told = step.backend == backend && step.children.is_empty() && is_plain(&step.select);
    if let Some(WriteStep::Write(write)) = steps.last_mut()
        && let WriteStatement::Insert(insert) = &mut write.statement
        && is_told
        && write.object.name == object.name
        && write.rows.len() == 1
        && let Some(table) = insert.table.last()
        && let Some(columns) = told_columns(&step.select, table)
    {
        insert.returning = columns;
        return MutationAnswer::Returned(Box::new(written.read));
    }
    MutationAnswer::Row(Box::new(written))
}

/// Returns whether the row itself is all that is read.
fn is_plain(select: &Select) -> bool {
    select.joins.is_empty()
        && select.filters.is_empty()
        && select.group_by.is_empty()
        && select.order_by.is_empty()
        && select.distinct_on.is_empty()
}

/// Returns the columns of `select` in terms of the table called `table`; `None` when one needs more than the row.
fn told_columns(select: &Select, table: &str) -> Option<Vec<ResultColumn>> {
    let columns = select.columns.iter().map(|column| {
        Some(ResultColumn {
            expr: told(&column.expr, table)?,
            alias: column.alias.clone(),
        })
    });
    columns
        .collect::<Option<Vec<_>>>()
        .filter(|columns| !columns.is_empty())
}

fn told(expr: &Expr, table: &str) -> Option<Expr> {
    let inner = |value: &Expr| told(value, table).map(Box::new);
    Some(match expr {
        Expr::Column { relation, name } if relation == ROOT_ALIAS => Expr::column(table, name),
        Expr::Null | Expr::Bool(_) | Expr::Number(_) => expr.clone(),
        Expr::Cast(value, ty) => Expr::Cast(inner(value)?, *ty),
        Expr::GeoJson(value) => Expr::GeoJson(inner(value)?),
        Expr::Member(value, name, ty) => Expr::Member(inner(value)?, name.clone(), *ty),
        _ => return None,
    })
}

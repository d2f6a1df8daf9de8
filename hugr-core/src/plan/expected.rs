//! How many rows a statement is expected to have, by the keys that it names.
//!
//! `ORDER BY … LIMIT n` makes DuckDB keep the first `n` rows while it reads, which costs twice as much as a look-up by key.
//! Where keys are named, there are no more rows than keys, and the limit can be left to whoever runs the statement. What is
//! declared as a key need not be one in the database: the limit is always applied, the question is only where.

use super::column;
use crate::catalog::model::{DataObject, Origin};
use crate::error::Result;
use crate::name::FieldName;
use crate::sql::ast::{Expr, Operator, Select};

/// Leaves the limit of `select`, which reads `object` under `alias`, to whoever runs it, when it is expected to have no more
/// rows anyway.
pub(super) fn defer_limit(object: &DataObject, alias: &str, select: &mut Select) -> Result<()> {
    let is_plain = matches!(object.origin, Origin::Relation(_))
        && !object.is_view
        && select.group_by.is_empty()
        && select.distinct_on.is_empty()
        && select.offset.is_none();
    if let Some(limit) = select.limit.filter(|_| is_plain)
        && let Some(expected) = expected_rows(object, alias, &select.filters)?
    {
        select.is_limit_deferred = expected <= limit;
    }
    Ok(())
}

/// Returns the most rows of `object` that can meet `filters`; `None` when they name no key.
fn expected_rows(object: &DataObject, alias: &str, filters: &[Expr]) -> Result<Option<u64>> {
    let unique = object.unique_keys.iter().map(|key| &key.fields);
    let mut fewest = None;
    for key in std::iter::once(&object.primary_key).chain(unique) {
        let expected = rows_of_key(object, alias, key, filters)?;
        fewest = match (fewest, expected) {
            (Some(fewest), Some(expected)) => Some(expected.min(fewest)),
            (fewest, expected) => fewest.or(expected),
        };
    }
    Ok(fewest)
}

fn rows_of_key(object: &DataObject, alias: &str, key: &[FieldName], filters: &[Expr]) -> Result<Option<u64>> {
    let mut product: Option<u64> = None;
    for name in key {
        let Some(field) = object.fields.get(name) else {
            return Ok(None);
        };
        let column = column::value(object, alias, field)?;
        let Some(count) = filters
            .iter()
            .filter_map(|filter| values_of(filter, &column))
            .min()
        else {
            return Ok(None);
        };
        product = Some(product.unwrap_or(1).saturating_mul(count));
    }
    Ok(product)
}

/// Returns how many values `filter` lets `column` have; `None` for any number.
fn values_of(filter: &Expr, column: &Expr) -> Option<u64> {
    match filter {
        Expr::And(all) => all.iter().filter_map(|filter| values_of(filter, column)).min(),
        Expr::In { expr, list } if **expr == *column => u64::try_from(list.values.len()).ok(),
        Expr::Test {
            operator: Operator::Eq,
            left,
            right,
        } if **left == *column && matches!(**right, Expr::Param(..)) => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Value;
    use crate::sql::ast::{InList, SqlType};

    #[test]
    fn values_are_counted_where_all_conditions_must_hold() {
        let column = Expr::column("_objects", "id");
        let one_of = |count: i64| Expr::In {
            expr: Box::new(column.clone()),
            list: InList {
                values: (0..count).map(Value::Int).collect(),
                ty: SqlType::BigInt,
                may_widen: false,
            },
        };
        let equal = Expr::equals(column.clone(), Expr::Param(Value::Int(1), None));
        assert_eq!(values_of(&equal, &column), Some(1));
        assert_eq!(values_of(&one_of(7), &column), Some(7));
        assert_eq!(
            values_of(&Expr::And(vec![one_of(7), one_of(3)]), &column),
            Some(3)
        );
        assert_eq!(values_of(&Expr::Or(vec![one_of(7), one_of(3)]), &column), None);
        assert_eq!(values_of(&Expr::Not(Box::new(equal.clone())), &column), None);
        assert_eq!(values_of(&equal, &Expr::column("_objects", "other")), None);
    }
}

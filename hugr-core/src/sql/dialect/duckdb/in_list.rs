//! One of several values.
//!
//! ```text
//! few values:                  id IN ($1, $2, $2, $2)            the last repeated: lists of similar length share a statement
//! many values:                 id IN (SELECT unnest(from_json($1, '["BIGINT"]')))
//! numbers without gaps, keys:  id >= $1 AND id <= $2             DuckDB skips what lies outside
//! ```

use super::DuckDbDialect;
use crate::sql::Value;
use crate::sql::ast::{Expr, InList, Operator, SqlType};
use crate::sql::dialect::Dialect;
use crate::sql::render::Renderer;

/// Lists up to this length have a parameter for each value.
const MAX_LIST_PARAMS: usize = 64;

/// Writes the condition that `expr` is one of `list`; never an `OR` chain.
pub(super) fn write(dialect: &DuckDbDialect, out: &mut Renderer<'_>, expr: &Expr, list: &InList) {
    if list.may_widen
        && matches!(list.ty, SqlType::Integer | SqlType::BigInt)
        && let Some((first, last)) = range_without_gaps(&list.values)
    {
        let bound = |value: i64| Expr::Param(value.into(), None);
        return out.expr(&Expr::And(vec![
            Expr::test(Operator::Gte, expr.clone(), bound(first)),
            Expr::test(Operator::Lte, expr.clone(), bound(last)),
        ]));
    }
    out.text("(");
    out.expr(expr);
    out.text(" IN (");
    if list.values.len() <= MAX_LIST_PARAMS {
        let cast = list.ty.needs_cast().then_some(list.ty);
        let mut values: Vec<_> = list.values.iter().collect();
        if let Some(last) = values.last().copied() {
            values.resize(values.len().next_power_of_two(), last);
        }
        out.list(&values, |out, value| {
            out.expr(&Expr::Param((*value).clone(), cast));
        });
    } else {
        dialect.items(out, &list.values, list.ty);
    }
    out.text("))");
}

/// Returns the first and last of at least two different numbers that follow each other, in whatever order.
fn range_without_gaps(values: &[Value]) -> Option<(i64, i64)> {
    let mut numbers = Vec::with_capacity(values.len());
    for value in values {
        let Value::Int(number) = value else {
            return None;
        };
        numbers.push(*number);
    }
    numbers.sort_unstable();
    numbers.dedup();
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    let steps = usize::try_from(last.checked_sub(first)?).ok()?;
    (steps > 0 && steps == numbers.len() - 1).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_a_range() {
        for (numbers, expected) in [
            (vec![3, 1, 2], Some((1, 3))),
            (vec![7, 8, 7], Some((7, 8))),
            (vec![-1, 0], Some((-1, 0))),
            (vec![1, 3], None),
            (vec![5], None),
            (vec![], None),
            (vec![i64::MIN, i64::MAX], None),
        ] {
            let values: Vec<_> = numbers.iter().copied().map(Value::Int).collect();
            assert_eq!(range_without_gaps(&values), expected, "{numbers:?}");
        }
        assert_eq!(range_without_gaps(&[Value::Int(1), Value::from("2")]), None);
    }
}

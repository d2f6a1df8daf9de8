//! Look-ups of one row by a number, of which several are answered by one statement.
//!
//! ```text
//! orders_by_pk(id: 1) {…}, orders_by_pk(id: 7) {…}
//!   -> SELECT …, o.id AS __key FROM orders AS o WHERE o.id IN ($1, $2)
//! ```

use std::collections::HashMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};

use super::encode::json::{RowStyle, encode_root};
use super::read::{Level, query};
use crate::db::{Rows, Session};
use crate::error::{Error, Result};
use crate::plan::{Read, RootShape, Step};
use crate::sql::ast::{Expr, InList, Operator, ResultColumn, SqlType};
use crate::sql::dialect::Backend;
use crate::sql::{RuntimeRows, Value};

/// Most keys of one statement: DuckDB looks so many up in an index, more are a join for it.
const MOST_KEYS: usize = 4;

const KEY_ALIAS: &str = "__key";

/// A look-up without its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    step: Step,
    column: Expr,
}

impl Lookup {
    /// Takes a look-up apart.
    ///
    /// # Errors
    /// `read` itself, when it is none: a look-up reads one row of one table without anything below it, and what it demands
    /// first is that a column equals a number.
    pub fn of(mut read: Read) -> std::result::Result<(Self, i64), Box<Read>> {
        let step = &read.step;
        let is_plain = read.shape == RootShape::Single
            && step.backend == Backend::DuckDb
            && step.children.is_empty()
            && step.select.is_limit_deferred
            && read.runtime_tables.is_empty();
        match step.select.filters.first() {
            Some(Expr::Test {
                operator: Operator::Eq,
                left,
                right,
            }) if is_plain => match (&**left, &**right) {
                (column @ Expr::Column { .. }, Expr::Param(Value::Int(key), None)) => {
                    let (column, key) = (column.clone(), *key);
                    read.step.select.filters.remove(0);
                    read.step.select.limit = None;
                    Ok((
                        Self {
                            step: read.step,
                            column,
                        },
                        key,
                    ))
                }
                _ => Err(Box::new(read)),
            },
            _ => Err(Box::new(read)),
        }
    }

    /// Looks `keys` up and returns the JSON text of each one's row, or `null`, of at most `max_bytes`.
    ///
    /// # Errors
    /// Those of the database; see [`Session::query`]. `RESOURCE_EXHAUSTED` for a text that is too long. A row that cannot be
    /// read fails all of them.
    pub fn run(&self, session: &mut Session, keys: &[i64], max_bytes: usize) -> Result<Vec<Vec<u8>>> {
        let mut texts = Vec::with_capacity(keys.len());
        for keys in keys.chunks(MOST_KEYS) {
            let rows = self.rows(session, keys)?;
            let found = by_key(&rows)?;
            for key in keys {
                let batches = found.get(key).map(|(batch, row)| batch.slice(*row, 1));
                let level = Level {
                    batches: batches.into_iter().collect(),
                    children: Vec::new(),
                };
                texts.push(encode_root(&self.step, &level, RowStyle::Single, max_bytes)?);
            }
        }
        Ok(texts)
    }

    fn rows(&self, session: &mut Session, keys: &[i64]) -> Result<Rows> {
        let mut select = self.step.select.clone();
        let condition = match keys {
            [key] => Expr::equals(self.column.clone(), Expr::Param(Value::Int(*key), None)),
            keys => Expr::In {
                expr: Box::new(self.column.clone()),
                list: InList {
                    values: keys.iter().copied().map(Value::Int).collect(),
                    ty: SqlType::BigInt,
                    may_widen: false,
                },
            },
        };
        select.filters.insert(0, condition);
        select.columns.push(ResultColumn {
            expr: self.column.clone(),
            alias: KEY_ALIAS.to_owned(),
        });
        query(session, &self.step, &select, &RuntimeRows::new())
    }
}

/// Returns the first row of each key, which is the last column.
fn by_key(rows: &Rows) -> Result<HashMap<i64, (&RecordBatch, usize)>> {
    let mut found = HashMap::with_capacity(MOST_KEYS);
    for batch in &rows.batches {
        let column = batch.columns().last();
        let column = column.ok_or_else(|| Error::internal("a look-up has no key"))?;
        let keys = cast(column, &DataType::Int64)
            .map_err(|error| Error::internal("the key of a look-up is no number").with_source(error))?;
        for (row, key) in keys.as_primitive::<Int64Type>().iter().enumerate() {
            if let Some(key) = key {
                found.entry(key).or_insert((batch, row));
            }
        }
    }
    Ok(found)
}

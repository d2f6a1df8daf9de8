//! The plan of a mutation: what is written, in order, and what is answered afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use super::rows::RowSet;
use crate::catalog::model::DataObject;
use crate::gql::Selected;
use crate::name::SourceName;
use crate::plan::tree::Read;
use crate::sql::Value;
use crate::sql::ast::{Expr, Select, SqlType};
use crate::sql::dialect::Backend;
use crate::sql::write::WriteStatement;

/// Name of the runtime table, and its alias, with the rows that a statement writes.
pub const ROWS: &str = "_rows";

/// One mutation of a data source's table.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The source.
    pub source: SourceName,
    /// The attached database that is written to.
    pub database: String,
    /// Who runs its statements.
    pub backend: Backend,
    /// Sources that DuckDB must be attached to although they could be asked themselves; those of what is read afterwards
    /// stand there.
    pub attached: BTreeSet<SourceName>,
    /// What is done, in order.
    pub steps: Vec<WriteStep>,
    /// What is answered.
    pub answer: MutationAnswer,
    /// Tags of kept answers that are dropped once the change is there.
    pub dropped_tags: Vec<String>,
}

/// One step of a mutation.
#[derive(Clone, Debug)]
pub enum WriteStep {
    /// Values that later steps need: those of sequences and of expressions that make keys.
    Draw(Draw),
    /// Rows that must be there.
    Require(Require),
    /// A change.
    Write(Box<Write>),
}

/// Values that are known only when the mutation runs; those of the n-th draw are [`Cell::Drawn`] with `draw` n.
#[derive(Clone, Debug)]
pub struct Draw {
    /// One value in each row, in the order in which they are used.
    pub select: Select,
    /// Rows that it reads, when it reads some.
    pub rows: RowSet,
    /// How many values it gives.
    pub count: usize,
}

/// Rows that are linked and so must be there.
#[derive(Clone, Debug)]
pub struct Require {
    /// Counts those of `rows` that are there.
    pub select: Select,
    /// Their keys.
    pub rows: RowSet,
    /// Says that some are not.
    pub message: String,
}

/// A statement, and the rows that it writes.
#[derive(Clone, Debug)]
pub struct Write {
    /// The object that changes, for errors.
    pub object: Arc<DataObject>,
    /// The statement.
    pub statement: WriteStatement,
    /// The rows; none for updates and deletes.
    pub rows: RowSet,
}

/// A value that is given or drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A value that the request gives.
    Value(Json),
    /// A value that a draw gives.
    Drawn {
        /// Number of the draw among those of the mutation.
        draw: usize,
        /// Which of its values.
        index: usize,
    },
}

/// What a mutation answers.
#[derive(Clone, Debug)]
pub enum MutationAnswer {
    /// What it did.
    Result {
        /// What is wanted of the result.
        selection: Vec<Selected>,
        /// Cell that becomes `last_id`.
        last_id: Option<Cell>,
        /// The rows that became of the data, under the key that is wanted.
        rows: Vec<(String, WrittenRows)>,
    },
    /// The row that became of the data.
    Row(Box<WrittenRows>),
    /// The row that became of the data, as the last statement tells it: that of the reading's step.
    Returned(Box<Read>),
}

/// A reading of rows that have been written.
#[derive(Clone, Debug)]
pub struct WrittenRows {
    /// The reading; it is still to be restricted to the keys.
    pub read: Read,
    /// By which values they are found.
    pub keys: WrittenKeys,
}

/// The keys of rows that have been written.
#[derive(Clone, Debug)]
pub enum WrittenKeys {
    /// Those of one row: each an expression over the row that is read, and its value.
    One(Vec<(Expr, Cell, Option<SqlType>)>),
    /// Those of any number, which the reading takes from the runtime table [`ROWS`].
    Many(RowSet),
}

impl Cell {
    /// Returns the value; null for one that has not been drawn.
    #[must_use]
    pub fn value<'a>(&'a self, drawn: &'a [Vec<Json>]) -> &'a Json {
        match self {
            Self::Value(value) => value,
            Self::Drawn { draw, index } => drawn
                .get(*draw)
                .and_then(|values| values.get(*index))
                .unwrap_or(&Json::Null),
        }
    }

    /// Returns the value as one to be bound.
    #[must_use]
    pub fn bound(&self, drawn: &[Vec<Json>]) -> Value {
        match self.value(drawn) {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::String(text) => Value::from(text.as_str()),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Value::Int(integer),
                (None, Some(float)) => Value::Float(float),
                (None, None) => Value::Text(number.to_string()),
            },
            document @ (Json::Array(_) | Json::Object(_)) => Value::Text(document.to_string()),
        }
    }
}

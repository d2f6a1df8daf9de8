//! Statements that change rows, as values.
//!
//! Rows that are written come from a query, mostly over rows that the process provides as one parameter, so that the text of
//! a statement depends on its columns and never on the number or the values of its rows.

use super::ast::{Expr, Relation, ResultColumn, Select, TextPart};

/// A statement that changes the rows of one table.
#[derive(Clone, Debug, PartialEq)]
pub enum WriteStatement {
    /// Adds rows.
    Insert(Insert),
    /// Changes rows that match others and adds those without a match.
    Merge(Merge),
    /// Changes rows.
    Update(Update),
    /// Removes rows.
    Delete(Delete),
}

impl WriteStatement {
    /// Returns whether the statement tells of the rows that it writes.
    #[must_use]
    pub fn returns_rows(&self) -> bool {
        matches!(self, Self::Insert(insert) if !insert.returning.is_empty())
    }
}

/// Adds the rows of a query; columns that are not named get their defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// The table's qualified name.
    pub table: Vec<String>,
    /// Columns, in the order of those of `rows`.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Select,
    /// What is told of the rows as they are then, by columns of the table under its own name; nothing when empty.
    pub returning: Vec<ResultColumn>,
}

/// Changes the rows of a table that match rows of a relation and adds those without a match.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The table's qualified name.
    pub table: Vec<String>,
    /// The name by which columns of the table are referred to.
    pub alias: String,
    /// The new rows; their columns are called like those of the table. The alias is `excluded` where the database wants it.
    pub rows: Relation,
    /// Columns by which a row of the table is the same as a new one.
    pub target: Vec<String>,
    /// Columns that matching rows take from the new ones; none leaves them as they are.
    pub updated: Vec<Assignment>,
    /// Conditions on matching rows; those that do not meet them are left as they are.
    pub update_filters: Vec<Expr>,
    /// Columns of rows that are added.
    pub inserted: Vec<Assignment>,
}

/// Changes rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The table's qualified name.
    pub table: Vec<String>,
    /// The name by which columns of the table are referred to.
    pub alias: String,
    /// What changes.
    pub assignments: Assignments,
    /// One row with the new values, where they are not assigned as parameters.
    pub from: Option<Relation>,
    /// Conditions, all of which must hold.
    pub filters: Vec<Expr>,
}

/// Removes rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// The table's qualified name.
    pub table: Vec<String>,
    /// The name by which columns of the table are referred to.
    pub alias: String,
    /// Conditions, all of which must hold.
    pub filters: Vec<Expr>,
}

/// What an update assigns.
#[derive(Clone, Debug, PartialEq)]
pub enum Assignments {
    /// A value to each column.
    Columns(Vec<Assignment>),
    /// SQL text of a schema's author, `column = value` with commas between.
    Text(Vec<TextPart>),
}

/// A column and its new value.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The column.
    pub column: String,
    /// The value.
    pub value: Expr,
}

/// Values that a sequence gives, one row for each, in the column [`Sequence::COLUMN`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The attached database that has it.
    pub database: String,
    /// Its name there.
    pub path: Vec<String>,
    /// What the database is.
    pub kind: DatabaseKind,
    /// How many values.
    pub count: usize,
}

/// What an attached database is. Reading treats all alike; what is written depends on who keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A DuckDB file, or whatever keeps rows as DuckDB does.
    #[default]
    DuckDb,
    /// A PostgreSQL database that is attached to DuckDB.
    AttachedPostgres,
}

impl Sequence {
    /// The column with the values.
    pub const COLUMN: &'static str = "value";
}

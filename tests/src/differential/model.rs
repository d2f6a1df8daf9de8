//! The tables, and a query over them as a value.

/// Kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole number.
    Int,
    /// Number whose sums are exact: a multiple of a quarter.
    Float,
    /// Text.
    Text,
    /// Truth value.
    Bool,
    /// Calendar day.
    Date,
    /// Date and time without zone, in whole seconds.
    DateTime,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, in the schema and in the database.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// To the one row whose `id` is in the column.
    One(&'static str),
    /// To the rows that have this row's `id` in the column.
    Many(&'static str),
    /// To the rows that a junction names: table, column with this row's `id`, column with theirs.
    Through(&'static str, &'static str, &'static str),
}

/// A link.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Its name in the schema.
    pub name: &'static str,
    /// The table that it leads to.
    pub target: &'static str,
    /// How.
    pub path: Path,
}

/// A table with the key `id`.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Columns beside `id`.
    pub columns: &'static [Column],
    /// Links.
    pub links: &'static [Link],
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

const fn link(name: &'static str, target: &'static str, path: Path) -> Link {
    Link { name, target, path }
}

/// The key of every table.
pub const ID: Column = column("id", Kind::Int);

/// All tables.
pub const TABLES: [Table; 4] = [
    Table {
        name: "regions",
        columns: &[column("title", Kind::Text), column("area", Kind::Float)],
        links: &[
            link("parent", "regions", Path::One("parent_id")),
            link("children", "regions", Path::Many("parent_id")),
            link("customers", "customers", Path::Many("region_id")),
        ],
    },
    Table {
        name: "customers",
        columns: &[
            column("name", Kind::Text),
            column("vip", Kind::Bool),
            column("credit", Kind::Float),
            column("joined", Kind::Date),
        ],
        links: &[
            link("region", "regions", Path::One("region_id")),
            link("orders", "orders", Path::Many("customer_id")),
        ],
    },
    Table {
        name: "orders",
        columns: &[
            column("status", Kind::Text),
            column("pieces", Kind::Int),
            column("total", Kind::Float),
            column("paid", Kind::Bool),
            column("placed", Kind::DateTime),
        ],
        links: &[
            link("customer", "customers", Path::One("customer_id")),
            link(
                "labels",
                "labels",
                Path::Through("order_labels", "order_id", "label_id"),
            ),
        ],
    },
    Table {
        name: "labels",
        columns: &[column("word", Kind::Text), column("weight", Kind::Int)],
        links: &[link(
            "orders",
            "orders",
            Path::Through("order_labels", "label_id", "order_id"),
        )],
    },
];

/// Returns the table called `name`.
#[must_use]
pub fn table(name: &str) -> &'static Table {
    TABLES
        .iter()
        .find(|table| table.name == name)
        .unwrap_or(&TABLES[0])
}

/// A value of a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of an integer column.
    Int(i64),
    /// Of a number column.
    Float(f64),
    /// Of a text column.
    Text(String),
    /// Of a truth column.
    Bool(bool),
    /// Of a day column.
    Date(String),
    /// Of a time column.
    DateTime(String),
}

/// A test of a column.
#[derive(Clone, Debug)]
pub enum Test {
    /// `eq`, `gt`, `gte`, `lt`, `lte`, `like`, `ilike` with a value.
    Compare(&'static str, Value),
    /// `in`.
    In(Vec<Value>),
    /// `is_null`.
    IsNull(bool),
}

/// A filter.
#[derive(Clone, Debug)]
pub enum Filter {
    /// A test of a column.
    Column(Column, Test),
    /// All must hold.
    And(Vec<Filter>),
    /// One must hold.
    Or(Vec<Filter>),
    /// Must not hold.
    Not(Box<Filter>),
    /// Of the row that a to-one link leads to.
    One(Link, Box<Filter>),
    /// Of the rows that a to-many link leads to: `any_of`, `all_of` or `none_of`.
    Many(Link, &'static str, Box<Filter>),
}

/// A sort key.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    /// The to-one link that leads to its row; `None` for the row itself.
    pub through: Option<Link>,
    /// The column.
    pub column: Column,
    /// Whether the largest comes first.
    pub descending: bool,
    /// Whether rows without a value come first; `None` for the default of the database.
    pub nulls_first: Option<bool>,
}

/// Aggregates of one column: names of functions.
#[derive(Clone, Debug)]
pub struct Measure {
    /// The column.
    pub column: Column,
    /// The functions.
    pub functions: Vec<&'static str>,
}

/// What is selected of a row.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows that links lead to.
    pub links: Vec<Follow>,
    /// Aggregates of the rows that links lead to.
    pub aggregates: Vec<FollowAggregate>,
}

/// A link that is followed.
#[derive(Clone, Debug)]
pub struct Follow {
    /// The link.
    pub link: Link,
    /// What is selected of its rows.
    pub selection: Selection,
    /// Filter of its rows; to-many only.
    pub filter: Option<Filter>,
    /// Order of the rows of a parent; to-many only, ends with `id`.
    pub order: Vec<Sort>,
    /// Most rows of a parent, and how many are left out before them.
    pub page: Option<(u64, u64)>,
    /// Whether parents without rows are dropped.
    pub inner: bool,
}

/// A link whose rows are aggregated for each parent.
#[derive(Clone, Debug)]
pub struct FollowAggregate {
    /// The link; to-many.
    pub link: Link,
    /// Filter of its rows.
    pub filter: Option<Filter>,
    /// What is computed beside the number of rows.
    pub measures: Vec<Measure>,
}

/// What a query asks for.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Rows.
    Rows {
        /// What is selected of each.
        selection: Selection,
        /// Order; ends with `id`.
        order: Vec<Sort>,
        /// Most rows, and how many are left out before them.
        page: (Option<u64>, Option<u64>),
    },
    /// Aggregates of all rows, beside their number.
    Aggregate(Vec<Measure>),
    /// Aggregates of groups, beside their numbers of rows, sorted by key.
    Groups {
        /// What groups are made by.
        keys: Vec<Column>,
        /// What is computed.
        measures: Vec<Measure>,
        /// Fewest rows of a group.
        at_least: Option<i64>,
    },
}

/// A query.
#[derive(Clone, Debug)]
pub struct Query {
    /// The table.
    pub table: &'static Table,
    /// Filter of its rows.
    pub filter: Option<Filter>,
    /// What is asked for.
    pub ask: Ask,
}

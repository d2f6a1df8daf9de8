//! Statements as values.
//!
//! The tree says what is meant; a [`Dialect`](super::dialect::Dialect) says how a database spells it. Client values are
//! [`Expr::Param`], identifiers are quoted when rendered, text from a schema's author is [`Expr::Text`] made of parsed
//! pieces.

use super::param::Value;
use super::write::Sequence;

pub use super::function::{
    Aggregate, AggregateFunction, DatePart, GeometryFunction, RangeBound, TimeUnit, VectorMeasure, Window,
    WindowFunction,
};

/// A query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// Expressions of `DISTINCT ON`; empty for none.
    pub distinct_on: Vec<Expr>,
    /// Result columns.
    pub columns: Vec<ResultColumn>,
    /// Where rows come from; `None` selects one row of expressions.
    pub from: Option<Relation>,
    /// Joined relations, in order.
    pub joins: Vec<Join>,
    /// Conditions, all of which must hold.
    pub filters: Vec<Expr>,
    /// Grouping keys.
    pub group_by: Vec<Expr>,
    /// Conditions on groups, all of which must hold.
    pub having: Vec<Expr>,
    /// Condition on window functions.
    pub qualify: Option<Expr>,
    /// Sort keys.
    pub order_by: Vec<OrderItem>,
    /// Most rows to return.
    pub limit: Option<u64>,
    /// Whether the text does not say `limit`: whoever runs the statement leaves out what is more.
    pub is_limit_deferred: bool,
    /// Rows to skip.
    pub offset: Option<u64>,
}

/// A result column with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultColumn {
    /// The value.
    pub expr: Expr,
    /// Its name.
    pub alias: String,
}

/// Something with rows, under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Where the rows come from.
    pub source: RelationSource,
    /// The name by which columns refer to it.
    pub alias: String,
}

/// Where the rows of a relation come from.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationSource {
    /// A table or view, by its qualified name.
    Named(Vec<String>),
    /// A query.
    Query(Box<Select>),
    /// The rows of all queries, each row once.
    Union(Vec<Select>),
    /// SQL text of a schema's author that is a query.
    Text(Vec<TextPart>),
    /// One row for each item of a list, in the column [`ITEM_COLUMN`].
    Items(Vec<Value>, SqlType),
    /// One row for each step from one time to another, both included, in the column [`ITEM_COLUMN`].
    Series(Box<Series>),
    /// Values that a sequence gives.
    Sequence(Sequence),
    /// Rows that the process provides when the statement is rendered: one parameter with a JSON array of objects.
    Runtime {
        /// Name of the table.
        table: String,
        /// Columns with their types.
        columns: Vec<(String, SqlType)>,
        /// The table whose rows they are to become: where the database can, it reads the values as those of its columns.
        like: Option<Vec<String>>,
    },
}

/// Times at equal distances.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The first one.
    pub first: Expr,
    /// The time after which there is none.
    pub last: Expr,
    /// The distance.
    pub step: Expr,
}

/// A join.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// What rows without a partner become.
    pub kind: JoinKind,
    /// What is joined.
    pub relation: Relation,
    /// Condition.
    pub on: Expr,
}

/// What rows without a partner become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// They are dropped.
    Inner,
    /// They stay, with NULLs.
    Left,
    /// They are dropped; what is joined may use the columns of the relations before it.
    Lateral,
    /// They stay, with NULLs; what is joined may use the columns of the relations before it.
    LeftLateral,
}

/// A sort key.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem {
    /// The key.
    pub expr: Expr,
    /// Its direction.
    pub direction: Direction,
    /// Where NULLs go; `None` leaves it to the database.
    pub nulls: Option<NullsOrder>,
}

/// Direction of a sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Where NULLs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullsOrder {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// Part of text by a schema's author.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// SQL as written.
    Sql(String),
    /// A name that stands by itself, such as that of an assigned column.
    Name(String),
    /// A placeholder, resolved.
    Expr(Expr),
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A column of a relation.
    Column {
        /// The relation's alias.
        relation: String,
        /// The column's name.
        name: String,
    },
    /// A member of a struct. Databases that keep structs as documents read it as the type; without one it stays a document.
    Member(Box<Expr>, String, Option<SqlType>),
    /// A bound value, with a cast when its type cannot be told from where it stands.
    Param(Value, Option<SqlType>),
    /// A list, given as the text of a JSON array, with items of a type.
    List(Value, SqlType),
    /// SQL NULL.
    Null,
    /// Truth value.
    Bool(bool),
    /// Number that the planner itself wrote.
    Number(i64),
    /// All must hold; none holds trivially.
    And(Vec<Expr>),
    /// One must hold; none never holds.
    Or(Vec<Expr>),
    /// Must not hold.
    Not(Box<Expr>),
    /// NULL test.
    IsNull {
        /// The value.
        expr: Box<Expr>,
        /// Whether it must be NULL.
        is_null: bool,
    },
    /// A test of one value against another.
    Test {
        /// The test.
        operator: Operator,
        /// The tested value.
        left: Box<Expr>,
        /// What it is tested against.
        right: Box<Expr>,
    },
    /// The value is one of several; never an `OR` chain.
    In {
        /// The value.
        expr: Box<Expr>,
        /// The values.
        list: InList,
    },
    /// Whether a query has rows.
    Exists {
        /// The query.
        query: Box<Select>,
        /// Whether it must have some.
        exists: bool,
    },
    /// The one value of a query.
    Scalar(Box<Select>),
    /// A function call.
    Call {
        /// Name of the function, as the planner knows it.
        function: &'static str,
        /// Arguments.
        arguments: Vec<Expr>,
    },
    /// A cast.
    Cast(Box<Expr>, SqlType),
    /// A value where a condition holds, and another one where it does not.
    When(Box<When>),
    /// The last time before one.
    Before(Box<Expr>),
    /// A value that other rows have.
    Window(Box<Window>),
    /// Row number within a partition.
    RowNumber {
        /// Partition keys.
        partition_by: Vec<Expr>,
        /// Order within the partition.
        order_by: Vec<OrderItem>,
    },
    /// SQL text of a schema's author.
    Text(Vec<TextPart>),
    /// All columns of a relation; as a result column it has no name of its own.
    AllColumns(String),
    /// An aggregate of the rows of a group.
    Aggregate(Box<Aggregate>),
    /// The value at a path of object members in a JSON document, read as a type; NULL when it is not of that type.
    JsonPath {
        /// The document.
        document: Box<Expr>,
        /// Names of members, outermost first.
        path: Vec<String>,
        /// The type.
        ty: SqlType,
    },
    /// A part of a date or time, as a whole number.
    DatePart(DatePart, Box<Expr>),
    /// A date or time cut off to a unit.
    DateTrunc(TimeUnit, Box<Expr>),
    /// An instant cut off to a multiple of a duration.
    TimeBucket {
        /// The duration.
        width: Box<Expr>,
        /// The instant.
        value: Box<Expr>,
    },
    /// Whole-number division.
    IntegerDivide(Box<Expr>, i64),
    /// The product of two numbers.
    Product(Box<Expr>, Box<Expr>),
    /// The quotient of two floating point numbers.
    Quotient(Box<Expr>, Box<Expr>),
    /// A whole number as text, in hexadecimal digits.
    Hexadecimal(Box<Expr>),
    /// What becomes of each item of a list; there it is [`Expr::Item`].
    ForEach {
        /// The list.
        list: Box<Expr>,
        /// What an item becomes.
        becomes: Box<Expr>,
    },
    /// The item at hand of a list.
    Item,
    /// A JSON document in the shape of a sample, as text in the notation of DuckDB's `json_transform`.
    JsonShape(Box<Expr>, String),
    /// What a range says of its bounds.
    RangeBound(RangeBound, Box<Expr>),
    /// A geometry as the text of a GeoJSON document.
    GeoJson(Box<Expr>),
    /// A function of a geometry.
    Geometry {
        /// What is computed.
        function: GeometryFunction,
        /// Of what.
        value: Box<Expr>,
    },
    /// The distance of two vectors.
    VectorDistance {
        /// The measure.
        measure: VectorMeasure,
        /// The vectors.
        vectors: Box<(Expr, Expr)>,
    },
}

/// A value that depends on a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// The condition.
    pub condition: Expr,
    /// The value where it holds.
    pub then: Expr,
    /// The value elsewhere.
    pub otherwise: Expr,
}

/// The values of an `IN`.
#[derive(Clone, Debug, PartialEq)]
pub struct InList {
    /// The values, at least one.
    pub values: Vec<Value>,
    /// Their type.
    pub ty: SqlType,
    /// Whether rows may come along whose value lies between two of the list, because all rows are matched with their keys
    /// afterwards.
    pub may_widen: bool,
}

/// The column of runtime rows with the number of a row, where rows have one.
pub const ROW_POSITION: &str = "_position";

/// Column of [`RelationSource::Items`].
pub const ITEM_COLUMN: &str = "item";

/// Types that the planner casts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SqlType {
    /// Truth value.
    Boolean,
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    BigInt,
    /// 64-bit floating point number.
    Double,
    /// Text.
    Text,
    /// Calendar day.
    Date,
    /// Time of day.
    Time,
    /// Date and time without zone.
    Timestamp,
    /// Instant.
    TimestampTz,
    /// Duration.
    Interval,
    /// JSON document.
    Json,
    /// Geometry, from well-known text.
    Geometry,
    /// Geometry, from GeoJSON.
    GeoJson,
    /// List of text.
    TextList,
    /// Vector of 32-bit floating point numbers of a length.
    Vector(u32),
    /// Range of 32-bit integers.
    IntRange,
    /// Range of 64-bit integers.
    BigIntRange,
    /// Range of instants.
    TimestampRange,
}

/// Tests with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Equal, or both NULL.
    Same,
    /// Not equal.
    Ne,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Pattern with `%` and `_`.
    Like,
    /// The same without regard to case.
    Ilike,
    /// Regular expression found anywhere.
    Regex,
    /// The left list holds all items of the right list.
    ListContains,
    /// The lists have an item in common.
    ListIntersects,
    /// The JSON documents are equal, whatever the order of their members.
    JsonEquals,
    /// The left JSON document contains the right one.
    JsonContains,
    /// The left JSON document has the key or path.
    JsonHas,
    /// The left JSON document has all keys of the right list.
    JsonHasAll,
    /// The geometries are equal as point sets.
    GeometryEquals,
    /// The geometries have a point in common.
    GeometryIntersects,
    /// The left geometry contains the right one.
    GeometryContains,
    /// The left range contains the value, or all of the range, on the right.
    RangeContains,
    /// The ranges have a value in common.
    RangeIntersects,
}

impl Expr {
    /// Returns the column `name` of the relation called `relation`.
    #[must_use]
    pub fn column(relation: &str, name: &str) -> Self {
        Self::Column {
            relation: relation.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Returns the test `left operator right`.
    #[must_use]
    pub fn test(operator: Operator, left: Self, right: Self) -> Self {
        Self::Test {
            operator,
            left: Box::new(left),
            right: Box::new(right),
        }
    }

    /// Returns `left = right`.
    #[must_use]
    pub fn equals(left: Self, right: Self) -> Self {
        Self::test(Operator::Eq, left, right)
    }

    /// Returns whether it is an aggregate of a group, or made from one.
    #[must_use]
    pub fn is_aggregated(&self) -> bool {
        match self {
            Self::Aggregate(_) => true,
            Self::Cast(value, _) | Self::Hexadecimal(value) => value.is_aggregated(),
            Self::Call { arguments, .. } => arguments.iter().any(Self::is_aggregated),
            _ => false,
        }
    }

    /// Returns whether it is the same in every row.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        matches!(
            self,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Param(..)
        )
    }

    /// Returns the negation.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}

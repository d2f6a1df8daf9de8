//! The scalars of the schema language: names, SQL types and filter operators.
//!
//! Adding a scalar starts here: the exhaustive matches over [`Scalar`] name every other place that must know it.

/// A built-in scalar of the schema language (spec/schema.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// Text.
    String,
    /// 32-bit integer.
    Int,
    /// 64-bit floating point or decimal number.
    Float,
    /// Truth value.
    Boolean,
    /// 64-bit integer, a JSON number.
    BigInt,
    /// Calendar day.
    Date,
    /// Instant, shown in the session's time zone.
    Timestamp,
    /// Wall-clock date and time without zone.
    DateTime,
    /// Time of day.
    Time,
    /// Duration with months, days and microseconds.
    Interval,
    /// JSON document.
    Json,
    /// Planar geometry, GeoJSON outside.
    Geometry,
    /// Range of 32-bit integers.
    IntRange,
    /// Range of 64-bit integers.
    BigIntRange,
    /// Range of instants.
    TimestampRange,
    /// Cell of the H3 grid, hexadecimal outside.
    H3Cell,
    /// Fixed-length vector of floats.
    Vector,
}

/// An operator of a filter input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterOperator {
    /// Equal.
    Eq,
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
    /// One of a list; the empty list matches nothing.
    In,
    /// SQL `LIKE`.
    Like,
    /// SQL `ILIKE`.
    Ilike,
    /// Regular expression found anywhere in the text.
    Regex,
    /// Whether the value is NULL.
    IsNull,
    /// JSON: the key or path exists. Geometry, ranges: see the operator's scalar.
    Has,
    /// JSON: all keys exist.
    HasAll,
    /// The column contains the argument (JSON, geometry, list, range).
    Contains,
    /// The column and the argument have something in common (geometry, list, range).
    Intersects,
    /// Range: the column contains the whole argument range.
    Includes,
    /// Range: the column and the argument are disjoint.
    Excludes,
    /// Range: upper bound equals.
    Upper,
    /// Range: lower bound equals.
    Lower,
    /// Range: upper bound belongs to the range.
    UpperInclusive,
    /// Range: lower bound belongs to the range.
    LowerInclusive,
    /// Range: no upper bound.
    UpperInf,
    /// Range: no lower bound.
    LowerInf,
}

impl Scalar {
    /// All scalars, in the order of the served schema.
    pub const ALL: [Self; 17] = [
        Self::String,
        Self::Int,
        Self::Float,
        Self::Boolean,
        Self::BigInt,
        Self::Date,
        Self::Timestamp,
        Self::DateTime,
        Self::Time,
        Self::Interval,
        Self::Json,
        Self::Geometry,
        Self::IntRange,
        Self::BigIntRange,
        Self::TimestampRange,
        Self::H3Cell,
        Self::Vector,
    ];

    /// Returns the GraphQL name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Int => "Int",
            Self::Float => "Float",
            Self::Boolean => "Boolean",
            Self::BigInt => "BigInt",
            Self::Date => "Date",
            Self::Timestamp => "Timestamp",
            Self::DateTime => "DateTime",
            Self::Time => "Time",
            Self::Interval => "Interval",
            Self::Json => "JSON",
            Self::Geometry => "Geometry",
            Self::IntRange => "IntRange",
            Self::BigIntRange => "BigIntRange",
            Self::TimestampRange => "TimestampRange",
            Self::H3Cell => "H3Cell",
            Self::Vector => "Vector",
        }
    }

    /// Returns the scalar with the GraphQL name `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scalar| scalar.as_str() == name)
    }

    /// Returns whether the GraphQL specification defines it, so that the served schema must not declare it.
    #[must_use]
    pub fn is_standard(self) -> bool {
        matches!(self, Self::String | Self::Int | Self::Float | Self::Boolean)
    }

    /// Returns the operators of its filter input, in the order of the served schema; empty when it cannot be filtered.
    #[must_use]
    pub fn filter_operators(self) -> &'static [FilterOperator] {
        use FilterOperator as Op;
        match self {
            Self::String => &[Op::Eq, Op::In, Op::Like, Op::Ilike, Op::Regex, Op::IsNull],
            Self::Int | Self::BigInt | Self::Date | Self::Time => {
                &[Op::Eq, Op::Gt, Op::Gte, Op::Lt, Op::Lte, Op::In, Op::IsNull]
            }
            Self::Float => &[
                Op::Eq,
                Op::Ne,
                Op::Gt,
                Op::Gte,
                Op::Lt,
                Op::Lte,
                Op::In,
                Op::IsNull,
            ],
            Self::Boolean => &[Op::Eq, Op::IsNull],
            Self::Timestamp | Self::DateTime | Self::Interval => {
                &[Op::Eq, Op::Gt, Op::Gte, Op::Lt, Op::Lte, Op::IsNull]
            }
            Self::Json => &[Op::Eq, Op::Has, Op::HasAll, Op::Contains, Op::IsNull],
            Self::Geometry => &[Op::Eq, Op::Intersects, Op::Contains, Op::IsNull],
            Self::Vector => &[Op::IsNull],
            Self::IntRange => &[
                Op::Eq,
                Op::Contains,
                Op::Intersects,
                Op::Includes,
                Op::IsNull,
                Op::Upper,
                Op::Lower,
                Op::UpperInclusive,
                Op::LowerInclusive,
                Op::UpperInf,
                Op::LowerInf,
            ],
            Self::BigIntRange | Self::TimestampRange => &[
                Op::Eq,
                Op::Contains,
                Op::Intersects,
                Op::Includes,
                Op::Excludes,
                Op::IsNull,
                Op::Upper,
                Op::Lower,
                Op::UpperInclusive,
                Op::LowerInclusive,
                Op::UpperInf,
                Op::LowerInf,
            ],
            Self::H3Cell => &[],
        }
    }

    /// Returns the operators of the filter input for lists of it; empty when there is no such input.
    #[must_use]
    pub fn list_filter_operators(self) -> &'static [FilterOperator] {
        use FilterOperator as Op;
        match self {
            Self::String
            | Self::Int
            | Self::BigInt
            | Self::Float
            | Self::Date
            | Self::Time
            | Self::Timestamp
            | Self::DateTime
            | Self::Interval => &[Op::Eq, Op::Contains, Op::Intersects, Op::IsNull],
            Self::Boolean
            | Self::Json
            | Self::Geometry
            | Self::IntRange
            | Self::BigIntRange
            | Self::TimestampRange
            | Self::H3Cell
            | Self::Vector => &[],
        }
    }

    /// Returns the scalar of a range's bounds.
    #[must_use]
    pub fn range_bound(self) -> Option<Self> {
        match self {
            Self::IntRange => Some(Self::Int),
            Self::BigIntRange => Some(Self::BigInt),
            Self::TimestampRange => Some(Self::Timestamp),
            Self::String
            | Self::Int
            | Self::Float
            | Self::Boolean
            | Self::BigInt
            | Self::Date
            | Self::Timestamp
            | Self::DateTime
            | Self::Time
            | Self::Interval
            | Self::Json
            | Self::Geometry
            | Self::H3Cell
            | Self::Vector => None,
        }
    }
}

impl FilterOperator {
    /// Returns the name of the filter input's member.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::In => "in",
            Self::Like => "like",
            Self::Ilike => "ilike",
            Self::Regex => "regex",
            Self::IsNull => "is_null",
            Self::Has => "has",
            Self::HasAll => "has_all",
            Self::Contains => "contains",
            Self::Intersects => "intersects",
            Self::Includes => "includes",
            Self::Excludes => "excludes",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::UpperInclusive => "upper_inclusive",
            Self::LowerInclusive => "lower_inclusive",
            Self::UpperInf => "upper_inf",
            Self::LowerInf => "lower_inf",
        }
    }
}

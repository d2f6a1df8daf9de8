//! The aggregate functions of each scalar: names, arguments, results (spec: aggregations).
//!
//! A `<Scalar>Aggregation` has them all; a `<Scalar>SubAggregation`, which aggregates the results of an aggregation per
//! parent, has those of [`AggregateFunction::nests`].

use super::scalar::Scalar;

/// A function over the values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// Number of distinct values.
    Count,
    /// Sum.
    Sum,
    /// Arithmetic mean.
    Avg,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Values joined with a separator.
    StringAgg,
    /// Whether all are true.
    BoolAnd,
    /// Whether one is true.
    BoolOr,
    /// All values.
    List,
    /// Some value.
    Any,
    /// The value of the last row.
    Last,
    /// Intersection of geometries.
    Intersection,
    /// Union of geometries.
    Union,
    /// Bounding box of geometries.
    Extent,
}

impl AggregateFunction {
    /// Returns the functions of `scalar`, in the order of the served schema; empty when it cannot be aggregated.
    #[must_use]
    pub fn of_scalar(scalar: Scalar) -> &'static [Self] {
        match scalar {
            Scalar::String => &[Self::Count, Self::StringAgg, Self::List, Self::Any, Self::Last],
            Scalar::Int | Scalar::BigInt | Scalar::Float => &[
                Self::Count,
                Self::Sum,
                Self::Avg,
                Self::Min,
                Self::Max,
                Self::List,
                Self::Any,
                Self::Last,
            ],
            Scalar::Boolean => &[
                Self::Count,
                Self::BoolAnd,
                Self::BoolOr,
                Self::List,
                Self::Any,
                Self::Last,
            ],
            Scalar::Date | Scalar::Time | Scalar::Timestamp | Scalar::DateTime => &[
                Self::Count,
                Self::Min,
                Self::Max,
                Self::List,
                Self::Any,
                Self::Last,
            ],
            Scalar::Json => &[
                Self::Count,
                Self::List,
                Self::Any,
                Self::Last,
                Self::Sum,
                Self::Avg,
                Self::Min,
                Self::Max,
                Self::StringAgg,
                Self::BoolAnd,
                Self::BoolOr,
            ],
            Scalar::Geometry => &[
                Self::Count,
                Self::List,
                Self::Any,
                Self::Last,
                Self::Intersection,
                Self::Union,
                Self::Extent,
            ],
            Scalar::Interval
            | Scalar::IntRange
            | Scalar::BigIntRange
            | Scalar::TimestampRange
            | Scalar::H3Cell
            | Scalar::Vector => &[],
        }
    }

    /// Returns the name of the member.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::StringAgg => "string_agg",
            Self::BoolAnd => "bool_and",
            Self::BoolOr => "bool_or",
            Self::List => "list",
            Self::Any => "any",
            Self::Last => "last",
            Self::Intersection => "intersection",
            Self::Union => "union",
            Self::Extent => "extent",
        }
    }

    /// Returns the scalar of the result over `scalar`; of a list's items, for [`AggregateFunction::List`].
    #[must_use]
    pub fn result(self, scalar: Scalar) -> Scalar {
        match self {
            Self::Count => Scalar::BigInt,
            Self::Avg => Scalar::Float,
            Self::Sum | Self::Min | Self::Max if scalar == Scalar::Json => Scalar::Float,
            Self::StringAgg => Scalar::String,
            Self::BoolAnd | Self::BoolOr => Scalar::Boolean,
            Self::Intersection | Self::Union | Self::Extent => Scalar::Geometry,
            Self::Sum | Self::Min | Self::Max | Self::List | Self::Any | Self::Last => scalar,
        }
    }

    /// Returns whether its results can be aggregated again.
    #[must_use]
    pub fn nests(self) -> bool {
        !matches!(self, Self::List | Self::Any | Self::Last)
    }

    /// Returns the scalar as which the results over `scalar` are aggregated again.
    #[must_use]
    pub fn nested_result(self, scalar: Scalar) -> Scalar {
        match self {
            // Means of integers keep the members of integers.
            Self::Avg if scalar != Scalar::Json => scalar,
            _ => self.result(scalar),
        }
    }

    /// Returns whether `scalar` is a document of which the argument `path` picks a part, and whether it must be given.
    #[must_use]
    pub fn path(self, scalar: Scalar) -> Option<PathArgument> {
        if scalar != Scalar::Json {
            return None;
        }
        Some(match self {
            Self::Count | Self::List | Self::Any | Self::Last => PathArgument::Optional,
            _ => PathArgument::Required,
        })
    }
}

/// Whether the path into a document must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathArgument {
    /// Without it the whole document counts.
    Optional,
    /// The function needs a single value.
    Required,
}

/// Returns the measures of a cube's field of `scalar`; empty when it cannot be measured.
#[must_use]
pub fn measures(scalar: Scalar) -> &'static [&'static str] {
    match scalar {
        Scalar::Int | Scalar::BigInt | Scalar::Float => &["SUM", "AVG", "MIN", "MAX", "ANY"],
        Scalar::String => &["ANY"],
        Scalar::Boolean => &["ANY", "OR", "AND"],
        Scalar::Date | Scalar::Time | Scalar::Timestamp | Scalar::DateTime => &["MIN", "MAX", "ANY"],
        Scalar::Json
        | Scalar::Geometry
        | Scalar::Interval
        | Scalar::IntRange
        | Scalar::BigIntRange
        | Scalar::TimestampRange
        | Scalar::H3Cell
        | Scalar::Vector => &[],
    }
}

//! The vocabulary of functions that statements use; a dialect spells them.

use super::ast::{Expr, OrderItem};

/// The function that the engine adds to DuckDB for the H3 cells that a geometry lies in.
pub const H3_CELLS: &str = "hugr_h3_cells";
/// The function that the engine adds to DuckDB for the outline of an H3 cell.
pub const H3_BOUNDARY: &str = "hugr_h3_boundary";

/// An aggregate of the rows of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// What is computed.
    pub function: AggregateFunction,
    /// Of what; `None` for [`AggregateFunction::CountRows`].
    pub argument: Option<Expr>,
    /// Whether equal values count once.
    pub is_distinct: bool,
    /// Order of the rows, for functions that depend on it.
    pub order_by: Vec<OrderItem>,
    /// Condition on the rows.
    pub filter: Option<Expr>,
}

/// What an aggregate computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AggregateFunction {
    /// Number of rows.
    CountRows,
    /// Number of values.
    Count,
    /// Sum.
    Sum,
    /// Arithmetic mean.
    Avg,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// All values, NULLs included.
    List,
    /// Some value.
    Any,
    /// The value of the last row.
    Last,
    /// Texts joined with a separator, which is bound.
    StringAgg(String),
    /// Whether all are true.
    BoolAnd,
    /// Whether one is true.
    BoolOr,
    /// Union of geometries.
    GeometryUnion,
    /// Intersection of geometries.
    GeometryIntersection,
    /// Bounding box of geometries.
    GeometryExtent,
}

/// A value that other rows have.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Which rows.
    pub function: WindowFunction,
    /// The value.
    pub value: Expr,
    /// Rows that are equal in these belong together.
    pub partition_by: Vec<Expr>,
    /// Order of the rows.
    pub order_by: Vec<OrderItem>,
}

/// Which rows' value a window gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowFunction {
    /// The row before.
    Previous,
    /// The row after.
    Next,
    /// That of the smallest value.
    Min,
    /// That of the largest value.
    Max,
    /// All rows, added up.
    Sum,
}

/// A unit that dates and times are cut off to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Minute.
    Minute,
    /// Hour.
    Hour,
    /// Day.
    Day,
    /// ISO week, from Monday.
    Week,
    /// Month.
    Month,
    /// Quarter.
    Quarter,
    /// Year.
    Year,
}

/// A part of a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatePart {
    /// Seconds since 1970.
    Epoch,
    /// Minute of the hour.
    Minute,
    /// Hour of the day.
    Hour,
    /// Day of the month.
    Day,
    /// Day of the year.
    DayOfYear,
    /// Day of the week, Sunday is 0.
    DayOfWeek,
    /// ISO day of the week, Sunday is 7.
    IsoDayOfWeek,
    /// ISO week of the year.
    Week,
    /// Month.
    Month,
    /// Year.
    Year,
    /// Year of the ISO week.
    IsoYear,
    /// Quarter.
    Quarter,
}

impl DatePart {
    /// Returns its name in `date_part`, which DuckDB and PostgreSQL share.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::DayOfYear => "doy",
            Self::DayOfWeek => "dow",
            Self::IsoDayOfWeek => "isodow",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::IsoYear => "isoyear",
            Self::Quarter => "quarter",
        }
    }
}

/// What is asked of the bounds of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RangeBound {
    /// Upper bound.
    Upper,
    /// Lower bound.
    Lower,
    /// Whether the upper bound belongs to the range.
    UpperInclusive,
    /// Whether the lower bound belongs to the range.
    LowerInclusive,
    /// Whether there is no upper bound.
    UpperInfinite,
    /// Whether there is no lower bound.
    LowerInfinite,
}

/// A function of a geometry.
#[derive(Clone, Debug, PartialEq)]
pub enum GeometryFunction {
    /// The same geometry in another reference system, by EPSG numbers.
    Transform {
        /// Where its coordinates are.
        from: i64,
        /// Where they shall be.
        to: i64,
    },
    /// The same coordinates, in this reference system where the geometry does not say in which they are.
    InSystem(i32),
    /// Centre of mass.
    Centroid,
    /// Everything within a distance, in units of the coordinates.
    Buffer(f64),
    /// Fewer points, within a tolerance.
    Simplify(f64),
    /// The same, without crossing lines.
    SimplifyTopology(f64),
    /// First point of a line.
    StartPoint,
    /// Last point of a line.
    EndPoint,
    /// Points in the opposite order.
    Reverse,
    /// Coordinates swapped.
    FlipCoordinates,
    /// Convex hull.
    ConvexHull,
    /// Bounding box.
    Envelope,
    /// Area, in units of the coordinates.
    Area,
    /// Length, in units of the coordinates.
    Length,
    /// Perimeter, in units of the coordinates.
    Perimeter,
    /// Area in square metres, coordinates being longitude and latitude.
    AreaSpheroid,
    /// Length in metres, coordinates being longitude and latitude.
    LengthSpheroid,
    /// Perimeter in metres, coordinates being longitude and latitude.
    PerimeterSpheroid,
}

/// A measure of the distance of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VectorMeasure {
    /// Euclidean distance.
    L2,
    /// Cosine distance.
    Cosine,
    /// Negative inner product.
    Inner,
}

//! What the served schema has for each scalar: aggregations, measures, arguments of fields.

use super::Definitions;
use crate::catalog::aggregate::{self, AggregateFunction, PathArgument};
use crate::catalog::model::{CompanionKind, DataObject, Field};
use crate::catalog::scalar::Scalar;
use crate::catalog::sdl::{TypeDraft, TypeKeyword};
use crate::catalog::type_names;

/// Adds the aggregations and the enums of measures of all scalars.
pub(super) fn types(definitions: &mut Definitions) {
    for scalar in Scalar::ALL {
        aggregation(scalar, definitions);
        sub_aggregation(scalar, definitions);
        let measures = aggregate::measures(scalar);
        if !measures.is_empty() {
            let name = type_names::measures(scalar);
            let mut text = TypeDraft::new(TypeKeyword::Enum, &name, None);
            for measure in measures {
                text.value(measure, None);
            }
            definitions.insert(text);
        }
    }
}

/// Returns whether fields of `scalar` have members in aggregations.
pub(super) fn is_aggregatable(scalar: Scalar) -> bool {
    !AggregateFunction::of_scalar(scalar).is_empty()
}

/// Returns the arguments of fields of `scalar`; empty for none.
pub(super) fn field_arguments(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Timestamp | Scalar::DateTime => "bucket: TimeBucket, bucket_interval: Interval",
        Scalar::Date => "bucket: TimeBucket",
        Scalar::Json => "struct: JSON",
        Scalar::Geometry => {
            "transforms: [GeometryTransform!], from: Int, to: Int, buffer: Float, simplify_factor: Float"
        }
        Scalar::String
        | Scalar::Int
        | Scalar::Float
        | Scalar::Boolean
        | Scalar::BigInt
        | Scalar::Time
        | Scalar::Interval
        | Scalar::IntRange
        | Scalar::BigIntRange
        | Scalar::TimestampRange
        | Scalar::H3Cell
        | Scalar::Vector => "",
    }
}

/// Returns the arguments of `field` of `object`: those of its scalar, and those of cubes and time series.
pub(super) fn column_arguments(object: &DataObject, field: &Field, scalar: Scalar) -> String {
    let mut arguments = field_arguments(scalar).to_owned();
    let mut add = |argument: String| {
        if !arguments.is_empty() {
            arguments.push_str(", ");
        }
        arguments.push_str(&argument);
    };
    if object.is_cube && field.options.is_measurement {
        add(format!("measurement_func: {}", type_names::measures(scalar)));
    }
    if object.is_hypertable && field.options.is_timescale_key {
        add("gapfill: Boolean".to_owned());
    }
    arguments
}

/// Returns the arguments of a companion field.
pub(super) fn companion_arguments(kind: CompanionKind) -> &'static str {
    match kind {
        CompanionKind::DatePart => "extract: TimeExtract!, extract_divide: Int",
        CompanionKind::Measurement => {
            "type: GeometryMeasurementTypes!, transform: Boolean, from: Int, to: Int"
        }
        CompanionKind::VectorDistance => "vector: Vector!, distance: VectorDistanceType!",
    }
}

/// Returns the scalar of a companion field.
pub(super) fn companion_scalar(kind: CompanionKind) -> Scalar {
    match kind {
        CompanionKind::DatePart => Scalar::BigInt,
        CompanionKind::Measurement | CompanionKind::VectorDistance => Scalar::Float,
    }
}

fn aggregation(scalar: Scalar, definitions: &mut Definitions) {
    if !is_aggregatable(scalar) {
        return;
    }
    let name = type_names::scalar_aggregation(scalar);
    let mut text = TypeDraft::new(TypeKeyword::Object, &name, None);
    for function in AggregateFunction::of_scalar(scalar) {
        let result = function.result(scalar).as_str();
        let ty = match function {
            AggregateFunction::List => format!("[{result}!]"),
            _ => result.to_owned(),
        };
        let mut arguments = path_argument(*function, scalar);
        match function {
            AggregateFunction::List => arguments.push("distinct: Boolean = false"),
            AggregateFunction::StringAgg => arguments.extend(["sep: String!", "distinct: Boolean = false"]),
            _ => {}
        }
        text.field(function.as_str(), &arguments.join(", "), &ty, None);
    }
    definitions.insert(text);
}

fn sub_aggregation(scalar: Scalar, definitions: &mut Definitions) {
    if !is_aggregatable(scalar) {
        return;
    }
    let name = type_names::scalar_sub_aggregation(scalar);
    let mut text = TypeDraft::new(TypeKeyword::Object, &name, None);
    let functions = AggregateFunction::of_scalar(scalar);
    for function in functions.iter().filter(|function| function.nests()) {
        let ty = type_names::scalar_aggregation(function.nested_result(scalar));
        let mut arguments = path_argument(*function, scalar);
        if scalar == Scalar::Json && *function == AggregateFunction::StringAgg {
            arguments.extend(["sep: String!", "distinct: Boolean = false"]);
        }
        text.field(function.as_str(), &arguments.join(", "), &ty, None);
    }
    definitions.insert(text);
}

fn path_argument(function: AggregateFunction, scalar: Scalar) -> Vec<&'static str> {
    match function.path(scalar) {
        None => Vec::new(),
        Some(PathArgument::Optional) => vec!["path: String"],
        Some(PathArgument::Required) => vec!["path: String!"],
    }
}

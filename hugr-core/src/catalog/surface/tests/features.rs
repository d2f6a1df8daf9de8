//! What single features add to the served types.

use super::{check, check_types, served, source};

#[test]
fn scalars_are_aggregated_by_their_functions() {
    let served = served(&[]);
    check_types(
        &served,
        "type StringAggregation {
  count: BigInt
  string_agg(sep: String!, distinct: Boolean = false): String
  list(distinct: Boolean = false): [String!]
  any: String
  last: String
}
type StringSubAggregation {
  count: BigIntAggregation
  string_agg: StringAggregation
}
type IntAggregation {
  count: BigInt
  sum: Int
  avg: Float
  min: Int
  max: Int
  list(distinct: Boolean = false): [Int!]
  any: Int
  last: Int
}
type IntSubAggregation {
  count: BigIntAggregation
  sum: IntAggregation
  avg: IntAggregation
  min: IntAggregation
  max: IntAggregation
}
type JSONSubAggregation {
  count(path: String): BigIntAggregation
  sum(path: String!): FloatAggregation
  avg(path: String!): FloatAggregation
  min(path: String!): FloatAggregation
  max(path: String!): FloatAggregation
  string_agg(path: String!, sep: String!, distinct: Boolean = false): StringAggregation
  bool_and(path: String!): BooleanAggregation
  bool_or(path: String!): BooleanAggregation
}
type GeometrySubAggregation {
  count: BigIntAggregation
  intersection: GeometryAggregation
  union: GeometryAggregation
  extent: GeometryAggregation
}
enum BooleanMeasurementAggregation {
  ANY
  OR
  AND
}
",
    );
    assert!(served.schema().types.get("IntervalAggregation").is_none());
}

#[test]
fn cubes_and_time_series_have_arguments() {
    let sdl = r#"type sales @view(name: "sales") @cube @hypertable {
  day: Date
  at: Timestamp @timescale_key @measurement
  qty: Int @measurement
}"#;
    let served = served(&[source("shop", sdl)]);
    check(
        &served,
        "sales",
        &[
            "day(bucket: TimeBucket): Date",
            "at(bucket: TimeBucket, bucket_interval: Interval, measurement_func: TimestampMeasurementAggregation, gapfill: Boolean): Timestamp",
            "qty(measurement_func: IntMeasurementAggregation): Int",
            "_day_part(extract: TimeExtract!, extract_divide: Int): BigInt",
            "_at_part(extract: TimeExtract!, extract_divide: Int): BigInt",
            "_join(fields: [String!]!): _join",
        ],
    );
}

#[test]
fn vectors_and_embeddings_are_searched() {
    let sdl = r#"type notes @table(name: "notes") @embeddings(model: "m", vector: "v", distance: Cosine) {
  id: Int! @pk
  v: Vector @dim(len: 3)
}"#;
    let served = served(&[source("shop", sdl)]);
    check(
        &served,
        "notes",
        &[
            "id: Int!",
            "v: Vector",
            "_v_distance(vector: Vector!, distance: VectorDistanceType!): Float",
            "_distance_to_query(query: String!): Float",
            "_join(fields: [String!]!): _join",
        ],
    );
    check(
        &served,
        "Mutation",
        &[
            "insert_notes(data: notes_mut_input_data, summary: String, on_conflict: OnConflict): notes",
            "update_notes(filter: notes_filter, data: notes_mut_data, summary: String, all: Boolean): OperationResult",
            "delete_notes(filter: notes_filter, all: Boolean): OperationResult",
            "insert_many_notes(data: [notes_mut_input_data!]!, on_conflict: OnConflict): notes_mut_result",
        ],
    );
    let list = "filter: notes_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String]";
    assert!(served.sdl().contains(&format!(
        "  notes({list}, similarity: VectorSearchInput, semantic: SemanticSearchInput): [notes]\n"
    )));
    check(
        &served,
        "_notes_aggregation",
        &[
            "_rows_count: BigInt",
            "id: IntAggregation",
            "_v_distance(vector: Vector!, distance: VectorDistanceType!): FloatAggregation",
            "_distance_to_query(query: String!): FloatAggregation",
            "_join(fields: [String!]!): _join_aggregation",
        ],
    );
}

#[test]
fn geometries_are_joined_by_place() {
    let sdl = r#"type spots @table(name: "spots") { spot: Geometry }
type plain @table(name: "plain") { id: Int }"#;
    let served = served(&[source("shop", sdl)]);
    check(
        &served,
        "spots",
        &[
            "spot(transforms: [GeometryTransform!], from: Int, to: Int, buffer: Float, simplify_factor: Float): Geometry",
            "_spot_measurement(type: GeometryMeasurementTypes!, transform: Boolean, from: Int, to: Int): Float",
            "_join(fields: [String!]!): _join",
            "_spatial(field: String!, type: GeometrySpatialQueryType!, buffer: Int): _spatial",
        ],
    );
    let paged = "field: String!, filter: spots_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, \
                 distinct_on: [String], inner: Boolean = false, nested_order_by: [OrderByField], nested_limit: Int, nested_offset: Int";
    check_types(
        &served,
        &format!(
            "type _spatial {{
  spots({paged}): [spots]
  spots_aggregation({paged}): _spots_aggregation
  spots_bucket_aggregation({paged}, having: [GroupCondition!]): [_spots_aggregation_bucket]
}}
type _spatial_aggregation {{
  spots(field: String!, filter: spots_filter, order_by: [OrderByField], distinct_on: [String], inner: Boolean = false, nested_order_by: [OrderByField], nested_limit: Int, nested_offset: Int): _spots_aggregation
}}
"
        ),
    );
    assert!(served.sdl().contains(&format!(
        "  spots({paged}, transform_from: Int, buffer: Float, divide_values: Boolean, simplify: Boolean = true): [spots]\n"
    )));
    assert!(served.root_field("Query", "h3").is_some());
}

#[test]
fn without_geometries_nothing_is_joined_by_place() {
    let served = served(&[source("shop", r#"type plain @table(name: "plain") { id: Int }"#)]);
    assert!(served.schema().types.get("_spatial").is_none());
    assert!(served.root_field("Query", "h3").is_none());
}

#[test]
fn structs_are_aggregated_and_written() {
    let sdl = r#"type box { code: String  inner: lid  sizes: [Int]  at: Date }
type lid { tight: Boolean  shown: Boolean @sql(exp: "[tight]") }
type t @table(name: "t") { id: Int! @pk  box: box  boxes: [box] }
type u @table(name: "u") { t_id: Int @field_references(references_name: "t", references_query: "us") }"#;
    let served = served(&[source("shop", sdl)]);
    check_types(
        &served,
        "type _box_aggregation {
  _rows_count: BigInt
  code: StringAggregation
  inner: _lid_aggregation
  at(bucket: TimeBucket): DateAggregation
}
type _box_aggregation_sub_aggregation {
  _rows_count: BigIntAggregation
  code: StringSubAggregation
  at: DateSubAggregation
}
input box_mut_input_data {
  code: String
  inner: lid_mut_input_data
  sizes: [Int]
  at: Date
}
input lid_mut_data {
  tight: Boolean
}
input t_mut_input_data {
  id: Int
  box: box_mut_input_data
  boxes: [box_mut_input_data]
  us: [u_mut_input_data]
}
input t_mut_data {
  id: Int
  box: box_mut_data
  boxes: [box_mut_data]
}
",
    );
}

#[test]
fn functions_that_give_rows_are_aggregated() {
    let sdl = r#"type t @table(name: "t") {
  id: Int! @pk
  rows(n: Int): [t] @table_function_call_join(references_name: "some", source_fields: ["id"], references_fields: ["id"])
}
extend type Function {
  some(n: Int = 3, who: String @arg_default(value: "[$auth.role]")): [t] @function(name: "some")
  one: t @function(name: "one")
}"#;
    let served = served(&[source("shop", sdl)]);
    check(
        &served,
        "Function",
        &[
            "some(n: Int = 3): [t]",
            "some_aggregation(n: Int = 3): _t_aggregation",
            "some_bucket_aggregation(n: Int = 3): [_t_aggregation_bucket]",
            "one: t",
        ],
    );
    check(
        &served,
        "t",
        &[
            "id: Int!",
            "rows(n: Int): [t]",
            "rows_aggregation(n: Int): _t_aggregation",
            "rows_bucket_aggregation(n: Int): [_t_aggregation_bucket]",
            "_join(fields: [String!]!): _join",
        ],
    );
    check(
        &served,
        "_t_aggregation",
        &[
            "_rows_count: BigInt",
            "id: IntAggregation",
            "rows(n: Int): _t_aggregation",
            "rows_aggregation(n: Int): _t_aggregation_sub_aggregation",
            "_join(fields: [String!]!): _join_aggregation",
        ],
    );
}

#[test]
fn read_only_sources_take_no_mutations() {
    let schema = crate::catalog::SourceSchema {
        is_read_only: true,
        ..source("shop", r#"type t @table(name: "t") { id: Int! @pk }"#)
    };
    let served = served(&[schema]);
    assert!(served.schema().types.get("Mutation").is_none());
    assert!(served.schema().types.get("t_mut_data").is_none());
}

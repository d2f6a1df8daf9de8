//! Directives that are unknown, misplaced or called wrongly.

use super::check;

#[test]
fn unknown_directive() {
    check(
        r#"type t @tabel(name: "t") { id: Int @pk }"#,
        &["1:8: error: unknown directive `@tabel`; did you mean `@table`"],
    );
}

#[test]
fn served_directive() {
    check(
        r#"type t @table(name: "t") @catalog(name: "x") { id: Int }"#,
        &["1:26: error: `@catalog` belongs to the served schema and to queries; an SDL cannot use it"],
    );
}

#[test]
fn misplaced_directive() {
    check(
        r#"type t @table(name: "t") @pk { id: Int @table(name: "x") }"#,
        &[
            "1:26: error: `@pk` cannot stand on OBJECT; it goes on FIELD_DEFINITION, INPUT_FIELD_DEFINITION",
            "1:40: error: `@table` cannot stand on FIELD_DEFINITION; it goes on OBJECT",
        ],
    );
}

#[test]
fn repeated_directive() {
    check(
        r#"type t @table(name: "t") { id: Int! @pk @pk }"#,
        &["1:41: error: `@pk` stands twice on field `t.id`"],
    );
}

#[test]
fn missing_argument() {
    check(
        "type t @table { id: Int }",
        &["1:8: error: `@table` needs the argument `name`; give it a String"],
    );
}

#[test]
fn unknown_argument() {
    check(
        r#"type t @table(nam: "t") { id: Int }"#,
        &[
            "1:8: error: `@table` needs the argument `name`; give it a String",
            "1:15: error: `@table` has no argument `nam`; did you mean `name`",
        ],
    );
}

#[test]
fn wrongly_typed_argument() {
    check(
        r#"type t @table(name: 5, is_m2m: "yes") { v: Vector @dim(len: "4") g: Geometry @geometry_info(type: CIRCLE) }"#,
        &[
            "1:21: error: argument `name` of `@table` must be a String",
            "1:32: error: argument `is_m2m` of `@table` must be true or false",
            "1:61: error: argument `len` of `@dim` must be an Int",
            "1:99: error: argument `type` of `@geometry_info` must be one of POINT, LINESTRING, POLYGON, MULTIPOINT, MULTILINESTRING, MULTIPOLYGON, GEOMETRYCOLLECTION",
        ],
    );
}

#[test]
fn null_argument() {
    check(
        "type t @table(name: null) { id: Int }",
        &["1:21: error: argument `name` of `@table` must be a String"],
    );
}

#[test]
fn unknown_in_enum() {
    check(
        r#"enum e @pk { A @deprecated(reason: 3) B @sql(exp: "x") }
extend schema { query: Q }
extend scalar Int @x"#,
        &[
            "1:8: error: `@pk` cannot stand on ENUM; it goes on FIELD_DEFINITION, INPUT_FIELD_DEFINITION",
            "1:36: error: argument `reason` of `@deprecated` must be a String",
            "1:41: error: `@sql` cannot stand on ENUM_VALUE; it goes on FIELD_DEFINITION, INPUT_FIELD_DEFINITION",
            "2:1: error: a source cannot extend the schema or a scalar",
            "3:1: error: a source cannot extend the schema or a scalar",
        ],
    );
}

#[test]
fn module_name() {
    check(
        r#"type t @table(name: "t") @module(name: "a b.c") { id: Int }"#,
        &[
            "1:40: error: `a b.c` cannot name a module; use names of letters, digits and underscores, with dots between",
        ],
    );
}

#[test]
fn vector_length() {
    check(
        r#"type t @table(name: "t") { v: Vector @dim(len: 0) }"#,
        &["1:48: error: the length of a vector must be positive"],
    );
}

#[test]
fn column_without_name() {
    check(
        r#"type t @table(name: "t") { a: Int @field_source(field: "") }"#,
        &[
            "1:6: warning: `t` is not served, because none of its fields is a column",
            "1:56: error: `t.a` does not name its column",
        ],
    );
}

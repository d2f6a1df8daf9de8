//! What is not GraphQL, or not for a schema.

use super::check;

#[test]
fn syntax_error() {
    check(
        r#"type t @table(name: "t") {
  id: Int!
"#,
        &["2:12: error: syntax error: expected R_CURLY, got EOF"],
    );
}

#[test]
fn syntax_errors_of_all_places() {
    check(
        "type { id: Int }
type t @table(name: ) { id: Int }",
        &[
            "1:6: error: syntax error: expected a name",
            "2:21: error: syntax error: expected a valid Value",
        ],
    );
}

#[test]
fn variable_as_argument() {
    check(
        "type t @table(name: $x) { id: Int }",
        &["1:21: error: syntax error: unexpected variable value in a Const context"],
    );
}

#[test]
fn not_a_schema() {
    check(
        "query { a }
schema { query: Q }
scalar Money
fragment f on t { id }",
        &[
            "1:1: error: a schema cannot hold operations or fragments",
            "2:1: error: a source cannot define the schema; remove it",
            "3:8: error: scalar `Money` is not one of the schema language; choose from: BigInt, BigIntRange, Boolean, Date, DateTime, Float, Geometry, H3Cell, Int, IntRange, Interval, JSON and 5 more",
            "4:1: error: a schema cannot hold operations or fragments",
        ],
    );
}

#[test]
fn deep_lists() {
    check(
        &format!(
            "type t @table(name: \"t\") {{ a: {}Int{} }}",
            "[".repeat(3000),
            "]".repeat(3000)
        ),
        &["1:132: error: parser recursion limit reached"],
    );
}

#[test]
fn deep_arguments() {
    check(
        &format!(
            "type t @table(name: \"t\") {{ a: Int @default(value: {}1{}) }}",
            "[".repeat(3000),
            "]".repeat(3000)
        ),
        &["1:152: error: parser recursion limit reached"],
    );
}

#[test]
fn deep_objects() {
    check(
        &format!(
            "type t @table(name: \"t\") {{ a: Int @join(references_name: {}1{}) }}",
            "{a: ".repeat(3000),
            "}".repeat(3000)
        ),
        &["1:462: error: parser recursion limit reached"],
    );
}

#[test]
fn many_brackets() {
    check(
        &format!(
            "type t @view(name: \"t\", sql: \"{}\") {{ a: Int }}",
            "[".repeat(200_000)
        ),
        &[],
    );
}

#[test]
fn control_characters() {
    check(
        "type t @table(name: \"t\0\u{7}\") { a: Int }\0",
        &["1:38: error: syntax error: Unexpected character \"\0\""],
    );
}

#[test]
fn bom() {
    check(
        "\u{feff}type t @table(name: \"t\") { a: Int @nope }",
        &["1:35: error: unknown directive `@nope`"],
    );
}

#[test]
fn empty_document() {
    check("", &[]);
}

#[test]
fn comments_only() {
    check(
        "# nothing
 , 
",
        &[],
    );
}

#[test]
fn unicode_column_is_counted_in_characters() {
    check(
        r#"type t @table(name: "täble") { "größe" id: Int @pkk }"#,
        &["1:51: error: unknown directive `@pkk`; did you mean `@pk`"],
    );
}

#[test]
fn places_after_unicode() {
    check(
        r#"type t @table(name: "täble → ünïcödé") @nope { id: Int }"#,
        &["1:47: error: unknown directive `@nope`"],
    );
}

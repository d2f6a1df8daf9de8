//! Directives that are known but not built: named warnings, and nothing served that would be wrong.

use super::{SourceSchema, check, check_schema, compiled, shop};
use crate::catalog::compile::Strictness;

#[test]
fn directives_without_wrong_results_only_warn() {
    let sdl = r#"type t @table(name: "t") @if_not_exists { id: Int @unique_rule(rule: EQUALS) }"#;
    check(
        sdl,
        &[
            "1:26: warning: `@if_not_exists` is not supported yet: it has no effect on type `t`",
            "1:51: warning: `@unique_rule` is not supported yet: it has no effect on field `t.id`",
        ],
    );
    assert!(compiled(&shop(sdl)).catalog.objects.contains_key("t"));
}

#[test]
fn a_type_without_columns_is_left_out() {
    check(
        r#"type t @table(name: "t") { near: [t] @join(references_name: "t") }"#,
        &["1:6: warning: `t` is not served, because none of its fields is a column"],
    );
}

#[test]
fn exclusion_of_unknown_operators_is_told() {
    check(
        r#"type t @table(name: "t") { a: Int @exclude_filter b: Int @exclude_filter(operations: [GT, lyke, between]) }"#,
        &["1:86: error: `lyke` is no operator of `t.b`; choose from: eq, gt, gte, in, is_null, lt, lte"],
    );
}

#[test]
fn wrong_directives_warn_where_the_schema_is_lenient() {
    let schema = SourceSchema {
        strictness: Strictness::Lenient,
        ..shop(r#"type t @table(name: "t", nam: 1) @tabel { id: Int @pk @view(name: "x") }"#)
    };
    check_schema(
        &schema,
        &[
            "1:26: warning: `@table` has no argument `nam`; did you mean `name`",
            "1:34: warning: unknown directive `@tabel`; did you mean `@table`",
            "1:55: warning: `@view` cannot stand on FIELD_DEFINITION; it goes on OBJECT",
        ],
    );
    assert!(compiled(&schema).catalog.objects.contains_key("t"));
}

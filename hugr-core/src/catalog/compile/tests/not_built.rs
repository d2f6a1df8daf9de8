//! Directives that are known but not built: named warnings, and nothing served that would be wrong.

use super::{check, compiled, shop};

#[test]
fn directives_without_wrong_results_only_warn() {
    let sdl = r#"type t @table(name: "t") @cache(ttl: "10s") { id: Int }"#;
    check(
        sdl,
        &["1:26: warning: `@cache` is not supported yet: it has no effect on type `t`"],
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
fn exclusion_of_single_operators_is_told() {
    check(
        r#"type t @table(name: "t") { a: Int @exclude_filter b: Int @exclude_filter(operations: [EQ]) }"#,
        &[
            "1:58: warning: `@exclude_filter(operations:)` is not supported yet: all operators of `t.b` are served; \
           without operations it takes the field out of the filter",
        ],
    );
}

//! Directives that are known but not built: named warnings, and nothing served that would be wrong.

use super::{SchemaKind, SourceSchema, check, check_schema, compiled, shop};
use crate::name::FieldName;

const CUSTOMERS: &str = r#"type customers @table(name: "c") { id: Int! @pk }"#;

#[test]
fn virtual_fields_are_left_out() {
    let sdl = r#"type t @table(name: "t") {
  id: Int! @pk
  near: [t] @join(references_name: "t", sql: "[source.id] < [dest.id]")
  taxed(rate: Float): Float @function_call(references_name: "tax", args: {amount: "id"})
  rows: [t] @table_function_call_join(references_name: "rows")
}"#;
    check(
        sdl,
        &[
            "3:13: warning: `@join` is not supported yet: field `t.near` is not served",
            "4:29: warning: `@function_call` is not supported yet: field `t.taxed` is not served",
            "5:13: warning: `@table_function_call_join` is not supported yet: field `t.rows` is not served",
        ],
    );
    let fields: Vec<FieldName> = compiled(&shop(sdl)).catalog.objects["t"]
        .fields
        .keys()
        .cloned()
        .collect();
    assert_eq!(fields, [FieldName::from("id")]);
}

#[test]
fn parameterized_views_are_left_out_with_their_references() {
    let sdl = format!(
        r#"{CUSTOMERS}
type recent @view(name: "recent", sql: "SELECT [$since]") @args(name: "recent_args") {{
  customer_id: Int @field_references(references_name: "customers")
}}
input recent_args {{ since: Timestamp! }}"#
    );
    check(
        &sdl,
        &[
            "2:59: warning: `@args` is not supported yet: type `recent` is not served",
            "3:20: warning: the reference from `recent` to `customers` is not served, because one of them is not",
        ],
    );
    let catalog = compiled(&shop(&sdl)).catalog;
    assert!(catalog.objects.get("recent").is_none());
    assert!(catalog.objects["customers"].links.is_empty());
}

#[test]
fn pinned_tables_are_left_out() {
    check(
        r#"type t @table(name: "t") @at(version: 3) { id: Int }"#,
        &["1:26: warning: `@at` is not supported yet: type `t` is not served"],
    );
}

#[test]
fn directives_without_wrong_results_only_warn() {
    let sdl = r#"type t @table(name: "t") @cache(ttl: "10s") @cube { id: Int @measurement }"#;
    check(
        sdl,
        &[
            "1:26: warning: `@cache` is not supported yet: it has no effect on type `t`",
            "1:45: warning: `@cube` is not supported yet: it has no effect on type `t`",
            "1:61: warning: `@measurement` is not supported yet: it has no effect on field `t.id`",
        ],
    );
    assert!(compiled(&shop(sdl)).catalog.objects.contains_key("t"));
}

#[test]
fn functions_of_data_sources_are_left_out() {
    check(
        r#"extend type Function { tax(amount: Float = 1.5): Float @function(name: "tax") }"#,
        &["1:24: warning: functions of data sources are not supported yet: `tax` is not served"],
    );
}

#[test]
fn extensions_of_other_sources_have_no_effect() {
    let sdl = "extend type dk_orders { x: Int }";
    check(
        sdl,
        &["1:13: error: type `dk_orders` cannot be extended: this source does not define it"],
    );
    check_schema(
        &SourceSchema {
            kind: SchemaKind::Extension,
            ..shop(sdl)
        },
        &[
            "1:13: warning: extending types of other sources is not supported yet: `extend type dk_orders` has no effect",
        ],
    );
}

#[test]
fn a_type_without_served_fields_is_left_out() {
    check(
        r#"type t @table(name: "t") { near: Int @join(references_name: "t") }"#,
        &[
            "1:6: warning: `t` is not served, because none of its fields is",
            "1:38: warning: `@join` is not supported yet: field `t.near` is not served",
        ],
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

//! SQL that authors write, and keys.

use super::check;

#[test]
fn unknown_view_placeholder() {
    check(
        r#"type t @view(name: "t", sql: "SELECT [$auth.user] AS id, '[$free]' AS x") { id: Int }"#,
        &["1:30: error: nothing provides the placeholder `[$auth.user]`; did you mean `auth.user_id`"],
    );
}

#[test]
fn soft_delete_without_condition() {
    check(
        r#"type t @table(name: "t", soft_delete: true) { id: Int }"#,
        &[
            r#"1:8: error: `t` has soft delete, but no condition says which rows are live; add `soft_delete_cond`, for instance "[deleted_at] IS NULL""#,
        ],
    );
}

#[test]
fn soft_delete_with_a_placeholder() {
    check(
        r#"type t @table(name: "t", soft_delete: true, soft_delete_cond: "[deleted] <> [$auth.role]") { id: Int }"#,
        &[
            "1:63: error: nothing provides the placeholder `[$auth.role]` here; only `@view(sql:)` can hold placeholders",
        ],
    );
}

#[test]
fn expression_of_unknown_field() {
    check(
        r#"type t @table(name: "t") { price: Float  total: Float @sql(exp: "[prise] * 2") }"#,
        &["1:65: error: the expression reads the unknown field `t.prise`; did you mean `price`"],
    );
}

#[test]
fn circular_expressions() {
    check(
        r#"type t @table(name: "t") { a: Int @sql(exp: "[b]")  b: Int @sql(exp: "[a] + [c]")  c: Int @sql(exp: "[c] + 1") }"#,
        &[
            "1:28: error: the expression of `t.a` depends on itself through other fields",
            "1:53: error: the expression of `t.b` depends on itself through other fields",
        ],
    );
}

#[test]
fn empty_expression() {
    check(
        r#"type t @table(name: "t") { a: Int @sql(exp: " ") b: Int @sql(exp: "[$nobody]") }"#,
        &[
            "1:45: error: the expression of `t.a` is empty",
            "1:67: error: nothing provides the placeholder `[$nobody]` here; only `@view(sql:)` can hold placeholders",
        ],
    );
}

#[test]
fn unique_of_unknown_field() {
    check(
        r#"type t @table(name: "t") @unique(fields: ["cod"]) @unique(fields: []) { code: String tags: [String] }"#,
        &[
            "1:42: error: `@unique` names the unknown field `t.cod`; did you mean `code`",
            "1:67: error: `@unique` needs at least one field",
        ],
    );
}

#[test]
fn unique_names_clash() {
    check(
        r#"type t @table(name: "t") @unique(fields: ["a"], query_suffix: "by_pk") @unique(fields: ["b"]) @unique(fields: ["a"], query_suffix: "by_b") @unique(fields: ["a"], query_suffix: "no way") { a: Int b: Int }"#,
        &[
            "1:26: error: `t` has two look-ups named `t_by_pk`; give one another `query_suffix`",
            "1:95: error: `t` has two look-ups named `t_by_b`; give one another `query_suffix`",
            "1:177: error: `no way` cannot end a field name",
        ],
    );
}

#[test]
fn pinned_tables_say_one_state() {
    check(
        r#"type a @table(name: "a") @at(version: 3) { id: Int }
type b @table(name: "b") @at { id: Int }
type c @table(name: "c") @at(version: 3, timestamp: "2025-01-01") { id: Int }"#,
        &[
            "2:26: error: `@at` of `b` needs either a version or a timestamp",
            "3:26: error: `@at` of `c` needs either a version or a timestamp",
        ],
    );
}

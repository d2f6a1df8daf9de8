//! References that lead nowhere or clash.

use super::check;

#[test]
fn reference_to_unknown_type() {
    check(
        r#"type customers @table(name: "c") { id: Int! @pk }
type orders @table(name: "o") { id: Int! @pk customer_id: Int @field_references(references_name: "customer") }"#,
        &[
            "2:98: error: `orders` references `customer`, which is not a table or view of this source; did you mean `customers`",
        ],
    );
}

#[test]
fn reference_to_struct() {
    check(
        r#"type s { id: Int }
type orders @table(name: "o") { s_id: Int @field_references(references_name: "s") }"#,
        &["2:78: error: `orders` cannot reference `s`: it is a struct; choose from: orders"],
    );
}

#[test]
fn reference_to_unknown_field() {
    check(
        r#"type a @table(name: "a") { id: Int! @pk }
type b @table(name: "b") @references(references_name: "a", source_fields: ["a_idd"], references_fields: ["idd"]) { a_id: Int }"#,
        &[
            "2:75: error: the reference names the unknown field `b.a_idd`; did you mean `a_id`",
            "2:105: error: the reference names the unknown field `a.idd`; did you mean `id`",
        ],
    );
}

#[test]
fn reference_of_different_types() {
    check(
        r#"type a @table(name: "a") { id: String! @pk }
type b @table(name: "b") { a_id: Int @field_references(references_name: "a") }"#,
        &["2:38: error: `b.a_id` and `a.id` have different types, so they cannot be equal"],
    );
}

#[test]
fn reference_of_unequal_counts() {
    check(
        r#"type a @table(name: "a") { x: Int! @pk y: Int! @pk }
type b @table(name: "b") @references(references_name: "a", source_fields: ["p"]) { p: Int q: Int @field_references(references_name: "a") }"#,
        &[
            "2:75: error: the reference from `b` to `a` pairs 1 source fields with 2 referenced fields; `source_fields` and `references_fields` need the same number of fields, at least one",
            "2:98: error: `@field_references` to `a` needs `field`: its primary key has 2 fields; choose from: x, y",
        ],
    );
}

#[test]
fn reference_by_a_list() {
    check(
        r#"type a @table(name: "a") { id: Int! @pk }
type b @table(name: "b") { ids: [Int] @field_references(references_name: "a") }"#,
        &["2:39: error: `b.ids` cannot be the key of a reference; a key is a scalar column, not a list"],
    );
}

#[test]
fn reference_of_a_struct() {
    check(
        r#"type a @table(name: "a") { id: Int! @pk }
type s @references(references_name: "a", source_fields: ["id"]) { id: Int @field_references(references_name: "a") }"#,
        &[
            "2:8: error: `@references` needs `@table` or `@view` on `s`",
            "2:75: error: `s.id` cannot be a reference: `s` is a struct; only tables and views have references",
        ],
    );
}

#[test]
fn self_reference_with_default_names() {
    check(
        r#"type t @table(name: "t") { id: Int! @pk  parent_id: Int @field_references(references_name: "t") }"#,
        &[
            "1:57: error: `t` gets the field `t` twice: from the reference to `t` and from the reference to `t`; name the fields of the reference with `query` and `references_query`",
        ],
    );
}

#[test]
fn reference_named_like_a_column() {
    check(
        r#"type a @table(name: "a") { id: Int! @pk }
type b @table(name: "b") { a: Int @field_references(references_name: "a")  c: Int @field_references(references_name: "a", query: "my a") }"#,
        &[
            "2:35: error: `b` gets the field `a` twice: from a column and from the reference to `a`; name the fields of the reference with `query` and `references_query`",
            "2:130: error: `my a` cannot name a field",
        ],
    );
}

#[test]
fn junction_with_one_reference() {
    check(
        r#"type a @table(name: "a") { id: Int! @pk }
type j @table(name: "j", is_m2m: true) { a_id: Int @field_references(references_name: "a") }"#,
        &[
            "2:6: error: `j` is declared as `is_m2m`, but has 1 references; a junction needs exactly two references, one to each end",
        ],
    );
}

#[test]
fn a_junction_to_a_type_that_is_not_served_only_warns() {
    check(
        r#"type a @table(name: "a") { id: Int! @pk }
type b @table(name: "b") { near: [b] @join(references_name: "b") }
type j @table(name: "j", is_m2m: true) {
  a_id: Int @field_references(references_name: "a")
  b_id: Int @field_references(references_name: "b")
}"#,
        &[
            "2:6: warning: `b` is not served, because none of its fields is a column",
            "5:13: warning: the reference from `j` to `b` is not served, because one of them is not",
        ],
    );
}

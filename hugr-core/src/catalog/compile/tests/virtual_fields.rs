//! `@join`, `@function_call`, `@table_function_call_join`.

use super::{check, compiled, shop};
use crate::catalog::model::{CallKind, Cardinality, LinkPath};
use crate::name::FieldName;
use crate::sql::fragment::Fragment;

const GOOD: &str = r#"type shape { width: Int }
type row { t_id: BigInt  name: String }
type t @table(name: "t") {
  id: Int! @pk
  shape: shape
  near: [t] @join(references_name: "t", source_fields: ["id"], references_fields: ["id"], sql: "[source.shape.width] < [dest.id]")
  twin: t @join(references_name: "t", source_fields: ["id"], references_fields: ["id"])
  taxed(rate: Float): Float @function_call(references_name: "tax", args: {amount: "shape.width"})
  rows: [row] @table_function_call_join(references_name: "rows", args: {at: "id"}, source_fields: ["id"], references_fields: ["t_id"])
}
extend type Function {
  tax(amount: Int!, rate: Float): Float @function(name: "tax") @module(name: "money")
  rows(at: Int!): [row] @function(name: "rows")
}"#;

#[test]
fn lead_to_rows_and_results() {
    check(GOOD, &[]);
    let catalog = compiled(&shop(GOOD)).catalog;
    let t = &catalog.objects["t"];
    let columns: Vec<&str> = t.fields.keys().map(FieldName::as_str).collect();
    assert_eq!(columns, ["id", "shape"]);
    let near = &t.links["near"];
    assert_eq!(near.cardinality, Cardinality::Many);
    assert_eq!(
        near.path,
        LinkPath::Join {
            keys: vec![(FieldName::from("id"), FieldName::from("id"))],
            condition: Some(Fragment::parse("[source.shape.width] < [dest.id]")),
        }
    );
    assert_eq!(t.links["twin"].cardinality, Cardinality::One);
    let taxed = &t.calls["taxed"];
    assert_eq!(taxed.module.dotted(), "money");
    assert_eq!(taxed.kind, CallKind::Value);
    assert_eq!(
        taxed.row_arguments["amount"],
        [FieldName::from("shape"), FieldName::from("width")]
    );
    assert!(matches!(t.calls["rows"].kind, CallKind::Join { .. }));
}

#[test]
fn what_they_name_must_be_there_and_fit() {
    check(
        r#"type t @table(name: "t") {
  id: Int! @pk
  name: String
  a: [t] @join(references_name: "t", source_fields: ["id"], references_fields: ["nam"])
  b: [t] @join(references_name: "t", source_fields: ["id"], references_fields: ["name"])
  c: [t] @join(references_name: "t", sql: "[id] = [dest.idd]")
  d: Float @function_call(references_name: "tax")
  e(amount: Float): Int @function_call(references_name: "tex", args: {rat: "id"})
  f: [Int] @join(references_name: "t")
  g: [t] @join(references_name: "t", source_fields: ["id"])
  h: [t] @table_function_call_join(references_name: "tax")
}
extend type Function { tax(amount: Int!): Float @function(name: "tax", sql: "[amout]") }"#,
        &[
            "4:3: error: `t.a`: `t` has no field `nam`; did you mean `name`",
            "5:3: error: `t.b` compares `t.id` with `t.name`, whose type is another",
            "6:3: error: `t.c`: `[id]` names neither a `[source.field]` nor a `[dest.field]`",
            "6:3: error: `t.c`: `t` has no field `idd`; did you mean `id`",
            "7:3: error: `t.d` does not give function `tax` its argument `amount`",
            "8:3: error: `t.e`: function `tex` is not there",
            "9:35: error: `t.f` joins `t`, but its type is `Int`",
            "10:10: error: `t.g` pairs 1 source fields with 0 of its target",
            "11:3: error: `t.h` does not give function `tax` its argument `amount`",
            "11:3: error: `t.h` needs a function that returns a list of `t`, but `tax` returns `Float`",
            "13:77: error: function `tax` has no argument `amout`; did you mean `amount`",
        ],
    );
}

#[test]
fn names_that_the_engine_derives_are_taken() {
    check(
        r#"type t @table(name: "t") {
  id: Int! @pk
  at: Date
  _at_part: Int
  near: [t] @join(references_name: "t", sql: "[source.id] > [dest.id]")
  near_aggregation: Int
  _join: Int
}"#,
        &[
            "1:6: error: `t` gets the field `_at_part` twice: the engine derives it from `at`, and it belongs to `_at_part`; \
             rename one, or name the fields of the reference with `references_query`",
            "1:6: error: `t` gets the field `near_aggregation` twice: the engine derives it from `near`, and it belongs to \
             `near_aggregation`; rename one, or name the fields of the reference with `references_query`",
            "7:3: error: field `t._join` cannot have this name: the engine gives every table and view a field of this name; \
             rename it and name the column with `@field_source`",
        ],
    );
}

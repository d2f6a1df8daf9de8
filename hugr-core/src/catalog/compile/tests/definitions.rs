//! Types and fields that cannot be.

use super::check;

#[test]
fn type_without_fields() {
    check(
        r#"type t @table(name: "t")"#,
        &["1:6: error: type `t` has no fields; declare its columns between { and }"],
    );
}

#[test]
fn duplicate_type() {
    check(
        r#"type t @table(name: "t") { id: Int }
type t @table(name: "t2") { id: Int }"#,
        &[
            "2:6: error: type `t` is defined twice in this document; rename one, or write `extend type` to add to it",
        ],
    );
}

#[test]
fn duplicate_field() {
    check(
        r#"type t @table(name: "t") { id: Int id: String }"#,
        &["1:36: error: field `t.id` is defined twice"],
    );
}

#[test]
fn reserved_type_names() {
    check(
        "type Query { id: Int }
type Function { f: Int }
type __x { id: Int }
type BigInt { id: Int }
type OperationResult { id: Int }
type _module_x_query { id: Int }",
        &[
            "1:6: error: type `Query` cannot be defined by a source; its fields come from the tables and views",
            "2:6: error: type `Function` cannot be defined by a source; declare functions with `extend type Function`",
            "3:6: error: type `__x` cannot be defined by a source; names with two leading underscores are for introspection",
            "4:6: error: type `BigInt` cannot be defined by a source; choose a name that is not a scalar's",
            "5:6: error: type `OperationResult` needs the name `OperationResult`, which the engine uses itself; rename it, or give the source a prefix",
            "6:6: error: type `_module_x_query` needs the name `_module_x_query`, which the engine uses itself; rename it, or give the source a prefix",
        ],
    );
}

#[test]
fn derived_name_is_taken() {
    check(
        r#"type t @table(name: "t") { id: Int }
type t_filter @table(name: "f") { id: Int }"#,
        &["2:6: error: types `t` and `t_filter` both need the name `t_filter`; rename one of them"],
    );
}

#[test]
fn unknown_field_type() {
    check(
        r#"type t @table(name: "t") { id: Integer  b: ID }"#,
        &[
            "1:6: warning: `t` is not served, because none of its fields is a column",
            "1:32: error: field `t.id` has the unknown type `Integer`; did you mean `Int`",
            "1:44: error: field `t.b` has the unknown type `ID`; use String, or the scalar of the column",
        ],
    );
}

#[test]
fn list_of_lists() {
    check(
        r#"type t @table(name: "t") { id: [[Int]] }"#,
        &[
            "1:6: warning: `t` is not served, because none of its fields is a column",
            "1:28: error: field `t.id` is a list of lists; use JSON",
        ],
    );
}

#[test]
fn column_of_object_type() {
    check(
        r#"type a @table(name: "a") { id: Int! @pk }
type b @table(name: "b") { a: a }"#,
        &[
            "2:6: warning: `b` is not served, because none of its fields is a column",
            "2:31: error: field `b.a` has the type of table or view `a`, but no directive says how to reach it; use `@field_references` on the key, or `@references` on the type",
        ],
    );
}

#[test]
fn column_of_input_type() {
    check(
        r#"input i { x: Int }
type b @table(name: "b") { a: i }"#,
        &[
            "2:6: warning: `b` is not served, because none of its fields is a column",
            "2:31: error: field `b.a` has the type of input `i`; inputs only serve as arguments",
        ],
    );
}

#[test]
fn reserved_field_names() {
    check(
        r#"type t @table(name: "t") { __a: Int _and: Int id: Int }"#,
        &[
            "1:28: error: field `t.__a` cannot have this name: names with two leading underscores are for introspection; rename it and name the column with `@field_source`",
            "1:37: error: field `t._and` cannot have this name: filters use the name to combine conditions; rename it and name the column with `@field_source`",
        ],
    );
}

#[test]
fn primary_key_of_a_list() {
    check(
        r#"type s { x: Int }
type t @table(name: "t") { a: [Int] @pk  b: s @pk  id: Int }"#,
        &[
            "2:28: error: `t.a` cannot be part of the primary key; its type must be a scalar",
            "2:42: error: `t.b` cannot be part of the primary key; its type must be a scalar",
        ],
    );
}

#[test]
fn table_and_view() {
    check(
        r#"type t @table(name: "t") @view(name: "v") { id: Int }"#,
        &["1:26: error: `t` cannot be a table and a view"],
    );
}

#[test]
fn bad_table_names() {
    check(
        r#"type a @table(name: "a..b") { id: Int }
type b @table(name: "\"b") { id: Int }
type c @table(name: "") { id: Int }"#,
        &[
            r#"1:21: error: `a..b` does not name a table of `a`: a part of the name is empty; write `table`, `schema.table` or `"Quoted Schema"."Quoted Table"`"#,
            r#"2:21: error: `"b` does not name a table of `b`: a quote is not closed; write `table`, `schema.table` or `"Quoted Schema"."Quoted Table"`"#,
            r#"3:21: error: `` does not name a table of `c`: a part of the name is empty; write `table`, `schema.table` or `"Quoted Schema"."Quoted Table"`"#,
        ],
    );
}

#[test]
fn struct_that_contains_itself() {
    check(
        r#"type s { x: Int t: u }
type u { s: [s] }
type t @table(name: "t") { s: s }"#,
        &[
            "1:6: error: struct `s` contains itself",
            "2:6: error: struct `u` contains itself",
        ],
    );
}

#[test]
fn extension_of_unknown_type() {
    check(
        r#"type orders @table(name: "o") { id: Int! @pk }
extend type order { x: Int }
extend enum e { A }
extend input i { x: Int }"#,
        &[
            "2:13: error: type `order` cannot be extended: this source does not define it; did you mean `orders`",
            "3:13: error: enum `e` cannot be extended: this source does not define it",
            "4:14: error: input `i` cannot be extended: this source does not define it",
        ],
    );
}

#[test]
fn function_without_directive() {
    check(
        "extend type Function { f(x: Intt): Foo }",
        &[
            "1:24: error: function `f` does not say what it calls; add `@function(name:)`",
            "1:29: error: `f.x` has `Intt`, which is not a type for inputs; did you mean `Int`",
            "1:36: error: function `f` uses `Foo`, which is not a type for it; choose from: BigInt, BigIntRange, Boolean, Date, DateTime, Float, Geometry, H3Cell, Int, IntRange, Interval, JSON and 5 more",
        ],
    );
}

#[test]
fn enums_and_inputs() {
    check(
        "enum e { A A }
input i { x: Foo x: Int }
enum g",
        &[
            "1:12: error: value `A` of enum `e` stands twice",
            "2:14: error: `i.x` has `Foo`, which is not a type for inputs; choose from: BigInt, BigIntRange, Boolean, Date, DateTime, Float, Geometry, H3Cell, Int, IntRange, Interval, JSON and 8 more",
            "2:18: error: field `i.x` stands twice or has a reserved name",
            "3:6: error: enum `g` has no values",
        ],
    );
}

#[test]
fn interface() {
    check(
        r#"interface n { id: Int } union u = t
type t implements n @table(name: "t") { id: Int n: n u: u }"#,
        &[
            "1:11: warning: interfaces and unions are not supported yet: `n` is not served",
            "1:31: warning: interfaces and unions are not supported yet: `u` is not served",
            "2:19: warning: interfaces are not supported yet: `t implements n` has no effect",
            "2:52: warning: field `t.n` is not served: interfaces and unions are not supported yet",
            "2:57: warning: field `t.u` is not served: interfaces and unions are not supported yet",
        ],
    );
}

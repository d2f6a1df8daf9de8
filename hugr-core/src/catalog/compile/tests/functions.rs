//! Functions of data sources, and views with parameters.

use super::{SchemaKind, SourceSchema, check, check_schema, compiled, shop};
use crate::catalog::model::{FunctionBody, Origin};
use crate::sql::fragment::Fragment;

#[test]
fn calls_have_their_arguments() {
    let sdl = r#"type row { id: Int }
extend type Function {
  tax(amount: Float = 1.5, who: String @arg_default(value: "[$auth.user_id]")): Float @function(name: "s.tax")
  rows(n: Int!): [row] @function(name: "rows", sql: "(SELECT * FROM range([n]) -- [$catalog])")
  doc: row @function(name: "doc", json_cast: true) @deprecated
}
extend type MutationFunction { tax: [BigInt!] @function(name: "tax") }"#;
    check(sdl, &[]);
    let functions = compiled(&shop(sdl)).catalog.functions;
    let call = |index: usize| match &functions[index].body {
        FunctionBody::Sql(call) => call,
        FunctionBody::Runtime(_) => panic!("not SQL"),
    };
    assert_eq!(call(0).text, Fragment::parse("s.tax([amount], [who])"));
    assert_eq!(functions[0].arguments["amount"].default.as_deref(), Some("1.5"));
    assert!(functions[0].arguments["who"].server_value.is_some());
    assert!(call(1).is_table && !call(0).is_table && !call(3).is_table);
    assert!(call(2).casts_json);
    assert_eq!(functions[2].deprecated.as_deref(), Some("No longer supported"));
    assert_eq!(functions[3].returns.sdl(), "[BigInt!]");
}

#[test]
fn views_have_parameters() {
    let sdl = r#"type recent @view(name: "recent", sql: "SELECT [$since], [$auth.role]") @args(name: "recent_args") { id: Int }
input recent_args { since: Timestamp!  who: String @arg_default(value: "[$auth.role]") }
type called @view(name: "f") @args(name: "called_args") { id: Int }
input called_args { at: Int @named(name: "p_at") }"#;
    check(sdl, &[]);
    let catalog = compiled(&shop(sdl)).catalog;
    let recent = catalog.objects["recent"].parameters.as_ref().unwrap();
    assert!(recent.is_required && recent.is_served());
    assert_eq!(recent.fields.len(), 2);
    let called = &catalog.objects["called"];
    assert_eq!(called.origin, Origin::Call("f".to_owned()));
    let parameters = called.parameters.as_ref().unwrap();
    assert!(!parameters.is_required);
    assert_eq!(parameters.fields["at"].sql_name.as_deref(), Some("p_at"));
}

#[test]
fn wrong_parameters_are_told() {
    check(
        r#"type a @view(name: "a", sql: "SELECT [$sinse]") @args(name: "args") { id: Int }
input args { since: Timestamp }
type b @view(name: "b") @args(name: "nothing") { id: Int }
type c @table(name: "c") @args(name: "args") { id: Int }
input bad { who: String! @arg_default(value: "[$auth.role]")  other: String @arg_default(value: "x") }
type d @view(name: "d") @args(name: "bad") { id: Int }"#,
        &[
            "1:30: error: nothing provides the placeholder `[$sinse]`; did you mean `since`",
            "3:37: error: `@args` of `b` names `nothing`, which is not an input of this source; choose from: args, bad",
            "4:26: error: `@args` needs `@view` on `c`",
            "5:13: error: `bad.who` is filled by the server, so it must be nullable and without a default",
            "5:97: error: `x` is not a value that the server provides; write one placeholder, for instance \"[$auth.user_id]\"",
        ],
    );
}

#[test]
fn extensions_declare_no_functions() {
    check_schema(
        &SourceSchema {
            kind: SchemaKind::Extension,
            ..shop(r#"extend type Function { f: Int @function(name: "f") }"#)
        },
        &["1:24: error: an extension cannot declare the function `f`: it has no database to run it in"],
    );
}

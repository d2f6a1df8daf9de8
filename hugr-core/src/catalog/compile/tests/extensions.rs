//! Extension sources, compiled and merged with the sources that they add to.

use std::sync::Arc;

use super::{SchemaKind, SdlDocument, SourceSchema, check_schema, compiled, shop};
use crate::catalog::model::{Cardinality, Catalog, LinkPath};
use crate::catalog::surface;

const DK: &str = r#"type customers @table(name: "c") { id: Int! @pk  email: String }
extend type Function { tax(amount: Int!, rate: Float): Float @function(name: "tax") @module(name: "m") }"#;

const PG: &str = r#"type orders @table(name: "o") { id: Int! @pk  customer_id: BigInt }"#;

const EXT: &str = r#"extend type customers @dependency(name: "dk") @dependency(name: "pg")
  @references(references_name: "orders", source_fields: ["id"], references_fields: ["id"], query: "twin", references_query: "customers") {
  orders: [orders] @join(references_name: "orders", source_fields: ["id"], references_fields: ["customer_id"])
}
extend type orders @dependency(name: "dk") {
  taxed(rate: Float): Float @function_call(references_name: "tax", args: {amount: "id"}, module: "m")
}
type balance @view(name: "balance", sql: "SELECT 1 AS customer_id FROM dk.c") @dependency(name: "dk") {
  customer_id: Int @pk @field_references(references_name: "customers", field: "id", references_query: "balances")
}"#;

fn extension(sdl: &str) -> SourceSchema {
    SourceSchema {
        source: "ext".into(),
        kind: SchemaKind::Extension,
        ..shop(sdl)
    }
}

fn ordinary(name: &str, sdl: &str) -> SourceSchema {
    SourceSchema::new(name, vec![SdlDocument::new(format!("{name}.graphql"), sdl)])
}

fn merge(schemas: &[SourceSchema]) -> Result<Catalog, String> {
    let catalogs = schemas.iter().map(|schema| Arc::new(compiled(schema).catalog));
    Catalog::merge(catalogs.collect()).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

#[test]
fn add_to_types_of_other_sources() {
    check_schema(&extension(EXT), &[]);
    let catalog = merge(&[ordinary("dk", DK), ordinary("pg", PG), extension(EXT)]).unwrap();
    let customers = &catalog.objects["customers"];
    assert!(matches!(customers.links["orders"].path, LinkPath::Join { .. }));
    assert_eq!(customers.links["twin"].cardinality, Cardinality::One);
    assert_eq!(customers.links["balances"].target.as_str(), "balance");
    assert_eq!(
        catalog.objects["balance"].links["customers"].cardinality,
        Cardinality::One
    );
    let orders = &catalog.objects["orders"];
    assert_eq!(orders.links["customers"].cardinality, Cardinality::Many);
    assert_eq!(orders.calls["taxed"].module.dotted(), "m");
    let own = &catalog.sources["dk"].objects["customers"];
    assert!(own.links.is_empty(), "the source's own value stays as it is");
    assert!(surface::serve(&catalog).is_ok());
}

#[test]
fn added_columns_are_on_the_type_alone() {
    let sdl = r#"extend type customers @dependency(name: "dk") { _stub: String  note: String @field_source(field: "n") }"#;
    check_schema(&extension(sdl), &[]);
    let catalog = merge(&[ordinary("dk", DK), extension(sdl)]).unwrap();
    let served = surface::serve(&catalog).unwrap();
    let has = |name: &str| {
        let found = served.schema().types.get(name).unwrap().to_string();
        found.contains("note")
    };
    assert!(has("customers"));
    let derived = [
        "customers_filter",
        "customers_mut_input_data",
        "customers_mut_data",
        "_customers_aggregation",
    ];
    for name in derived {
        assert!(!has(name), "{name}");
    }
    let fault = merge(&[
        ordinary("dk", DK),
        extension("extend type customers { email: String }"),
    ])
    .unwrap_err();
    assert_eq!(fault, "ext: error: `customers` has the field `email` already");
}

#[test]
fn serve_what_is_loaded() {
    let catalog = merge(&[ordinary("pg", PG), extension(EXT)]).unwrap();
    assert!(!catalog.objects.contains_key("balance"));
    assert!(catalog.objects["orders"].links.is_empty() && catalog.objects["orders"].calls.is_empty());
    let catalog = merge(&[ordinary("dk", DK), extension(EXT)]).unwrap();
    assert!(!catalog.objects["customers"].links.contains_key("orders"));
    assert!(catalog.objects["customers"].links.contains_key("balances"));
    assert!(surface::serve(&catalog).is_ok());
}

#[test]
fn what_does_not_fit_is_told() {
    let wrong = r#"extend type customers @dependency(name: "pg") @references(references_name: "orders", source_fields: ["email"], references_fields: ["id"], query: "email") {
  orders: [orders] @join(references_name: "orders", source_fields: ["idd"], references_fields: ["customer_id"])
  id: [orders] @join(references_name: "orders", source_fields: ["id"], references_fields: ["customer_id"])
  taxed: Float @function_call(references_name: "taxx", args: {amount: "id"})
}"#;
    let faults = merge(&[ordinary("dk", DK), ordinary("pg", PG), extension(wrong)]).unwrap_err();
    assert_eq!(
        faults.lines().collect::<Vec<_>>(),
        [
            "ext: error: `customers.email` compares `customers.email` with `orders.id`, whose type is another",
            "ext: error: `customers.orders`: `customers` has no field `idd`; did you mean `id`",
            "ext: error: `customers.taxed`: function `taxx` is not there",
            "ext: error: `customers` has the field `id` already",
        ]
    );
}

#[test]
fn have_no_tables_and_no_expressions() {
    check_schema(
        &extension(
            r#"type t @table(name: "t") { id: Int }
type v @view(name: "v") { id: Int  twice: Int @sql(exp: "[id] * 2") }
extend type x @references(references_name: "y", source_fields: ["id"]) { plain: Int }"#,
        ),
        &[
            "1:6: error: `t` cannot be a table: an extension has no database; use `@view`",
            "2:47: error: `v.twice` cannot have `@sql` in an extension; compute it in the SQL of the view",
            "3:15: error: the reference from `x` to `y` does not say which fields are equal; \
             name the fields of both sides: the other type belongs to another source",
        ],
    );
}

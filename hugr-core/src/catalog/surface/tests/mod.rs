//! The worked examples, and the shapes of the rest.

mod features;

use std::sync::Arc;

use super::{RootField, ServedSchema, serve};
use crate::catalog::builtin;
use crate::catalog::compile::{SdlDocument, SourceSchema, compile};
use crate::catalog::model::{Catalog, SourceCatalog};

const SHOP: &str = include_str!("worked/shop.graphql");

const SCHOOL: &str = include_str!("worked/school.graphql");

fn source(name: &str, sdl: &str) -> SourceSchema {
    SourceSchema::new(name, vec![SdlDocument::new(format!("{name}.graphql"), sdl)])
}

fn school() -> SourceSchema {
    SourceSchema {
        prefix: "sch".to_owned(),
        as_module: true,
        ..source("school", SCHOOL)
    }
}

fn catalog(schemas: &[SourceSchema]) -> Catalog {
    let compiled = schemas
        .iter()
        .map(|schema| Arc::new(compile(schema).expect("the SDL compiles").catalog));
    Catalog::merge(compiled.collect()).expect("the sources merge")
}

fn served(schemas: &[SourceSchema]) -> ServedSchema {
    serve(&catalog(schemas)).expect("the schema is valid")
}

/// Returns the members of type `name`, without descriptions; `None` when there is no such type.
fn members<'a>(sdl: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let is_head = |line: &str| {
        ["type", "input", "enum"]
            .iter()
            .any(|keyword| line == format!("{keyword} {name} {{"))
    };
    let mut lines = sdl.lines().skip_while(|line| !is_head(line));
    lines.next()?;
    let body = lines.take_while(|line| *line != "}").map(str::trim);
    // The questions about the schema are on every `Query`.
    let is_question = |line: &str| name == "Query" && line.starts_with('_');
    let is_wanted = |line: &&str| !line.starts_with('"') && !is_question(line);
    Some(body.filter(is_wanted).collect())
}

/// Checks the members of type `name`, one a line, in order.
#[track_caller]
fn check(served: &ServedSchema, name: &str, expect: &[&str]) {
    assert_eq!(members(&served.sdl(), name).unwrap_or_default(), expect, "{name}");
}

/// Checks the types that `expect` defines, the order of members aside.
#[track_caller]
fn check_types(served: &ServedSchema, expect: &str) {
    let sdl = served.sdl();
    for line in expect.lines().filter(|line| line.ends_with('{')) {
        let name = line.split(' ').nth(1).unwrap();
        let mut found = members(&sdl, name).unwrap_or_default();
        let mut wanted = members(expect, name).unwrap();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn the_shop_is_served_as_documented() {
    check_types(
        &served(&[source("shop", SHOP)]),
        include_str!("worked/shop.served.graphql"),
    );
}

#[test]
fn the_school_is_served_as_documented() {
    check_types(&served(&[school()]), include_str!("worked/school.served.graphql"));
}

#[test]
fn root_fields_have_a_meaning() {
    let served = served(&[source("shop", SHOP), school()]);
    let meaning = |parent: &str, field: &str| served.root_field(parent, field);
    assert!(
        matches!(meaning("Query", "orders"), Some(RootField::List(object)) if object.name.as_str() == "orders")
    );
    assert!(matches!(
        meaning("Query", "customers_by_email"),
        Some(RootField::Unique { key, .. }) if key.len() == 1 && key[0].as_str() == "email"
    ));
    assert!(matches!(meaning("Query", "school"), Some(RootField::Module)));
    assert!(matches!(
        meaning("_module_school_query", "pupils_by_pk"),
        Some(RootField::Unique { .. })
    ));
    assert!(meaning("Query", "nothing").is_none() && meaning("orders", "id").is_none());
    assert!(served.is_root_type("_module_school_query") && !served.is_root_type("orders"));
}

#[test]
fn range_filters_are_typed_by_their_bounds() {
    let served = served(&[]);
    check(
        &served,
        "TimestampRangeFilter",
        &[
            "eq: TimestampRange",
            "contains: Timestamp",
            "intersects: TimestampRange",
            "includes: TimestampRange",
            "excludes: TimestampRange",
            "is_null: Boolean",
            "upper: Timestamp",
            "lower: Timestamp",
            "upper_inclusive: Boolean",
            "lower_inclusive: Boolean",
            "upper_inf: Boolean",
            "lower_inf: Boolean",
        ],
    );
    check(
        &served,
        "JSONFilter",
        &[
            "eq: JSON",
            "has: String",
            "has_all: [String!]",
            "contains: JSON",
            "is_null: Boolean",
        ],
    );
    check(
        &served,
        "DateListFilter",
        &[
            "eq: [Date!]",
            "contains: [Date!]",
            "intersects: [Date!]",
            "is_null: Boolean",
        ],
    );
}

#[test]
fn structs_and_options_shape_filters() {
    let sdl = r#"type box { code: String  inner: lid  sizes: [Int] }
type lid { tight: Boolean }
enum grade { low }
type t @table(name: "t") {
  box: box
  boxes: [box]
  grade: grade
  flags: [Boolean]
  cell: H3Cell
  kind: String @filter_required
  secret: Int @exclude_filter
}"#;
    let served = served(&[source("shop", sdl)]);
    check(
        &served,
        "t_filter",
        &[
            "box: box_filter",
            "boxes: box_list_filter",
            "kind: StringFilter!",
            "_and: [t_filter]",
            "_or: [t_filter]",
            "_not: t_filter",
        ],
    );
    check(
        &served,
        "box_filter",
        &[
            "code: StringFilter",
            "sizes: IntListFilter",
            "_and: [box_filter]",
            "_or: [box_filter]",
            "_not: box_filter",
        ],
    );
}

#[test]
fn nothing_loaded_is_a_valid_schema() {
    let served = serve(&Catalog::default()).expect("the schema is valid");
    check(
        &served,
        "Query",
        &["jq(query: String!, include_origin: Boolean = false): Query"],
    );
    assert!(matches!(served.root_field("Query", "jq"), Some(RootField::Jq)));
}

#[test]
fn the_same_catalog_gives_the_same_text() {
    let (one, other) = (
        served(&[source("shop", SHOP), school()]),
        served(&[school(), source("shop", SHOP)]),
    );
    assert_eq!(one.sdl(), other.sdl());
}

#[test]
fn clashing_root_fields_name_both_sources() {
    let left = SourceSchema {
        prefix: "l".to_owned(),
        as_module: true,
        ..source("m", "type t @table(name: \"t\") { id: Int }")
    };
    let right = source("n", "type t @table(name: \"t\") @module(name: \"m\") { id: Int }");
    let clash = serve(&catalog(&[left, right])).expect_err("both want m { t } and m { delete_t }");
    assert_eq!(
        clash[0].to_string(),
        "n: error: field `_module_m_mutation.delete_t` comes from data source `m` and from data source `n`; rename one, give it \
         another module, or set `as_module` on one of the data sources"
    );
}

#[test]
fn modules_that_share_a_type_name_clash() {
    let sdl = "type a @table(name: \"a\") @module(name: \"x.y\") { id: Int }\ntype b @table(name: \"b\") @module(name: \"x_y\") { id: Int }";
    let clash = serve(&catalog(&[source("shop", sdl)])).expect_err("both modules want _module_x_y_query");
    assert!(
        clash
            .iter()
            .any(|fault| fault.message.contains("`_module_x_y_query`")),
        "{}",
        clash[0]
    );
}

#[test]
fn documents_may_use_the_query_directives() {
    let served = served(&[source("shop", SHOP)]);
    let query = r#"query @stats {
  orders(order_by: [{field: "id", nulls: FIRST}]) @cache(ttl: "10s", tags: ["o"]) @with_deleted @no_pushdown @raw {
    id
    customer @unnest { id }
    ... @defer { total }
  }
}"#;
    let parsed =
        apollo_compiler::ExecutableDocument::parse_and_validate(served.schema(), query, "query.graphql");
    assert!(
        parsed.is_ok(),
        "{:?}",
        parsed.err().map(|invalid| invalid.errors.to_string())
    );
}

fn built_in() -> Vec<Arc<SourceCatalog>> {
    let compiled = [builtin::core(), builtin::core_cluster()];
    compiled
        .into_iter()
        .map(|found| Arc::new(found.expect("built-in SDL compiles").catalog))
        .collect()
}

#[test]
fn the_core_module_takes_mutations() {
    let catalog = Catalog::merge(built_in()).expect("the sources merge");
    let served = serve(&catalog).expect("the schema is valid");
    check(
        &served,
        "data_sources_mut_input_data",
        &[
            "name: String!",
            "type: String!",
            "prefix: String!",
            "as_module: Boolean",
            "description: String",
            "path: String!",
            "disabled: Boolean",
            "self_defined: Boolean",
            "read_only: Boolean",
            "catalogs: [catalog_sources_mut_input_data]",
        ],
    );
    check(
        &served,
        "catalogs_mut_result",
        &[
            "success: Boolean",
            "affected_rows: BigInt",
            "last_id: BigInt",
            "message: String",
            "catalog_name: String",
            "data_source_name: String",
        ],
    );
    let mutation = "_module_core_mutation";
    assert!(matches!(
        served.root_field(mutation, "insert_data_sources"),
        Some(RootField::Insert(_))
    ));
    assert!(matches!(
        served.root_field(mutation, "update_data_sources"),
        Some(RootField::Update(_))
    ));
    assert!(matches!(
        served.root_field(mutation, "delete_catalogs"),
        Some(RootField::Delete(_))
    ));
}

#[test]
fn functions_live_below_their_gateways() {
    let catalog = Catalog::merge(built_in()).expect("the sources merge");
    let served = serve(&catalog).expect("the schema is valid");
    check(
        &served,
        "Query",
        &[
            "jq(query: String!, include_origin: Boolean = false): Query",
            "core: _module_core_query",
            "function: Function",
        ],
    );
    check(
        &served,
        "Mutation",
        &["core: _module_core_mutation", "function: MutationFunction"],
    );
    check(
        &served,
        "_module_core_cluster_function",
        &[
            "nodes: [cluster_nodes]",
            "nodes_aggregation: _cluster_nodes_aggregation",
            "nodes_bucket_aggregation: [_cluster_nodes_aggregation_bucket]",
            "storages: [registered_storages]",
            "storages_aggregation: _registered_storages_aggregation",
            "storages_bucket_aggregation: [_registered_storages_aggregation_bucket]",
            "management_url: String",
            "my_role: String!",
            "schema_version: BigInt!",
            "data_source_status(name: String!): [cluster_data_source_status]",
        ],
    );
    check(
        &served,
        "_module_core_mut_function",
        &[
            "load_data_source(name: String!): OperationResult",
            "unload_data_source(name: String!, hard: Boolean = false): OperationResult",
            "cluster: _module_core_cluster_mut_function",
        ],
    );
    assert!(matches!(
        served.root_field("_module_core_function", "info"),
        Some(RootField::Call(_))
    ));
}

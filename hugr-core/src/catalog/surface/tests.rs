//! The worked examples, as far as they are built, and the shapes of the rest.

use std::sync::Arc;

use super::{RootField, ServedSchema, serve};
use crate::catalog::builtin;
use crate::catalog::compile::{SdlDocument, SourceSchema, compile};
use crate::catalog::model::{Catalog, SourceCatalog};

const SHOP: &str = r#"
"A person or company that buys from the shop"
type customers @table(name: "crm_customers") @unique(fields: ["email"], query_suffix: "by_email") {
  id: Int! @pk @default(sequence: "crm_customers_seq")
  email: String!
  full_name: String @field_source(field: "name")
  labels: [String!]
}
type orders @table(name: "orders") {
  id: Int! @pk
  customer_id: Int! @field_references(references_name: "customers", field: "id", query: "customer", references_query: "orders")
  placed_at: Timestamp!
  total: Float
}
type order_items @table(name: "order_items")
  @references(name: "item_order", references_name: "orders", source_fields: ["order_id"], references_fields: ["id"], query: "order", references_query: "items") {
  order_id: Int! @pk
  line_no: Int! @pk
  amount: Float @sql(exp: "[line_no] * 2")
}"#;

const SCHOOL: &str = r#"
type pupils @table(name: "pupils") {
  id: Int! @pk
  mentor_id: Int @field_references(references_name: "pupils", field: "id", query: "mentor", references_query: "mentees")
  nick: String
}
type clubs @table(name: "clubs") { id: Int! @pk  title: String! }
type memberships @table(name: "memberships", is_m2m: true) {
  pupil_id: Int! @pk @field_references(references_name: "pupils", field: "id", query: "pupil", references_query: "clubs")
  club_id: Int! @pk @field_references(references_name: "clubs", field: "id", query: "club", references_query: "pupils")
}"#;

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

/// Checks the members of type `name`, one a line, without descriptions.
#[track_caller]
fn check(served: &ServedSchema, name: &str, expect: &[&str]) {
    let sdl = served.sdl();
    let is_head = |line: &str| {
        ["type", "input", "enum"]
            .iter()
            .any(|keyword| line == format!("{keyword} {name} {{"))
    };
    let members: Vec<&str> = sdl
        .lines()
        .skip_while(|line| !is_head(line))
        .skip(1)
        .take_while(|line| *line != "}")
        .map(str::trim)
        .filter(|line| !line.starts_with('"'))
        .collect();
    assert_eq!(members, expect, "{name}");
}

#[test]
fn root_fields_of_the_shop() {
    let served = served(&[source("shop", SHOP)]);
    check(
        &served,
        "Query",
        &[
            "customers(filter: customers_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String]): [customers]",
            "customers_by_pk(id: Int!): customers",
            "customers_by_email(email: String!): customers",
            "order_items(filter: order_items_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String]): [order_items]",
            "order_items_by_pk(order_id: Int!, line_no: Int!): order_items",
            "orders(filter: orders_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String]): [orders]",
            "orders_by_pk(id: Int!): orders",
        ],
    );
    assert!(served.schema().types.get("Mutation").is_none());
}

#[test]
fn types_of_the_shop() {
    let served = served(&[source("shop", SHOP)]);
    check(
        &served,
        "customers",
        &[
            "id: Int!",
            "email: String!",
            "full_name: String",
            "labels: [String!]",
            "orders(filter: orders_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String], inner: Boolean = false, nested_order_by: [OrderByField], nested_limit: Int, nested_offset: Int): [orders]",
        ],
    );
    check(
        &served,
        "order_items",
        &[
            "order_id: Int!",
            "line_no: Int!",
            "amount: Float",
            "order(inner: Boolean): orders",
        ],
    );
}

#[test]
fn filters_of_the_shop() {
    let served = served(&[source("shop", SHOP)]);
    check(
        &served,
        "customers_filter",
        &[
            "id: IntFilter",
            "email: StringFilter",
            "full_name: StringFilter",
            "labels: StringListFilter",
            "orders: orders_list_filter",
            "_and: [customers_filter]",
            "_or: [customers_filter]",
            "_not: customers_filter",
        ],
    );
    check(
        &served,
        "orders_list_filter",
        &[
            "any_of: orders_filter",
            "all_of: orders_filter",
            "none_of: orders_filter",
        ],
    );
}

#[test]
fn the_school_lives_in_its_module() {
    let served = served(&[school()]);
    check(&served, "Query", &["school: _module_school_query"]);
    check(
        &served,
        "_module_school_query",
        &[
            "clubs(filter: sch_clubs_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String]): [sch_clubs]",
            "clubs_by_pk(id: Int!): sch_clubs",
            "memberships(filter: sch_memberships_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String]): [sch_memberships]",
            "pupils(filter: sch_pupils_filter, order_by: [OrderByField], limit: Int = 2000, offset: Int = 0, distinct_on: [String]): [sch_pupils]",
            "pupils_by_pk(id: Int!): sch_pupils",
        ],
    );
    check(&served, "sch_memberships", &["pupil_id: Int!", "club_id: Int!"]);
    check(
        &served,
        "sch_pupils_filter",
        &[
            "id: IntFilter",
            "mentor_id: IntFilter",
            "nick: StringFilter",
            "mentor: sch_pupils_filter",
            "mentees: sch_pupils_list_filter",
            "clubs: sch_clubs_list_filter",
            "_and: [sch_pupils_filter]",
            "_or: [sch_pupils_filter]",
            "_not: sch_pupils_filter",
        ],
    );
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
    check(&served, "Query", &["_no_sources: Boolean"]);
    assert!(matches!(
        served.root_field("Query", "_no_sources"),
        Some(RootField::StandIn)
    ));
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
    let clash = serve(&catalog(&[left, right])).expect_err("both want m { t }");
    assert_eq!(
        clash[0].to_string(),
        "n: error: field `_module_m_query.t` comes from data source `m` and from data source `n`; rename one, give it \
         another module, or set `as_module` on one of the data sources"
    );
}

#[test]
fn modules_that_share_a_type_name_clash() {
    let sdl = "type a @table(name: \"a\") @module(name: \"x.y\") { id: Int }\ntype b @table(name: \"b\") @module(name: \"x_y\") { id: Int }";
    let clash = serve(&catalog(&[source("shop", sdl)])).expect_err("both modules want _module_x_y_query");
    assert!(clash[0].message.contains("`_module_x_y_query`"), "{}", clash[0]);
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
        &["core: _module_core_query", "function: Function"],
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
            "storages: [registered_storages]",
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

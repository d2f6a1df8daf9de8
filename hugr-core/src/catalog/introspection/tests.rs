//! Questions in, answers out.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use serde_json::{Value as Json, json};

use super::{Introspection, SourceProfile};
use crate::catalog::compile::{SdlDocument, SourceSchema, compile};
use crate::catalog::surface::serve;
use crate::catalog::{Catalog, ServedSchema};
use crate::gql::{DocumentLimits, ValidOperation, parse};
use crate::name::SourceName;

const SDL: &str = r#"
"Places of sale"
type shops @table(name: "shops") {
  id: Int! @pk
  "What stands over the door"
  title: String!
  secret: String @exclude_mcp
  area: Float @sql(exp: "[id] * 2")
  opened: Date
}
type sales @table(name: "sales", soft_delete: true, soft_delete_cond: "[gone] IS NULL", soft_delete_set: "gone = true") @module(name: "money.in") {
  id: Int! @pk
  gone: Boolean
  shop_id: Int @field_references(references_name: "shops", query: "shop", references_query: "sales")
}
type tags @table(name: "tags") { id: Int! @pk }
type shop_tags @table(name: "shop_tags", is_m2m: true) {
  shop_id: Int! @pk @field_references(references_name: "shops", references_query: "tags")
  tag_id: Int! @pk @field_references(references_name: "tags", references_query: "shops")
}
type busy @view(name: "busy") { id: Int }
extend type Function { tax(of: Float!, rate: Float = 0.2, who: String @arg_default(value: "[$auth.role]")): Float @function(name: "tax") @module(name: "money") }
"#;

struct Served {
    catalog: Catalog,
    schema: ServedSchema,
    profiles: BTreeMap<SourceName, SourceProfile>,
}

fn served() -> Served {
    let schema = SourceSchema::new("shop", vec![SdlDocument::new("shop.graphql", SDL)]);
    let compiled = compile(&schema).expect("the SDL compiles");
    let catalog = Catalog::merge(vec![Arc::new(compiled.catalog)]).expect("one source merges");
    let schema = serve(&catalog).expect("it is served");
    let profile = SourceProfile {
        engine: "duckdb".to_owned(),
        description: Some("all shops".to_owned()),
        ..SourceProfile::default()
    };
    Served {
        catalog,
        schema,
        profiles: BTreeMap::from([(SourceName::from("shop"), profile)]),
    }
}

/// Checks the answer to `query`, of which `hidden` lists what the role does not see, as `type.field`.
#[track_caller]
fn check_for_role(query: &str, hidden: &[&str], expect: &Json) {
    let served = served();
    let document = match parse(served.schema.schema(), query, DocumentLimits::default()) {
        Ok(document) => document,
        Err(errors) => panic!("{errors:?}"),
    };
    let (none, limits) = (serde_json::Map::new(), DocumentLimits::default());
    let operation = ValidOperation::new(served.schema.schema(), &document, None, &none.into(), limits)
        .expect("it is valid");
    let schema = without(served.schema.schema(), hidden);
    let introspection = Introspection {
        served: &served.schema,
        catalog: &served.catalog,
        sources: &served.profiles,
        schema: &schema,
    };
    let mut answer = serde_json::Map::new();
    for selected in &operation.selection {
        let text = introspection.answer(selected).expect("it is answered");
        let value = serde_json::from_slice(&text).expect("the answer is JSON");
        answer.insert(selected.key.clone(), value);
    }
    assert_eq!(Json::Object(answer), *expect);
}

fn without(schema: &Valid<Schema>, hidden: &[&str]) -> Valid<Schema> {
    let mut schema = Schema::clone(schema);
    for (ty, field) in hidden.iter().filter_map(|path| path.split_once('.')) {
        if let Some(ExtendedType::Object(object)) = schema.types.get_mut(ty) {
            object.make_mut().fields.shift_remove(field);
        }
    }
    Valid::assume_valid(schema)
}

#[track_caller]
fn check(query: &str, expect: &Json) {
    check_for_role(query, &[], expect);
}

#[test]
fn types_say_what_they_stand_for() {
    check(
        r#"{
          a: __type(name: "shops") { hugr_type module catalog }
          b: __type(name: "sales_filter") { hugr_type module catalog }
          c: __type(name: "sales_list_filter") { hugr_type }
          d: __type(name: "sales_mut_data") { hugr_type }
          e: __type(name: "_module_money_in_query") { hugr_type module }
          f: __type(name: "busy") { hugr_type }
          g: __type(name: "_join") { hugr_type catalog }
          h: __type(name: "_sales_aggregation_bucket") { hugr_type catalog module }
          i: __type(name: "nope") { name }
        }"#,
        &json!({
            "a": {"hugr_type": "table", "module": "", "catalog": "shop"},
            "b": {"hugr_type": "filter", "module": "money.in", "catalog": "shop"},
            "c": {"hugr_type": "filter_list"},
            "d": {"hugr_type": "data_input"},
            "e": {"hugr_type": "module", "module": "money.in"},
            "f": {"hugr_type": "view"},
            "g": {"hugr_type": "join_queries", "catalog": ""},
            "h": {"hugr_type": "", "catalog": "shop", "module": "money.in"},
            "i": null,
        }),
    );
}

#[test]
fn fields_say_what_they_stand_for() {
    let field = |name: &str, kind: &str, hidden: bool| json!({"name": name, "hugr_type": kind, "mcp_exclude": hidden});
    check(
        r#"{ __type(name: "shops") { fields { name hugr_type mcp_exclude } } }"#,
        &json!({"__type": {"fields": [
            field("id", "column", false),
            field("title", "column", false),
            field("secret", "column", true),
            field("area", "calculated", false),
            field("opened", "column", false),
            field("sales", "select", false),
            field("sales_aggregation", "aggregate", false),
            field("sales_bucket_aggregation", "bucket_agg", false),
            field("tags", "select", false),
            field("tags_aggregation", "aggregate", false),
            field("tags_bucket_aggregation", "bucket_agg", false),
            field("_opened_part", "extra_field", false),
            field("_join", "join", false),
        ]}}),
    );
}

#[test]
fn wrapped_types_are_unwrapped() {
    check(
        r#"{ __type(name: "_sales_aggregation_bucket") { kind fields { name type { kind name ofType { name } } args { name type { kind ofType { kind name } } defaultValue } } } }"#,
        &json!({"__type": {"kind": "OBJECT", "fields": [
            {"name": "key", "type": {"kind": "OBJECT", "name": "sales", "ofType": null}, "args": []},
            {"name": "aggregations", "type": {"kind": "OBJECT", "name": "_sales_aggregation", "ofType": null}, "args": [
                {"name": "filter", "type": {"kind": "INPUT_OBJECT", "ofType": null}, "defaultValue": null},
                {"name": "order_by", "type": {"kind": "LIST", "ofType": {"kind": "INPUT_OBJECT", "name": "OrderByField"}}, "defaultValue": null},
            ]},
        ]}}),
    );
}

#[test]
fn the_list_of_types_is_sorted_and_without_meta_types() {
    let served = served();
    let document = parse(
        served.schema.schema(),
        "{ __schema { types { name } } }",
        DocumentLimits::default(),
    );
    let document = document.expect("it is valid");
    let none = serde_json::Map::new();
    let limits = DocumentLimits::default();
    let operation = ValidOperation::new(served.schema.schema(), &document, None, &none.into(), limits)
        .expect("it is valid");
    let introspection = Introspection {
        served: &served.schema,
        catalog: &served.catalog,
        sources: &served.profiles,
        schema: served.schema.schema(),
    };
    let text = introspection
        .answer(&operation.selection[0])
        .expect("it is answered");
    let answer: Json = serde_json::from_slice(&text).expect("the answer is JSON");
    let types = answer["types"].as_array().expect("there are types");
    let names: Vec<&str> = types.iter().filter_map(|found| found["name"].as_str()).collect();
    assert!(names.is_sorted());
    assert!(names.contains(&"shops") && names.contains(&"_SearchKind") && !names.contains(&"_SearchHit"));
}

#[test]
fn modules_hold_objects_functions_and_modules() {
    check(
        r#"{
          root: _catalog { name modules { name } dataObjects { name type } queryType { name } }
          money: _module(name: "money") { name modules { name } functions { name type isTable args { name defaultValue } returns { name } } dataSources functionType { name } queryType { name } }
          none: _module(name: "nope") { name }
          _dataSource(name: "shop") { name engine description readOnly asModule isExtension modules { name } }
          _function(module: "money", name: "tax") { dataSourceName moduleName }
        }"#,
        &json!({
            "root": {"name": "", "modules": [{"name": "money"}], "dataObjects": [
                {"name": "busy", "type": "VIEW"}, {"name": "shop_tags", "type": "TABLE"},
                {"name": "shops", "type": "TABLE"}, {"name": "tags", "type": "TABLE"}],
                "queryType": {"name": "Query"}},
            "money": {"name": "money", "modules": [{"name": "money.in"}],
                "functions": [{"name": "tax", "type": "FUNCTION", "isTable": false,
                    "args": [{"name": "of", "defaultValue": null}, {"name": "rate", "defaultValue": "0.2"}],
                    "returns": {"name": "Float"}}],
                "dataSources": ["shop"], "functionType": {"name": "_module_money_function"},
                "queryType": {"name": "_module_money_query"}},
            "none": null,
            "_dataSource": {"name": "shop", "engine": "duckdb", "description": "all shops", "readOnly": false,
                "asModule": false, "isExtension": false,
                "modules": [{"name": ""}, {"name": "money"}, {"name": "money.in"}]},
            "_function": {"dataSourceName": "shop", "moduleName": "money"},
        }),
    );
}

#[test]
fn objects_tell_their_queries_and_relations() {
    check(
        r#"{
          sales: _dataObject(name: "sales") { primaryKey properties { softDelete isM2M } queries { name type rootTypeName }
            relations { name direction kind fieldName sourceKeys destinationKeys dataObject { name } through { name } } }
          tags: _dataObject(name: "tags") { relations { direction kind fieldName sourceKeys destinationKeys dataObject { name } through { name } } }
        }"#,
        &json!({
            "sales": {"primaryKey": ["id"], "properties": {"softDelete": true, "isM2M": false}, "queries": [
                {"name": "sales", "type": "SELECT", "rootTypeName": "_module_money_in_query"},
                {"name": "sales_aggregation", "type": "AGGREGATION", "rootTypeName": "_module_money_in_query"},
                {"name": "sales_bucket_aggregation", "type": "BUCKET_AGGREGATION", "rootTypeName": "_module_money_in_query"},
                {"name": "sales_by_pk", "type": "SELECT_ONE", "rootTypeName": "_module_money_in_query"}],
                "relations": [{"name": "shops_shop_id", "direction": "FORWARD", "kind": "FK", "fieldName": "shop",
                    "sourceKeys": ["shop_id"], "destinationKeys": ["id"], "dataObject": {"name": "shops"}, "through": null}]},
            "tags": {"relations": [{"direction": "BACK", "kind": "M2M", "fieldName": "shops", "sourceKeys": ["id"],
                "destinationKeys": ["tag_id"], "dataObject": {"name": "shops"}, "through": {"name": "shop_tags"}}]},
        }),
    );
}

#[test]
fn a_role_sees_its_part() {
    check_for_role(
        r#"{
          __type(name: "tags") { fields { name } }
          _dataObject(name: "busy") { name }
          _module(name: "money") { functions { name } modules { name } }
        }"#,
        &[
            "tags.shops",
            "tags._join",
            "Query.busy",
            "Query.busy_by_pk",
            "_module_money_function.tax",
        ],
        &json!({
            "__type": {"fields": [{"name": "id"}, {"name": "shops_aggregation"}, {"name": "shops_bucket_aggregation"}]},
            "_dataObject": null,
            "_module": {"functions": [], "modules": [{"name": "money.in"}]},
        }),
    );
}

#[test]
fn searches_find_words_in_names_and_descriptions() {
    check(
        r#"{
          _search(query: "door", kinds: [FIELD]) { items { kind name objectName matchedOn type hugrType dataObject { name } } hasMore lexical }
          shops: _search(query: "shops", kinds: [DATA_OBJECT], limit: 1) { items { name dataSourceName } hasMore limit offset }
          mcp: _search(query: "secret", includeMcpExcluded: false) { items { name } }
          meaning: _search(query: "secret", match: MEANING) { items { name } lexical lexicalReason }
        }"#,
        &json!({
            "_search": {"items": [{"kind": "FIELD", "name": "title", "objectName": "shops", "matchedOn": "description",
                "type": "String!", "hugrType": "column", "dataObject": {"name": "shops"}}], "hasMore": false, "lexical": true},
            "shops": {"items": [{"name": "shops", "dataSourceName": "shop"}], "hasMore": true, "limit": 1, "offset": 0},
            "mcp": {"items": []},
            "meaning": {"items": [], "lexical": false, "lexicalReason": "no embedding model is configured"},
        }),
    );
}

//! What correct SDL compiles to.

use super::{SchemaKind, SdlDocument, SourceSchema, check, compiled, shop};
use crate::catalog::model::{
    BaseType, Cardinality, FieldDefault, FieldType, FieldValue, FilterRule, FunctionBody, FunctionKind,
    LinkPath, ModulePath, MutationSupport, Origin, Parameter, SourceCatalog, UniqueKey,
};
use crate::catalog::scalar::Scalar;
use crate::name::FieldName;
use crate::sql::fragment::Fragment;

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

fn names(texts: &[&str]) -> Vec<FieldName> {
    texts.iter().copied().map(FieldName::from).collect()
}

fn keys(pairs: &[(&str, &str)]) -> Vec<(FieldName, FieldName)> {
    pairs
        .iter()
        .map(|(left, right)| (FieldName::from(*left), FieldName::from(*right)))
        .collect()
}

fn catalog(sdl: &str) -> SourceCatalog {
    compiled(&shop(sdl)).catalog
}

#[test]
fn prefix_and_module_shape_names() {
    let sdl = r#"type orders @table(name: "orders") { id: Int! @pk }
type bins @table(name: "bins") @module(name: "sales.eu") { id: Int }"#;
    let cases = [
        ("", false, "orders", "orders", "", "sales.eu"),
        ("e", false, "e_orders", "e_orders", "", "sales.eu"),
        ("", true, "orders", "orders", "erp", "erp.sales.eu"),
        ("e", true, "e_orders", "orders", "erp", "erp.sales.eu"),
    ];
    for (prefix, as_module, type_name, query_name, module, nested) in cases {
        let documents = vec![SdlDocument::new("erp.graphql", sdl)];
        let schema = SourceSchema {
            prefix: prefix.to_owned(),
            as_module,
            ..SourceSchema::new("erp", documents)
        };
        let catalog = compiled(&schema).catalog;
        let object = &catalog.objects[type_name];
        assert_eq!(object.query_name.as_str(), query_name);
        assert_eq!(object.module, ModulePath::parse(module));
        let (_, bins) = catalog.objects.last().expect("two objects");
        assert_eq!(bins.module.dotted(), nested);
    }
}

#[test]
fn relations_link_both_ends() {
    let catalog = catalog(
        r#"type customers @table(name: "crm_customers") { id: Int! @pk }
type orders @table(name: "orders") {
  id: Int! @pk
  customer_id: Int! @field_references(references_name: "customers", field: "id", query: "customer", references_query: "orders")
}"#,
    );
    let forward = &catalog.objects["orders"].links["customer"];
    assert_eq!(forward.cardinality, Cardinality::One);
    assert_eq!(forward.path, LinkPath::Keys(keys(&[("customer_id", "id")])));
    let back = &catalog.objects["customers"].links["orders"];
    assert_eq!(
        (back.cardinality, back.target.as_str()),
        (Cardinality::Many, "orders")
    );
    assert_eq!(back.path, LinkPath::Keys(keys(&[("id", "customer_id")])));
    assert_eq!(catalog.relations[0].name, "customers_customer_id");
}

#[test]
fn names_of_references_default_to_the_types() {
    let sdl = r#"type bins @table(name: "bins") { id: Int! @pk  part: Int! @pk }
type notes @table(name: "notes") @references(references_name: "bins", source_fields: ["bin", "part"]) { bin: Int  part: Int }"#;
    let schema = SourceSchema {
        prefix: "px".to_owned(),
        ..shop(sdl)
    };
    let catalog = compiled(&schema).catalog;
    let relation = &catalog.relations[0];
    assert_eq!(relation.name, "px_bins");
    assert_eq!(
        (relation.forward_field.as_str(), relation.back_field.as_str()),
        ("px_bins", "px_notes")
    );
    assert_eq!(relation.keys, keys(&[("bin", "id"), ("part", "part")]));
}

#[test]
fn junctions_link_their_ends_to_each_other() {
    let documents = vec![SdlDocument::new("school.graphql", SCHOOL)];
    let schema = SourceSchema {
        prefix: "sch".to_owned(),
        as_module: true,
        ..SourceSchema::new("school", documents)
    };
    let catalog = compiled(&schema).catalog;
    let pupils = &catalog.objects["sch_pupils"];
    assert_eq!(
        pupils.links.keys().cloned().collect::<Vec<_>>(),
        names(&["mentor", "mentees", "clubs"])
    );
    let clubs = &pupils.links["clubs"];
    assert_eq!(clubs.target.as_str(), "sch_clubs");
    assert_eq!(
        clubs.path,
        LinkPath::Junction {
            junction: "sch_memberships".into(),
            near: keys(&[("id", "pupil_id")]),
            far: keys(&[("club_id", "id")]),
        }
    );
    let memberships = &catalog.objects["sch_memberships"];
    assert!(memberships.is_junction && memberships.links.is_empty());
}

#[test]
fn fields_say_where_their_value_comes_from() {
    let catalog = catalog(
        r#"type t @table(name: "t") {
  plain: Int
  renamed: String @field_source(field: "Group By")
  none: String @field_source(field: "-")
  twice: Int @sql(exp: "[plain] * 2")
  loud: String @sql(exp: "upper([loud])") @field_source(field: "text")
}"#,
    );
    let fields = &catalog.objects["t"].fields;
    assert_eq!(fields["plain"].value, FieldValue::Column("plain".to_owned()));
    assert_eq!(fields["renamed"].value, FieldValue::Column("Group By".to_owned()));
    assert_eq!(fields["none"].value, FieldValue::Absent);
    assert_eq!(
        fields["twice"].value,
        FieldValue::Expression(Fragment::parse("[plain] * 2"))
    );
    assert_eq!(fields["loud"].options.own_column.as_deref(), Some("text"));
}

#[test]
fn fields_keep_their_types_and_options() {
    let catalog = catalog(
        r#"enum grade { low high }
type dims { width: Int }
type t @table(name: "t") {
  id: Int! @pk @default(sequence: "t_seq")
  tags: [String!]
  grade: grade
  dims: [dims]!
  spot: Geometry @geometry_info(type: POINT, srid: 3857)
  vector: Vector @dim(len: 4)
  kind: String! @filter_required
  secret: String @exclude_filter @deprecated
}"#,
    );
    let fields = &catalog.objects["t"].fields;
    let strings = BaseType::Scalar(Scalar::String);
    assert_eq!(
        fields["tags"].ty,
        FieldType {
            base: strings,
            is_list: true,
            is_required: false,
            are_items_required: true
        }
    );
    assert_eq!(fields["grade"].ty.base, BaseType::Enum("grade".into()));
    assert_eq!(fields["dims"].ty.base, BaseType::Struct("dims".into()));
    let default = FieldDefault {
        sequence: Some("t_seq".to_owned()),
        ..FieldDefault::default()
    };
    assert_eq!(fields["id"].options.default, Some(default));
    assert_eq!(fields["spot"].options.srid, Some(3857));
    assert_eq!(fields["vector"].options.vector_length, Some(4));
    assert_eq!(fields["kind"].options.filter, FilterRule::Required);
    assert_eq!(fields["secret"].options.filter, FilterRule::Excluded);
    assert_eq!(
        fields["secret"].deprecated.as_deref(),
        Some("No longer supported")
    );
}

#[test]
fn origins_are_relations_or_queries() {
    let catalog = catalog(
        r#"type a @table(name: "yard.bays") { id: Int }
type b @table(name: "\"Odd Names\"") { id: Int }
type c @view(name: "c", sql: "SELECT [$auth.role] AS id FROM [a] WHERE x = '[$y]'") { id: Int }
type d @view(name: "d") { id: Int }"#,
    );
    let relation = |parts: &[&str]| Origin::Relation(parts.iter().map(|part| (*part).to_owned()).collect());
    assert_eq!(catalog.objects["a"].origin, relation(&["yard", "bays"]));
    assert_eq!(catalog.objects["b"].origin, relation(&["Odd Names"]));
    let query = Fragment::parse_outside_quotes("SELECT [$auth.role] AS id FROM [a] WHERE x = '[$y]'");
    assert_eq!(catalog.objects["c"].origin, Origin::Query(query));
    assert_eq!(catalog.objects["d"].origin, relation(&["d"]));
    assert!(catalog.objects["d"].is_read_only && !catalog.objects["a"].is_read_only);
}

#[test]
fn unique_keys_have_a_default_suffix() {
    let catalog = catalog(
        r#"type t @table(name: "t") @unique(fields: ["a", "b"]) @unique(fields: ["a"], query_suffix: "of_a")
  @unique(fields: ["b"], skip_query: true) { a: Int b: Int }"#,
    );
    let key = |name: &str, fields: &[&str]| UniqueKey {
        query_name: name.into(),
        fields: names(fields),
    };
    assert_eq!(
        catalog.objects["t"].unique_keys,
        [key("t_by_a_b", &["a", "b"]), key("t_of_a", &["a"])]
    );
}

#[test]
fn soft_delete_keeps_the_condition() {
    let catalog = catalog(
        r#"type t @table(name: "t", soft_delete: true, soft_delete_cond: "[gone] IS NULL") { id: Int gone: Date }"#,
    );
    assert_eq!(
        catalog.objects["t"].soft_delete,
        Some(Fragment::parse("[gone] IS NULL"))
    );
}

#[test]
fn own_extensions_are_merged() {
    let schema = SourceSchema::new(
        "shop",
        vec![
            SdlDocument::new(
                "a.graphql",
                "extend type t { id: Int! @pk  _stub: Int  more: String }",
            ),
            SdlDocument::new(
                "b.graphql",
                r#"type t @table(name: "t") { "key" id: Int  name: String }"#,
            ),
        ],
    );
    let t = &compiled(&schema).catalog.objects["t"];
    assert_eq!(
        t.fields.keys().cloned().collect::<Vec<_>>(),
        names(&["id", "name", "more"])
    );
    assert_eq!(t.primary_key, names(&["id"]));
    assert!(t.fields["id"].ty.is_required);
    assert_eq!(t.fields["id"].description.as_deref(), Some("key"));
}

#[test]
fn the_first_table_and_the_last_struct_win() {
    let schema = SourceSchema::new(
        "shop",
        vec![
            SdlDocument::new(
                "a.graphql",
                "type t @table(name: \"first\") { s: s }\ntype s { old: Int }",
            ),
            SdlDocument::new(
                "b.graphql",
                "type t @table(name: \"second\") { s: s }\ntype s { new: Int }",
            ),
        ],
    );
    let compiled = compiled(&schema);
    assert_eq!(
        compiled.catalog.objects["t"].origin,
        Origin::Relation(vec!["first".to_owned()])
    );
    assert!(compiled.catalog.structs["s"].fields.contains_key("new"));
    let warnings: Vec<String> = compiled.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "b.graphql:1:6: warning: type `t` is defined in several documents; the first definition is used",
            "b.graphql:2:6: warning: type `s` is defined in several documents; the last definition is used",
        ]
    );
}

#[test]
fn prefixes_and_module_names_must_be_names() {
    let schema = SourceSchema {
        prefix: "_p".to_owned(),
        as_module: true,
        ..SourceSchema::new("my-db", vec![])
    };
    let errors = super::compile(&schema).expect_err("neither is a name");
    assert_eq!(
        errors[0].to_string(),
        "my-db: error: prefix `_p` cannot start a type name; use letters, digits and underscores, and start with a letter"
    );
    assert!(
        errors[1]
            .message
            .contains("source name `my-db` cannot name a module")
    );
}

#[test]
fn built_in_sources_run_in_the_process() {
    let sdl = r#"type t @table(name: "rows") @module(name: "core") { id: Int! @pk }
type v @view(name: "others") { id: Int }
extend type MutationFunction { load(name: String!, hard: Boolean = false): OperationResult @function(name: "load_it") @module(name: "core.x") }"#;
    let catalog = compiled(&SourceSchema {
        kind: SchemaKind::BuiltIn,
        ..shop(sdl)
    })
    .catalog;
    assert_eq!(catalog.objects["t"].origin, Origin::Runtime("rows".to_owned()));
    assert_eq!(catalog.objects["t"].mutations, MutationSupport::BuiltIn);
    assert_eq!(catalog.objects["v"].mutations, MutationSupport::None);
    let load = &catalog.functions[0];
    assert_eq!(load.kind, FunctionKind::Mutation);
    assert_eq!(load.body, FunctionBody::Runtime("load_it".to_owned()));
    let arguments: Vec<String> = load.arguments.values().map(Parameter::sdl).collect();
    assert_eq!(arguments, ["name: String!", "hard: Boolean = false"]);
    assert_eq!(load.module.dotted(), "core.x");
}

#[test]
fn inputs_lose_what_the_server_fills() {
    let sdl = r#"input i { "shown" a: Int = 1  who: String @arg_default(value: "[$auth.user_id]") }
input hidden { who: String @arg_default(value: "[$auth.user_id]") }"#;
    let served = catalog(sdl).passthrough;
    assert_eq!(served["i"], "input i {\n  \"shown\"\n  a: Int = 1\n}\n");
    assert!(!served.contains_key("hidden"));
}

#[test]
fn too_many_findings_are_cut() {
    let sdl: String = (0..500)
        .map(|number| format!("type t{number} @table {{ id: Int }}\n"))
        .collect();
    let errors = super::compile(&shop(&sdl)).expect_err("every type is wrong");
    assert_eq!(errors.len(), 201);
    assert!(
        errors
            .iter()
            .any(|error| error.message == "300 more findings are not shown")
    );
}

#[test]
fn definitions_of_known_scalars_are_welcome() {
    check(
        "scalar BigInt\ndirective @pk on FIELD_DEFINITION",
        &["2:1: warning: the definition of directive `@pk` has no effect"],
    );
}

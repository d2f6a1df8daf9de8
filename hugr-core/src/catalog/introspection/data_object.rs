//! `_dataObject`: tables and views.

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::schema::ExtendedType;

use super::member::FieldView;
use super::module::ModuleView;
use super::value::{Object, Value};
use super::{Context, member, relation};
use crate::catalog::model::DataObject;
use crate::catalog::surface::RootField;
use crate::catalog::type_names::RootKind;
use crate::gql::Selected;

/// A root field that reads a table or view.
#[derive(Clone, Copy)]
pub(super) struct QueryView<'a> {
    root: &'a str,
    definition: &'a FieldDefinition,
    kind: &'static str,
}

/// Returns the object with the served type name `name`, or null.
pub(super) fn find<'a>(context: &Context<'a>, name: &str) -> Value<'a> {
    let found = context.catalog().object(name);
    match found.filter(|object| is_visible(context, object)) {
        Some(object) => Value::Object(Object::Table(object)),
        None => Value::Null,
    }
}

/// Returns whether the role may read `object` by one of its root fields.
pub(super) fn is_visible(context: &Context<'_>, object: &DataObject) -> bool {
    let root = RootKind::Query.type_name(&object.module);
    let query = object.query_name.as_str();
    let mut keys = object.unique_keys.iter().map(|key| key.query_name.as_str());
    context.shows(&root, query)
        || context.shows(&root, &format!("{query}_by_pk"))
        || keys.any(|key| context.shows(&root, key))
}

/// Returns a member of `_DataObject`.
pub(super) fn member<'a>(context: &Context<'a>, object: &'a DataObject, selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "name" => object.name.as_str().into(),
        "type" => if object.is_view { "VIEW" } else { "TABLE" }.into(),
        "properties" => Value::Object(Object::Properties(object)),
        "description" | "longDescription" => Value::optional(object.description.as_deref()),
        "moduleName" => object.module.dotted().into(),
        "module" => Value::Object(Object::Module(ModuleView {
            path: object.module.clone(),
        })),
        "primaryKey" => Value::texts(object.primary_key.iter().map(|key| key.as_str())),
        "args" => parameters(context, object),
        "queries" => queries(context, object),
        "fields" => fields(context, object),
        "relations" => {
            let relations = relation::of_object(context, object);
            Value::objects(relations.into_iter().map(Object::Relation))
        }
        "dataSourceName" => object.source.as_str().into(),
        "dataSources" => {
            let needed = object.dependencies.iter().map(|name| name.as_str());
            Value::texts(std::iter::once(object.source.as_str()).chain(needed))
        }
        _ => Value::Null,
    }
}

/// Returns a member of `_DataObjectProperties`.
pub(super) fn property<'a>(object: &DataObject, selected: &Selected) -> Value<'a> {
    Value::Bool(match selected.name.as_str() {
        "isCube" => object.is_cube,
        "isM2M" => object.is_junction,
        "isHypertable" => object.is_hypertable,
        "softDelete" => object.soft_delete.is_some(),
        "hasVectors" => object.has_vectors(),
        _ => return Value::Null,
    })
}

/// Returns a member of `_DataObjectQuery`.
pub(super) fn of_query<'a>(view: QueryView<'a>, selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "name" => view.definition.name.as_str().into(),
        "type" => view.kind.into(),
        "rootTypeName" => view.root.into(),
        "args" => member::arguments(view.definition, false),
        _ => Value::Null,
    }
}

/// Returns the parameters that clients give to read `object`.
fn parameters<'a>(context: &Context<'a>, object: &DataObject) -> Value<'a> {
    let Some(parameters) = &object.parameters else {
        return Value::List(Vec::new());
    };
    let input = context.schema().types.get(parameters.input.as_str());
    let Some(ExtendedType::InputObject(input)) = input else {
        return Value::List(Vec::new());
    };
    let fields = input.fields.values();
    Value::objects(fields.map(|field| Object::Input(member::InputView { definition: field })))
}

fn queries<'a>(context: &Context<'a>, object: &DataObject) -> Value<'a> {
    let root = RootKind::Query.type_name(&object.module);
    let Some(ExtendedType::Object(found)) = context.schema().types.get(root.as_str()) else {
        return Value::List(Vec::new());
    };
    let fields = found.fields.values().filter_map(|definition| {
        let field = context.served().root_field(&root, &definition.name)?;
        let kind = match field {
            RootField::List(_) => "SELECT",
            RootField::Unique { .. } => "SELECT_ONE",
            RootField::Aggregate(_) => "AGGREGATION",
            RootField::BucketAggregate(_) => "BUCKET_AGGREGATION",
            _ => return None,
        };
        let is_own = field.object().is_some_and(|read| read.name == object.name);
        (is_own && context.shows(&root, &definition.name)).then_some(QueryView {
            root: found.name.as_str(),
            definition,
            kind,
        })
    });
    Value::objects(fields.map(Object::Query))
}

fn fields<'a>(context: &Context<'a>, object: &DataObject) -> Value<'a> {
    let Some(ExtendedType::Object(found)) = context.schema().types.get(object.name.as_str()) else {
        return Value::List(Vec::new());
    };
    let parent = found.name.as_str();
    let fields = found
        .fields
        .values()
        .filter(|field| context.shows(parent, &field.name));
    Value::objects(fields.map(|definition| Object::Field(FieldView { parent, definition })))
}

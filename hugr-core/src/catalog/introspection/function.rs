//! `_function`: what can be called.

use apollo_compiler::ast::FieldDefinition;

use super::module::ModuleView;
use super::value::{Object, Value};
use super::{Context, member, type_view};
use crate::catalog::model::{Function, FunctionBody, FunctionKind, ModulePath, TypeBase};
use crate::catalog::type_names::RootKind;
use crate::gql::Selected;
use crate::name::FieldName;

/// Returns the function `name` in the module with the dotted path `module`, or null; a query goes before a mutation.
pub(super) fn find<'a>(context: &Context<'a>, module: &str, name: &str) -> Value<'a> {
    let (module, name) = (ModulePath::parse(module), FieldName::from(name));
    let kinds = [FunctionKind::Query, FunctionKind::Mutation].into_iter();
    let mut found = kinds.filter_map(|kind| context.catalog().function(kind, &module, &name));
    match found.find(|function| is_visible(context, function)) {
        Some(function) => Value::Object(Object::Function(function)),
        None => Value::Null,
    }
}

/// Returns whether the role may call `function`.
pub(super) fn is_visible(context: &Context<'_>, function: &Function) -> bool {
    context.shows(&root(function), function.name.as_str())
}

/// Returns a member of `_Function`.
pub(super) fn member<'a>(context: &Context<'a>, function: &'a Function, selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "name" => function.name.as_str().into(),
        "type" => match function.kind {
            FunctionKind::Query => "FUNCTION",
            FunctionKind::Mutation => "MUTATION",
        }
        .into(),
        "description" | "longDescription" => Value::optional(function.description.as_deref()),
        "moduleName" => function.module.dotted().into(),
        "module" => Value::Object(Object::Module(ModuleView {
            path: function.module.clone(),
        })),
        "args" => definition(context, function)
            .map_or(Value::List(Vec::new()), |field| member::arguments(field, true)),
        "returns" => {
            definition(context, function).map_or(Value::Null, |field| type_view::of_type(context, &field.ty))
        }
        "isTable" => Value::Bool(gives_rows(function)),
        "dataSourceName" => function.source.as_str().into(),
        _ => Value::Null,
    }
}

/// Returns whether `function` stands for rows: declared as a table, or a list of something with fields.
fn gives_rows(function: &Function) -> bool {
    match &function.body {
        FunctionBody::Sql(call) => call.is_table,
        FunctionBody::Runtime(_) => {
            function.returns.is_list && matches!(function.returns.base, TypeBase::Named(_))
        }
    }
}

fn root(function: &Function) -> String {
    let kind = match function.kind {
        FunctionKind::Query => RootKind::Function,
        FunctionKind::Mutation => RootKind::MutationFunction,
    };
    kind.type_name(&function.module)
}

/// Returns the field of the served schema that calls `function`.
fn definition<'a>(context: &Context<'a>, function: &Function) -> Option<&'a FieldDefinition> {
    let root = context.schema().get_object(&root(function))?;
    root.fields.get(function.name.as_str()).map(|field| &***field)
}

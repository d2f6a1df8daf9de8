//! `__schema` and directives.

use apollo_compiler::ast::DirectiveDefinition;

use super::member::InputView;
use super::type_view::TypeView;
use super::value::{Object, Value};
use super::{Context, META_TYPES};
use crate::catalog::type_names;
use crate::gql::Selected;

/// The directives that clients may use, in the order in which they are told.
const CLIENT_DIRECTIVES: [&str; 13] = [
    "include",
    "skip",
    "defer",
    "cache",
    "no_cache",
    "invalidate_cache",
    "stats",
    "with_deleted",
    "unnest",
    "add_h3",
    "feature",
    "no_pushdown",
    "at",
];

/// Returns a member of `__Schema`.
pub(super) fn member<'a>(context: &Context<'a>, selected: &Selected) -> Value<'a> {
    let schema = context.schema();
    let root = |name: Option<&apollo_compiler::schema::ComponentName>| match name {
        Some(name) => context.type_called(name),
        None => Value::Null,
    };
    match selected.name.as_str() {
        "description" => Value::optional(schema.schema_definition.description.as_deref()),
        "types" => listed(context, |_| true),
        "queryType" => root(schema.schema_definition.query.as_ref()),
        "mutationType" => root(schema.schema_definition.mutation.as_ref()),
        "subscriptionType" => root(schema.schema_definition.subscription.as_ref()),
        "directives" => {
            let found = CLIENT_DIRECTIVES.iter();
            let found = found.filter_map(|name| schema.directive_definitions.get(*name));
            Value::objects(found.map(|directive| Object::Directive(directive)))
        }
        _ => Value::Null,
    }
}

/// Returns the types of the engine (`SYSTEM`), or those that sources bring.
pub(super) fn types<'a>(context: &Context<'a>, scope: &str) -> Value<'a> {
    let wants_system = scope == "SYSTEM";
    listed(context, |name| {
        let is_system = type_names::is_system(name) && !name.starts_with(type_names::MODULE_PREFIX);
        is_system == wants_system
    })
}

/// Returns the types that are listed, by name.
fn listed<'a>(context: &Context<'a>, is_wanted: impl Fn(&str) -> bool) -> Value<'a> {
    let types = context.schema().types.iter();
    let types = types.filter(|(name, _)| !META_TYPES.contains(&name.as_str()) && is_wanted(name));
    Value::objects(types.map(|(_, found)| Object::Type(TypeView::Definition(found))))
}

/// Returns a member of `__Directive`.
pub(super) fn of_directive<'a>(directive: &'a DirectiveDefinition, selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "name" => directive.name.as_str().into(),
        "description" => Value::optional(directive.description.as_deref()),
        "locations" => Value::texts(directive.locations.iter().map(|location| location.name())),
        "args" => Value::objects(
            directive
                .arguments
                .iter()
                .map(|argument| Object::Input(InputView { definition: argument })),
        ),
        "isRepeatable" => Value::Bool(directive.repeatable),
        _ => Value::Null,
    }
}

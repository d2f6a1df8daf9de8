//! `__Field`, `__InputValue`, `__EnumValue`.

use apollo_compiler::Node;
use apollo_compiler::ast::{DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition};

use super::value::{Object, Value};
use super::{Context, flag, kind, type_view};
use crate::gql::Selected;

/// A field of a type.
#[derive(Clone, Copy)]
pub(super) struct FieldView<'a> {
    /// Name of the type.
    pub(super) parent: &'a str,
    /// The field.
    pub(super) definition: &'a FieldDefinition,
}

/// An argument, or a member of an input.
#[derive(Clone, Copy)]
pub(super) struct InputView<'a> {
    /// The argument.
    pub(super) definition: &'a InputValueDefinition,
}

/// Returns a member of `__Field`.
pub(super) fn of_field<'a>(context: &Context<'a>, view: FieldView<'a>, selected: &Selected) -> Value<'a> {
    let field = view.definition;
    match selected.name.as_str() {
        "name" => field.name.as_str().into(),
        "description" => Value::optional(field.description.as_deref()),
        "args" => arguments(field, flag(selected, "includeDeprecated", false)),
        "type" => type_view::of_type(context, &field.ty),
        "isDeprecated" => Value::Bool(field.directives.has("deprecated")),
        "deprecationReason" => deprecation(&field.directives),
        "hugr_type" => kind::of_field(context, view).into(),
        "catalog" => kind::source_of_field(context, view).into(),
        "mcp_exclude" => Value::Bool(kind::is_mcp_excluded(context, view)),
        _ => Value::Null,
    }
}

/// Returns the arguments of `field`; without `with_all` neither deprecated ones nor those that clients of the original do not
/// know.
pub(super) fn arguments(field: &FieldDefinition, with_all: bool) -> Value<'_> {
    inputs(field.arguments.iter(), with_all)
}

/// Returns arguments, or members of an input, as [`arguments`] does.
pub(super) fn inputs<'a>(
    inputs: impl Iterator<Item = &'a Node<InputValueDefinition>>,
    with_all: bool,
) -> Value<'a> {
    let told = inputs.filter(|input| with_all || !(input.directives.has("deprecated") || is_addition(input)));
    Value::objects(told.map(|input| Object::Input(InputView { definition: input })))
}

/// Returns whether the original has no such argument. Clients that were generated for it, and compare, are not told of it;
/// tools that ask for everything are.
fn is_addition(input: &InputValueDefinition) -> bool {
    match input.ty.inner_named_type().as_str() {
        "GroupCondition" | "OnConflict" | "NullsOrder" => true,
        "Boolean" => input.name == "all",
        _ => false,
    }
}

/// Returns a member of `__InputValue`.
pub(super) fn of_input<'a>(context: &Context<'a>, view: InputView<'a>, selected: &Selected) -> Value<'a> {
    let input = view.definition;
    match selected.name.as_str() {
        "name" => input.name.as_str().into(),
        "description" => Value::optional(input.description.as_deref()),
        "type" => type_view::of_type(context, &input.ty),
        "defaultValue" => match &input.default_value {
            Some(value) => value.serialize().no_indent().to_string().into(),
            None => Value::Null,
        },
        "isDeprecated" => Value::Bool(input.directives.has("deprecated")),
        "deprecationReason" => deprecation(&input.directives),
        _ => Value::Null,
    }
}

/// Returns a member of `__EnumValue`.
pub(super) fn of_enum_value<'a>(value: &'a EnumValueDefinition, selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "name" => value.value.as_str().into(),
        "description" => Value::optional(value.description.as_deref()),
        "isDeprecated" => Value::Bool(value.directives.has("deprecated")),
        "deprecationReason" => deprecation(&value.directives),
        _ => Value::Null,
    }
}

fn deprecation(directives: &DirectiveList) -> Value<'_> {
    let Some(directive) = directives.get("deprecated") else {
        return Value::Null;
    };
    let reason = directive
        .specified_argument_by_name("reason")
        .and_then(|reason| reason.as_str());
    reason.unwrap_or("No longer supported").into()
}

//! `__Field`, `__InputValue`, `__EnumValue`.

use apollo_compiler::ast::{DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition};

use super::value::{Object, Value};
use super::{Context, kind, type_view};
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
        "args" => arguments(field),
        "type" => type_view::of_type(context, &field.ty),
        "isDeprecated" => Value::Bool(field.directives.has("deprecated")),
        "deprecationReason" => deprecation(&field.directives),
        "hugr_type" => kind::of_field(context, view).into(),
        "catalog" => kind::source_of_field(context, view).into(),
        "mcp_exclude" => Value::Bool(kind::is_mcp_excluded(context, view)),
        _ => Value::Null,
    }
}

/// Returns the arguments of `field`.
pub(super) fn arguments(field: &FieldDefinition) -> Value<'_> {
    Value::objects(
        field
            .arguments
            .iter()
            .map(|argument| Object::Input(InputView { definition: argument })),
    )
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

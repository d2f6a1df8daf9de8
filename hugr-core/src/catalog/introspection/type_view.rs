//! `__Type`.

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;

use super::member::{self, FieldView};
use super::value::{Object, Value};
use super::{Context, flag, kind};
use crate::gql::Selected;

/// A type, or a wrapper of one.
#[derive(Clone, Copy)]
pub(super) enum TypeView<'a> {
    /// A type of the served schema.
    Definition(&'a ExtendedType),
    /// `X!`
    NonNullNamed(&'a Name),
    /// `[X]!`
    NonNullList(&'a Type),
    /// `[X]`
    List(&'a Type),
}

/// Returns the view of `ty`.
pub(super) fn of_type<'a>(context: &Context<'a>, ty: &'a Type) -> Value<'a> {
    let view = match ty {
        Type::Named(name) => return context.type_called(name),
        Type::NonNullNamed(name) => TypeView::NonNullNamed(name),
        Type::List(item) => TypeView::List(item),
        Type::NonNullList(item) => TypeView::NonNullList(item),
    };
    Value::Object(Object::Type(view))
}

/// Returns a member of `__Type`.
pub(super) fn member<'a>(context: &Context<'a>, view: TypeView<'a>, selected: &Selected) -> Value<'a> {
    match view {
        TypeView::Definition(definition) => of_definition(context, definition, selected),
        TypeView::NonNullNamed(_) | TypeView::NonNullList(_) => match (selected.name.as_str(), view) {
            ("kind", _) => "NON_NULL".into(),
            ("ofType", TypeView::NonNullNamed(name)) => context.type_called(name),
            ("ofType", TypeView::NonNullList(item)) => Value::Object(Object::Type(TypeView::List(item))),
            _ => of_wrapper(selected),
        },
        TypeView::List(item) => match selected.name.as_str() {
            "kind" => "LIST".into(),
            "ofType" => of_type(context, item),
            _ => of_wrapper(selected),
        },
    }
}

/// Returns a member that wrappers have no value for.
fn of_wrapper<'a>(selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "hugr_type" | "module" | "catalog" => "".into(),
        _ => Value::Null,
    }
}

fn of_definition<'a>(context: &Context<'a>, definition: &'a ExtendedType, selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "kind" => kind_of(definition).into(),
        "name" => definition.name().as_str().into(),
        "description" => Value::optional(definition.description().map(|text| text.as_ref())),
        "fields" => fields(context, definition, flag(selected, "includeDeprecated", false)),
        "interfaces" => match definition {
            ExtendedType::Object(_) | ExtendedType::Interface(_) => Value::List(Vec::new()),
            _ => Value::Null,
        },
        "enumValues" => enum_values(definition, flag(selected, "includeDeprecated", false)),
        "inputFields" => input_fields(definition, flag(selected, "includeDeprecated", false)),
        "isOneOf" => match definition {
            ExtendedType::InputObject(_) => Value::Bool(false),
            _ => Value::Null,
        },
        "hugr_type" => kind::of_type(context, definition.name()).into(),
        "module" => kind::module_of_type(context, definition.name()).into(),
        "catalog" => kind::source_of_type(context, definition.name()).into(),
        // Nothing that is served is abstract, and no scalar names its specification.
        _ => Value::Null,
    }
}

fn kind_of(definition: &ExtendedType) -> &'static str {
    match definition {
        ExtendedType::Scalar(_) => "SCALAR",
        ExtendedType::Object(_) => "OBJECT",
        ExtendedType::Interface(_) => "INTERFACE",
        ExtendedType::Union(_) => "UNION",
        ExtendedType::Enum(_) => "ENUM",
        ExtendedType::InputObject(_) => "INPUT_OBJECT",
    }
}

fn fields<'a>(context: &Context<'a>, definition: &'a ExtendedType, with_deprecated: bool) -> Value<'a> {
    let ExtendedType::Object(object) = definition else {
        return Value::Null;
    };
    let parent = object.name.as_str();
    let is_query = parent == "Query";
    let fields = object.fields.values().filter(|field| {
        let is_meta = is_query && field.name.starts_with('_');
        !is_meta
            && (with_deprecated || !field.directives.has("deprecated"))
            && context.shows(parent, &field.name)
    });
    Value::objects(fields.map(|field| {
        Object::Field(FieldView {
            parent,
            definition: field,
        })
    }))
}

fn enum_values(definition: &ExtendedType, with_deprecated: bool) -> Value<'_> {
    let ExtendedType::Enum(found) = definition else {
        return Value::Null;
    };
    let values = found
        .values
        .values()
        .filter(|value| with_deprecated || !value.directives.has("deprecated"));
    Value::objects(values.map(|value| Object::EnumValue(value)))
}

fn input_fields(definition: &ExtendedType, with_deprecated: bool) -> Value<'_> {
    let ExtendedType::InputObject(input) = definition else {
        return Value::Null;
    };
    member::inputs(input.fields.values().map(|field| &field.node), with_deprecated)
}

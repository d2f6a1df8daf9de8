//! Defaults of arguments and of members of inputs: whether they have the type that is declared.

use apollo_compiler::ast::{InputValueDefinition, Type, Value};

use super::declarations::Declarations;
use super::report::Report;
use crate::catalog::scalar::Scalar;

/// Reports a default of `definition`, which belongs to `owner`, that is not a value of its type.
pub(super) fn check(
    declarations: &Declarations,
    owner: &str,
    definition: &InputValueDefinition,
    report: &mut Report,
) {
    let Some(default) = &definition.default_value else {
        return;
    };
    if fits(declarations, &definition.ty, default) {
        return;
    }
    report.error(
        default.location(),
        format!(
            "the default of `{owner}.{}` is not a value of `{}`",
            definition.name, definition.ty
        ),
        choices(declarations, &definition.ty),
    );
}

/// Returns whether `value` can stand for `ty`. What is inside of scalars with a notation of their own, such as dates, is left to
/// the request that uses it.
fn fits(declarations: &Declarations, ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (_, Value::Variable(_)) => false,
        (Type::NonNullNamed(_) | Type::NonNullList(_), Value::Null) => false,
        (_, Value::Null) => true,
        (Type::List(item) | Type::NonNullList(item), Value::List(values)) => {
            values.iter().all(|value| fits(declarations, item, value))
        }
        (Type::List(item) | Type::NonNullList(item), _) => fits(declarations, item, value),
        (Type::Named(name) | Type::NonNullNamed(name), _) => match Scalar::from_name(name) {
            Some(scalar) => fits_scalar(scalar, value),
            None => fits_declared(declarations, name, value),
        },
    }
}

fn fits_scalar(scalar: Scalar, value: &Value) -> bool {
    match scalar {
        Scalar::Int => value.to_i32().is_some(),
        Scalar::BigInt => matches!(value, Value::Int(_)),
        Scalar::Float => matches!(value, Value::Int(_) | Value::Float(_)),
        Scalar::Boolean => matches!(value, Value::Boolean(_)),
        Scalar::String => matches!(value, Value::String(_)),
        // An enum's word is no JSON, and no notation of any scalar.
        _ => !matches!(value, Value::Enum(_)),
    }
}

fn fits_declared(declarations: &Declarations, name: &str, value: &Value) -> bool {
    if let Some(found) = declarations.enums.get(name) {
        let word = value.as_enum();
        return word.is_some_and(|word| found.values.iter().any(|value| value.value == *word));
    }
    let (Some(input), Value::Object(members)) = (declarations.inputs.get(name), value) else {
        return false;
    };
    members.iter().all(|(name, value)| {
        let mut fields = input.fields.iter();
        let field = fields.find(|field| field.name == *name);
        field.is_some_and(|field| fits(declarations, &field.ty, value))
    })
}

fn choices(declarations: &Declarations, ty: &Type) -> Option<String> {
    let found = declarations.enums.get(ty.inner_named_type())?;
    let words: Vec<&str> = found.values.iter().map(|value| value.value.as_str()).collect();
    Some(format!("choose from: {}", words.join(", ")))
}

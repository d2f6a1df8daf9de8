//! Values of variables, checked against the types that the operation gives them.
//!
//! A value that fits is not copied: only what coercion changes is kept beside what was given. An error says where in the value
//! it is, such as `$rows[3].price`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::ast::{Type, VariableDefinition};
use apollo_compiler::executable::Operation;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use serde_json::{Map, Value};

use super::parse::Document;
use super::value::constant;
use crate::error::{Error, ErrorCode, Result, suggest};

/// The first whole number that a double cannot tell from its neighbours.
const FIRST_UNSAFE_INTEGER: f64 = 9_007_199_254_740_992.0;

/// The values of an operation's variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    given: Arc<Map<String, Value>>,
    /// Values that are not as they were given: defaults, and lists of what was given alone.
    changed: Arc<Map<String, Value>>,
}

impl Variables {
    /// Checks what was `given` for the variables of `operation`, and fills in defaults.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION`, naming the place in the value.
    pub(super) fn new(
        schema: &Schema,
        document: &Document,
        operation: &Operation,
        given: Arc<Map<String, Value>>,
    ) -> Result<Self> {
        let mut changed = Map::new();
        for definition in &operation.variables {
            let name = definition.name.as_str();
            let value = value(schema, definition, given.get(name)).map_err(|error| {
                match document.location(definition.location()) {
                    Some(location) => error.with_location(location),
                    None => error,
                }
            })?;
            if let Some(Cow::Owned(value)) = value {
                changed.insert(name.to_owned(), value);
            }
        }
        Ok(Self {
            given,
            changed: Arc::new(changed),
        })
    }

    /// Returns the value of a variable of the operation.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.changed.get(name).or_else(|| self.given.get(name))
    }

    /// Returns everything that was given, also beside the operation's variables.
    pub(super) fn given(&self) -> &Map<String, Value> {
        &self.given
    }
}

/// Where a value stands in that of a variable.
#[derive(Clone, Copy)]
enum Place<'a> {
    Variable(&'a str),
    Member(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "${name}"),
            Self::Member(of, name) => write!(f, "{of}.{name}"),
            Self::Item(of, index) => write!(f, "{of}[{index}]"),
        }
    }
}

impl Place<'_> {
    fn error(&self, reason: &str) -> Error {
        Error::new(
            ErrorCode::GraphqlValidation,
            format!("variable `{self}`: {reason}"),
        )
    }
}

/// Returns the value of a variable; `None` when it has none.
fn value<'v>(
    schema: &Schema,
    definition: &VariableDefinition,
    given: Option<&'v Value>,
) -> Result<Option<Cow<'v, Value>>> {
    let place = Place::Variable(definition.name.as_str());
    match (given, &definition.default_value) {
        (Some(value), _) => coerced(schema, &definition.ty, value, place).map(Some),
        (None, Some(default)) => Ok(Some(Cow::Owned(constant(default)))),
        (None, None) if definition.ty.is_non_null() => Err(place.error("is required")),
        (None, None) => Ok(None),
    }
}

/// Returns `value` as one of type `ty`.
fn coerced<'v>(schema: &Schema, ty: &Type, value: &'v Value, place: Place<'_>) -> Result<Cow<'v, Value>> {
    if value.is_null() {
        return if ty.is_non_null() {
            Err(place.error("must not be null"))
        } else {
            Ok(Cow::Borrowed(value))
        };
    }
    let name = match ty {
        Type::List(item) | Type::NonNullList(item) => return list(schema, item, value, place),
        Type::Named(name) | Type::NonNullNamed(name) => name.as_str(),
    };
    let fits = match schema.types.get(name) {
        Some(ExtendedType::InputObject(ty)) => {
            return object(schema, ty, value, place, &mut Vec::new());
        }
        Some(ExtendedType::Enum(ty)) => value.as_str().is_some_and(|name| ty.values.contains_key(name)),
        Some(ExtendedType::Scalar(_)) => is_scalar(name, value),
        Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_)) | None => {
            return Err(Error::internal(format!("a variable is of type `{name}`")));
        }
    };
    if fits {
        Ok(Cow::Borrowed(value))
    } else {
        Err(place.error(&format!("{} is not a valid {name}", shown(value))))
    }
}

fn list<'v>(schema: &Schema, item: &Type, value: &'v Value, place: Place<'_>) -> Result<Cow<'v, Value>> {
    let Value::Array(items) = value else {
        // One value is a list of one.
        let only = coerced(schema, item, value, place)?;
        return Ok(Cow::Owned(Value::Array(vec![only.into_owned()])));
    };
    let ty = match item {
        Type::Named(name) | Type::NonNullNamed(name) => schema.get_input_object(name),
        Type::List(_) | Type::NonNullList(_) => None,
    };
    let mut members = Vec::new();
    let mut changed: Option<Vec<Value>> = None;
    for (index, value) in items.iter().enumerate() {
        let place = Place::Item(&place, index);
        let value = match ty.filter(|_| !value.is_null()) {
            Some(ty) => object(schema, ty, value, place, &mut members)?,
            None => coerced(schema, item, value, place)?,
        };
        match (&mut changed, value) {
            (Some(changed), value) => changed.push(value.into_owned()),
            (None, Cow::Owned(value)) => {
                let mut before = items.iter().take(index).cloned().collect::<Vec<_>>();
                before.push(value);
                changed = Some(before);
            }
            (None, Cow::Borrowed(_)) => {}
        }
    }
    Ok(changed.map_or(Cow::Borrowed(value), |items| Cow::Owned(Value::Array(items))))
}

/// A member of an input object.
#[derive(Clone, Copy)]
struct Member<'s> {
    name: &'s str,
    ty: &'s Type,
    /// The scalar that its values are, when they are one.
    scalar: Option<&'s str>,
}

impl<'s> Member<'s> {
    fn of(schema: &'s Schema, ty: &'s InputObjectType, name: &str) -> Option<Self> {
        let field = ty.fields.get(name)?;
        let scalar = match &*field.ty {
            Type::Named(name) | Type::NonNullNamed(name) => schema.get_scalar(name).map(|_| name.as_str()),
            Type::List(_) | Type::NonNullList(_) => None,
        };
        Some(Self {
            name: &field.name,
            ty: &field.ty,
            scalar,
        })
    }
}

/// Returns `value` as one of the input type `ty`. `known` are the members of the object before, in their order: those of most
/// objects of a list are the same.
fn object<'v, 's>(
    schema: &'s Schema,
    ty: &'s InputObjectType,
    value: &'v Value,
    place: Place<'_>,
    known: &mut Vec<Member<'s>>,
) -> Result<Cow<'v, Value>> {
    let Value::Object(members) = value else {
        return Err(place.error(&format!("{} is not a valid {}", shown(value), ty.name)));
    };
    let mut changed: Option<Map<String, Value>> = None;
    for (position, (name, value)) in members.iter().enumerate() {
        let before = known.get(position).filter(|member| member.name == name);
        let member = match before.copied() {
            Some(member) => member,
            None => {
                let member = Member::of(schema, ty, name).ok_or_else(|| {
                    let help = suggest::help(name, ty.fields.keys().map(|name| name.as_str()));
                    let help = help.map_or_else(String::new, |help| format!("; {help}"));
                    place.error(&format!("member `{name}` not found on `{}`{help}", ty.name))
                })?;
                known.truncate(position);
                known.push(member);
                member
            }
        };
        if member.scalar.is_some_and(|scalar| is_scalar(scalar, value)) && !value.is_null() {
            continue;
        }
        if let Cow::Owned(value) = coerced(schema, member.ty, value, Place::Member(&place, name))? {
            changed
                .get_or_insert_with(|| members.clone())
                .insert(name.clone(), value);
        }
    }
    for (name, field) in &ty.fields {
        let is_given = || members.contains_key(name.as_str());
        match &field.default_value {
            Some(default) if !is_given() => {
                let changed = changed.get_or_insert_with(|| members.clone());
                changed.insert(name.to_string(), constant(default));
            }
            None if field.ty.is_non_null() && !is_given() => {
                return Err(Place::Member(&place, name).error("is required"));
            }
            Some(_) | None => {}
        }
    }
    Ok(changed.map_or(Cow::Borrowed(value), |members| Cow::Owned(Value::Object(members))))
}

/// Returns whether `value` is one of the scalar `name`; those that are not GraphQL's own are judged where they are used.
fn is_scalar(name: &str, value: &Value) -> bool {
    match name {
        "Int" => value.as_i64().is_some_and(|value| i32::try_from(value).is_ok()),
        "Float" => {
            value.is_f64()
                || value
                    .as_f64()
                    .is_some_and(|value| value.abs() < FIRST_UNSAFE_INTEGER)
        }
        "String" => value.is_string(),
        "Boolean" => value.is_boolean(),
        "ID" => value.is_string() || value.is_i64(),
        _ => true,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::limits::DocumentLimits;
    use super::super::parse::parse;
    use super::*;

    const SCHEMA: &str = "
        type Query { f(rows: [row!], one: [Int!], n: Int = 3): Int }
        enum color { red green }
        input row { id: Int!  name: String  color: color  size: Float = 1.5  parts: [row!] }";

    fn values(given: &Value) -> Result<Value> {
        let schema = Schema::parse_and_validate(SCHEMA, "schema").unwrap();
        let query = "query ($rows: [row!], $one: [Int!], $n: Int = 3, $id: Int) { f(rows: $rows, one: $one, n: $n) a: f(n: $id) }";
        let document = parse(&schema, query, DocumentLimits::default()).unwrap();
        let operation = document.executable().operations.get(None).unwrap();
        let given = Arc::new(given.as_object().unwrap().clone());
        let variables = Variables::new(&schema, &document, operation, given)?;
        let all = ["rows", "one", "n", "id"];
        let known = all
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), variables.get(name)?.clone())));
        Ok(Value::Object(known.collect()))
    }

    #[test]
    fn defaults_are_filled_in_and_one_value_is_a_list() {
        let given = json!({ "rows": { "id": 1, "parts": [{ "id": 2, "size": 4 }] }, "one": 7 });
        let expected = json!({
            "rows": [{ "id": 1, "parts": [{ "id": 2, "size": 4 }], "size": 1.5 }], "one": [7], "n": 3,
        });
        assert_eq!(values(&given).unwrap(), expected);
        let given = json!({ "rows": null, "n": null, "id": 9 });
        assert_eq!(values(&given).unwrap(), given);
    }

    #[test]
    fn errors_name_the_place() {
        for (given, expected) in [
            (json!({ "n": "two" }), "variable `$n`: \"two\" is not a valid Int"),
            (
                json!({ "n": 3_000_000_000_i64 }),
                "variable `$n`: 3000000000 is not a valid Int",
            ),
            (
                json!({ "rows": [{ "id": 1 }, { "id": "x" }] }),
                "variable `$rows[1].id`: \"x\" is not a valid Int",
            ),
            (
                json!({ "rows": [{ "id": 1, "parts": [{}] }] }),
                "variable `$rows[0].parts[0].id`: is required",
            ),
            (json!({ "rows": [null] }), "variable `$rows[0]`: must not be null"),
            (
                json!({ "rows": [[]] }),
                "variable `$rows[0]`: a list is not a valid row",
            ),
            (
                json!({ "rows": [{ "id": 1, "color": "blue" }] }),
                "variable `$rows[0].color`: \"blue\" is not a valid color",
            ),
            (
                json!({ "rows": [{ "id": 1, "nmae": "x" }] }),
                "variable `$rows[0]`: member `nmae` not found on `row`; did you mean `name`",
            ),
        ] {
            assert_eq!(values(&given).unwrap_err().to_string(), expected);
        }
    }
}

//! Argument values: literals and variables become plain JSON.

use apollo_compiler::ast;
use serde_json::{Map, Number, Value};

use super::variables::Variables;

/// Arguments by name, without those that were not given.
pub type Arguments = Map<String, Value>;

/// Returns the given arguments; one whose variable has no value is left out.
pub(super) fn arguments(given: &[apollo_compiler::Node<ast::Argument>], variables: &Variables) -> Arguments {
    given
        .iter()
        .filter_map(|argument| Some((argument.name.to_string(), resolve(&argument.value, variables)?)))
        .collect()
}

/// Returns the names of the arguments whose variables have no value.
pub(super) fn unset(given: &[apollo_compiler::Node<ast::Argument>], variables: &Variables) -> Vec<String> {
    let is_unset = |argument: &&apollo_compiler::Node<ast::Argument>| matches!(&*argument.value, ast::Value::Variable(name) if variables.get(name.as_str()).is_none());
    let unset = given.iter().filter(is_unset);
    unset.map(|argument| argument.name.to_string()).collect()
}

/// Returns the value with its variables filled in; `None` for a variable without a value.
pub(super) fn resolve(value: &ast::Value, variables: &Variables) -> Option<Value> {
    Some(match value {
        ast::Value::Null => Value::Null,
        ast::Value::Enum(name) => Value::String(name.to_string()),
        ast::Value::Variable(name) => variables.get(name.as_str()).cloned()?,
        ast::Value::String(text) => Value::String(text.clone()),
        ast::Value::Float(number) => float(number.as_str()),
        ast::Value::Int(number) => integer(number.as_str()),
        ast::Value::Boolean(value) => Value::Bool(*value),
        ast::Value::List(items) => Value::Array(
            items
                .iter()
                .map(|item| resolve(item, variables).unwrap_or(Value::Null))
                .collect(),
        ),
        ast::Value::Object(members) => Value::Object(
            members
                .iter()
                .filter_map(|(name, member)| Some((name.to_string(), resolve(member, variables)?)))
                .collect(),
        ),
    })
}

fn integer(digits: &str) -> Value {
    digits
        .parse::<i64>()
        .map(Value::from)
        .or_else(|_| digits.parse::<u64>().map(Value::from))
        .unwrap_or_else(|_| float(digits))
}

fn float(digits: &str) -> Value {
    digits
        .parse::<f64>()
        .ok()
        .and_then(Number::from_f64)
        .map_or(Value::Null, Value::Number)
}

/// Returns a value without variables.
pub(super) fn constant(value: &ast::Value) -> Value {
    resolve(value, &Variables::default()).unwrap_or(Value::Null)
}

/// Returns the value of GraphQL text such as the default of an argument; `None` for text that is none.
#[must_use]
pub fn literal(text: &str) -> Option<Value> {
    let document = ast::Document::parse(format!("{{ f(a: {text}) }}"), "value").ok()?;
    let [ast::Definition::OperationDefinition(operation)] = document.definitions.as_slice() else {
        return None;
    };
    let [ast::Selection::Field(field)] = operation.selection_set.as_slice() else {
        return None;
    };
    resolve(&field.arguments.first()?.value, &Variables::default())
}

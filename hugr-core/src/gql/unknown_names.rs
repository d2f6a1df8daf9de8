//! What was probably meant by names that the served schema does not have. Looked for only when a document is not valid.

use std::collections::HashMap;

use apollo_compiler::Schema;
use apollo_compiler::ast::{Definition, Document, Field, Selection, Value};
use apollo_compiler::parser::{LineColumn, SourceSpan};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node};

use crate::error::suggest;

/// For how many names the choices are compared: a large document can have one at each of its tokens.
const MAX_COMPARED: usize = 20;

/// What to say about the unknown names of a document, by place.
pub(super) struct UnknownNames<'a> {
    schema: &'a Schema,
    document: &'a Document,
    messages: HashMap<LineColumn, String>,
}

impl<'a> UnknownNames<'a> {
    /// Looks for fields, arguments, input members and enum values of `document` that `schema` does not have.
    pub(super) fn of(schema: &'a Schema, document: &'a Document) -> Self {
        let mut found = Self {
            schema,
            document,
            messages: HashMap::new(),
        };
        for definition in &document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => {
                    if let Some(root) = schema.root_operation(operation.operation_type) {
                        found.selection(root, &operation.selection_set);
                    }
                }
                Definition::FragmentDefinition(fragment) => {
                    found.selection(&fragment.type_condition, &fragment.selection_set);
                }
                _ => {}
            }
        }
        found
    }

    /// Returns what to say about the name at `place`.
    pub(super) fn message(&self, place: LineColumn) -> Option<&str> {
        self.messages.get(&place).map(String::as_str)
    }

    fn selection(&mut self, parent: &Name, selections: &'a [Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(parent, field),
                Selection::InlineFragment(fragment) => {
                    let inner = fragment.type_condition.as_ref().unwrap_or(parent);
                    self.selection(inner, &fragment.selection_set);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, parent: &Name, field: &'a Node<Field>) {
        let Ok(definition) = self.schema.type_field(parent, &field.name) else {
            let Some(ExtendedType::Object(object)) = self.schema.types.get(parent) else {
                return;
            };
            let choices = object.fields.keys().map(Name::as_str);
            self.add(
                field.name.location(),
                format!("field `{}` not found on `{parent}`", field.name),
                &field.name,
                choices,
            );
            return;
        };
        for argument in &field.arguments {
            match definition.argument_by_name(&argument.name) {
                Some(known) => self.value(known.ty.inner_named_type(), &argument.value),
                None => {
                    let choices = definition.arguments.iter().map(|known| known.name.as_str());
                    let message = format!(
                        "argument `{}` not found on `{parent}.{}`",
                        argument.name, field.name
                    );
                    self.add(argument.location(), message, &argument.name, choices);
                }
            }
        }
        self.selection(definition.ty.inner_named_type(), &field.selection_set);
    }

    fn value(&mut self, ty: &Name, value: &'a Node<Value>) {
        match (&**value, self.schema.types.get(ty)) {
            (Value::List(items), _) => {
                for item in items {
                    self.value(ty, item);
                }
            }
            (Value::Object(members), Some(ExtendedType::InputObject(input))) => {
                for (name, member) in members {
                    match input.fields.get(name) {
                        Some(known) => self.value(known.ty.inner_named_type(), member),
                        None => {
                            let choices = input.fields.keys().map(Name::as_str);
                            let message = format!("member `{name}` not found on `{ty}`");
                            self.add(member.location(), message, name, choices);
                        }
                    }
                }
            }
            (Value::Enum(name), Some(ExtendedType::Enum(found))) if !found.values.contains_key(name) => {
                let choices = found.values.keys().map(Name::as_str);
                self.add(
                    value.location(),
                    format!("`{name}` is no value of `{ty}`"),
                    name,
                    choices,
                );
            }
            _ => {}
        }
    }

    fn add<'c>(
        &mut self,
        span: Option<SourceSpan>,
        mut message: String,
        name: &str,
        choices: impl Iterator<Item = &'c str> + Clone,
    ) {
        let range = span.and_then(|span| span.line_column_range(&self.document.sources));
        let Some(place) = range.map(|range| range.start) else {
            return;
        };
        if self.messages.len() < MAX_COMPARED
            && let Some(choice) = suggest::nearest(name, choices)
        {
            message.push_str(&format!("; did you mean `{choice}`"));
        }
        self.messages.insert(place, message);
    }
}

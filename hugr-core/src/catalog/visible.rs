//! The served schema as a role sees it in introspection: without what is hidden, which stays usable. PURE.

use std::collections::{HashSet, VecDeque};

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;

use super::surface::ServedSchema;

/// A part of a served schema.
#[derive(Clone, Debug)]
pub struct VisibleSchema(Valid<Schema>);

impl VisibleSchema {
    /// Returns `full` without the fields that `is_hidden` says so of, given the names of the type, of the field and of the type that it
    /// returns (empty for input fields); and without what then holds nothing, or is led to by
    /// nothing any more.
    pub fn new(full: &ServedSchema, is_hidden: impl Fn(&str, &str, &str) -> bool) -> Self {
        let full = full.schema();
        let mut schema = Schema::clone(full);
        retain_fields(&mut schema, |parent, field, returned| {
            !is_hidden(parent, field, returned)
        });
        remove_empty(&mut schema, full);
        remove_unreachable(&mut schema, full);
        // Fields are taken away with everything that refers to them.
        Self(Valid::assume_valid(schema))
    }

    /// Returns the part.
    #[must_use]
    pub fn schema(&self) -> &Valid<Schema> {
        &self.0
    }
}

fn retain_fields(schema: &mut Schema, keep: impl Fn(&str, &str, &str) -> bool) {
    for (parent, ty) in &mut schema.types {
        let parent = parent.as_str();
        match ty {
            ExtendedType::Object(object) if !parent.starts_with("__") => {
                let is_kept = |name: &str, returned: &str| keep(parent, name, returned);
                let has_hidden = object
                    .fields
                    .iter()
                    .any(|(name, field)| !is_kept(name, field.ty.inner_named_type()));
                if has_hidden {
                    object
                        .make_mut()
                        .fields
                        .retain(|name, field| is_kept(name, field.ty.inner_named_type()));
                }
            }
            ExtendedType::InputObject(input) => {
                let is_kept = |name: &str| keep(parent, name, "");
                if input.fields.keys().any(|name| !is_kept(name)) {
                    input.make_mut().fields.retain(|name, _| is_kept(name));
                }
            }
            ExtendedType::Object(_)
            | ExtendedType::Interface(_)
            | ExtendedType::Union(_)
            | ExtendedType::Enum(_)
            | ExtendedType::Scalar(_) => {}
        }
    }
}

/// Takes away types that have lost all their fields, with the fields that lead to them, as often as that leaves others
/// empty.
fn remove_empty(schema: &mut Schema, full: &Schema) {
    loop {
        let empty: HashSet<String> = schema
            .types
            .iter()
            .filter(|(name, ty)| is_empty(ty) && !is_root(full, name))
            .map(|(name, _)| name.to_string())
            .collect();
        if empty.is_empty() {
            return;
        }
        schema.types.retain(|name, _| !empty.contains(name.as_str()));
        retain_fields(schema, |_, _, returned| !empty.contains(returned));
        remove_inputs(schema, &empty);
    }
}

fn is_empty(ty: &ExtendedType) -> bool {
    match ty {
        ExtendedType::Object(object) => object.fields.is_empty(),
        ExtendedType::InputObject(input) => input.fields.is_empty(),
        ExtendedType::Interface(_)
        | ExtendedType::Union(_)
        | ExtendedType::Enum(_)
        | ExtendedType::Scalar(_) => false,
    }
}

/// Takes away the arguments and input fields of types that are gone.
fn remove_inputs(schema: &mut Schema, gone: &HashSet<String>) {
    for ty in schema.types.values_mut() {
        match ty {
            ExtendedType::InputObject(input) => {
                let is_kept = |ty: &str| !gone.contains(ty);
                if input
                    .fields
                    .values()
                    .any(|field| !is_kept(field.ty.inner_named_type()))
                {
                    input
                        .make_mut()
                        .fields
                        .retain(|_, field| is_kept(field.ty.inner_named_type()));
                }
            }
            ExtendedType::Object(object) => {
                let is_kept = |ty: &str| !gone.contains(ty);
                let mut fields = object.fields.values();
                let has_gone = fields.any(|field| {
                    field
                        .arguments
                        .iter()
                        .any(|argument| !is_kept(argument.ty.inner_named_type()))
                });
                if has_gone {
                    for field in object.make_mut().fields.values_mut() {
                        field
                            .make_mut()
                            .arguments
                            .retain(|argument| is_kept(argument.ty.inner_named_type()));
                    }
                }
            }
            ExtendedType::Interface(_)
            | ExtendedType::Union(_)
            | ExtendedType::Enum(_)
            | ExtendedType::Scalar(_) => {}
        }
    }
}

fn is_root(schema: &Schema, name: &str) -> bool {
    schema
        .schema_definition
        .iter_root_operations()
        .any(|(_, root)| root.as_str() == name)
}

/// Takes away what was led to before, and is not any more.
fn remove_unreachable(schema: &mut Schema, full: &Schema) {
    let before = reachable(full);
    let after = reachable(schema);
    schema
        .types
        .retain(|name, _| after.contains(name.as_str()) || !before.contains(name.as_str()));
}

/// Returns the names of the types that the roots lead to.
fn reachable(schema: &Schema) -> HashSet<String> {
    let roots = schema.schema_definition.iter_root_operations();
    let mut pending: VecDeque<String> = roots.map(|(_, root)| root.to_string()).collect();
    let mut found: HashSet<String> = pending.iter().cloned().collect();
    let mut reach = |name: &str, pending: &mut VecDeque<String>| {
        if found.insert(name.to_owned()) {
            pending.push_back(name.to_owned());
        }
    };
    while let Some(name) = pending.pop_front() {
        match schema.types.get(name.as_str()) {
            Some(ExtendedType::Object(object)) => {
                for field in object.fields.values() {
                    reach(field.ty.inner_named_type(), &mut pending);
                    for argument in &field.arguments {
                        reach(argument.ty.inner_named_type(), &mut pending);
                    }
                }
            }
            Some(ExtendedType::InputObject(input)) => {
                for field in input.fields.values() {
                    reach(field.ty.inner_named_type(), &mut pending);
                }
            }
            _ => {}
        }
    }
    found
}

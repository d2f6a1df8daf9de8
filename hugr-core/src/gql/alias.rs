//! Names by which clients of the original know types that are served without a prefix.

use std::borrow::Cow;

use apollo_compiler::ast::{Definition, Document, Type};
use apollo_compiler::{Name, Schema};

/// Put before the types of module `core` by newer versions of the original.
const CORE_PREFIX: &str = "core_";

/// Returns the name under which a type is served that is also known as `name`; `None` when `name` is served itself, or not
/// known at all.
pub(crate) fn served_name<'a>(schema: &Schema, name: &'a str) -> Option<&'a str> {
    let served = name.strip_prefix(CORE_PREFIX)?;
    let is_alias = !schema.types.contains_key(name) && schema.types.contains_key(served);
    is_alias.then_some(served)
}

/// Gives the types of variables and fragments the names under which they are served.
pub(super) fn with_served_names<'a>(document: &'a Document, schema: &Schema) -> Cow<'a, Document> {
    let mut document = Cow::Borrowed(document);
    for index in 0..document.definitions.len() {
        let renamed = document
            .definitions
            .get(index)
            .and_then(|definition| renamed(definition, schema));
        if let Some(renamed) = renamed
            && let Some(place) = document.to_mut().definitions.get_mut(index)
        {
            *place = renamed;
        }
    }
    document
}

fn renamed(definition: &Definition, schema: &Schema) -> Option<Definition> {
    let served = |name: &Name| served_name(schema, name).and_then(|served| Name::new(served).ok());
    match definition {
        Definition::OperationDefinition(operation) => {
            let mut variables = operation.variables.iter();
            if !variables.any(|variable| served(variable.ty.inner_named_type()).is_some()) {
                return None;
            }
            let mut operation = operation.clone();
            for variable in &mut operation.make_mut().variables {
                if let Some(name) = served(variable.ty.inner_named_type()) {
                    let variable = variable.make_mut();
                    let ty = with_inner_name((*variable.ty).clone(), &name);
                    *variable.ty.make_mut() = ty;
                }
            }
            Some(Definition::OperationDefinition(operation))
        }
        Definition::FragmentDefinition(fragment) => {
            let name = served(&fragment.type_condition)?;
            let mut fragment = fragment.clone();
            fragment.make_mut().type_condition = name;
            Some(Definition::FragmentDefinition(fragment))
        }
        _ => None,
    }
}

fn with_inner_name(ty: Type, name: &Name) -> Type {
    match ty {
        Type::Named(_) => Type::Named(name.clone()),
        Type::NonNullNamed(_) => Type::NonNullNamed(name.clone()),
        Type::List(item) => Type::List(Box::new(with_inner_name(*item, name))),
        Type::NonNullList(item) => Type::NonNullList(Box::new(with_inner_name(*item, name))),
    }
}

//! What the served schema adds to the types of introspection, for the tools of the original.

use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::schema::{Component, ExtendedType};
use apollo_compiler::{Name, Schema, name};

/// Adds the members to `__Type` and `__Field`.
pub(super) fn extend(schema: &mut Schema) {
    let string = || Type::Named(name!("String"));
    let boolean = || Type::Named(name!("Boolean"));
    let of_types = [
        (name!("hugr_type"), string()),
        (name!("module"), string()),
        (name!("catalog"), string()),
        (name!("isOneOf"), boolean()),
    ];
    let of_fields = [
        (name!("hugr_type"), string()),
        (name!("catalog"), string()),
        (name!("mcp_exclude"), boolean()),
    ];
    add(schema, "__Type", of_types);
    add(schema, "__Field", of_fields);
}

fn add<const N: usize>(schema: &mut Schema, type_name: &str, members: [(Name, Type); N]) {
    let Some(ExtendedType::Object(object)) = schema.types.get_mut(type_name) else {
        return;
    };
    let fields = &mut object.make_mut().fields;
    for (name, ty) in members {
        let field = FieldDefinition {
            description: None,
            name: name.clone(),
            arguments: Vec::new(),
            ty,
            directives: Default::default(),
        };
        fields.insert(name, Component::new(field));
    }
}

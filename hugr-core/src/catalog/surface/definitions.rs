//! The types of the served schema, made without a text in between.
//!
//! A schema has few different arguments and columns and very many places where they stand, so equal ones are one value: a
//! thousand tables with a column `id: Int!` share it.

use std::collections::{BTreeMap, HashMap};

use apollo_compiler::ast::{
    self, Definition, DirectiveList, EnumValueDefinition, FieldDefinition, InputValueDefinition, Type, Value,
};
use apollo_compiler::collections::{IndexMap, IndexSet};
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::{
    Component, ComponentName, EnumType, ExtendedType, InputObjectType, ObjectType,
};
use apollo_compiler::validation::DiagnosticList;
use apollo_compiler::{Name, Node, Schema};

use crate::catalog::sdl::{MemberDraft, TypeDraft, TypeKeyword};

/// Name of the served schema in diagnostics.
pub(super) const FILE: &str = "served schema";

/// The types so far.
#[derive(Default)]
pub(super) struct Definitions {
    types: BTreeMap<String, ExtendedType>,
    /// Types that sources write themselves, as SDL.
    texts: String,
    nodes: Nodes,
    /// Pieces of SDL that do not parse: mistakes of the compiler.
    faults: Vec<String>,
}

impl Definitions {
    /// Adds a type; returns whether its name was free.
    pub(super) fn insert(&mut self, draft: TypeDraft) -> bool {
        let name = self.nodes.name(&draft.name);
        let description = draft.description.as_deref().map(Node::new_str);
        let made = match draft.keyword {
            TypeKeyword::Object => self.object(name, description, &draft.members),
            TypeKeyword::Input => self.input(name, description, &draft.members),
            TypeKeyword::Enum => self.enumeration(name, description, &draft.members),
        };
        self.types.insert(draft.name, made).is_none()
    }

    /// Adds types as SDL.
    pub(super) fn insert_text(&mut self, text: &str) {
        self.texts.push('\n');
        self.texts.push_str(text);
    }

    /// Returns the schema of all types and of those that `system` defines, not yet validated.
    ///
    /// # Errors
    /// What the parser says about SDL that is not valid.
    pub(super) fn into_schema(self, system: &str) -> Result<Schema, Vec<String>> {
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let text = format!("{system}{}", self.texts);
        let mut schema = Schema::builder()
            .parse(text, FILE)
            .build()
            .map_err(|invalid| messages(&invalid.errors))?;
        schema.types.reserve(self.types.len());
        for found in self.types.into_values() {
            schema.types.insert(found.name().clone(), found);
        }
        schema.types.sort_unstable_keys();
        let root = |name: &str| {
            let (name, _) = schema.types.get_key_value(name)?;
            Some(ComponentName::from(name.clone()))
        };
        let (query, mutation) = (root("Query"), root("Mutation"));
        let roots = schema.schema_definition.make_mut();
        roots.query = query;
        roots.mutation = mutation;
        Ok(schema)
    }

    fn object(
        &mut self,
        name: Name,
        description: Option<Node<str>>,
        members: &[MemberDraft],
    ) -> ExtendedType {
        let mut fields = IndexMap::with_capacity_and_hasher(members.len(), Default::default());
        for member in members {
            match self.nodes.field(member) {
                Ok(field) => {
                    fields.insert(field.name.clone(), Component::from(field));
                }
                Err(fault) => self.faults.push(fault),
            }
        }
        ExtendedType::Object(Node::new(ObjectType {
            description,
            name,
            implements_interfaces: IndexSet::default(),
            directives: Default::default(),
            fields,
        }))
    }

    fn input(&mut self, name: Name, description: Option<Node<str>>, members: &[MemberDraft]) -> ExtendedType {
        let mut fields = IndexMap::with_capacity_and_hasher(members.len(), Default::default());
        for member in members {
            match self.nodes.input_member(member) {
                Ok(field) => {
                    fields.insert(field.name.clone(), Component::from(field));
                }
                Err(fault) => self.faults.push(fault),
            }
        }
        ExtendedType::InputObject(Node::new(InputObjectType {
            description,
            name,
            directives: Default::default(),
            fields,
        }))
    }

    fn enumeration(
        &mut self,
        name: Name,
        description: Option<Node<str>>,
        members: &[MemberDraft],
    ) -> ExtendedType {
        let values = members.iter().map(|member| {
            let value = EnumValueDefinition {
                description: member.description.as_deref().map(Node::new_str),
                value: self.nodes.name(&member.name),
                directives: DirectiveList::default(),
            };
            (value.value.clone(), Component::new(value))
        });
        ExtendedType::Enum(Node::new(EnumType {
            description,
            name,
            directives: Default::default(),
            values: values.collect(),
        }))
    }
}

/// What stands in many places, made once.
#[derive(Default)]
struct Nodes {
    names: HashMap<String, Name>,
    types: HashMap<String, MemberType>,
    arguments: HashMap<String, Node<InputValueDefinition>>,
    argument_lists: HashMap<String, Vec<Node<InputValueDefinition>>>,
    /// Fields without arguments, by name, type and description.
    fields: HashMap<String, Node<FieldDefinition>>,
    input_members: HashMap<String, Node<InputValueDefinition>>,
}

/// What stands after the colon of a member.
#[derive(Clone)]
struct MemberType {
    ty: Node<Type>,
    default: Option<Node<Value>>,
    directives: DirectiveList,
}

impl Nodes {
    fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        // Names come from the model, where they are known to be legal; validation would find another.
        let name = Name::new_unchecked(text);
        self.names.insert(text.to_owned(), name.clone());
        name
    }

    fn field(&mut self, member: &MemberDraft) -> Result<Node<FieldDefinition>, String> {
        let key = member.arguments.is_empty().then(|| key(member));
        if let Some(known) = key.as_ref().and_then(|key| self.fields.get(key)) {
            return Ok(known.clone());
        }
        let member_type = self.member_type(&member.ty)?;
        let made = Node::new(FieldDefinition {
            description: member.description.as_deref().map(Node::new_str),
            name: self.name(&member.name),
            arguments: self.argument_list(&member.arguments)?,
            ty: member_type.ty.as_ref().clone(),
            directives: member_type.directives,
        });
        if let Some(key) = key {
            self.fields.insert(key, made.clone());
        }
        Ok(made)
    }

    fn input_member(&mut self, member: &MemberDraft) -> Result<Node<InputValueDefinition>, String> {
        let key = key(member);
        if let Some(known) = self.input_members.get(&key) {
            return Ok(known.clone());
        }
        let member_type = self.member_type(&member.ty)?;
        let made = Node::new(InputValueDefinition {
            description: member.description.as_deref().map(Node::new_str),
            name: self.name(&member.name),
            ty: member_type.ty,
            default_value: member_type.default,
            directives: member_type.directives,
        });
        self.input_members.insert(key, made.clone());
        Ok(made)
    }

    fn argument_list(&mut self, text: &str) -> Result<Vec<Node<InputValueDefinition>>, String> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(known) = self.argument_lists.get(text) {
            return Ok(known.clone());
        }
        let made: Vec<_> = split(text)
            .map(|argument| self.argument(argument))
            .collect::<Result<_, _>>()?;
        self.argument_lists.insert(text.to_owned(), made.clone());
        Ok(made)
    }

    /// Returns the argument `text`, for instance `limit: Int = 2000`.
    fn argument(&mut self, text: &str) -> Result<Node<InputValueDefinition>, String> {
        if let Some(known) = self.arguments.get(text) {
            return Ok(known.clone());
        }
        let (name, ty) = text
            .split_once(':')
            .ok_or_else(|| format!("argument `{text}` has no type"))?;
        let member_type = self.member_type(ty.trim())?;
        let made = Node::new(InputValueDefinition {
            description: None,
            name: self.name(name.trim()),
            ty: member_type.ty,
            default_value: member_type.default,
            directives: member_type.directives,
        });
        self.arguments.insert(text.to_owned(), made.clone());
        Ok(made)
    }

    /// Returns the type `text`, perhaps with a default and directives after it.
    fn member_type(&mut self, text: &str) -> Result<MemberType, String> {
        if let Some(known) = self.types.get(text) {
            return Ok(known.clone());
        }
        let made = match self.plain_type(text) {
            Some(ty) => MemberType {
                ty: Node::new(ty),
                default: None,
                directives: DirectiveList::default(),
            },
            None => parsed(text).ok_or_else(|| format!("`{text}` is no type"))?,
        };
        self.types.insert(text.to_owned(), made.clone());
        Ok(made)
    }

    /// Returns the type `text` when there is nothing after it.
    fn plain_type(&mut self, text: &str) -> Option<Type> {
        if let Some(inner) = text.strip_suffix('!') {
            return Some(match self.plain_type(inner)? {
                Type::Named(name) => Type::NonNullNamed(name),
                Type::List(item) => Type::NonNullList(item),
                Type::NonNullNamed(_) | Type::NonNullList(_) => return None,
            });
        }
        if let Some(item) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Some(Type::List(Box::new(self.plain_type(item)?)));
        }
        Name::is_valid_syntax(text).then(|| Type::Named(self.name(text)))
    }
}

/// Returns what tells a member without arguments from others.
fn key(member: &MemberDraft) -> String {
    let description = member.description.as_deref().unwrap_or_default();
    let mut key = String::with_capacity(member.name.len() + member.ty.len() + description.len() + 2);
    for part in [&member.name, "\0", &member.ty, "\0", description] {
        key.push_str(part);
    }
    key
}

/// Splits arguments at the commas between them, not at those in strings, lists and objects.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut is_escaped = false;
    let parts = text.split(move |character: char| {
        if in_string {
            let ends = character == '"' && !is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            in_string = !ends;
            return false;
        }
        match character {
            '"' => in_string = true,
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth = depth.saturating_sub(1),
            _ => return character == ',' && depth == 0,
        }
        false
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// Parses the type, default and directives of an input member.
fn parsed(text: &str) -> Option<MemberType> {
    let document: ast::Document = Parser::new()
        .parse_ast(format!("input x {{ x: {text} }}"), FILE)
        .ok()?;
    let Some(Definition::InputObjectTypeDefinition(input)) = document.definitions.first() else {
        return None;
    };
    let field = input.fields.first()?;
    Some(MemberType {
        ty: field.ty.clone(),
        default: field.default_value.clone(),
        directives: field.directives.clone(),
    })
}

/// Returns the messages of `errors`.
pub(super) fn messages(errors: &DiagnosticList) -> Vec<String> {
    errors.iter().map(|error| error.error.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_split_between_them_only() {
        let found: Vec<_> =
            split(r#"a: [Int] = [1, 2], b: String = "x, \", y", c: o = {d: 1, e: 2}"#).collect();
        assert_eq!(
            found,
            [
                "a: [Int] = [1, 2]",
                r#"b: String = "x, \", y""#,
                "c: o = {d: 1, e: 2}"
            ]
        );
    }

    #[test]
    fn types_have_defaults_and_directives() {
        let mut nodes = Nodes::default();
        let made = nodes
            .member_type("[Int!]! = [1] @deprecated(reason: \"no\")")
            .unwrap();
        assert_eq!(made.ty.to_string(), "[Int!]!");
        assert_eq!(made.default.unwrap().serialize().no_indent().to_string(), "[1]");
        assert!(made.directives.has("deprecated"));
        assert_eq!(nodes.member_type("[[a!]]!").unwrap().ty.to_string(), "[[a!]]!");
        assert!(nodes.member_type("Int!!").is_err());
    }

    #[test]
    fn equal_columns_are_one_value() {
        let mut nodes = Nodes::default();
        let mut draft = TypeDraft::new(TypeKeyword::Object, "t", None);
        draft.member("id", "Int!", Some("key"));
        let (first, second) = (nodes.field(&draft.members[0]), nodes.field(&draft.members[0]));
        assert!(first.unwrap().ptr_eq(&second.unwrap()));
    }
}

//! What clients may ask about the served schema: `__schema` and `__type` with the members that tools of the original know,
//! and the meta queries on `Query` (`_catalog`, `_module`, `_dataObject`, …). PURE.
//!
//! Answers are written straight from the served schema and the catalog; what is hidden from the role is not in the schema that it sees.
//!
//! Reading order: this file, `value` (how an answer is written); `schema`, `type_view`, `member` with `kind` (GraphQL's view);
//! `source`, `module`, `data_object`, `relation`, `function`, `search` (the view of tables and functions).

mod data_object;
mod function;
mod kind;
mod member;
mod module;
mod relation;
mod schema;
mod search;
mod source;
mod type_view;
mod value;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use self::module::ModuleView;
use self::type_view::TypeView;
use self::value::{Object, Value, Writer};
use super::model::{Catalog, ModulePath};
use super::surface::ServedSchema;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::SourceName;

pub use self::source::SourceProfile;

/// Types of the meta queries, which `__schema` does not list; `__type` finds them.
const META_TYPES: [&str; 9] = [
    "_Module",
    "_DataObject",
    "_DataObjectProperties",
    "_DataObjectQuery",
    "_Relation",
    "_Function",
    "_DataSource",
    "_SearchResult",
    "_SearchHit",
];

/// What questions are answered from.
pub struct Introspection<'a> {
    /// The served schema as the role sees it.
    pub schema: &'a Valid<Schema>,
    /// The whole of it.
    pub served: &'a ServedSchema,
    /// The catalog behind it.
    pub catalog: &'a Catalog,
    /// How the sources are registered.
    pub sources: &'a BTreeMap<SourceName, SourceProfile>,
}

impl std::fmt::Debug for Introspection<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Introspection").finish_non_exhaustive()
    }
}

/// The question, and what is found out once for all of its parts.
struct Context<'a> {
    introspection: &'a Introspection<'a>,
    module_types: OnceCell<HashMap<String, ModulePath>>,
}

impl<'a> Introspection<'a> {
    /// Returns the answer to the root field `selected` as JSON text.
    ///
    /// # Errors
    /// `RESOURCE_EXHAUSTED` when the answer would explode, `GRAPHQL_VALIDATION` when the field is no question about the schema.
    pub fn answer(&'a self, selected: &Selected) -> Result<Vec<u8>> {
        let context = Context {
            introspection: self,
            module_types: OnceCell::new(),
        };
        let value = context.root(selected)?;
        let mut writer = Writer::new(&context);
        writer.write(&value, selected)?;
        Ok(writer.finish())
    }
}

impl<'a> Context<'a> {
    fn catalog(&self) -> &'a Catalog {
        self.introspection.catalog
    }

    fn served(&self) -> &'a ServedSchema {
        self.introspection.served
    }

    /// Returns the served schema as the role sees it.
    fn schema(&self) -> &'a Valid<Schema> {
        self.introspection.schema
    }

    /// Returns whether the role sees `field` of the type `type_name`.
    fn shows(&self, type_name: &str, field: &str) -> bool {
        self.schema().type_field(type_name, field).is_ok()
    }

    fn root(&self, selected: &Selected) -> Result<Value<'a>> {
        Ok(match selected.name.as_str() {
            "__schema" => Value::Object(Object::Schema),
            "__type" => self.type_called(&text(selected, "name")),
            "_catalog" => Value::Object(Object::Module(ModuleView::root())),
            "_module" => ModuleView::find(self, &text(selected, "name"))
                .map_or(Value::Null, |found| Value::Object(Object::Module(found))),
            "_dataObject" => data_object::find(self, &text(selected, "name")),
            "_function" => function::find(self, &text(selected, "module"), &text(selected, "name")),
            "_dataSources" => source::all(self),
            "_dataSource" => source::find(self, &text(selected, "name")),
            "_types" => schema::types(self, &text(selected, "scope")),
            "_search" => search::search(self, selected)?,
            other => {
                return Err(Error::new(
                    ErrorCode::GraphqlValidation,
                    format!("`{other}` is no question about the schema"),
                ));
            }
        })
    }

    /// Returns the type called `name` of the served schema, or null.
    fn type_called(&self, name: &str) -> Value<'a> {
        match self.schema().types.get(name) {
            Some(found) => Value::Object(Object::Type(TypeView::Definition(found))),
            None => Value::Null,
        }
    }

    /// Returns the modules behind the module types of the served schema.
    fn module_types(&self) -> &HashMap<String, ModulePath> {
        self.module_types.get_or_init(|| module::types(self.catalog()))
    }
}

/// Returns argument `name` as text; empty when it is not given.
fn text(selected: &Selected, name: &str) -> String {
    let given = selected.arguments.get(name).and_then(serde_json::Value::as_str);
    given.unwrap_or_default().to_owned()
}

/// Returns argument `name`, or `default` when it is not given.
fn flag(selected: &Selected, name: &str, default: bool) -> bool {
    let given = selected.arguments.get(name).and_then(serde_json::Value::as_bool);
    given.unwrap_or(default)
}

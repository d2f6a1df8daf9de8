//! The compiled form of what sources declare: values that the planner reads.
//!
//! `object` tables and views; `field` their columns; `relation` how they hang together; `function` functions and the
//! fields that call them.

mod field;
mod function;
mod object;
mod relation;

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::name::{FieldName, SourceName, TypeName};

pub use self::field::{
    BaseType, Field, FieldDefault, FieldOptions, FieldType, FieldValue, FilterRule, StructType,
};
pub use self::function::{
    CallField, CallKind, Function, FunctionBody, FunctionKind, Parameter, SqlCall, TypeBase, TypeRef,
};
pub use self::object::{
    CachingRule, Companion, CompanionKind, DataObject, Embeddings, MutationSupport, Origin, PinnedState,
    UniqueKey, VectorDistance, ViewParameters,
};
pub use self::relation::{Cardinality, Link, LinkPath, Relation, TypeExtension};

/// Dotted path of a module; empty for the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulePath(Vec<String>);

impl ModulePath {
    /// Returns the path that `dotted` names; empty text is the root.
    #[must_use]
    pub fn parse(dotted: &str) -> Self {
        Self(
            dotted
                .split('.')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Returns the segments, outermost first.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.0
    }

    /// Returns the enclosing module and the last segment; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<(Self, &str)> {
        let (last, enclosing) = self.0.split_last()?;
        Some((Self(enclosing.to_vec()), last))
    }

    /// Returns the path with dots.
    #[must_use]
    pub fn dotted(&self) -> String {
        self.0.join(".")
    }
}

/// Everything that one source declares, compiled.
#[derive(Clone, Debug)]
pub struct SourceCatalog {
    /// The source.
    pub source: SourceName,
    /// Hash of the SDL and of the options that shape its compilation: an equal version need not be compiled again.
    pub version: u64,
    /// Whether its tables take no mutations.
    pub is_read_only: bool,
    /// Tables and views by served type name.
    pub objects: IndexMap<TypeName, Arc<DataObject>>,
    /// Struct types by served type name.
    pub structs: IndexMap<TypeName, Arc<StructType>>,
    /// Enums, and inputs that serve as arguments, by served type name, as SDL to be served as written; directives
    /// other than `@deprecated` are taken out.
    pub passthrough: IndexMap<TypeName, String>,
    /// Foreign keys, in the order of declaration.
    pub relations: Vec<Relation>,
    /// Functions.
    pub functions: Vec<Arc<Function>>,
    /// What it adds to types of other sources; only extension sources do.
    pub extensions: Vec<TypeExtension>,
}

/// All sources together: what a request sees. Built by `merge`, never changed.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The merged sources.
    pub sources: BTreeMap<SourceName, Arc<SourceCatalog>>,
    /// Tables and views by served type name, sorted; their links are resolved.
    pub objects: BTreeMap<TypeName, Arc<DataObject>>,
    /// Struct types by served type name, sorted.
    pub structs: BTreeMap<TypeName, Arc<StructType>>,
    /// Functions.
    pub functions: Vec<Arc<Function>>,
}

impl Catalog {
    /// Returns the object with the served type name `name`.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&Arc<DataObject>> {
        self.objects.get(name)
    }

    /// Returns the function `name` of `kind` in `module`.
    #[must_use]
    pub fn function(
        &self,
        kind: FunctionKind,
        module: &ModulePath,
        name: &FieldName,
    ) -> Option<&Arc<Function>> {
        self.functions
            .iter()
            .find(|function| function.kind == kind && function.name == *name && function.module == *module)
    }

    /// Returns the struct with the served type name `name`.
    #[must_use]
    pub fn struct_type(&self, name: &str) -> Option<&Arc<StructType>> {
        self.structs.get(name)
    }
}

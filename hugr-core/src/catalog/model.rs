//! The compiled form of what sources declare: values that the planner reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::scalar::Scalar;
use crate::name::{FieldName, SourceName, TypeName};
use crate::sql::fragment::Fragment;

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

    /// Returns the struct with the served type name `name`.
    #[must_use]
    pub fn struct_type(&self, name: &str) -> Option<&Arc<StructType>> {
        self.structs.get(name)
    }
}

/// A table or view.
#[derive(Clone, Debug)]
pub struct DataObject {
    /// Served type name.
    pub name: TypeName,
    /// The source that declares it.
    pub source: SourceName,
    /// Where its root fields live.
    pub module: ModulePath,
    /// Name of its root list field; the stem of `<x>_by_pk` and its like.
    pub query_name: FieldName,
    /// What it reads from.
    pub origin: Origin,
    /// Columns in the order of declaration.
    pub fields: IndexMap<FieldName, Field>,
    /// Fields of the primary key in the order of declaration; empty when there is none.
    pub primary_key: Vec<FieldName>,
    /// Navigation fields to other objects, forward ones first.
    pub links: IndexMap<FieldName, Link>,
    /// Whether it only links two others, many to many.
    pub is_junction: bool,
    /// Look-ups of one row by other fields than the primary key.
    pub unique_keys: Vec<UniqueKey>,
    /// Condition that live rows meet (`@table(soft_delete_cond:)`); rows that do not are deleted ones.
    pub soft_delete: Option<Fragment>,
    /// Whether it takes no mutations: a view, or a table of a read-only source.
    pub is_read_only: bool,
    /// Which mutations are served for it.
    pub mutations: MutationSupport,
    /// What people read about it.
    pub description: Option<String>,
}

/// A root field that reads one row by fields that `@unique` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueKey {
    /// Name of the root field.
    pub query_name: FieldName,
    /// The fields, in the order of the root field's arguments.
    pub fields: Vec<FieldName>,
}

/// Which mutations are served for a data object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MutationSupport {
    /// None.
    #[default]
    None,
    /// Insert, update and delete.
    InsertUpdateDelete,
}

/// What a data object reads from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A table or view of the source: its name, split at dots outside quotes, unquoted.
    Relation(Vec<String>),
    /// The SQL of `@view(sql:)`.
    Query(Fragment),
    /// Rows that the process itself provides, by name; only built-in sources have them.
    Runtime(String),
}

/// A column of a data object, or a member of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name in the served schema.
    pub name: FieldName,
    /// Type.
    pub ty: FieldType,
    /// Where the value comes from.
    pub value: FieldValue,
    /// What its directives say about the value.
    pub options: FieldOptions,
    /// What people read about it.
    pub description: Option<String>,
    /// Why it should not be used any more.
    pub deprecated: Option<String>,
}

/// What the directives of a field say about its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldOptions {
    /// Value that inserts and updates give it (`@default`).
    pub default: Option<FieldDefault>,
    /// The column that the field's own name means inside its `@sql` expression, when `@field_source` names another.
    pub own_column: Option<String>,
    /// Reference system of a geometry (`@geometry_info`); 4326 when not said.
    pub srid: Option<i32>,
    /// Length of a vector (`@dim`).
    pub vector_length: Option<u32>,
    /// Whether and how it can be filtered.
    pub filter: FilterRule,
}

/// Whether a field takes part in its object's filter input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterRule {
    /// Its member is there and may be left out.
    #[default]
    Optional,
    /// Its member must be given (`@filter_required`).
    Required,
    /// It has no member (`@exclude_filter` without operations).
    Excluded,
}

/// The arguments of `@default`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldDefault {
    /// Constant, as GraphQL text.
    pub value: Option<String>,
    /// Name of a sequence that inserts take the value from.
    pub sequence: Option<String>,
    /// SQL that replaces the value on insert.
    pub insert_expression: Option<Fragment>,
    /// SQL that replaces the value on update.
    pub update_expression: Option<Fragment>,
}

/// Type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldType {
    /// The innermost type.
    pub base: BaseType,
    /// Whether the field is a list of it.
    pub is_list: bool,
    /// Whether the field (the list, when it is one) is never null.
    pub is_required: bool,
    /// Whether the items of a list are never null.
    pub are_items_required: bool,
}

/// Innermost type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BaseType {
    /// A scalar.
    Scalar(Scalar),
    /// A struct of the same source.
    Struct(TypeName),
    /// An enum of the same source; text in SQL.
    Enum(TypeName),
}

/// Where the value of a field comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// A column, or a member of a struct, by its SQL name.
    Column(String),
    /// An SQL expression over other fields, from `@sql(exp:)`.
    Expression(Fragment),
    /// No column: reads as NULL (`@field_source(field: "-")`).
    Absent,
}

/// A struct type.
#[derive(Clone, Debug)]
pub struct StructType {
    /// Served type name.
    pub name: TypeName,
    /// Members in the order of declaration.
    pub fields: IndexMap<FieldName, Field>,
    /// What people read about it.
    pub description: Option<String>,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Name, unique within the declaring object.
    pub name: String,
    /// The declaring object.
    pub from: TypeName,
    /// The referenced object.
    pub to: TypeName,
    /// Pairs of (field of `from`, field of `to`) that are equal.
    pub keys: Vec<(FieldName, FieldName)>,
    /// Name of the field on `from` that leads to `to`.
    pub forward_field: FieldName,
    /// Name of the field on `to` that lists `from`.
    pub back_field: FieldName,
    /// Description of the forward field.
    pub description: Option<String>,
    /// Description of the back field.
    pub back_description: Option<String>,
}

/// A navigation field: how to get from a row to rows of another object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Name of the field.
    pub name: FieldName,
    /// The object it leads to.
    pub target: TypeName,
    /// One object or a list.
    pub cardinality: Cardinality,
    /// How rows are matched.
    pub path: LinkPath,
    /// What people read about it.
    pub description: Option<String>,
}

/// Whether a link leads to one row or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// At most one; `null` when there is none.
    One,
    /// A list; `null`, not `[]`, when there is none.
    Many,
}

/// How the rows of a link are matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkPath {
    /// Pairs of (field of this object, field of the target) that are equal.
    Keys(Vec<(FieldName, FieldName)>),
    /// Through the rows of a junction.
    Junction {
        /// The junction object.
        junction: TypeName,
        /// Pairs of (field of this object, field of the junction).
        near: Vec<(FieldName, FieldName)>,
        /// Pairs of (field of the junction, field of the target).
        far: Vec<(FieldName, FieldName)>,
    },
}

/// A function that can be called.
#[derive(Clone, Debug)]
pub struct Function {
    /// Name of the field.
    pub name: FieldName,
    /// The source that declares it.
    pub source: SourceName,
    /// Where it lives below `function`.
    pub module: ModulePath,
    /// Whether it belongs to `Query.function` or `Mutation.function`.
    pub kind: FunctionKind,
    /// Arguments as SDL, for instance `name: String!`.
    pub arguments: Vec<String>,
    /// Type as SDL.
    pub returns: String,
    /// What it does.
    pub body: FunctionBody,
    /// What people read about it.
    pub description: Option<String>,
}

/// Whether a function reads or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// Below `Query.function`.
    Query,
    /// Below `Mutation.function`.
    Mutation,
}

/// What a function does.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionBody {
    /// Runs in this process, by name; only built-in sources have them.
    Runtime(String),
    /// Calls SQL.
    Sql(Fragment),
}

//! Tables and views.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::ModulePath;
use super::field::{BaseType, Field};
use super::function::{CallField, Parameter};
use super::relation::Link;
use crate::catalog::scalar::Scalar;
use crate::name::{FieldName, SourceName, TypeName};
use crate::sql::fragment::Fragment;

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
    /// Fields that call functions with values of the row.
    pub calls: IndexMap<FieldName, CallField>,
    /// Fields that the engine derives from one other field each.
    pub companions: IndexMap<FieldName, Companion>,
    /// What must or may be given to read it (`@args`); `args` in the served schema.
    pub parameters: Option<ViewParameters>,
    /// Whether it only links two others, many to many.
    pub is_junction: bool,
    /// Look-ups of one row by other fields than the primary key.
    pub unique_keys: Vec<UniqueKey>,
    /// Condition that live rows meet (`@table(soft_delete_cond:)`); rows that do not are deleted ones.
    pub soft_delete: Option<Fragment>,
    /// Whether it was declared as a view.
    pub is_view: bool,
    /// Fields that tools for language models should not see (`@exclude_mcp`).
    pub mcp_excluded: BTreeSet<FieldName>,
    /// What a delete assigns instead of removing rows (`@table(soft_delete_set:)`): `column = value`, with commas between.
    pub soft_delete_set: Option<Fragment>,
    /// Whether it takes no mutations: a view, or a table of a read-only source.
    pub is_read_only: bool,
    /// Which mutations are served for it.
    pub mutations: MutationSupport,
    /// Whether reading groups by the fields that are not measured (`@cube`).
    pub is_cube: bool,
    /// Whether it is a time series of TimescaleDB (`@hypertable`).
    pub is_hypertable: bool,
    /// The state that is read instead of the present one (`@at`).
    pub pinned: Option<PinnedState>,
    /// How texts are searched by meaning (`@embeddings`).
    pub embeddings: Option<Embeddings>,
    /// How answers are kept that read it, unless the request says otherwise (`@cache`).
    pub caching: Option<CachingRule>,
    /// Sources without which it is not served (`@dependency`).
    pub dependencies: Vec<SourceName>,
    /// What people read about it.
    pub description: Option<String>,
}

/// How answers of a table, view or function are kept, unless the request says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CachingRule {
    /// How long, as the author writes it; `None` for the cache's own time.
    pub ttl: Option<String>,
    /// A name that is part of the key.
    pub key: Option<String>,
    /// Dropping any of these drops the answers.
    pub tags: Vec<String>,
}

/// A past state of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinnedState {
    /// By number.
    Version(i32),
    /// By time, as the author writes it.
    Timestamp(String),
}

/// A field that the engine derives from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// The field that it is derived from.
    pub base: FieldName,
    /// What is derived.
    pub kind: CompanionKind,
}

/// What a companion field gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanionKind {
    /// A part of a date or time: `_<f>_part(extract, extract_divide): BigInt`.
    DatePart,
    /// A measure of a geometry: `_<f>_measurement(type, transform, from, to): Float`.
    Measurement,
    /// The distance of a vector: `_<f>_distance(vector, distance): Float`.
    VectorDistance,
}

/// The parameters of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewParameters {
    /// Served name of the input type.
    pub input: TypeName,
    /// Whether `args` must be given.
    pub is_required: bool,
    /// The parameters in the order of declaration, those that the server fills among them.
    pub fields: IndexMap<FieldName, Parameter>,
}

impl ViewParameters {
    /// Returns whether clients give some of them; the server fills the others.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.fields.values().any(|field| field.server_value.is_none())
    }
}

/// How the rows of a table are found by the meaning of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embeddings {
    /// The data source that turns texts into vectors.
    pub model: SourceName,
    /// The field that holds the vector.
    pub vector: FieldName,
    /// The measure of distance.
    pub distance: VectorDistance,
}

/// A measure of the distance of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorDistance {
    /// Euclidean.
    L2,
    /// Cosine.
    Cosine,
    /// Negative inner product.
    Inner,
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
    /// Insert, update and delete of a built-in source, whose results show the row, too.
    BuiltIn,
}

/// What a data object reads from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A table or view of the source: its name, split at dots outside quotes, unquoted.
    Relation(Vec<String>),
    /// The SQL of `@view(sql:)`.
    Query(Fragment),
    /// A table function of the source by its SQL name, called with the object's parameters.
    Call(String),
    /// Rows that the process itself provides, by name; only built-in sources have them.
    Runtime(String),
}

impl DataObject {
    /// Returns an object that is nothing but `fields`: no source declares it.
    #[must_use]
    pub fn of_fields(name: TypeName, source: SourceName, fields: IndexMap<FieldName, Field>) -> Self {
        Self {
            origin: Origin::Runtime(name.to_string()),
            query_name: FieldName::from(name.as_str()),
            name,
            source,
            module: ModulePath::default(),
            fields,
            primary_key: Vec::new(),
            links: IndexMap::new(),
            calls: IndexMap::new(),
            companions: IndexMap::new(),
            parameters: None,
            is_junction: false,
            unique_keys: Vec::new(),
            soft_delete: None,
            soft_delete_set: None,
            is_view: false,
            mcp_excluded: BTreeSet::new(),
            is_read_only: true,
            mutations: MutationSupport::None,
            is_cube: false,
            is_hypertable: false,
            pinned: None,
            embeddings: None,
            caching: None,
            dependencies: Vec::new(),
            description: None,
        }
    }

    /// Returns whether it can be searched by the distance of vectors.
    #[must_use]
    pub fn has_vectors(&self) -> bool {
        self.embeddings.is_some() || self.has_scalar(Scalar::Vector)
    }

    /// Returns whether it has a geometry.
    #[must_use]
    pub fn has_geometry(&self) -> bool {
        self.has_scalar(Scalar::Geometry)
    }

    fn has_scalar(&self, scalar: Scalar) -> bool {
        let columns = self.fields.values();
        columns
            .filter(|field| !field.ty.is_list)
            .any(|field| field.ty.base == BaseType::Scalar(scalar))
    }
}

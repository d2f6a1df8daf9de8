//! Objects as relations of a statement, with the conditions that always hold for them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::column;
use super::condition;
use super::select::ROOT_ALIAS;
use super::view;
use crate::authz::{AuthorizedOperation, DataOperation, RowFilter};
use crate::catalog::Catalog;
use crate::catalog::model::{DataObject, Origin};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::name::{SourceName, TypeName};
use crate::sql::ast::{Expr, Relation, RelationSource, SqlType, TextPart};
use crate::sql::dialect::{Backend, PostgresDialect};
use crate::sql::fragment::{Fragment, Piece};
use crate::sql::write::DatabaseKind;

/// Where a source's relations are found by the database that runs the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the attached database; put before each relation's own name.
    pub database: String,
    /// How the source itself is spoken to; `None` when DuckDB alone reads it.
    pub native: Option<PostgresDialect>,
    /// What it is.
    pub kind: DatabaseKind,
    /// Schemas of its relations that DuckDB would look for elsewhere, where their names have none.
    pub schemas: Arc<HashMap<String, String>>,
}

impl Place {
    /// Returns the place of a database that DuckDB keeps itself, attached under the name `database`.
    #[must_use]
    pub fn in_duckdb(database: impl Into<String>) -> Self {
        Self {
            database: database.into(),
            native: None,
            kind: DatabaseKind::DuckDb,
            schemas: Arc::default(),
        }
    }
}

/// The places of all loaded sources.
#[derive(Clone, Debug, Default)]
pub struct Places(HashMap<SourceName, Place>);

impl Places {
    /// Adds the place of a source.
    pub fn insert(&mut self, source: SourceName, place: Place) {
        self.0.insert(source, place);
    }

    /// Returns the sources that can be asked themselves, each with a reason not to.
    pub(super) fn natives(&self, reason: impl Fn() -> String) -> Detours {
        let natives = self.0.iter().filter(|(_, place)| place.native.is_some());
        natives.map(|(source, _)| (source.clone(), reason())).collect()
    }

    pub(super) fn get(&self, source: &SourceName) -> Result<&Place> {
        self.0.get(source).ok_or_else(|| {
            Error::new(
                ErrorCode::SourceUnavailable,
                format!("data source `{source}` is not attached"),
            )
        })
    }
}

/// Sources that DuckDB reads although they could be asked themselves, each with the reason.
pub type Detours = BTreeMap<SourceName, String>;

/// What all of the planner's parts look things up in, and the statement that is being planned.
pub(super) struct Objects<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) places: &'a Places,
    pub(super) authorized: &'a AuthorizedOperation,
    /// Who runs the statement; what it reads is named and spelled accordingly.
    pub(super) backend: Backend,
    /// The source that the statement belongs to; `None` where it does not matter, because DuckDB runs everything.
    source: Option<SourceName>,
    tree: Rc<TreeState>,
}

/// What the statements of a tree share.
#[derive(Default)]
struct TreeState {
    /// Process-owned tables that are read.
    runtime_tables: RefCell<BTreeSet<String>>,
    /// Sources that DuckDB reads or changes although they could be asked themselves, so that it must be attached to them.
    attached: RefCell<BTreeSet<SourceName>>,
    aliases: Cell<usize>,
    /// What is done with the rows of the root; `None` when they are read.
    written: Option<DataOperation>,
    /// Whether the condition at hand is that of a rule.
    is_in_rule: Cell<bool>,
    /// Sources that must not be asked themselves.
    detours: Detours,
    /// Those that turned out to be such.
    found: RefCell<Detours>,
    /// Aliases of joined children, by the alias of the parent and the child's name in the response.
    unnested: RefCell<HashMap<(String, String), String>>,
}

/// Which rows count as deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeletedRows {
    Hidden,
    Shown,
}

impl<'a> Objects<'a> {
    /// Returns the look-ups for a tree that DuckDB alone runs.
    pub(super) fn new(catalog: &'a Catalog, places: &'a Places, authorized: &'a AuthorizedOperation) -> Self {
        Self {
            catalog,
            places,
            authorized,
            backend: Backend::DuckDb,
            source: None,
            tree: Rc::default(),
        }
    }

    /// Says that the rows of the root are changed or removed: then the rules for that decide which they may be.
    pub(super) fn for_writing(self, operation: DataOperation) -> Self {
        let tree = TreeState {
            written: Some(operation),
            ..TreeState::default()
        };
        Self {
            tree: Rc::new(tree),
            ..self
        }
    }

    /// Returns the same for a tree that starts in `source`, in which each source that can runs its own statements, except
    /// those in `detours`.
    pub(super) fn native(self, source: &SourceName, detours: Detours) -> Self {
        let tree = TreeState {
            detours,
            ..TreeState::default()
        };
        Self {
            source: Some(source.clone()),
            tree: Rc::new(tree),
            ..self
        }
        .statement_of(source)
    }

    /// Returns the look-ups for another statement of the tree, which belongs to `source`.
    pub(super) fn statement_of(&self, source: &SourceName) -> Self {
        let native = || self.places.0.get(source).and_then(|place| place.native);
        let backend = match &self.source {
            Some(_) if !self.tree.detours.contains_key(source) => {
                native().map_or(Backend::DuckDb, Backend::Postgres)
            }
            _ => Backend::DuckDb,
        };
        Self {
            backend,
            source: self.source.as_ref().map(|_| source.clone()),
            tree: Rc::clone(&self.tree),
            ..*self
        }
    }

    /// Returns the look-ups for a tree of its own that starts in the same source, except for those in `detours`.
    pub(super) fn another_tree(&self, detours: Detours) -> Self {
        let objects = Objects::new(self.catalog, self.places, self.authorized);
        match &self.source {
            Some(source) => {
                let mut all = self.tree.detours.clone();
                all.extend(detours);
                objects.native(source, all)
            }
            None => objects,
        }
    }

    /// Returns the look-ups for a statement of DuckDB's.
    pub(super) fn through_duckdb(&self) -> Self {
        Self {
            backend: Backend::DuckDb,
            ..self.same_statement()
        }
    }

    /// Returns the look-ups for the same statement.
    pub(super) fn same_statement(&self) -> Self {
        Self {
            source: self.source.clone(),
            tree: Rc::clone(&self.tree),
            ..*self
        }
    }

    /// Notes that the statement's source cannot run it, and why; the plan at hand is no use then.
    pub(super) fn needs_duckdb(&self, reason: impl FnOnce() -> String) {
        if let (Backend::Postgres(_), Some(source)) = (self.backend, &self.source) {
            let mut found = self.tree.found.borrow_mut();
            found.entry(source.clone()).or_insert_with(reason);
        }
    }

    /// Returns the process's own tables that the tree reads.
    pub(super) fn runtime_tables(&self) -> Vec<String> {
        self.tree.runtime_tables.borrow().iter().cloned().collect()
    }

    /// Returns the sources that could be asked themselves and that DuckDB reads or changes in the tree.
    pub(super) fn attached(&self) -> BTreeSet<SourceName> {
        self.tree.attached.borrow().clone()
    }

    /// Returns the sources that cannot run their statements of the tree.
    pub(super) fn found_detours(&self) -> Detours {
        self.tree.found.borrow().clone()
    }

    pub(super) fn object(&self, name: &TypeName) -> Result<&'a Arc<DataObject>> {
        self.catalog
            .object(name.as_str())
            .ok_or_else(|| Error::internal(format!("the catalog has no object `{name}`")))
    }

    /// Returns an alias that no other relation of the statement has.
    pub(super) fn fresh_alias(&self, stem: &str) -> String {
        let number = self.tree.aliases.get() + 1;
        self.tree.aliases.set(number);
        format!("{stem}_{number}")
    }

    /// Remembers that the children called `key` of the row `parent` are joined as `alias`.
    pub(super) fn set_unnested(&self, parent: &str, key: &str, alias: &str) {
        self.tree
            .unnested
            .borrow_mut()
            .insert((parent.to_owned(), key.to_owned()), alias.to_owned());
    }

    /// Returns the alias of the children called `key` of the row `parent`, when they are joined.
    pub(super) fn unnested(&self, parent: &str, key: &str) -> Option<String> {
        self.tree
            .unnested
            .borrow()
            .get(&(parent.to_owned(), key.to_owned()))
            .cloned()
    }

    /// Returns the object's rows under `alias`, without its conditions; `arguments` are those of the field that reads it.
    pub(super) fn relation(
        &self,
        object: &DataObject,
        alias: &str,
        arguments: &Arguments,
    ) -> Result<Relation> {
        if object.pinned.is_some() {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!("reading the past state of `{}` is not supported yet", object.name),
            ));
        }
        if self.source.as_ref().is_some_and(|own| *own != object.source) {
            self.needs_duckdb(|| format!("it is read together with data source `{}`", object.source));
        }
        let source = match &object.origin {
            Origin::Relation(path) => RelationSource::Named(self.full_path(object, path)?),
            Origin::Query(fragment) => RelationSource::Text(view::query(self, object, fragment, arguments)?),
            Origin::Call(function) => RelationSource::Text(view::call(self, object, function, arguments)?),
            Origin::Runtime(table) => {
                self.tree.runtime_tables.borrow_mut().insert(table.clone());
                let columns = object
                    .fields
                    .values()
                    .filter_map(column::runtime_column)
                    .collect();
                RelationSource::Runtime {
                    table: table.clone(),
                    columns,
                    like: None,
                }
            }
        };
        Ok(Relation {
            source,
            alias: alias.to_owned(),
        })
    }

    /// Returns the conditions that every reading of the object is subject to: the row filter, and that rows are not deleted.
    pub(super) fn conditions(
        &self,
        object: &DataObject,
        alias: &str,
        deleted: DeletedRows,
    ) -> Result<Vec<Expr>> {
        let operation = match self.tree.written {
            Some(operation) if alias == ROOT_ALIAS => operation,
            _ => DataOperation::Query,
        };
        self.conditions_for(operation, object, alias, deleted)
    }

    /// Returns the conditions that rows of the object are subject to which `operation` touches.
    pub(super) fn conditions_for(
        &self,
        operation: DataOperation,
        object: &DataObject,
        alias: &str,
        deleted: DeletedRows,
    ) -> Result<Vec<Expr>> {
        let mut conditions = Vec::new();
        if let (Some(live), DeletedRows::Hidden) = (&object.soft_delete, deleted) {
            conditions.push(Expr::Text(soft_delete_text(live, alias)));
        }
        if !self.tree.is_in_rule.get() {
            let filter = self.authorized.object_filter(operation, &object.name);
            conditions.extend(self.rule(object, alias, filter.as_ref())?);
        }
        Ok(conditions)
    }

    /// Returns the conditions that rows of `target` are subject to where `field` of the type `parent` leads to them, beside
    /// those of [`conditions`](Self::conditions).
    pub(super) fn field_conditions(
        &self,
        parent: &str,
        field: &str,
        target: (&DataObject, &str),
    ) -> Result<Option<Expr>> {
        if self.tree.is_in_rule.get() {
            return Ok(None);
        }
        let filter = self.authorized.field_filter(parent, field);
        self.rule(target.0, target.1, filter.as_ref())
    }

    /// A rule that collapses to nothing must hide everything, not show it. What a rule asks about is not subject to other
    /// rules: its author saw everything.
    fn rule(&self, object: &DataObject, alias: &str, filter: Option<&RowFilter>) -> Result<Option<Expr>> {
        let members = match filter {
            None => return Ok(None),
            Some(RowFilter::Nothing) => return Ok(Some(Expr::Bool(false))),
            Some(RowFilter::Matching(members)) => members,
        };
        self.tree.is_in_rule.set(true);
        let condition = condition::object_filter(self, object, alias, members);
        self.tree.is_in_rule.set(false);
        match condition {
            Ok(condition) => Ok(Some(condition.unwrap_or(Expr::Bool(false)))),
            Err(cause) => Err(self.authorized.unusable_filter(&object.name, cause)),
        }
    }

    /// Returns the name of the attached database of the object's source; `None` where the source itself runs the statement.
    pub(super) fn database(&self, object: &DataObject) -> Result<Option<&str>> {
        let place = self.places.get(&object.source)?;
        Ok(match self.backend {
            Backend::DuckDb => {
                if place.native.is_some() {
                    self.tree.attached.borrow_mut().insert(object.source.clone());
                }
                Some(&place.database)
            }
            Backend::Postgres(_) => None,
        })
    }

    /// Returns `path`, the name of a relation of the object's source, as the statement has to write it.
    pub(super) fn full_path(&self, object: &DataObject, path: &[String]) -> Result<Vec<String>> {
        let mut full = Vec::with_capacity(path.len() + 2);
        if let Some(database) = self.database(object)? {
            full.push(database.to_owned());
            if let [name] = path {
                full.extend(self.places.get(&object.source)?.schemas.get(name).cloned());
            }
        }
        full.extend(path.iter().cloned());
        Ok(full)
    }
}

/// `[f]` in a soft-delete condition is the raw column of that name.
fn soft_delete_text(fragment: &Fragment, alias: &str) -> Vec<TextPart> {
    fragment
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => TextPart::Sql(text.clone()),
            Piece::Name(path) | Piece::Placeholder(path) => {
                TextPart::Expr(Expr::column(alias, &path.join(".")))
            }
        })
        .collect()
}

/// Returns the type in which a runtime table's column is read from JSON.
pub(super) fn runtime_type(scalar: crate::catalog::scalar::Scalar) -> SqlType {
    use crate::catalog::scalar::Scalar;
    match scalar {
        Scalar::Int => SqlType::Integer,
        Scalar::BigInt => SqlType::BigInt,
        Scalar::Float => SqlType::Double,
        Scalar::Boolean => SqlType::Boolean,
        Scalar::Date => SqlType::Date,
        Scalar::Time => SqlType::Time,
        Scalar::Timestamp => SqlType::TimestampTz,
        Scalar::DateTime => SqlType::Timestamp,
        Scalar::Interval => SqlType::Interval,
        Scalar::Json => SqlType::Json,
        Scalar::String
        | Scalar::Geometry
        | Scalar::IntRange
        | Scalar::BigIntRange
        | Scalar::TimestampRange
        | Scalar::H3Cell
        | Scalar::Vector => SqlType::Text,
    }
}

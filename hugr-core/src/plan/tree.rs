//! The plan's types.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::model::{Cardinality, DataObject, Function};
use crate::error::Location;
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::name::{SourceName, TypeName};
use crate::sql::ast::{Expr, Select, SqlType};
use crate::sql::dialect::Backend;

use super::caching::Caching;
use super::mutation::Mutation;
use super::object::Detours;
use super::per_parent::ParentPage;

/// What to do to answer an operation.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Root fields in response order.
    pub fields: Vec<PlannedField>,
    /// Whether root fields run one after the other, in order.
    pub is_sequential: bool,
}

/// A field of the answer.
#[derive(Clone, Debug)]
pub struct PlannedField {
    /// Its name in the response.
    pub key: String,
    /// How it is answered.
    pub node: Node,
    /// Whether it tells how long it took.
    pub is_timed: bool,
}

/// How a field outside data objects is answered.
#[derive(Clone, Debug)]
pub enum Node {
    /// An object whose fields are answered one by one: a module.
    Group(Vec<PlannedField>),
    /// Something to execute.
    Root(Box<RootKind>),
}

/// Something to execute; each is answered by itself, in parallel with others.
#[derive(Clone, Debug)]
pub enum RootKind {
    /// The name of a type.
    Typename(TypeName),
    /// A question about the served schema: `__schema`, `__type`, `_catalog` and its like.
    Introspection(Selected),
    /// Rows of an object, with what hangs on them.
    Read(Read),
    /// A function that runs in this process.
    Call(Call),
    /// A change to a built-in object.
    Write(Write),
    /// A change to a data source's table.
    Mutate(Mutation),
    /// A program over the answer of the fields below it.
    Jq(Jq),
}

/// Rows of an object.
#[derive(Clone, Debug)]
pub struct Read {
    /// A list, or one row.
    pub shape: RootShape,
    /// The top of the tree.
    pub step: Step,
    /// Names of the process's own tables that the tree reads.
    pub runtime_tables: Vec<String>,
    /// Sources that DuckDB must be attached to although they could be asked themselves.
    pub attached: BTreeSet<SourceName>,
    /// How the answer is kept; `None` when it is not.
    pub caching: Option<Caching>,
    /// What it does to the data that it reads.
    pub access: Access,
    /// Sources that are read through DuckDB although they could be asked themselves.
    pub detours: Detours,
}

/// What a read does to the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// It leaves them alone.
    #[default]
    ReadOnly,
    /// It calls a function that may change them.
    MayChange,
}

/// What becomes of the rows of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootShape {
    /// `[...]`
    List,
    /// `{...}`, or `null` when there is no row.
    Single,
    /// The value of the one member of the first row, or `null` when there is no row.
    Value,
    /// `[...]`: the value of the one member of each row.
    Values,
}

/// A program over the answer of the fields below it. Its outcome stands in the response's `extensions`.
#[derive(Clone, Debug)]
pub struct Jq {
    /// The program, not compiled yet.
    pub code: String,
    /// Where the field stands in the document, for faults of the program.
    pub location: Option<Location>,
    /// The fields, planned like root fields.
    pub fields: Vec<PlannedField>,
    /// Whether their answer is wanted, too.
    pub includes_origin: bool,
}

/// A call of a function that runs in this process.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function.
    pub function: Arc<Function>,
    /// Its arguments.
    pub arguments: Arguments,
    /// What is wanted of its value; empty for scalars.
    pub selection: Vec<Selected>,
}

/// A change to an object that the process itself keeps.
#[derive(Clone, Debug)]
pub struct Write {
    /// The object.
    pub object: Arc<DataObject>,
    /// What to do.
    pub kind: WriteKind,
    /// Arguments: `data`, `filter`.
    pub arguments: Arguments,
    /// The keys of the rows that `filter` matches; `None` for inserts.
    pub affected: Option<Read>,
    /// What is wanted of the result.
    pub selection: Vec<Selected>,
}

/// Kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// Adds a row, with related rows nested in it.
    Insert,
    /// Changes rows.
    Update,
    /// Removes rows.
    Delete,
}

/// One statement for one source, and what becomes of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The source that it belongs to.
    pub source: SourceName,
    /// Who runs it, and so how it is spelled.
    pub backend: Backend,
    /// The statement. A child's is still to be restricted to the keys at hand.
    pub select: Select,
    /// The object that each row becomes, in response order.
    pub output: Vec<OutputField>,
    /// Steps below this one; [`OutputValue::Child`] points here.
    pub children: Vec<Child>,
}

/// A member of the object that a row becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputField {
    /// Its name in the response.
    pub key: String,
    /// Its value.
    pub value: OutputValue,
}

/// Where a member's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputValue {
    /// A result column, written as its type says.
    Column(usize),
    /// A result column that is JSON text already.
    RawJson(usize),
    /// Members of a struct column, or of each struct of a list column.
    Struct {
        /// The result column.
        column: usize,
        /// The members.
        members: Vec<StructField>,
        /// What a struct that is NULL becomes.
        null: NullStruct,
    },
    /// An object whose members are result columns of the same row.
    Object {
        /// The members.
        fields: Vec<OutputField>,
        /// A result column that is false where the object is null.
        present: Option<usize>,
    },
    /// A constant: the name of a type.
    Typename(TypeName),
    /// The rows of a child step.
    Child(usize),
}

/// What a struct that is NULL becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NullStruct {
    /// `null`: all of it is selected, under its own names.
    #[default]
    Null,
    /// An object of nulls: a part of it is selected, or renamed, as clients of the original expect.
    Object,
}

/// A member of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct StructField {
    /// Its name in the response.
    pub key: String,
    /// Its name in the struct; `None` for a constant.
    pub member: Option<String>,
    /// The constant, when it is `__typename`.
    pub typename: Option<TypeName>,
    /// Whether it is JSON text already.
    pub is_raw_json: bool,
    /// Members of it, when it is a struct itself.
    pub members: Vec<StructField>,
    /// What it becomes when it is a struct that is NULL.
    pub null: NullStruct,
}

/// A step whose rows belong to those of the step above.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// The step.
    pub step: Step,
    /// Pairs of keys that are equal in parent and child.
    pub keys: Vec<KeyColumn>,
    /// One row per parent, or a list.
    pub cardinality: Cardinality,
    /// Which of each parent's rows are wanted, where the statement does not say so itself.
    pub page: Option<ParentPage>,
}

/// A key by which children are matched.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyColumn {
    /// Result column of the parent step.
    pub parent: usize,
    /// Result column of the child step.
    pub child: usize,
    /// The child's key in terms of its statement: what is restricted to the keys at hand.
    pub restricted: Expr,
    /// Its type.
    pub ty: SqlType,
}

impl Step {
    /// Returns whether DuckDB runs this step and all below it.
    #[must_use]
    pub fn is_duckdb_only(&self) -> bool {
        self.backend == Backend::DuckDb && self.children.iter().all(|child| child.step.is_duckdb_only())
    }

    /// Adds the sources that run this step, or one below it, themselves.
    pub fn add_native_sources(&self, sources: &mut BTreeSet<SourceName>) {
        if self.backend != Backend::DuckDb {
            sources.insert(self.source.clone());
        }
        for child in &self.children {
            child.step.add_native_sources(sources);
        }
    }
}

impl StructField {
    /// Returns a member that is the constant `typename`.
    #[must_use]
    pub fn constant(key: String, typename: TypeName) -> Self {
        Self {
            key,
            member: None,
            typename: Some(typename),
            is_raw_json: false,
            members: Vec::new(),
            null: NullStruct::Null,
        }
    }
}

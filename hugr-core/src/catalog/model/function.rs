//! Functions, and the fields of tables and views that call them.

use indexmap::IndexMap;

use super::ModulePath;
use super::object::CachingRule;
use crate::catalog::scalar::Scalar;
use crate::name::{FieldName, SourceName, TypeName};
use crate::sql::fragment::Fragment;

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
    /// Arguments in the order of declaration, those that the server fills among them.
    pub arguments: IndexMap<FieldName, Parameter>,
    /// Type of the result.
    pub returns: TypeRef,
    /// What it does.
    pub body: FunctionBody,
    /// How its answers are kept, unless the request says otherwise (`@cache`).
    pub caching: Option<CachingRule>,
    /// What people read about it.
    pub description: Option<String>,
    /// Why it should not be used any more.
    pub deprecated: Option<String>,
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
    Sql(SqlCall),
}

/// A function's call in SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlCall {
    /// The call: `[name]` is an argument, `[$…]` a value that the server provides.
    pub text: Fragment,
    /// Whether it stands in `FROM` and gives rows.
    pub is_table: bool,
    /// Whether its result is JSON that is to be read as the declared type (`@function(json_cast:)`).
    pub casts_json: bool,
    /// Whether an argument without a value is left out of the call (`@function(skip_null_arg:)`).
    pub skips_null_argument: bool,
}

/// An argument of a function, or a parameter of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name.
    pub name: FieldName,
    /// Type.
    pub ty: TypeRef,
    /// Default as GraphQL text.
    pub default: Option<String>,
    /// The value that the server gives it (`@arg_default`): clients neither see nor set it.
    pub server_value: Option<Fragment>,
    /// The name under which it is passed to a table function (`@named`); by position when there is none.
    pub sql_name: Option<String>,
    /// What people read about it.
    pub description: Option<String>,
}

/// A type as an argument or a result names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeRef {
    /// The innermost type.
    pub base: TypeBase,
    /// Whether it is a list of it.
    pub is_list: bool,
    /// Whether the value (the list, when it is one) is never null.
    pub is_required: bool,
    /// Whether the items of a list are never null.
    pub are_items_required: bool,
}

/// Innermost type of an argument or a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TypeBase {
    /// A scalar.
    Scalar(Scalar),
    /// A table, view, struct, enum or input by its served name, or a type of the engine.
    Named(TypeName),
}

/// A field of a table or view that calls a function with values of the row.
#[derive(Clone, Debug, PartialEq)]
pub struct CallField {
    /// Name of the field.
    pub name: FieldName,
    /// Module of the function, below `function`.
    pub module: ModulePath,
    /// The function.
    pub function: FieldName,
    /// Arguments of the field, which the function takes as they are.
    pub arguments: IndexMap<FieldName, Parameter>,
    /// Arguments of the function that come from the row: the field that gives each, with members of structs after it.
    pub row_arguments: IndexMap<FieldName, Vec<FieldName>>,
    /// Type of the result.
    pub returns: TypeRef,
    /// What is called, and how its rows are matched.
    pub kind: CallKind,
    /// What people read about it.
    pub description: Option<String>,
    /// Why it should not be used any more.
    pub deprecated: Option<String>,
}

/// How a field uses the function that it calls.
#[derive(Clone, Debug, PartialEq)]
pub enum CallKind {
    /// The result is the value of the field (`@function_call`).
    Value,
    /// The function gives rows, of which those that match the row are the value (`@table_function_call_join`).
    Join {
        /// Pairs of (field of this object, member of the function's rows) that are equal.
        keys: Vec<(FieldName, FieldName)>,
        /// A further condition over `[source.x]` and `[dest.x]`.
        condition: Option<Fragment>,
    },
}

impl TypeRef {
    /// Returns the scalar, when it is one or a list of one.
    #[must_use]
    pub fn scalar(&self) -> Option<Scalar> {
        match self.base {
            TypeBase::Scalar(scalar) => Some(scalar),
            TypeBase::Named(_) => None,
        }
    }

    /// Returns the name of the innermost type.
    #[must_use]
    pub fn base_name(&self) -> &str {
        match &self.base {
            TypeBase::Scalar(scalar) => scalar.as_str(),
            TypeBase::Named(name) => name.as_str(),
        }
    }

    /// Returns the type as SDL.
    #[must_use]
    pub fn sdl(&self) -> String {
        let mark = |is_required: bool| if is_required { "!" } else { "" };
        let base = self.base_name();
        if self.is_list {
            format!(
                "[{base}{}]{}",
                mark(self.are_items_required),
                mark(self.is_required)
            )
        } else {
            format!("{base}{}", mark(self.is_required))
        }
    }

    /// Returns whether both are the same but for `!`.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.base == other.base && self.is_list == other.is_list
    }
}

impl Parameter {
    /// Returns it as SDL, for instance `rate: Float = 0.25`.
    #[must_use]
    pub fn sdl(&self) -> String {
        match &self.default {
            Some(default) => format!("{}: {} = {default}", self.name, self.ty.sdl()),
            None => format!("{}: {}", self.name, self.ty.sdl()),
        }
    }
}

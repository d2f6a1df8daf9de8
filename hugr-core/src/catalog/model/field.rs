//! Columns of tables and views, members of structs.

use indexmap::IndexMap;

use crate::catalog::scalar::{FilterOperator, Scalar};
use crate::name::{FieldName, TypeName};
use crate::sql::fragment::Fragment;

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
    /// Operators that its filter does not take (`@exclude_filter(operations:)`).
    pub excluded_operators: Vec<FilterOperator>,
    /// Whether an extension adds it to a type of another source: it can be read and sorted by, but has no part in filters,
    /// inputs and aggregations.
    pub is_added: bool,
    /// Whether a cube measures it (`@measurement`).
    pub is_measurement: bool,
    /// Whether it is the time of a time series (`@timescale_key`).
    pub is_timescale_key: bool,
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

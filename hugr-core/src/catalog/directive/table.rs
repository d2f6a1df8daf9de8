//! The list of all directives (spec: the schema language's directives).
//!
//! One row each: name, places, arguments, repeatable or not, status. Rows are in the order of the documentation.

use apollo_compiler::ast::DirectiveLocation;
use apollo_compiler::ast::DirectiveLocation::{
    ArgumentDefinition, EnumValue, FieldDefinition, InputFieldDefinition, Object,
};

use super::ArgumentType::{Any, Boolean, Enum, EnumList, Int, Interval, String, StringList};
use super::DirectiveStatus::{Built, NotBuilt, ServedSchemaOnly};
use super::{ArgumentSpec, ArgumentType, DirectiveSpec, DirectiveStatus};

/// Types of `@geometry_info(type:)`.
const GEOMETRY_TYPES: &[&str] = &[
    "POINT",
    "LINESTRING",
    "POLYGON",
    "MULTIPOINT",
    "MULTILINESTRING",
    "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
];

/// Measures of `@embeddings(distance:)`.
const VECTOR_DISTANCES: &[&str] = &["L2", "Cosine", "Inner"];

const OBJECT: &[DirectiveLocation] = &[Object];
const FIELD: &[DirectiveLocation] = &[FieldDefinition];
const FIELD_OR_INPUT: &[DirectiveLocation] = &[FieldDefinition, InputFieldDefinition];
const ANY_VALUE: &[DirectiveLocation] = &[FieldDefinition, InputFieldDefinition, ArgumentDefinition];
const DEFINED: &[DirectiveLocation] = &[Object, FieldDefinition, EnumValue, InputFieldDefinition];

const fn one(
    name: &'static str,
    locations: &'static [DirectiveLocation],
    arguments: &'static [ArgumentSpec],
    status: DirectiveStatus,
) -> DirectiveSpec {
    DirectiveSpec {
        name,
        locations,
        arguments,
        is_repeatable: false,
        status,
    }
}

const fn several(
    name: &'static str,
    locations: &'static [DirectiveLocation],
    arguments: &'static [ArgumentSpec],
    status: DirectiveStatus,
) -> DirectiveSpec {
    DirectiveSpec {
        name,
        locations,
        arguments,
        is_repeatable: true,
        status,
    }
}

/// A row for a directive that the served schema or a query uses.
const fn served(name: &'static str) -> DirectiveSpec {
    one(name, &[], &[], ServedSchemaOnly)
}

const fn required(name: &'static str, ty: ArgumentType) -> ArgumentSpec {
    ArgumentSpec {
        name,
        ty,
        is_required: true,
        default: None,
    }
}

const fn optional(name: &'static str, ty: ArgumentType) -> ArgumentSpec {
    ArgumentSpec {
        name,
        ty,
        is_required: false,
        default: None,
    }
}

const fn defaulted(name: &'static str, ty: ArgumentType, default: &'static str) -> ArgumentSpec {
    ArgumentSpec {
        name,
        ty,
        is_required: false,
        default: Some(default),
    }
}

/// All directives.
pub(super) const DIRECTIVES: &[DirectiveSpec] = &[
    one(
        "table",
        OBJECT,
        &[
            required("name", String),
            defaulted("is_m2m", Boolean, "false"),
            defaulted("soft_delete", Boolean, "false"),
            optional("soft_delete_cond", String),
            optional("soft_delete_set", String),
        ],
        Built,
    ),
    one(
        "view",
        OBJECT,
        &[required("name", String), optional("sql", String)],
        Built,
    ),
    one(
        "args",
        OBJECT,
        &[required("name", String), defaulted("required", Boolean, "false")],
        Built,
    ),
    one(
        "named",
        &[InputFieldDefinition],
        &[optional("name", String)],
        Built,
    ),
    one(
        "arg_default",
        &[ArgumentDefinition, InputFieldDefinition],
        &[required("value", String)],
        Built,
    ),
    one(
        "module",
        &[Object, FieldDefinition],
        &[required("name", String)],
        Built,
    ),
    several("dependency", OBJECT, &[required("name", String)], Built),
    several(
        "unique",
        OBJECT,
        &[
            required("fields", StringList),
            optional("query_suffix", String),
            defaulted("skip_query", Boolean, "false"),
        ],
        Built,
    ),
    one("pk", FIELD_OR_INPUT, &[], Built),
    one("sql", FIELD_OR_INPUT, &[required("exp", String)], Built),
    one(
        "field_source",
        FIELD_OR_INPUT,
        &[required("field", String)],
        Built,
    ),
    one(
        "default",
        ANY_VALUE,
        &[
            optional("value", Any),
            optional("sequence", String),
            optional("insert_exp", String),
            optional("update_exp", String),
        ],
        Built,
    ),
    one(
        "geometry_info",
        ANY_VALUE,
        &[
            optional("type", Enum(GEOMETRY_TYPES)),
            defaulted("srid", Int, "4326"),
        ],
        Built,
    ),
    one("dim", ANY_VALUE, &[required("len", Int)], Built),
    one(
        "embeddings",
        OBJECT,
        &[
            required("model", String),
            required("vector", String),
            required("distance", Enum(VECTOR_DISTANCES)),
        ],
        Built,
    ),
    one(
        "unique_rule",
        FIELD_OR_INPUT,
        &[optional("rule", Enum(&["EQUALS", "INTERSECTS"]))],
        NotBuilt,
    ),
    one(
        "exclude_filter",
        FIELD_OR_INPUT,
        &[optional("operations", EnumList)],
        Built,
    ),
    one("filter_required", FIELD_OR_INPUT, &[], Built),
    one("exclude_mcp", FIELD_OR_INPUT, &[], Built),
    one("hypertable", OBJECT, &[], Built),
    one("timescale_key", FIELD_OR_INPUT, &[], Built),
    one("cube", OBJECT, &[], Built),
    one("measurement", FIELD_OR_INPUT, &[], Built),
    several(
        "references",
        OBJECT,
        &[
            optional("name", String),
            required("references_name", String),
            required("source_fields", StringList),
            optional("references_fields", StringList),
            optional("description", String),
            optional("query", String),
            optional("references_query", String),
            optional("references_description", String),
            defaulted("is_m2m", Boolean, "false"),
            optional("m2m_name", String),
        ],
        Built,
    ),
    several(
        "field_references",
        FIELD_OR_INPUT,
        &[
            optional("name", String),
            required("references_name", String),
            optional("field", String),
            optional("query", String),
            optional("description", String),
            optional("references_query", String),
            optional("references_description", String),
        ],
        Built,
    ),
    one(
        "join",
        FIELD_OR_INPUT,
        &[
            required("references_name", String),
            optional("source_fields", StringList),
            optional("references_fields", StringList),
            optional("sql", String),
        ],
        Built,
    ),
    one(
        "function_call",
        FIELD,
        &[
            required("references_name", String),
            optional("args", Any),
            optional("module", String),
        ],
        Built,
    ),
    one(
        "table_function_call_join",
        FIELD,
        &[
            required("references_name", String),
            optional("args", Any),
            optional("source_fields", StringList),
            optional("references_fields", StringList),
            optional("sql", String),
            optional("module", String),
        ],
        Built,
    ),
    one(
        "function",
        FIELD,
        &[
            required("name", String),
            optional("sql", String),
            defaulted("skip_null_arg", Boolean, "false"),
            defaulted("is_table", Boolean, "false"),
            defaulted("json_cast", Boolean, "false"),
        ],
        Built,
    ),
    one(
        "cache",
        &[Object, FieldDefinition],
        &[
            optional("ttl", Interval),
            optional("key", String),
            optional("tags", StringList),
        ],
        Built,
    ),
    one(
        "at",
        OBJECT,
        &[optional("version", Int), optional("timestamp", String)],
        Built,
    ),
    one("no_pushdown", FIELD, &[], NotBuilt),
    one(
        "deprecated",
        &[
            FieldDefinition,
            ArgumentDefinition,
            InputFieldDefinition,
            EnumValue,
        ],
        &[defaulted("reason", String, "\"No longer supported\"")],
        Built,
    ),
    several("wfs", OBJECT, &[], NotBuilt),
    one("wfs_field", FIELD, &[], NotBuilt),
    one("wfs_exclude", FIELD, &[], NotBuilt),
    one("if_not_exists", OBJECT, &[], NotBuilt),
    one(
        "drop",
        DEFINED,
        &[defaulted("if_exists", Boolean, "false")],
        NotBuilt,
    ),
    one("replace", DEFINED, &[], NotBuilt),
    several(
        "drop_directive",
        &[Object, FieldDefinition],
        &[required("name", String), optional("match", Any)],
        NotBuilt,
    ),
    served("system"),
    served("catalog"),
    served("original_name"),
    served("module_root"),
    served("module_catalog"),
    served("filter_input"),
    served("filter_list_input"),
    served("data_input"),
    served("query"),
    served("mutation"),
    served("aggregation_query"),
    served("aggregation"),
    served("field_aggregation"),
    served("references_query"),
    served("extra_field"),
    served("subscription"),
    served("no_cache"),
    served("invalidate_cache"),
    served("stats"),
    served("with_deleted"),
    served("unnest"),
    served("add_h3"),
    served("feature"),
    served("raw"),
    served("include"),
    served("skip"),
    served("defer"),
];

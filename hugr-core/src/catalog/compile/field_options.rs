//! What the directives of a column say about its value: defaults, lengths, filters, its part in cubes and time series.

use apollo_compiler::ast::{Directive, DirectiveList, FieldDefinition, Type, Value};

use super::declarations::ObjectDeclaration;
use super::report::Report;
use super::{argument, value_source};
use crate::catalog::aggregate;
use crate::catalog::model::{FieldDefault, FieldOptions, FilterRule};
use crate::catalog::scalar::{FilterOperator, Scalar};
use crate::error::suggest;
use crate::sql::fragment::Fragment;

/// Returns what the directives of `field` say about its value.
pub(super) fn compile(
    owner: &ObjectDeclaration,
    field: &FieldDefinition,
    report: &mut Report,
) -> FieldOptions {
    let directives = &field.directives;
    let geometry = directives.get("geometry_info");
    let length = directives
        .get("dim")
        .and_then(|dim| argument::integer(dim, "len"));
    let vector_length = length
        .and_then(|length| u32::try_from(length).ok())
        .filter(|length| *length > 0);
    if length.is_some() && vector_length.is_none() {
        let place = directives.get("dim").and_then(|dim| argument::place(dim, "len"));
        report.error(place, "the length of a vector must be positive", None);
    }
    FieldOptions {
        default: default(directives),
        own_column: value_source::own_column(field),
        srid: geometry.and_then(|info| argument::integer(info, "srid")),
        vector_length,
        filter: filter_rule(field),
        excluded_operators: excluded_operators(owner, field, report),
        is_added: false,
        is_measurement: is_measurement(owner, field, report),
        is_timescale_key: is_timescale_key(owner, field, report),
    }
}

fn default(directives: &DirectiveList) -> Option<FieldDefault> {
    let directive = directives.get("default")?;
    let value = directive
        .specified_argument_by_name("value")
        .filter(|value| !value.is_null());
    Some(FieldDefault {
        value: value.map(|value| value.to_string()),
        sequence: argument::non_empty_text(directive, "sequence").map(str::to_owned),
        insert_expression: argument::non_empty_text(directive, "insert_exp").map(Fragment::parse),
        update_expression: argument::non_empty_text(directive, "update_exp").map(Fragment::parse),
    })
}

fn is_measurement(owner: &ObjectDeclaration, field: &FieldDefinition, report: &mut Report) -> bool {
    let Some(directive) = field.directives.get("measurement") else {
        return false;
    };
    let scalar = Scalar::from_name(field.ty.inner_named_type());
    let has_measures = scalar.is_some_and(|scalar| !aggregate::measures(scalar).is_empty());
    let reason = if !owner.directives.has("cube") {
        "it needs `@cube` on the type"
    } else if field.ty.is_list() || !has_measures {
        "its type has no measures"
    } else {
        return true;
    };
    let message = format!("`{}.{}` cannot be measured: {reason}", owner.name, field.name);
    report.error(directive.location(), message, None);
    false
}

fn is_timescale_key(owner: &ObjectDeclaration, field: &FieldDefinition, report: &mut Report) -> bool {
    let Some(directive) = field.directives.get("timescale_key") else {
        return false;
    };
    let is_time = matches!(&field.ty, Type::Named(name) | Type::NonNullNamed(name) if name == "Timestamp");
    let reason = if !owner.directives.has("hypertable") {
        "it needs `@hypertable` on the type"
    } else if !is_time {
        "its type must be Timestamp"
    } else {
        return true;
    };
    let message = format!(
        "`{}.{}` cannot be the time of a time series: {reason}",
        owner.name, field.name
    );
    report.error(directive.location(), message, None);
    false
}

fn filter_rule(field: &FieldDefinition) -> FilterRule {
    match field.directives.get("exclude_filter") {
        Some(exclusion) if operations(exclusion).is_none() => FilterRule::Excluded,
        _ if field.directives.has("filter_required") => FilterRule::Required,
        _ => FilterRule::Optional,
    }
}

/// Returns the operators that `@exclude_filter(operations:)` names; those that no filter has are reported.
fn excluded_operators(
    owner: &ObjectDeclaration,
    field: &FieldDefinition,
    report: &mut Report,
) -> Vec<FilterOperator> {
    let exclusion = field.directives.get("exclude_filter");
    let Some((exclusion, operations)) = exclusion.and_then(|found| Some((found, operations(found)?))) else {
        return Vec::new();
    };
    let known = known_operators(field);
    let mut excluded = Vec::new();
    for name in operations {
        // Enum values are often written in capitals.
        let is_meant = |operator: &&FilterOperator| operator.as_str().eq_ignore_ascii_case(name);
        match known.iter().find(is_meant) {
            Some(operator) => excluded.push(*operator),
            // The original's list has two that no filter takes.
            None if ["between", "within"]
                .iter()
                .any(|other| other.eq_ignore_ascii_case(name)) => {}
            None => report.misuse(
                argument::place(exclusion, "operations"),
                format!("`{name}` is no operator of `{}.{}`", owner.name, field.name),
                suggest::help(name, known.iter().map(|operator| operator.as_str())),
            ),
        }
    }
    excluded
}

/// Returns the names that `@exclude_filter` lists; `None` when it means all operators.
fn operations(exclusion: &Directive) -> Option<Vec<&str>> {
    match &**exclusion.specified_argument_by_name("operations")? {
        Value::Null => None,
        Value::List(names) => {
            let names = names.iter().filter_map(|name| name.as_enum());
            Some(names.map(|name| name.as_str()).collect())
        }
        Value::Enum(name) => Some(vec![name.as_str()]),
        _ => None,
    }
}

/// Returns the operators of the filter of `field`.
fn known_operators(field: &FieldDefinition) -> &'static [FilterOperator] {
    let Some(scalar) = Scalar::from_name(field.ty.inner_named_type()) else {
        return &[];
    };
    let of_lists = scalar.list_filter_operators();
    if field.ty.is_list() && !of_lists.is_empty() {
        of_lists
    } else {
        scalar.filter_operators()
    }
}

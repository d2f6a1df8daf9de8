//! What the directives of a column say about its value: defaults, lengths, filters, its part in cubes and time series.

use apollo_compiler::ast::{DirectiveList, FieldDefinition, Type, Value};

use super::declarations::ObjectDeclaration;
use super::report::Report;
use super::{argument, value_source};
use crate::catalog::aggregate;
use crate::catalog::model::{FieldDefault, FieldOptions, FilterRule};
use crate::catalog::scalar::Scalar;
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
        filter: filter_rule(owner, field, report),
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

fn filter_rule(owner: &ObjectDeclaration, field: &FieldDefinition, report: &mut Report) -> FilterRule {
    let Some(exclusion) = field.directives.get("exclude_filter") else {
        return if field.directives.has("filter_required") {
            FilterRule::Required
        } else {
            FilterRule::Optional
        };
    };
    let excludes_some = exclusion
        .specified_argument_by_name("operations")
        .is_some_and(|operations| !matches!(&**operations, Value::Null));
    if !excludes_some {
        return FilterRule::Excluded;
    }
    report.warning(
        exclusion.location(),
        format!(
            "`@exclude_filter(operations:)` is not supported yet: all operators of `{}.{}` are served",
            owner.name, field.name
        ),
        Some("without operations it takes the field out of the filter".to_owned()),
    );
    FilterRule::Optional
}

//! The pairs of fields that a reference makes equal.

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, FieldDefinition};

use crate::catalog::compile::argument;
use crate::catalog::compile::report::Report;
use crate::catalog::model::{BaseType, DataObject, FieldType, FieldValue};
use crate::catalog::scalar::Scalar;
use crate::error::suggest;
use crate::name::FieldName;

/// The objects at both ends of a reference.
pub(super) struct Ends<'a> {
    pub(super) from: &'a DataObject,
    pub(super) to: &'a DataObject,
}

type Keys = Vec<(FieldName, FieldName)>;

/// Returns the keys of a `@references`; without `references_fields` the target's primary key is meant.
pub(super) fn of_object(ends: &Ends<'_>, directive: &Node<Directive>, report: &mut Report) -> Option<Keys> {
    let sources = argument::texts(directive, "source_fields");
    let mut targets = argument::texts(directive, "references_fields");
    if targets.is_empty() {
        targets = ends.to.primary_key.iter().map(FieldName::as_str).collect();
    }
    if sources.is_empty() || sources.len() != targets.len() {
        report.error(
            argument::place(directive, "source_fields"),
            format!(
                "the reference from `{}` to `{}` pairs {} source fields with {} referenced fields",
                ends.from.name,
                ends.to.name,
                sources.len(),
                targets.len()
            ),
            Some(
                "`source_fields` and `references_fields` need the same number of fields, at least one"
                    .to_owned(),
            ),
        );
        return None;
    }
    let mut keys = Vec::new();
    for (source, target) in sources.into_iter().zip(targets) {
        keys.push(pair(
            ends,
            (source, "source_fields"),
            (target, "references_fields"),
            directive,
            report,
        ));
    }
    keys.into_iter().collect()
}

/// Returns the key of a `@field_references` on `field`; without `field:` the target's single primary key is meant.
pub(super) fn of_field(
    ends: &Ends<'_>,
    directive: &Node<Directive>,
    field: &FieldDefinition,
    report: &mut Report,
) -> Option<Keys> {
    let target = match (
        argument::non_empty_text(directive, "field"),
        ends.to.primary_key.as_slice(),
    ) {
        (Some(name), _) => name,
        (None, [single]) => single.as_str(),
        (None, key) => {
            report.error(
                directive.location(),
                format!(
                    "`@field_references` to `{}` needs `field`: its primary key has {} fields",
                    ends.to.name,
                    key.len()
                ),
                suggest::help("", ends.to.fields.keys().map(FieldName::as_str)),
            );
            return None;
        }
    };
    let key = pair(ends, (&field.name, "field"), (target, "field"), directive, report)?;
    Some(vec![key])
}

/// Returns one pair of fields, each given with the argument that names it.
fn pair(
    ends: &Ends<'_>,
    source: (&str, &str),
    target: (&str, &str),
    directive: &Node<Directive>,
    report: &mut Report,
) -> Option<(FieldName, FieldName)> {
    let source_type = column(ends.from, source, directive, report);
    let target_type = column(ends.to, target, directive, report);
    let (source_type, target_type) = (source_type?, target_type?);
    if !are_comparable(source_type, target_type) {
        report.error(
            argument::place(directive, target.1),
            format!(
                "`{}.{}` and `{}.{}` have different types, so they cannot be equal",
                ends.from.name, source.0, ends.to.name, target.0
            ),
            None,
        );
        return None;
    }
    Some((FieldName::from(source.0), FieldName::from(target.0)))
}

/// Returns the type of the column that `named` names on `object`.
fn column<'a>(
    object: &'a DataObject,
    (name, named_by): (&str, &str),
    directive: &Node<Directive>,
    report: &mut Report,
) -> Option<&'a FieldType> {
    let Some(field) = object.fields.get(name) else {
        report.error(
            argument::place(directive, named_by),
            format!("the reference names the unknown field `{}.{name}`", object.name),
            suggest::help(name, object.fields.keys().map(FieldName::as_str)),
        );
        return None;
    };
    let is_key = matches!(field.ty.base, BaseType::Scalar(_) | BaseType::Enum(_)) && !field.ty.is_list;
    if !is_key || field.value == FieldValue::Absent {
        report.error(
            argument::place(directive, named_by),
            format!("`{}.{name}` cannot be the key of a reference", object.name),
            Some("a key is a scalar column, not a list".to_owned()),
        );
        return None;
    }
    Some(&field.ty)
}

/// Equal types, or the two integers, which SQL compares.
fn are_comparable(left: &FieldType, right: &FieldType) -> bool {
    let is_integer = |ty: &FieldType| matches!(ty.base, BaseType::Scalar(Scalar::Int | Scalar::BigInt));
    left.base == right.base || is_integer(left) && is_integer(right)
}

//! What directives on a table or view add to it: search by meaning, a past state, dependencies on other sources.

use std::collections::BTreeSet;

use apollo_compiler::ast::DirectiveList;
use indexmap::IndexMap;

use super::argument;
use super::declarations::ObjectDeclaration;
use super::report::Report;
use crate::catalog::model::{BaseType, CachingRule, Embeddings, Field, PinnedState, VectorDistance};
use crate::catalog::scalar::Scalar;
use crate::error::suggest;
use crate::name::{FieldName, SourceName};

/// Returns how answers are kept that read what carries `directives`.
pub(super) fn caching(directives: &DirectiveList) -> Option<CachingRule> {
    let directive = directives.get("cache")?;
    let ttl = directive
        .specified_argument_by_name("ttl")
        .filter(|ttl| !ttl.is_null());
    Some(CachingRule {
        ttl: ttl.map(|ttl| ttl.as_str().map_or_else(|| ttl.to_string(), str::to_owned)),
        key: argument::non_empty_text(directive, "key").map(str::to_owned),
        tags: argument::texts(directive, "tags")
            .into_iter()
            .map(str::to_owned)
            .collect(),
    })
}

/// Returns the fields that tools for language models should not see.
pub(super) fn mcp_excluded(declaration: &ObjectDeclaration) -> BTreeSet<FieldName> {
    let fields = declaration.fields.values();
    fields
        .filter(|field| field.directives.has("exclude_mcp"))
        .map(|field| FieldName::from(field.name.as_str()))
        .collect()
}

/// Returns how texts are searched by meaning.
pub(super) fn embeddings(
    declaration: &ObjectDeclaration,
    fields: &IndexMap<FieldName, Field>,
    report: &mut Report,
) -> Option<Embeddings> {
    let directive = declaration.directives.get("embeddings")?;
    let vector = argument::text(directive, "vector")?;
    let is_vector = |field: &&Field| field.ty.base == BaseType::Scalar(Scalar::Vector) && !field.ty.is_list;
    if !fields.get(vector).as_ref().is_some_and(is_vector) {
        let vectors = fields.values().filter(is_vector);
        report.error(
            argument::place(directive, "vector"),
            format!(
                "`@embeddings` of `{}` needs a field of type Vector, not `{vector}`",
                declaration.name
            ),
            suggest::help(vector, vectors.map(|field| field.name.as_str())),
        );
        return None;
    }
    let distance = directive.specified_argument_by_name("distance")?.as_enum()?;
    Some(Embeddings {
        model: SourceName::from(argument::text(directive, "model")?),
        vector: FieldName::from(vector),
        distance: match distance.as_str() {
            "Cosine" => VectorDistance::Cosine,
            "Inner" => VectorDistance::Inner,
            _ => VectorDistance::L2,
        },
    })
}

/// Returns the state that `@at` names.
pub(super) fn pinned(declaration: &ObjectDeclaration, report: &mut Report) -> Option<PinnedState> {
    let directive = declaration.directives.get("at")?;
    let version = argument::integer(directive, "version").map(PinnedState::Version);
    let timestamp = argument::non_empty_text(directive, "timestamp");
    let timestamp = timestamp.map(|text| PinnedState::Timestamp(text.to_owned()));
    if version.is_some() == timestamp.is_some() {
        report.error(
            directive.location(),
            format!(
                "`@at` of `{}` needs either a version or a timestamp",
                declaration.name
            ),
            None,
        );
        return None;
    }
    version.or(timestamp)
}

/// Returns the sources that `@dependency` names.
pub(super) fn dependencies(directives: &DirectiveList) -> Vec<SourceName> {
    let names = directives
        .get_all("dependency")
        .filter_map(|directive| argument::non_empty_text(directive, "name"));
    names.map(SourceName::from).collect()
}

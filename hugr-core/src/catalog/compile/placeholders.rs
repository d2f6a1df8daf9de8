//! Values that the server puts into an author's SQL (spec: server-injected placeholders).

use apollo_compiler::parser::SourceSpan;
use indexmap::IndexMap;

use super::report::Report;
use crate::catalog::model::Parameter;
use crate::error::suggest;
use crate::name::FieldName;
use crate::sql::fragment::{Fragment, Piece};

/// Placeholders that the SQL of a view may hold, without `[$` and `]`.
const SERVER_VALUES: [&str; 10] = [
    "catalog",
    "auth.user_name",
    "auth.user_id",
    "auth.user_id_int",
    "auth.role",
    "auth.auth_type",
    "auth.provider",
    "auth.impersonated_by_role",
    "auth.impersonated_by_user_id",
    "auth.impersonated_by_user_name",
];

/// Reports the placeholders of `fragment` that the server does not provide.
pub(super) fn check(fragment: &Fragment, place: Option<SourceSpan>, report: &mut Report) {
    for piece in fragment.pieces() {
        let Piece::Placeholder(path) = piece else { continue };
        let name = path.join(".");
        if !SERVER_VALUES.contains(&name.as_str()) {
            let message = format!("nothing provides the placeholder `[${name}]`");
            report.error(place, message, suggest::help(&name, SERVER_VALUES));
        }
    }
}

/// Reports the placeholders of the view `fragment` that are neither the server's nor among its `parameters`.
pub(super) fn check_view(
    fragment: &Fragment,
    parameters: Option<&IndexMap<FieldName, Parameter>>,
    place: Option<SourceSpan>,
    report: &mut Report,
) {
    for piece in fragment.pieces() {
        let Piece::Placeholder(path) = piece else { continue };
        let name = path.join(".");
        let is_own = parameters.is_some_and(|parameters| parameters.contains_key(name.as_str()));
        if !is_own && !SERVER_VALUES.contains(&name.as_str()) {
            let own = parameters
                .into_iter()
                .flat_map(|parameters| parameters.keys().map(FieldName::as_str));
            let message = format!("nothing provides the placeholder `[${name}]`");
            report.error(
                place,
                message,
                suggest::help(&name, SERVER_VALUES.into_iter().chain(own)),
            );
        }
    }
}

/// Reports the placeholders of `fragment`, which is SQL that has none: an expression or a condition over columns.
pub(super) fn refuse(fragment: &Fragment, place: Option<SourceSpan>, report: &mut Report) {
    for piece in fragment.pieces() {
        let Piece::Placeholder(path) = piece else { continue };
        let message = format!("nothing provides the placeholder `[${}]` here", path.join("."));
        let help = "only `@view(sql:)` can hold placeholders".to_owned();
        report.error(place, message, Some(help));
    }
}

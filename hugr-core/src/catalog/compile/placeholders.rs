//! Values that the server puts into an author's SQL (spec: server-injected placeholders).

use apollo_compiler::parser::SourceSpan;

use super::report::Report;
use crate::catalog::suggest;
use crate::sql::fragment::{Fragment, Piece};

/// Placeholders that any SQL of a source may hold, without `[$` and `]`.
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

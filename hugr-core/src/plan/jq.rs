//! `jq`: the fields below it are planned like root fields, its program is compiled where it runs.

use serde_json::Value as Json;

use crate::authz::AuthorizedOperation;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;

/// Returns the program of a field `jq`.
///
/// # Errors
/// `UNSUPPORTED` when programs may not be sent.
pub(super) fn program(authorized: &AuthorizedOperation, selected: &Selected) -> Result<String> {
    authorized.rights().require_programs()?;
    selected
        .arguments
        .get("query")
        .and_then(Json::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Error::new(ErrorCode::GraphqlValidation, "argument `query` is required"))
}

/// Returns whether the answer of the fields below is wanted beside what the program makes of it.
pub(super) fn includes_origin(selected: &Selected) -> bool {
    selected.arguments.get("include_origin") == Some(&Json::Bool(true))
}

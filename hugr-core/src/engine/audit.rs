//! Who did what, and who was refused: one line each, under the target `hugr_audit`. Names only: no row data, no arguments.

use std::net::IpAddr;

use hugr_auth::Identity;

use crate::catalog::ServedSchema;
use crate::catalog::surface::RootField;
use crate::error::{Error, ErrorCode};
use crate::gql::{OperationKind, Selected, ValidOperation};

/// Notes that `identity` ran `operation`, if that changes anything: rows, the registry, the cluster.
pub(super) fn ran(
    identity: &Identity,
    served: &ServedSchema,
    operation: &ValidOperation,
    failure: Option<&Error>,
) {
    if operation.kind != OperationKind::Mutation {
        return;
    }
    let mut fields = Vec::new();
    add_fields(
        served,
        operation.root_type(),
        &operation.selection,
        "",
        &mut fields,
    );
    let decision = if failure.is_none() { "done" } else { "failed" };
    note(identity, decision, &fields.join(" "), failure);
}

/// Notes that a request from `peer` was not run because its credentials are missing or rejected.
pub(super) fn rejected(peer: Option<IpAddr>, error: &Error) {
    tracing::info!(
        target: "hugr_audit",
        decision = "refused",
        what = error.public_message(),
        code = error.code().as_str(),
        peer = peer.map(tracing::field::display),
        "audit"
    );
}

/// Notes the error for which a request of `identity` was not run, if it was one of rights.
pub(super) fn refused(identity: &Identity, error: &Error) {
    if error.code() == ErrorCode::Forbidden {
        note(identity, "refused", error.public_message(), Some(error));
    }
}

fn note(identity: &Identity, decision: &str, what: &str, failure: Option<&Error>) {
    let original = identity.impersonated_by.as_deref();
    tracing::info!(
        target: "hugr_audit",
        decision,
        what,
        code = failure.map_or("OK", |error| error.code().as_str()),
        role = %identity.role,
        user_id = %identity.user_id,
        auth_type = identity.auth_type,
        provider = %identity.provider,
        impersonated_by = original.map_or("", |original| &original.user_id),
        impersonated_by_role = original.map_or("", |original| original.role.as_str()),
        "audit"
    );
}

/// Adds the paths of the fields that modules lead to, by their names.
fn add_fields(
    served: &ServedSchema,
    parent: &str,
    selection: &[Selected],
    above: &str,
    fields: &mut Vec<String>,
) {
    for selected in selection {
        let path = format!("{above}{}", selected.name);
        match served.root_field(parent, selected.name.as_str()) {
            Some(RootField::Module) => {
                let module = selected
                    .selection
                    .first()
                    .map_or(parent, |first| first.parent.as_str());
                add_fields(served, module, &selected.selection, &format!("{path}."), fields);
            }
            _ => fields.push(path),
        }
    }
}

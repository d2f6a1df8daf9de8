//! Who may do what, as this node knows it: roles become rights, once for each served schema.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::HeaderMap;
use hugr_auth::{Identity, RoleName};
use uuid::Uuid;

use super::HugrEngine;
use super::audit;
use super::served::Served;
use crate::authz::{Permission, Programs, Rights};
use crate::error::{Error, ErrorCode, Result};
use crate::store::{AccessState, Role, RolePermission};

/// Most rights that are kept: roles times schemas.
const MAX_RIGHTS: u64 = 4096;

/// Header by which a caller asks to act as another role.
const IMPERSONATED_ROLE: &str = "x-hugr-impersonated-role";
/// Header with the id of the user to act as.
const IMPERSONATED_USER_ID: &str = "x-hugr-impersonated-user-id";
/// Header with the name of the user to act as.
const IMPERSONATED_USER_NAME: &str = "x-hugr-impersonated-user-name";
/// Kind of credential of a caller who acts as another.
const IMPERSONATION: &str = "impersonation";

/// The rules of all roles. Until they are known, nobody may do anything.
#[derive(Debug)]
pub(super) struct AccessRules {
    known: ArcSwap<Known>,
    rights: moka::sync::Cache<(RoleName, Uuid, u64), Arc<Rights>>,
}

#[derive(Debug, Default)]
struct Known {
    /// Rises with each change.
    number: u64,
    access: AccessState,
}

impl Default for AccessRules {
    fn default() -> Self {
        Self {
            known: ArcSwap::default(),
            rights: moka::sync::Cache::new(MAX_RIGHTS),
        }
    }
}

impl AccessRules {
    /// Takes over what the core store says. Calls must not overlap.
    pub(super) fn update(&self, access: &AccessState) {
        let known = self.known.load();
        if known.access != *access {
            self.known.store(Arc::new(Known {
                number: known.number + 1,
                access: access.clone(),
            }));
        }
    }

    /// Returns the role called `name`.
    ///
    /// # Errors
    /// `FORBIDDEN` when it does not exist or is disabled.
    pub(super) fn role(&self, name: &RoleName) -> Result<Role> {
        require_enabled(&self.known.load().access, name).cloned()
    }

    /// Returns the permissions of the role called `name`.
    pub(super) fn permissions(&self, name: &RoleName) -> Vec<RolePermission> {
        self.known.load().access.permissions_of(name).cloned().collect()
    }

    /// Returns the rights of `role` on what is served.
    ///
    /// # Errors
    /// `FORBIDDEN` when the role does not exist or is disabled.
    pub(super) fn rights(&self, role: &RoleName, served: &Served, programs: Programs) -> Result<Arc<Rights>> {
        let known = self.known.load();
        require_enabled(&known.access, role)?;
        let key = (role.clone(), served.epoch, known.number);
        Ok(self.rights.get_with(key, || {
            let permissions = known.access.permissions_of(role).map(permission);
            Arc::new(Rights::new(role.clone(), permissions, &served.schema).with_programs(programs))
        }))
    }
}

fn require_enabled<'a>(access: &'a AccessState, name: &RoleName) -> Result<&'a Role> {
    match access.roles.get(name) {
        Some(role) if !role.disabled => Ok(role),
        Some(_) => Err(forbidden(format!("role `{name}` is disabled"))),
        None => Err(forbidden(format!("role `{name}` does not exist"))),
    }
}

fn forbidden(message: String) -> Error {
    Error::new(ErrorCode::Forbidden, message)
}

fn permission(stored: &RolePermission) -> Permission {
    Permission {
        type_name: stored.key.type_name.clone(),
        field_name: stored.key.field_name.clone(),
        hidden: stored.hidden,
        disabled: stored.disabled,
        filter: stored.filter.clone(),
        data: stored.data.clone(),
    }
}

impl HugrEngine {
    /// Returns as whom a request of `identity` acts: as itself, or as the role and user that its headers
    /// `x-hugr-impersonated-role`, `-user-id` and `-user-name` name. Whoever is already somebody else stays that.
    ///
    /// # Errors
    /// `FORBIDDEN` when the role may not impersonate, or the other one does not exist or is disabled.
    pub fn impersonated(&self, identity: Identity, headers: &HeaderMap) -> Result<Identity> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let wanted = header(IMPERSONATED_ROLE).filter(|role| !role.is_empty());
        let (Some(wanted), None) = (wanted, &identity.impersonated_by) else {
            return Ok(identity);
        };
        let outcome = self.act_as(&identity, wanted, headers);
        outcome.inspect_err(|error| audit::refused(&identity, error))
    }

    fn act_as(&self, identity: &Identity, wanted: &str, headers: &HeaderMap) -> Result<Identity> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let access = &self.0.access;
        if !access.role(&identity.role)?.can_impersonate {
            return Err(forbidden(format!(
                "role `{}` may not act as another",
                identity.role
            )));
        }
        let role = access.role(&RoleName::new(wanted))?.name;
        let text = |name| header(name).unwrap_or_default().to_owned();
        Ok(Identity {
            role,
            user_id: text(IMPERSONATED_USER_ID),
            user_name: text(IMPERSONATED_USER_NAME),
            auth_type: IMPERSONATION,
            impersonated_by: Some(Arc::new(identity.clone())),
            ..identity.clone()
        })
    }

    /// Checks that the role of `identity` exists, is enabled and may send requests to the URL `path`.
    ///
    /// # Errors
    /// `FORBIDDEN` when one of it is not so.
    pub fn require_endpoint(&self, identity: &Identity, path: &str) -> Result<()> {
        let rights = self.0.rights(identity, &self.0.served());
        rights
            .and_then(|rights| rights.require_endpoint(path))
            .inspect_err(|error| audit::refused(identity, error))
    }
}

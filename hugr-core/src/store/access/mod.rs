//! Who may do what: roles, their permissions and API keys, as the core store holds them.
//!
//! Rights are made of them by the engine; nothing is decided here.
//!
//! Reading order: [`record`], [`change`], [`state`], [`statement`].

pub(super) mod change;
pub(super) mod record;
pub(super) mod state;
pub(super) mod statement;

pub use change::AccessChange;
pub use record::{
    ApiKey, ApiKeyHash, ApiKeyPatch, PermissionKey, Role, RolePatch, RolePermission, RolePermissionPatch,
};
pub use state::AccessState;

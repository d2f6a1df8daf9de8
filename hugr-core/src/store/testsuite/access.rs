//! Roles, permissions and API keys: each change, and each reason to refuse one.

use chrono::DateTime;
use hugr_auth::RoleName;
use serde_json::{Value as Json, json};

use super::StorePlace;
use super::driver::Driver;
use crate::error::ErrorCode;
use crate::store::{
    AccessChange, ApiKey, ApiKeyHash, ApiKeyPatch, Change, PermissionKey, Role, RolePatch, RolePermission,
    RolePermissionPatch,
};

pub(super) async fn check_every_change(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    let inserted = [
        AccessChange::InsertRole(Role::new("reader")),
        AccessChange::InsertPermission(full_permission()),
        AccessChange::InsertPermission(permission("reader", "orders", "*")),
        AccessChange::InsertApiKey(full_key()),
        AccessChange::InsertApiKey(ApiKey::new("plain", "secret 1", role("reader"))),
    ];
    driver.commit(&inserted.map(Change::Access)).await;
    for patch in role_patches() {
        let name = role("reader");
        commit(&mut driver, AccessChange::UpdateRole { name, patch }).await;
    }
    for patch in permission_patches() {
        let key = full_permission().key;
        commit(&mut driver, AccessChange::UpdatePermission { key, patch }).await;
    }
    for patch in key_patches() {
        let name = "full".into();
        commit(&mut driver, AccessChange::UpdateApiKey { name, patch }).await;
    }
    commit(&mut driver, AccessChange::DeletePermission(full_permission().key)).await;
    commit(&mut driver, AccessChange::DeleteApiKey("full".into())).await;
    commit(&mut driver, AccessChange::DeleteRole(role("reader"))).await;
    let access = &driver.model.access;
    assert!(
        access.permissions_of(&role("reader")).next().is_none(),
        "permissions go with their role"
    );
    let plain = access.api_keys.get("plain").map(|key| key.default_role.clone());
    assert_eq!(plain, Some(None), "a key keeps no role that is gone");
    commit(&mut driver, AccessChange::InsertRole(Role::new("reader"))).await;
}

pub(super) async fn check_refusals(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    let rows = [
        AccessChange::InsertPermission(permission("public", "orders", "total")),
        AccessChange::InsertApiKey(ApiKey::new("key", "secret", role("public"))),
        AccessChange::InsertApiKey(ApiKey::new("other", "secret 2", role("public"))),
    ];
    driver.commit(&rows.map(Change::Access)).await;

    let with_other_key = ApiKeyPatch {
        key: Some(ApiKeyHash::of("secret 2")),
        ..ApiKeyPatch::default()
    };
    let conflicts = [
        AccessChange::InsertRole(Role::new("public")),
        AccessChange::InsertPermission(permission("public", "orders", "total")),
        AccessChange::InsertApiKey(ApiKey::new("key", "secret 3", role("public"))),
        AccessChange::InsertApiKey(ApiKey::new("third", "secret", role("public"))),
        AccessChange::UpdateApiKey {
            name: "key".into(),
            patch: with_other_key,
        },
    ];
    for change in conflicts {
        driver
            .refuse(&[Change::Access(change)], ErrorCode::Conflict)
            .await;
    }
    for change in changes_of_missing_things() {
        driver
            .refuse(&[Change::Access(change)], ErrorCode::NotFound)
            .await;
    }
    let with_nul = RolePermission {
        filter: Some(json!({ "name": [{ "eq": "with \0" }] })),
        ..permission("public", "orders", "name")
    };
    let invalid = [
        AccessChange::InsertRole(Role::new("")),
        AccessChange::InsertRole(Role::new("with \0")),
        AccessChange::InsertPermission(permission("public", "", "total")),
        AccessChange::InsertPermission(permission("public", "orders", "")),
        AccessChange::InsertPermission(with_nul),
        AccessChange::InsertApiKey(ApiKey::new("", "secret 4", role("public"))),
    ];
    for change in invalid {
        driver
            .refuse(&[Change::Access(change)], ErrorCode::BadRequest)
            .await;
    }
}

async fn commit(driver: &mut Driver, change: AccessChange) {
    driver.commit(&[Change::Access(change)]).await;
}

fn role(name: &str) -> RoleName {
    RoleName::new(name)
}

fn permission(role_name: &str, type_name: &str, field_name: &str) -> RolePermission {
    RolePermission {
        key: PermissionKey {
            role: role(role_name),
            type_name: type_name.into(),
            field_name: field_name.into(),
        },
        hidden: false,
        disabled: false,
        filter: None,
        data: None,
    }
}

/// No column has its default.
fn full_permission() -> RolePermission {
    RolePermission {
        hidden: true,
        disabled: true,
        filter: Some(
            json!({ "_or": [{ "id": { "in": [1, 2.5, null] } }, { "name": { "eq": "Zoë 'x' \"y\" \\" } }] }),
        ),
        data: Some(json!({ "owner": "[$auth.user_id]", "z": 1, "a": { "b": [true] } })),
        ..permission("reader", "data-object:query", "orders")
    }
}

/// No column has its default.
fn full_key() -> ApiKey {
    ApiKey {
        description: "all columns".to_owned(),
        disabled: true,
        is_temporal: true,
        expires_at: DateTime::from_timestamp_micros(1_924_993_445_123_456),
        headers: Some(json!({ "role": "x-role" })),
        claims: Some(json!({ "tenant": "t1", "level": 3 })),
        ..ApiKey::new("full", "secret", role("reader"))
    }
}

/// One for each column, the empty one first.
fn role_patches() -> [RolePatch; 4] {
    let none = RolePatch::default;
    [
        none(),
        RolePatch {
            description: Some("new".to_owned()),
            ..none()
        },
        RolePatch {
            disabled: Some(true),
            ..none()
        },
        RolePatch {
            can_impersonate: Some(true),
            ..none()
        },
    ]
}

fn permission_patches() -> [RolePermissionPatch; 5] {
    let none = RolePermissionPatch::default;
    [
        none(),
        RolePermissionPatch {
            hidden: Some(false),
            ..none()
        },
        RolePermissionPatch {
            disabled: Some(false),
            ..none()
        },
        RolePermissionPatch {
            filter: Some(None),
            ..none()
        },
        RolePermissionPatch {
            data: Some(Some(Json::Array(Vec::new()))),
            ..none()
        },
    ]
}

fn key_patches() -> [ApiKeyPatch; 9] {
    let none = ApiKeyPatch::default;
    [
        none(),
        ApiKeyPatch {
            key: Some(ApiKeyHash::of("another secret")),
            ..none()
        },
        ApiKeyPatch {
            description: Some("new".to_owned()),
            ..none()
        },
        ApiKeyPatch {
            default_role: Some(Some(role("public"))),
            ..none()
        },
        ApiKeyPatch {
            disabled: Some(false),
            ..none()
        },
        ApiKeyPatch {
            is_temporal: Some(false),
            ..none()
        },
        ApiKeyPatch {
            expires_at: Some(None),
            ..none()
        },
        ApiKeyPatch {
            headers: Some(None),
            ..none()
        },
        ApiKeyPatch {
            claims: Some(Some(json!({}))),
            ..none()
        },
    ]
}

fn changes_of_missing_things() -> Vec<AccessChange> {
    let key_of_missing_role = ApiKeyPatch {
        default_role: Some(Some(role("missing"))),
        ..ApiKeyPatch::default()
    };
    vec![
        AccessChange::UpdateRole {
            name: role("missing"),
            patch: RolePatch::default(),
        },
        AccessChange::DeleteRole(role("missing")),
        AccessChange::InsertPermission(permission("missing", "orders", "total")),
        AccessChange::UpdatePermission {
            key: permission("public", "orders", "missing").key,
            patch: RolePermissionPatch::default(),
        },
        AccessChange::DeletePermission(permission("public", "missing", "total").key),
        AccessChange::InsertApiKey(ApiKey::new("new", "secret 5", role("missing"))),
        AccessChange::UpdateApiKey {
            name: "missing".into(),
            patch: ApiKeyPatch::default(),
        },
        AccessChange::UpdateApiKey {
            name: "key".into(),
            patch: key_of_missing_role,
        },
        AccessChange::DeleteApiKey("missing".into()),
    ]
}

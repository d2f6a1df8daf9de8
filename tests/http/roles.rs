//! Roles at the door: who may act as whom, which role may send requests where.

use axum::http::StatusCode;
use hugr_auth::{Anonymous, AuthChain, RoleName};
use hugr_core::engine::Replica as _;
use hugr_core::store::{AccessChange, Change, PermissionKey, Role, RolePermission};
use serde_json::json;

use super::{Outcome, Service, engine};

const ME: &str = "{ function { core { auth { me { role user_id auth_type impersonated_by_user_role } } } } }";

/// A service for anonymous requests as `role`, with the roles `closed`, which is disabled, and `reader`, which has no `/query`.
pub(super) async fn service(role: &str) -> Outcome<Service> {
    let engine = engine(AuthChain::new().with(Anonymous::role(role))).await?;
    let closed = Role {
        disabled: true,
        ..Role::new("closed")
    };
    let no_query = RolePermission {
        key: PermissionKey {
            role: RoleName::new("reader"),
            type_name: "_endpoints".into(),
            field_name: "/query".into(),
        },
        hidden: false,
        disabled: true,
        filter: None,
        data: None,
    };
    let changes = [
        AccessChange::InsertRole(closed),
        AccessChange::InsertRole(Role::new("reader")),
        AccessChange::InsertPermission(no_query),
    ];
    let store = engine.core_store();
    store.commit(None, &changes.map(Change::Access)).await?;
    engine.reconcile(store.snapshot().await?).await;
    Ok(Service {
        router: engine.router(),
    })
}

#[tokio::test]
async fn a_role_that_may_acts_as_another() -> Outcome {
    let service = service("admin").await?;
    let as_public = [
        ("x-hugr-impersonated-role", "public"),
        ("x-hugr-impersonated-user-id", "7"),
    ];
    let reply = service.query(ME, &as_public).await?;
    assert_eq!(
        reply.json()?["data"]["function"]["core"]["auth"]["me"],
        json!({ "role": "public", "user_id": "7", "auth_type": "impersonation", "impersonated_by_user_role": "admin" })
    );
    Ok(())
}

#[tokio::test]
async fn others_do_not() -> Outcome {
    let service = service("public").await?;
    let reply = service
        .query(ME, &[("x-hugr-impersonated-role", "admin")])
        .await?;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(
        reply.json()?,
        json!({ "errors": [{ "message": "role `public` may not act as another" }] })
    );
    Ok(())
}

#[tokio::test]
async fn nobody_acts_as_a_role_that_is_not_there_or_disabled() -> Outcome {
    let service = service("admin").await?;
    for role in ["closed", "nobody"] {
        let reply = service.query(ME, &[("x-hugr-impersonated-role", role)]).await?;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{role}");
    }
    Ok(())
}

#[tokio::test]
async fn roles_that_are_not_there_or_disabled_are_refused() -> Outcome {
    for role in ["closed", "nobody"] {
        let reply = service(role).await?.query(ME, &[]).await?;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{role}");
    }
    Ok(())
}

#[tokio::test]
async fn a_path_can_be_closed_to_a_role() -> Outcome {
    let service = service("reader").await?;
    let reply = service.query(ME, &[]).await?;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let reply = service.get("/graphql?query={__typename}").await?;
    assert_eq!(reply.status, StatusCode::OK);
    Ok(())
}

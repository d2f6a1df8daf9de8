//! Values that the server puts into an author's SQL: `[$catalog]` and `[$auth.…]` (spec: server-injected placeholders).

use crate::authz::AuthorizedOperation;
use crate::error::{Error, Result};
use crate::name::SourceName;
use crate::sql::Value;
use crate::sql::ast::{Expr, SqlType};

/// Returns the value of the placeholder `path`, which stands in SQL of `source`; NULL for what is not known of the caller.
///
/// # Errors
/// `INTERNAL` for a placeholder that the compiler should have refused.
pub(super) fn server_value(
    authorized: &AuthorizedOperation,
    source: &SourceName,
    path: &[String],
) -> Result<Expr> {
    let identity = authorized.identity();
    let original = identity.impersonated_by.as_deref();
    let text = |value: &str| {
        let known = Some(value).filter(|value| !value.is_empty());
        Expr::Param(Value::from(known), Some(SqlType::Text))
    };
    Ok(match path.join(".").as_str() {
        "catalog" => text(source.as_str()),
        "auth.user_id" => text(&identity.user_id),
        "auth.user_name" => text(&identity.user_name),
        "auth.role" => text(identity.role.as_str()),
        "auth.auth_type" => text(identity.auth_type),
        "auth.provider" => text(&identity.provider),
        "auth.user_id_int" => {
            let number = identity.user_id.parse::<i64>().ok();
            Expr::Param(Value::from(number), Some(SqlType::BigInt))
        }
        "auth.impersonated_by_role" => text(original.map_or("", |original| original.role.as_str())),
        "auth.impersonated_by_user_id" => text(original.map_or("", |original| &original.user_id)),
        "auth.impersonated_by_user_name" => text(original.map_or("", |original| &original.user_name)),
        other => return Err(Error::internal(format!("nothing provides `[${other}]`"))),
    })
}

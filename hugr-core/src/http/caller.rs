//! Who a request comes from: the border between HTTP and authentication.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use hugr_auth::{Credentials, Identity};

use super::arrival::Arrival;
use super::router::AppState;
use crate::engine::HugrEngine;
use crate::error::Result;

/// What authentication needs of a request beside its headers.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    path: String,
    query: Option<String>,
    peer: Option<IpAddr>,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> std::result::Result<Self, Infallible> {
        let arrival = Arrival::from_request_parts(parts, state).await?;
        Ok(Self {
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            peer: arrival.peer,
        })
    }
}

impl Caller {
    /// Returns as whom the request acts: who the caller proves to be, or in whose place it asks to act.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when its credentials are missing or rejected, `RESOURCE_EXHAUSTED` when too many of this address
    /// were, `FORBIDDEN` when the role does not exist, is disabled or may not do this, `SOURCE_UNAVAILABLE` when that could not be found out.
    pub(super) async fn identify(&self, engine: &HugrEngine, headers: &HeaderMap) -> Result<Identity> {
        let credentials = Credentials::from_headers(headers)
            .with_query(self.query.as_deref())
            .with_peer(self.peer);
        let identity = engine.authenticate(&credentials).await?;
        let identity = engine.impersonated(identity, headers)?;
        engine.require_endpoint(&identity, &self.path)?;
        Ok(identity)
    }
}

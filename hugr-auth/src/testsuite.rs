//! The contract of [`Authenticator`] as a test that every adapter runs. A violation fails an assertion.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::authenticator::Authenticator;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::RoleName;

/// Requests that an authenticator is tried with, as only its author knows them.
#[derive(Clone, Debug, Default)]
pub struct AuthenticatorCases {
    accepted: Vec<(HeaderMap, RoleName)>,
    rejected: Vec<HeaderMap>,
    ignored: Vec<HeaderMap>,
}

impl AuthenticatorCases {
    /// Adds a request that must be accepted with `role`.
    #[must_use]
    pub fn accepts(mut self, headers: HeaderMap, role: RoleName) -> Self {
        self.accepted.push((headers, role));
        self
    }

    /// Adds a request whose credential is of the authenticator's kind, and not valid.
    #[must_use]
    pub fn rejects(mut self, headers: HeaderMap) -> Self {
        self.rejected.push(headers);
        self
    }

    /// Adds a request that brings no credential of the authenticator's kind.
    #[must_use]
    pub fn ignores(mut self, headers: HeaderMap) -> Self {
        self.ignored.push(headers);
        self
    }
}

/// Returns headers with `pairs`, in order; pairs that HTTP does not allow are left out.
#[must_use]
pub fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .filter_map(|(name, value)| {
            let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
            Some((HeaderName::from_static(name), value))
        })
        .fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        })
}

/// Checks that `authenticator` keeps the contract of [`Authenticator`] on `cases`.
///
/// # Panics
/// When it does not.
pub async fn check_authenticator(authenticator: &dyn Authenticator, cases: &AuthenticatorCases) {
    assert!(!authenticator.name().is_empty(), "an authenticator has a name");
    // Twice: nothing that a request leaves behind may change the answer to the next one.
    for _ in 0..2 {
        check_accepted(authenticator, cases).await;
        check_rejected(authenticator, cases).await;
        check_ignored(authenticator, cases).await;
    }
}

async fn check_accepted(authenticator: &dyn Authenticator, cases: &AuthenticatorCases) {
    for (headers, role) in &cases.accepted {
        let outcome = authenticator
            .authenticate(&Credentials::from_headers(headers))
            .await;
        let Ok(Some(identity)) = &outcome else {
            assert!(
                matches!(&outcome, Ok(Some(_))),
                "{headers:?} must be accepted: {outcome:?}"
            );
            continue;
        };
        assert_eq!(&identity.role, role, "role of {headers:?}");
        assert_eq!(
            &*identity.provider,
            authenticator.name(),
            "the provider is the authenticator's name"
        );
        assert!(!identity.auth_type.is_empty(), "the kind of credential is named");
    }
}

async fn check_rejected(authenticator: &dyn Authenticator, cases: &AuthenticatorCases) {
    for headers in &cases.rejected {
        let outcome = authenticator
            .authenticate(&Credentials::from_headers(headers))
            .await;
        assert!(
            matches!(
                &outcome,
                Err(AuthError::Rejected { authenticator: name, .. } | AuthError::Expired { authenticator: name })
                    if name == authenticator.name()
            ),
            "{headers:?} must be rejected by `{}`: {outcome:?}",
            authenticator.name()
        );
        let Err(error) = outcome else { continue };
        let told = format!("{error} {error:?}");
        for value in headers.values().filter_map(|value| value.to_str().ok()) {
            assert!(
                value.is_empty() || !told.contains(value),
                "the error quotes a header's value: {told}"
            );
        }
    }
}

async fn check_ignored(authenticator: &dyn Authenticator, cases: &AuthenticatorCases) {
    for headers in &cases.ignored {
        let outcome = authenticator
            .authenticate(&Credentials::from_headers(headers))
            .await;
        assert!(
            matches!(outcome, Ok(None)),
            "{headers:?} is of another kind: {outcome:?}"
        );
    }
    if authenticator.accepts_no_credential() {
        return;
    }
    let no_headers = HeaderMap::new();
    let outcome = authenticator
        .authenticate(&Credentials::from_headers(&no_headers))
        .await;
    assert!(
        matches!(outcome, Ok(None)),
        "a request without headers brings no credential: {outcome:?}"
    );
}

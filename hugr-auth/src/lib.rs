//! Who is asking: turns the parts of a request into an [`Identity`].
//!
//! Knows nothing of the engine, of GraphQL or of permissions: what a role may do is decided elsewhere.
//!
//! Reading order: [`identity`], [`claims`], [`credentials`], [`authenticator`], [`chain`], [`settings`], [`secret`], [`seal`], then the
//! adapters [`anonymous`], [`api_key`], [`key_ring`], [`managed_key`], `jwt` and `oidc`; [`limit`] slows down
//! guessing, [`authentication`] is the whole. The feature `testsuite` brings the contract check for
//! adapters of your own.
//!
//! ```
//! use http::HeaderMap;
//! use hugr_auth::{Anonymous, ApiKey, AuthChain, Credentials, Secret};
//!
//! # async fn example() -> Result<(), hugr_auth::AuthError> {
//! let chain = AuthChain::new()
//!     .with(ApiKey::secret_key(&Secret::new("open sesame"))?)
//!     .with(Anonymous::role("public"));
//!
//! let no_headers = HeaderMap::new();
//! let identity = chain.authenticate(&Credentials::from_headers(&no_headers)).await?;
//! assert_eq!(identity.role.as_str(), "public");
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(example()).unwrap();
//! ```

pub mod anonymous;
pub mod api_key;
pub mod authentication;
pub mod authenticator;
pub mod chain;
pub mod claims;
pub mod credentials;
pub mod error;
pub mod file;
pub mod identity;
#[cfg(feature = "jwt")]
pub mod jwt;
pub mod key_ring;
pub mod limit;
pub mod managed_key;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod seal;
pub mod secret;
pub mod settings;
#[cfg(any(test, feature = "testsuite"))]
pub mod testsuite;

pub use anonymous::Anonymous;
pub use api_key::ApiKey;
pub use authentication::Authentication;
pub use authenticator::Authenticator;
pub use chain::AuthChain;
pub use claims::Claims;
pub use credentials::Credentials;
pub use error::AuthError;
pub use identity::{Identity, RoleName};
pub use managed_key::{ApiKeyLookup, ManagedApiKeys, ManagedKey, Validity};
pub use seal::{SealError, SealingKey};
pub use secret::{Secret, SecretDigest};
pub use settings::{AuthSettings, AuthWay};

//! Who is asking: turns the parts of a request into an [`Identity`].
//!
//! Knows nothing of the engine, of GraphQL or of permissions: what a role may do is decided elsewhere.
//!
//! Reading order: [`identity`], [`credentials`], [`authenticator`], [`chain`], [`settings`], then the adapters
//! [`anonymous`] and [`secret_key`]. The feature `testsuite` brings the contract check for adapters of your own.
//!
//! ```
//! use http::HeaderMap;
//! use hugr_auth::{Anonymous, AuthChain, Credentials, Secret, SecretKey};
//!
//! # async fn example() -> Result<(), hugr_auth::AuthError> {
//! let chain = AuthChain::new()
//!     .with(SecretKey::new(Secret::new("open sesame"))?)
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
pub mod authenticator;
pub mod chain;
pub mod credentials;
pub mod error;
pub mod identity;
pub mod secret_key;
pub mod settings;
#[cfg(any(test, feature = "testsuite"))]
pub mod testsuite;

pub use anonymous::Anonymous;
pub use authenticator::Authenticator;
pub use chain::AuthChain;
pub use credentials::Credentials;
pub use error::AuthError;
pub use identity::{Identity, RoleName};
pub use secret_key::SecretKey;
pub use settings::{AuthSettings, Secret};

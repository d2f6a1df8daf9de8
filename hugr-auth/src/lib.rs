//! Who is asking: turns the parts of a request into an [`Identity`].
//!
//! Knows nothing of the engine, of GraphQL or of permissions: what a role may do is decided elsewhere.
//!
//! Reading order: [`identity`], [`credentials`], [`authenticator`], [`chain`], [`settings`], then the adapters
//! [`anonymous`] and [`secret_key`].

pub mod anonymous;
pub mod authenticator;
pub mod chain;
pub mod credentials;
pub mod error;
pub mod identity;
pub mod secret_key;
pub mod settings;

pub use anonymous::Anonymous;
pub use authenticator::Authenticator;
pub use credentials::Credentials;
pub use error::AuthError;
pub use identity::{Identity, RoleName};
pub use settings::{AuthSettings, Secret};

//! OpenID Connect: tokens of a provider, and the login through it.
//!
//! Nothing here runs by itself. The provider is asked for its configuration when the first token comes, and again when one
//! is signed with a key that is not known; while it does not answer, requests with its tokens are told so.
//!
//! Reading order: [`provider`] (configuration and keys of the provider), [`authenticator`] (its tokens), [`session`] (what a
//! browser keeps), [`login`] (how it gets a token).

pub mod authenticator;
pub mod login;
pub mod provider;
pub mod session;

pub use authenticator::Oidc;
pub use login::Login;
pub use provider::Provider;

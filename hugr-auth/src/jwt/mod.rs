//! JSON Web Tokens.
//!
//! Reading order: [`key`] (keys as operators write them), [`verify`] (signature, times, issuer and audience),
//! [`mapping`] (claims → identity), [`verified`] (tokens that were looked at before), [`authenticator`].

pub mod authenticator;
pub mod key;
pub mod mapping;
pub mod verified;
pub mod verify;

pub use authenticator::Jwt;

//! HTTPS: the certificate of a program's listener, which may change while the program runs, the handshakes, and who vouches
//! for other nodes.
//!
//! Reading order: [`certificate`], [`listener`], [`authorities`].

pub mod authorities;
pub mod certificate;
pub mod listener;

pub use certificate::{Certificate, TlsError};
pub use listener::TlsListener;

//! Secret key.

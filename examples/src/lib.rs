//! Part of hugr.

//! The generated protocol types; no other module knows how they are made.

#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::too_many_lines,
    clippy::str_to_string,
    reason = "generated code"
)]

tonic::include_proto!("hugr.cluster.v1");

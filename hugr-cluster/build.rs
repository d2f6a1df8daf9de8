//! Compiles the protocol definitions; needs no `protoc`.

use std::error::Error;

const PROTO_FOLDER: &str = "proto";
const PROTO_FILES: [&str; 3] = [
    "hugr/cluster/v1/core.proto",
    "hugr/cluster/v1/management.proto",
    "hugr/cluster/v1/node.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PROTO_FOLDER}");
    let descriptors = protox::compile(PROTO_FILES, [PROTO_FOLDER])?;
    tonic_prost_build::configure()
        .build_transport(false)
        .compile_fds(descriptors)?;
    Ok(())
}

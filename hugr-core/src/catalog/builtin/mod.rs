//! The engine's own sources: their SDL, compiled by the same compiler as any other.
//!
//! Their tables are rows of this process ([`Origin::Runtime`](super::model::Origin)), or views with SQL of their own, and
//! their functions run in it
//! ([`FunctionBody::Runtime`](super::model::FunctionBody)); both are named after the SDL's `name`.

use super::compile::{Compiled, SchemaKind, SdlDocument, SourceSchema, compile};
use super::diagnostic::Diagnostic;

/// Name of the source of module `core`.
pub const CORE: &str = "core";

/// Name of the source of module `core.meta`.
pub const CORE_META: &str = "core.meta";

/// Name of the source of module `core.storage`.
pub const CORE_STORAGE: &str = "core.storage";

/// Name of the source of module `core.cluster`.
pub const CORE_CLUSTER: &str = "core.cluster";

/// Compiles module `core`: data sources and their catalogs, and the functions that load them.
///
/// # Errors
/// What is wrong with its SDL; a test checks that nothing is.
pub fn core() -> Result<Compiled, Vec<Diagnostic>> {
    built_in(CORE, "core.graphql", include_str!("core.graphql"))
}

/// Compiles module `core.meta`: what DuckDB tells about itself.
///
/// # Errors
/// What is wrong with its SDL; a test checks that nothing is.
pub fn core_meta() -> Result<Compiled, Vec<Diagnostic>> {
    let documents = vec![SdlDocument::new(
        "core_meta.graphql",
        include_str!("core_meta.graphql"),
    )];
    compile(&SourceSchema {
        kind: SchemaKind::BuiltIn,
        prefix: "core_meta".to_owned(),
        as_module: true,
        ..SourceSchema::new(CORE_META, documents)
    })
}

/// Compiles module `core.storage`: object storages.
///
/// # Errors
/// What is wrong with its SDL; a test checks that nothing is.
pub fn core_storage() -> Result<Compiled, Vec<Diagnostic>> {
    built_in(
        CORE_STORAGE,
        "core_storage.graphql",
        include_str!("core_storage.graphql"),
    )
}

/// Compiles module `core.cluster`, which is served by the nodes of a cluster only.
///
/// # Errors
/// What is wrong with its SDL; a test checks that nothing is.
pub fn core_cluster() -> Result<Compiled, Vec<Diagnostic>> {
    built_in(
        CORE_CLUSTER,
        "core_cluster.graphql",
        include_str!("core_cluster.graphql"),
    )
}

fn built_in(source: &str, file: &str, text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let documents = vec![SdlDocument::new(file, text)];
    compile(&SourceSchema {
        kind: SchemaKind::BuiltIn,
        ..SourceSchema::new(source, documents)
    })
}

#[cfg(test)]
mod tests;

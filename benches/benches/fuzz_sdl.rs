//! Broken SDL by the million: none of it may make the compiler panic, and what compiles must be servable.
//!
//! `cargo bench -p hugr-benches --bench fuzz_sdl -- 1000000` tries a million inputs; without a number it tries some.

use std::sync::Arc;
use std::time::Instant;

use hugr_benches::Failure;
use hugr_benches::broken_sdl::BrokenSdl;
use hugr_core::catalog::compile::compile;
use hugr_core::catalog::{Catalog, SdlDocument, SourceSchema, surface};

/// Inputs that are tried when no number is given.
const SOME: u64 = 20_000;
/// Of so many inputs that compile, one is served: that takes much longer than compiling it.
const SERVED_OF: u64 = 20;

fn main() -> Result<(), Failure> {
    let wanted = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok());
    let inputs = wanted.unwrap_or(SOME);
    let mut broken = BrokenSdl::new(0x9e37_79b9_7f4a_7c15);
    let start = Instant::now();
    let (mut compiled, mut served) = (0_u64, 0_u64);
    for _ in 0..inputs {
        let schema = SourceSchema::new("fuzz", vec![SdlDocument::new("fuzz.graphql", broken.next_text())]);
        let Ok(found) = compile(&schema) else { continue };
        compiled += 1;
        if compiled.is_multiple_of(SERVED_OF) {
            serve(Arc::new(found.catalog), &schema)?;
            served += 1;
        }
    }
    report(inputs, compiled, served, start.elapsed().as_secs_f64());
    Ok(())
}

fn serve(catalog: Arc<hugr_core::catalog::SourceCatalog>, schema: &SourceSchema) -> Result<(), Failure> {
    let merged = Catalog::merge(vec![catalog]).map_err(|faults| format!("{faults:?}"))?;
    match surface::serve(&merged) {
        // Root fields that clash are told as of the source; a fault of the served schema is one of the compiler.
        Err(faults) if faults.iter().any(|fault| fault.file == "served schema") => {
            Err(format!("{faults:?}\n{:?}", schema.documents).into())
        }
        _ => Ok(()),
    }
}

#[allow(clippy::print_stdout, reason = "the report of a bench is its output")]
fn report(inputs: u64, compiled: u64, served: u64, seconds: f64) {
    println!(
        "fuzz_sdl: {inputs} inputs in {seconds:.0} s without a panic; {compiled} compiled, {served} of them served"
    );
}

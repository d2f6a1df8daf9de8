//! An engine without sources: how long until it is ready, and how much memory the process then holds.
//!
//! One measurement per process, so this is no criterion bench: repeat the command for more.

use std::time::{Duration, Instant};

use hugr_auth::{Anonymous, AuthChain};
use hugr_benches::Failure;
use hugr_benches::memory::resident_megabytes;
use hugr_core::{HugrEngine, Request};

fn main() -> Result<(), Failure> {
    let before = resident_megabytes();
    let start = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let engine = HugrEngine::builder()
            .with_auth(AuthChain::new().with(Anonymous::role("public")))
            .build()
            .await?;
        let identity = engine.authenticate_anonymous().await?;
        let (ready, ready_memory) = (start.elapsed(), resident_megabytes());
        let schema = "{ __schema { types { name fields { name } } } }";
        let answer = engine.execute(Request::new(schema), &identity).await;
        if !answer.is_ok() {
            return Err("the engine does not answer".into());
        }
        report(before, ready, ready_memory);
        engine.close().await;
        Ok(())
    })
}

#[allow(clippy::print_stdout, reason = "the report of a bench is its output")]
fn report(before: Option<f64>, ready: Duration, ready_memory: Option<f64>) {
    println!("idle: ready after {:.0} ms", ready.as_secs_f64() * 1e3);
    match (before, ready_memory, resident_megabytes()) {
        (Some(before), Some(ready), Some(asked)) => println!(
            "idle: resident {ready:.0} MB when ready (process alone {before:.0} MB, after introspection {asked:.0} MB)"
        ),
        _ => println!("idle: this system does not tell how much memory is resident"),
    }
}

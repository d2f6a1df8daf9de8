//! Programs that want more than they may have end their process, and nothing else.

use std::time::Duration;

use hugr_auth::{Identity, RoleName};
use hugr_bin::jq_worker::JQ_WORKER;
use hugr_core::engine::{EngineConfig, JqPrograms};
use hugr_core::jq::WorkerCommand;
use hugr_core::{ErrorCode, HugrEngine, Request};
use serde_json::{Value, json};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The worker that the tests start, and how long a program may run in it.
fn engine_config(time: Duration) -> EngineConfig {
    let command = WorkerCommand {
        processes: 1,
        time,
        ..WorkerCommand::new(env!("CARGO_BIN_EXE_hugr-server"), [JQ_WORKER])
    };
    EngineConfig {
        jq: JqPrograms::InWorkers(command),
        ..EngineConfig::default()
    }
}

async fn engine(time: Duration) -> Outcome<HugrEngine> {
    let builder = HugrEngine::builder().with_config(engine_config(time));
    Ok(builder.build().await?)
}

/// Returns what `program` makes, or the code of its error.
async fn outcome(engine: &HugrEngine, program: &str) -> Outcome<Result<Value, ErrorCode>> {
    let caller = Identity::anonymous(RoleName::new("public"));
    let document = format!("{{ n: jq(query: {}) {{ __typename }} }}", json!(program));
    let response = engine.execute(Request::new(document), &caller).await;
    if let Some(error) = response.error_list().first() {
        return Ok(Err(error.code()));
    }
    let answer: Value = serde_json::from_str(&response.into_json_text())?;
    Ok(Ok(answer["extensions"]["n"]["jq"].clone()))
}

#[tokio::test]
async fn a_hostile_program_ends_its_process_alone() -> Outcome {
    let engine = engine(Duration::from_secs(60)).await?;
    for program in [
        // Endless recursion.
        "def f: 1 + f; f",
        // A value that nests without end; to drop it recurses.
        "reduce range(100000000) as $i (null; [.])",
        "[limit(50000000; repeat(\"[\"))] | add | fromjson",
        // More memory than there is.
        "[range(1000000000000)]",
        "reduce range(100) as $i (\"x\"; . + .)",
        // A text that nests without end.
        &"[".repeat(60_000),
    ] {
        let outcome_of_it = outcome(&engine, program).await?;
        let expected = [
            ErrorCode::ResourceExhausted,
            ErrorCode::BadRequest,
            ErrorCode::GraphqlValidation,
        ];
        let is_refused = outcome_of_it.as_ref().is_err_and(|code| expected.contains(code));
        assert!(is_refused, "{}: {outcome_of_it:?}", &program[..20]);
        assert_eq!(outcome(&engine, "[.__typename]").await?, Ok(json!(["Query"])));
    }
    Ok(())
}

#[tokio::test]
async fn a_program_without_end_is_stopped() -> Outcome {
    let engine = engine(Duration::from_millis(500)).await?;
    assert_eq!(
        outcome(&engine, "last(repeat(1))").await?,
        Err(ErrorCode::Timeout)
    );
    assert_eq!(outcome(&engine, "1 + 1").await?, Ok(json!(2)));
    Ok(())
}

#[tokio::test]
async fn programs_ask_queries_that_hold_programs() -> Outcome {
    let engine = engine(Duration::from_secs(60)).await?;
    let inner = json!("queryHugr(\"{ a: __typename }\").a");
    let query = json!(format!(
        "{{ x: jq(query: {inner}, include_origin: true) {{ b: __typename }} }}"
    ));
    let program =
        format!("[range(3) | queryHugr({query}).x.b], (try queryHugr(\"{{ no }}\") catch \"caught\")");
    assert_eq!(
        outcome(&engine, &program).await?,
        Ok(json!([["Query", "Query", "Query"], "caught"]))
    );
    Ok(())
}

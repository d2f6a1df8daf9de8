//! `jq`: runs the fields below it and the program over their answer.

use bytes::Bytes;

use super::execute::{Answered, Execution};
use super::extensions::Extension;
use crate::error::Result;
use crate::jq::Caller;
use crate::plan::Jq;

/// Runs `jq`, which stands at `path`.
///
/// The program is work for a processor, so it runs on a database thread, and stops between two values when nobody wants
/// them any more.
pub(super) async fn run(execution: &Execution<'_>, jq: Jq, path: &[String]) -> Result<Answered> {
    let (parts, children) = execution.run_fields(jq.fields, &mut path.to_vec()).await?;
    let origin = Bytes::from(parts.concat());
    let operation = execution.authorized.operation();
    let (program, input) = (jq.program, origin.clone());
    let (variables, caller) = (operation.variables(), caller(execution));
    let outcome = execution
        .engine
        .database
        .run(move |session| program.run(&input, &variables, &caller, || session.check_wanted()))
        .await?;
    Ok(Answered {
        text: if jq.includes_origin {
            origin
        } else {
            Bytes::from_static(b"null")
        },
        extension: Some(Extension {
            key: path.last().cloned().unwrap_or_default(),
            jq: outcome,
            children,
        }),
    })
}

fn caller(execution: &Execution<'_>) -> Caller {
    let identity = execution.authorized.identity();
    Caller {
        user_id: identity.user_id.clone(),
        user_name: identity.user_name.clone(),
        role: identity.role.as_str().to_owned(),
    }
}

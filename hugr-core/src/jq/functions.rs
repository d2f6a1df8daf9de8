//! What programs can call.

use jaq_core::ValR;
use jaq_core::load::parse::Def;
use jaq_core::native::{Fun, bome, run, v};
use jaq_json::Val;
use serde_json::{Map, Value as Json};

use super::host::{Host, Question};
use super::program::{Caller, Kind, parse};
use super::text::write;
use super::time::{self, refused, taken, text};
use crate::error::Error;

/// Functions of the library that reach out of the program; `env` and what prints have stand-ins here.
const WITHHELD: [&str; 3] = ["env", "debug_empty", "stderr_empty"];

/// Returns the functions that are written in jq.
pub(super) fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs())
}

/// Returns the functions that are written in Rust.
pub(super) fn functions() -> impl Iterator<Item = Fun<Kind>> {
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(|(name, _, _)| !WITHHELD.contains(name))
        .chain(stand_ins())
        .chain(time::functions())
}

fn stand_ins() -> impl Iterator<Item = Fun<Kind>> {
    [
        run::<Kind>(("env", v(0), |_| bome(Ok(Val::obj(Default::default()))))),
        run::<Kind>(("debug_empty", v(0), |_| Box::new(std::iter::empty()))),
        run::<Kind>(("stderr_empty", v(0), |_| Box::new(std::iter::empty()))),
        run::<Kind>(("queryHugr", v(1), |cv| {
            let host = cv.0.data().host;
            let (_, [query]) = taken(cv);
            bome(ask(host, &query, None))
        })),
        run::<Kind>(("queryHugr", v(2), |cv| {
            let host = cv.0.data().host;
            let (_, [query, variables]) = taken(cv);
            bome(ask(host, &query, Some(&variables)))
        })),
        run::<Kind>(("authInfo", v(0), |cv| bome(Ok(auth_info(cv.0.data().caller))))),
    ]
    .into_iter()
}

/// Returns the `data` that a query is answered with.
fn ask(host: &dyn Host, query: &Val, variables: Option<&Val>) -> ValR<Val> {
    let Some(document) = text(query) else {
        return refused(query, "a query");
    };
    let failed = |error: Error| jaq_core::Error::str(error.public_message());
    let mut written = Vec::new();
    if let Some(variables) = variables {
        write(&mut written, variables).map_err(failed)?;
    }
    let variables = match (variables, serde_json::from_slice(&written)) {
        (None | Some(Val::Null), _) => Map::new(),
        (Some(_), Ok(Json::Object(members))) => members,
        (Some(variables), _) => return refused(variables, "an object with variables"),
    };
    let question = Question {
        query: document.to_owned(),
        variables,
    };
    host.query(question)
        .and_then(|answer| parse(&answer))
        .map_err(failed)
}

/// Returns who calls, or null when nothing is known.
fn auth_info(caller: &Caller) -> Val {
    let known = [
        ("userId", &caller.user_id),
        ("userName", &caller.user_name),
        ("role", &caller.role),
    ];
    if known.iter().all(|(_, value)| value.is_empty()) {
        return Val::Null;
    }
    let members = known
        .into_iter()
        .map(|(name, value)| (Val::from(name.to_owned()), Val::from(value.clone())));
    Val::obj(members.collect())
}

//! What programs can call.

use jaq_core::load::parse::Def;
use jaq_core::native::{Fun, bome, run, v};
use jaq_json::Val;

use super::program::{Caller, Kind};
use super::time;

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
        run::<Kind>(("authInfo", v(0), |cv| bome(Ok(auth_info(cv.0.data().caller))))),
    ]
    .into_iter()
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

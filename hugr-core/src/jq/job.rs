//! A program with everything that it needs to run.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::program::{Caller, Program};
use crate::error::Result;

/// A program to be run over an input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The program.
    pub code: String,
    /// What its variables stand for.
    pub variables: Map<String, Json>,
    /// Who it runs for.
    pub caller: Caller,
    /// JSON text; `None` only finds out whether the program compiles.
    #[serde(skip)]
    pub input: Option<Bytes>,
}

impl Job {
    /// Compiles the program, and runs it when there is an input; `check` is asked before each value whether the outcome is
    /// still wanted.
    ///
    /// # Errors
    /// Those of [`Program::compile`] and [`Program::run`].
    pub fn run(&self, check: impl Fn() -> Result<()>) -> Result<Bytes> {
        let program = Program::compile(&self.code, self.variables.keys().map(String::as_str))?;
        match &self.input {
            Some(input) => program.run(input, &self.variables, &self.caller, check),
            None => Ok(Bytes::from_static(b"null")),
        }
    }
}

//! A program with everything that it needs to run.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::host::Host;
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
    /// Compiles the program, and runs it when there is an input; `host` answers what it asks.
    ///
    /// # Errors
    /// Those of [`Program::compile`] and [`Program::run`].
    pub fn run(&self, host: &dyn Host) -> Result<Bytes> {
        let program = Program::compile(&self.code, self.variables.keys().map(String::as_str))?;
        match &self.input {
            Some(input) => program.run(input, &self.variables, &self.caller, host),
            None => Ok(Bytes::from_static(b"null")),
        }
    }
}

//! Tools for authors of schemas: `hugr check FOLDER`, `hugr schema FOLDER`.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use hugr_bin::program::Failure;
use hugr_bin::schema_folder::{SchemaFolder, check, report};

/// Tools for authors of schemas.
#[derive(Debug, Parser)]
#[command(name = "hugr", version)]
enum Tool {
    /// Compiles a folder of SDL and tells its mistakes
    Check(SchemaFolder),
    /// Prints the schema that clients would see of a folder of SDL
    Schema(SchemaFolder),
}

fn main() -> ExitCode {
    match run(&Tool::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // When standard error is closed, the status tells.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(tool: &Tool) -> Result<(), Failure> {
    match tool {
        Tool::Check(folder) => {
            let checked = check(folder)?;
            if !checked.warnings.is_empty() {
                writeln!(std::io::stderr(), "{}", report(&checked.warnings))?;
            }
        }
        Tool::Schema(folder) => std::io::stdout().write_all(check(folder)?.served.sdl().as_bytes())?,
    }
    Ok(())
}

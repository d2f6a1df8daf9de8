//! Tools for authors of schemas: `hugr schema check FOLDER`, `hugr schema print FOLDER`.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use hugr_bin::program::Failure;
use hugr_bin::schema_folder::{SchemaFolder, check, report};

/// Tools for authors of schemas.
#[derive(Debug, Parser)]
#[command(name = "hugr", version)]
enum Tool {
    /// Checks and prints schemas without a server
    #[command(subcommand)]
    Schema(SchemaTool),
}

#[derive(Debug, clap::Subcommand)]
enum SchemaTool {
    /// Compiles a folder of SDL and tells its mistakes; the status is 1 when there are errors
    Check(SchemaFolder),
    /// Prints the schema that clients would see of a folder of SDL, sorted by type name
    Print(SchemaFolder),
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
        Tool::Schema(SchemaTool::Check(folder)) => {
            let checked = check(folder)?;
            if !checked.warnings.is_empty() {
                writeln!(std::io::stderr(), "{}", report(&checked.warnings))?;
            }
        }
        Tool::Schema(SchemaTool::Print(folder)) => {
            std::io::stdout().write_all(check(folder)?.served.sdl().as_bytes())?;
        }
    }
    Ok(())
}

//! Tools for authors of schemas, `hugr schema check FOLDER`, `hugr schema print FOLDER` and `hugr explain FOLDER QUERY`, and for
//! operators, `hugr auth check`.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use hugr_bin::auth_check::AuthCheck;
use hugr_bin::config::{ConfigError, Environment, load};
use hugr_bin::explain::{Explained, explain};
use hugr_bin::program::Failure;
use hugr_bin::schema_folder::{SchemaFolder, check, report};

/// Tools for authors of schemas and for operators.
#[derive(Debug, Parser)]
#[command(name = "hugr", version)]
enum Tool {
    /// Checks and prints schemas without a server
    #[command(subcommand)]
    Schema(SchemaTool),
    /// Prints the statements that would answer a query on a DuckDB source with a folder of SDL, step by step
    Explain(Explained),
    /// Tools for authentication
    #[command(subcommand)]
    Auth(AuthTool),
}

#[derive(Debug, clap::Subcommand)]
enum SchemaTool {
    /// Compiles a folder of SDL and tells its mistakes; the status is 1 when there are errors
    Check(SchemaFolder),
    /// Prints the schema that clients would see of a folder of SDL, sorted by type name
    Print(SchemaFolder),
}

#[derive(Debug, clap::Subcommand)]
enum AuthTool {
    /// Shows the authentication settings that would be in force, and what requests would become
    #[command(disable_help_flag = true)]
    Check {
        /// Flags and their values; `--help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
        flags: Vec<OsString>,
    },
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
        Tool::Explain(explained) => write!(std::io::stdout(), "{}", explain(explained)?)?,
        Tool::Auth(AuthTool::Check { flags }) => check_auth(flags)?,
    }
    Ok(())
}

fn check_auth(flags: &[OsString]) -> Result<(), Failure> {
    let name = OsString::from("hugr auth check");
    let line = std::iter::once(name).chain(flags.iter().cloned());
    let loaded = match load::<AuthCheck>(line, &Environment::read()?) {
        Ok(loaded) => loaded,
        // Prints help, too.
        Err(ConfigError::CommandLine(error)) => error.exit(),
        Err(error) => return Err(error.into()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(loaded.config.report())?;
    Ok(std::io::stdout().write_all(report.as_bytes())?)
}

//! The operator's and the schema author's tool: `hugr --help` lists its commands.

use std::ffi::OsString;
use std::future::Future;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use hugr_bin::auth_check::AuthCheck;
use hugr_bin::config::core_tool::{ExportConfig, ImportConfig, MigrateConfig};
use hugr_bin::config::{self, ConfigError, Configuration, Environment};
use hugr_bin::core_tool;
use hugr_bin::explain::{Explained, explain};
use hugr_bin::program::Failure;
use hugr_bin::schema_folder::{SchemaFolder, check, report};

/// Tools for authors of schemas and for operators.
#[derive(Debug, Parser)]
#[command(name = "hugr", version)]
enum Tool {
    /// Checks and prints schemas without a server: check, print
    #[command(subcommand)]
    Schema(SchemaTool),
    /// Prints the statements that would answer a query on a DuckDB source with a folder of SDL, step by step
    Explain(Explained),
    /// Creates the tables of the core store, or brings them to the shape that this version needs
    #[command(disable_help_flag = true)]
    Migrate(Rest),
    /// Carries the content of core stores: export, import
    #[command(subcommand)]
    Core(CoreTool),
    /// Tools for authentication: check
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
enum CoreTool {
    /// Writes the content of the core store as JSON
    #[command(disable_help_flag = true)]
    Export(Rest),
    /// Reads the content of a core store, as an export with secrets wrote it
    #[command(disable_help_flag = true)]
    Import(Rest),
}

#[derive(Debug, clap::Subcommand)]
enum AuthTool {
    /// Shows the authentication settings that would be in force, and what requests would become
    #[command(disable_help_flag = true)]
    Check(Rest),
}

/// Flags that are also variables: they are read as the server reads its own.
#[derive(Debug, clap::Args)]
struct Rest {
    /// Flags and their values; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS")]
    flags: Vec<OsString>,
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
            Ok(())
        }
        Tool::Schema(SchemaTool::Print(folder)) => {
            Ok(std::io::stdout().write_all(check(folder)?.served.sdl().as_bytes())?)
        }
        Tool::Migrate(rest) => {
            let config = configured::<MigrateConfig>("hugr migrate", rest)?;
            done(core_tool::migrate(&config))
        }
        Tool::Core(CoreTool::Export(rest)) => {
            let config = configured::<ExportConfig>("hugr core export", rest)?;
            done(core_tool::export(&config))
        }
        Tool::Core(CoreTool::Import(rest)) => {
            let config = configured::<ImportConfig>("hugr core import", rest)?;
            done(core_tool::import(&config))
        }
        Tool::Auth(AuthTool::Check(rest)) => {
            let config = configured::<AuthCheck>("hugr auth check", rest)?;
            let report = wait_for(config.report())?;
            Ok(std::io::stdout().write_all(report.as_bytes())?)
        }
        Tool::Explain(explained) => Ok(write!(std::io::stdout(), "{}", explain(explained)?)?),
    }
}

/// Reads the configuration of a command from its flags, the environment and the file `.env`.
fn configured<C: Configuration>(command: &str, rest: &Rest) -> Result<C, Failure> {
    let line = std::iter::once(OsString::from(command)).chain(rest.flags.iter().cloned());
    match config::load::<C>(line, &Environment::read()?) {
        Ok(loaded) => Ok(loaded.config),
        // Prints help to standard output with status 0, the rest to standard error with status 2.
        Err(ConfigError::CommandLine(error)) => error.exit(),
        Err(error) => Err(error.into()),
    }
}

/// Runs `work` and tells what came of it, on standard error: standard output is for what is exported.
fn done(work: impl Future<Output = Result<String, Failure>>) -> Result<(), Failure> {
    let told = wait_for(work)?;
    writeln!(std::io::stderr(), "{told}")?;
    Ok(())
}

fn wait_for(work: impl Future<Output = Result<String, Failure>>) -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work)
}

//! Puts a configuration together from flags, variables and defaults.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Command};

use super::environment::Environment;
use super::error::ConfigError;
use super::{Configuration, known};

/// A configuration and what the operator should know about it.
#[derive(Clone, Debug)]
pub struct Loaded<C> {
    /// The configuration, checked.
    pub config: C,
    /// Warnings, to be logged once logging works.
    pub warnings: Vec<String>,
}

/// A variable that a program declares, and the flag of the same meaning.
struct Variable {
    name: String,
    flag: String,
}

/// Reads the configuration of a program. `arguments` is the command line with the program's name first.
///
/// A flag wins over the process environment, which wins over the file `.env`.
///
/// # Errors
/// When a value cannot be used, with the name of its variable or flag; when settings do not fit together; and, as
/// [`ConfigError::CommandLine`], when help or the version is asked for.
pub fn load<C: Configuration>(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<Loaded<C>, ConfigError> {
    let declared = C::command();
    let variables = variables_of(&declared);
    let command = without_environment(declared);

    let mut arguments = arguments.into_iter();
    let mut line: Vec<OsString> = arguments.next().into_iter().collect();
    for variable in &variables {
        if let Some(argument) = argument_from(variable, environment, &command)? {
            line.push(argument.into());
        }
    }
    line.extend(arguments);

    let matches = command.try_get_matches_from(line)?;
    let config = C::from_arg_matches(&matches)?;
    config.check(environment)?;

    let mut warnings = support_warnings(&variables, &matches);
    warnings.extend(known::unknown_variables(environment));
    warnings.extend(config.warnings());
    Ok(Loaded { config, warnings })
}

fn variables_of(command: &Command) -> Vec<Variable> {
    let variable = |argument: &Arg| {
        Some(Variable {
            name: argument.get_env()?.to_str()?.to_owned(),
            flag: argument.get_long()?.to_owned(),
        })
    };
    command.get_arguments().filter_map(variable).collect()
}

/// Returns the command with its variables named in the help but not read: their values need expansion first.
fn without_environment(command: Command) -> Command {
    command.mut_args(|argument| {
        let Some(name) = argument.get_env().map(|name| name.to_string_lossy().into_owned()) else {
            return argument;
        };
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        argument.env(None::<&str>).help(format!("{help} [{name}]"))
    })
}

/// Returns the flag that says what a variable says, checked, so that an error can name the variable.
fn argument_from(
    variable: &Variable,
    environment: &Environment,
    command: &Command,
) -> Result<Option<String>, ConfigError> {
    let Some(name) = known::names_of(&variable.name).find(|name| environment.is_set(name)) else {
        return Ok(None);
    };
    let Some(value) = environment.get(name)? else {
        return Ok(None);
    };
    let argument = format!("--{}={value}", variable.flag);
    match command.clone().try_get_matches_from(["", &argument]) {
        Ok(_) => Ok(Some(argument)),
        Err(error) => Err(ConfigError::variable(name, reason_of(&error))),
    }
}

/// Returns what a value parser said, without the frame of a command line error.
fn reason_of(error: &clap::Error) -> String {
    match (error.kind(), std::error::Error::source(error)) {
        (ErrorKind::ValueValidation, Some(reason)) => reason.to_string(),
        _ => "cannot be used".to_owned(),
    }
}

/// Returns a warning for each setting without effect.
fn support_warnings(variables: &[Variable], matches: &ArgMatches) -> Vec<String> {
    let mut warnings = Vec::new();
    for variable in variables {
        let id = variable.flag.replace('-', "_");
        let is_set = matches.value_source(&id) == Some(clap::parser::ValueSource::CommandLine);
        if !is_set {
            continue;
        }
        let value = matches.get_raw(&id).and_then(|mut values| values.next());
        let value = value.map(|value| value.to_string_lossy()).unwrap_or_default();
        warnings.extend(known::check_support(&variable.name, &value));
    }
    warnings
}

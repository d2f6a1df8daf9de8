//! The variables a program is started with: the process environment over a `.env` file.
//!
//! Knows how values are written, not what they mean.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::error::ConfigError;

/// The variables of the process and of the `.env` file in the working directory.
///
/// A variable of the process wins over the file. An empty value counts as not set.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

/// Shows the names only: values may be secret.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// Reads the process environment and `.env` in the working directory, which may be missing.
    ///
    /// # Errors
    /// When `.env` cannot be read or a line of it is not understood.
    pub fn read() -> Result<Self, ConfigError> {
        let path = Path::new(".env");
        let file = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::EnvFile { source }),
        };
        let mut environment = Self::from_parts(std::env::vars_os(), &file)?;
        if !environment.variables.contains_key("HOSTNAME")
            && let Ok(name) = std::fs::read_to_string("/proc/sys/kernel/hostname")
        {
            // Shells know the host's name but seldom export it.
            environment
                .variables
                .insert("HOSTNAME".to_owned(), name.trim().to_owned());
        }
        Ok(environment)
    }

    /// Puts together the variables of a process and the text of a `.env` file.
    ///
    /// # Errors
    /// When a line of the file is not understood.
    pub fn from_parts<K, V>(
        process: impl IntoIterator<Item = (K, V)>,
        file: &str,
    ) -> Result<Self, ConfigError>
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let mut variables = BTreeMap::new();
        for (index, line) in file.lines().enumerate() {
            if let Some((name, value)) = parse_line(line, index + 1)? {
                variables.insert(name, value);
            }
        }
        for (name, value) in process {
            // What is not text cannot be one of our variables.
            if let (Ok(name), Ok(value)) = (name.into().into_string(), value.into().into_string()) {
                variables.insert(name, value);
            }
        }
        variables.retain(|_, value| !value.is_empty());
        Ok(Self { variables })
    }

    /// Returns the names of all variables that are set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Returns all variables that are set, with their values as they are written.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns whether the variable is set.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// Returns the value of a variable with its references `$(NAME)` and `${NAME}` replaced.
    ///
    /// `$$(` and `$${` stand for the text `$(` and `${`. References in the replacement are left as they are.
    ///
    /// # Errors
    /// When a reference has no end or names a variable that is not set.
    pub fn get(&self, name: &str) -> Result<Option<String>, ConfigError> {
        self.variables
            .get(name)
            .map(|value| {
                self.expand(value).map_err(|reason| ConfigError::Variable {
                    name: name.to_owned(),
                    reason,
                })
            })
            .transpose()
    }

    fn expand(&self, value: &str) -> Result<String, String> {
        let mut expanded = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(at) = rest.find('$') {
            let (before, reference) = rest.split_at(at);
            expanded.push_str(before);
            rest = if let Some(escaped) = strip_escape(reference) {
                expanded.push_str(&reference[1..3]);
                escaped
            } else if let Some((name, after)) = split_reference(reference)? {
                let found = self
                    .variables
                    .get(name)
                    .ok_or_else(|| format!("refers to the variable `{name}`, which is not set"))?;
                expanded.push_str(found);
                after
            } else {
                expanded.push('$');
                &reference[1..]
            };
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

/// Returns what follows `$$(` or `$${` at the start of the text.
fn strip_escape(text: &str) -> Option<&str> {
    text.strip_prefix("$$(").or_else(|| text.strip_prefix("$${"))
}

/// Splits `$(NAME)rest` or `${NAME}rest` into name and rest; `None` when the text starts with no reference.
fn split_reference(text: &str) -> Result<Option<(&str, &str)>, String> {
    let (body, end) = match (text.strip_prefix("$("), text.strip_prefix("${")) {
        (Some(body), _) => (body, ')'),
        (None, Some(body)) => (body, '}'),
        (None, None) => return Ok(None),
    };
    body.split_once(end)
        .map(Some)
        .ok_or_else(|| format!("has a reference without its closing `{end}`"))
}

/// Reads one line of a `.env` file; `None` for a blank line or a comment.
fn parse_line(line: &str, number: usize) -> Result<Option<(String, String)>, ConfigError> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let refuse = |reason: &'static str| ConfigError::EnvFileLine { line: number, reason };
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or_else(|| refuse("there is no `=`"))?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    if !is_name {
        return Err(refuse("the name may have letters, digits and `_` only"));
    }
    let value = unquote(value.trim()).ok_or_else(|| refuse("the closing quote is missing"))?;
    Ok(Some((name.to_owned(), value)))
}

/// Returns the value without its quotes or, when it has none, without a trailing comment.
fn unquote(value: &str) -> Option<String> {
    if let Some(body) = value.strip_prefix('\'') {
        return body.split_once('\'').map(|(inner, _)| inner.to_owned());
    }
    let Some(body) = value.strip_prefix('"') else {
        let bare = value.split_once(" #").map_or(value, |(before, _)| before);
        return Some(bare.trim_end().to_owned());
    };
    let mut inner = String::with_capacity(body.len());
    let mut characters = body.chars();
    loop {
        match characters.next()? {
            '"' => return Some(inner),
            '\\' => match characters.next()? {
                'n' => inner.push('\n'),
                't' => inner.push('\t'),
                other => inner.push(other),
            },
            other => inner.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(process: &[(&str, &str)], file: &str) -> Environment {
        Environment::from_parts(process.iter().copied(), file).unwrap()
    }

    #[test]
    fn process_wins_over_file_and_empty_is_unset() {
        let environment = environment(
            &[("BIND", ":1"), ("DEBUG", "")],
            "BIND=:2\nCHECK=5s # often\n\nDEBUG=",
        );
        assert_eq!(environment.get("BIND").unwrap().as_deref(), Some(":1"));
        assert_eq!(environment.get("CHECK").unwrap().as_deref(), Some("5s"));
        assert_eq!(environment.get("DEBUG").unwrap(), None);
    }

    #[test]
    fn quotes_of_the_file_are_removed() {
        let environment = environment(&[], "export A='x # y'\nB=\"l1\\nl2\"\n# C=1");
        assert_eq!(environment.get("A").unwrap().as_deref(), Some("x # y"));
        assert_eq!(environment.get("B").unwrap().as_deref(), Some("l1\nl2"));
        assert!(!environment.is_set("C"));
    }

    #[test]
    fn broken_lines_are_named() {
        for (file, part) in [
            ("A=1\nnonsense", "line 2"),
            ("A='x", "closing quote"),
            ("A B=1", "letters"),
        ] {
            let error = Environment::from_parts(Vec::<(String, String)>::new(), file).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn references_are_expanded_once() {
        let environment = environment(
            &[
                ("HOSTNAME", "pod-1"),
                ("NODE", "http://$(HOSTNAME).svc:${PORT}"),
                ("PORT", "15000"),
                ("PRICE", "5$ $$(HOSTNAME) $"),
                ("LOST", "$(NOWHERE)"),
                ("OPEN", "${HOSTNAME"),
            ],
            "",
        );
        assert_eq!(
            environment.get("NODE").unwrap().as_deref(),
            Some("http://pod-1.svc:15000")
        );
        assert_eq!(
            environment.get("PRICE").unwrap().as_deref(),
            Some("5$ $(HOSTNAME) $")
        );
        let lost = environment.get("LOST").unwrap_err().to_string();
        assert_eq!(lost, "LOST: refers to the variable `NOWHERE`, which is not set");
        assert!(environment.get("OPEN").is_err());
    }

    #[test]
    fn debug_shows_no_values() {
        let environment = environment(&[("SECRET_KEY", "hidden")], "");
        assert_eq!(format!("{environment:?}"), r#"{"SECRET_KEY"}"#);
    }
}

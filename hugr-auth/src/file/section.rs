//! Takes settings out of a map one by one; what is left was not known.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::secret::Secret;

/// How like a known name an unknown one must be to be taken for it misspelt.
const LIKENESS: f64 = 0.75;

/// What was noticed in a file.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) warnings: Vec<String>,
    pub(super) errors: Vec<String>,
}

/// A map of settings.
#[derive(Debug)]
pub(super) struct Section<'n> {
    /// Where it stands, with a dot at the end; empty for the whole file.
    path: String,
    left: BTreeMap<String, Value>,
    known: Vec<&'static str>,
    notes: &'n mut Notes,
}

impl<'n> Section<'n> {
    /// Returns the section of `map` at `path`.
    pub(super) fn new(path: String, map: &Map<String, Value>, notes: &'n mut Notes) -> Self {
        let left = map
            .iter()
            .map(|(name, value)| (name.replace('-', "_").to_ascii_lowercase(), value.clone()));
        Self {
            path,
            left: left.collect(),
            known: Vec::new(),
            notes,
        }
    }

    /// Takes a text; an empty one counts as absent.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => self.wrong(name, "a text"),
        }
    }

    /// Takes a text that must not be shown.
    pub(super) fn secret(&mut self, name: &'static str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    /// Takes a yes or no.
    pub(super) fn switch(&mut self, name: &'static str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(value) => Some(value),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => self.wrong(name, "true or false"),
        }
    }

    /// Takes a list of texts, or one text with its items between commas or white space.
    pub(super) fn list(&mut self, name: &'static str) -> Option<Vec<String>> {
        match self.take(name)? {
            Value::String(text) => {
                let items = text.split(|letter: char| letter == ',' || letter.is_whitespace());
                Some(items.filter(|item| !item.is_empty()).map(str::to_owned).collect())
            }
            Value::Array(items) => {
                let texts: Option<Vec<_>> = items
                    .iter()
                    .map(|item| item.as_str().map(str::to_owned))
                    .collect();
                texts.or_else(|| self.wrong(name, "a list of texts"))
            }
            _ => self.wrong(name, "a list of texts"),
        }
    }

    /// Takes a number of seconds: a number, or a text like `30s`, `5m` or `250ms`, rounded up.
    pub(super) fn seconds(&mut self, name: &'static str) -> Option<u64> {
        let value = self.take(name)?;
        let seconds = match &value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => seconds_of(text),
            _ => None,
        };
        seconds.or_else(|| self.wrong(name, "a duration, like 30s"))
    }

    /// Takes a map and reads it as a section.
    pub(super) fn section<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Section<'_>) -> T,
    ) -> Option<T> {
        let value = self.take(name)?;
        let Value::Object(map) = &value else {
            return self.wrong(name, "a map of settings");
        };
        let mut inner = Section::new(format!("{}{name}.", self.path), map, self.notes);
        let outcome = read(&mut inner);
        inner.finish();
        Some(outcome)
    }

    /// Takes a map of sections, by names that the author of the file chose.
    pub(super) fn sections<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Section<'_>) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let Some(value) = self.take(name) else {
            return BTreeMap::new();
        };
        let Value::Object(map) = &value else {
            self.wrong::<()>(name, "a map of settings by name");
            return BTreeMap::new();
        };
        let mut found = BTreeMap::new();
        for (key, value) in map {
            let path = format!("{}{name}.{key}", self.path);
            let Value::Object(map) = value else {
                self.notes
                    .errors
                    .push(format!("`{path}` must be a map of settings"));
                continue;
            };
            let mut inner = Section::new(format!("{path}."), map, self.notes);
            if let Some(item) = read(&mut inner) {
                found.insert(key.clone(), item);
            }
            inner.finish();
        }
        found
    }

    /// Notes that a setting is missing.
    pub(super) fn missing<T>(&mut self, name: &str) -> Option<T> {
        self.notes
            .errors
            .push(format!("`{}{name}` is missing", self.path));
        None
    }

    /// Notes what the author should know about a setting.
    pub(super) fn warn(&mut self, name: &str, text: &str) {
        self.notes.warnings.push(format!("`{}{name}` {text}", self.path));
    }

    /// Warns of what was not taken.
    pub(super) fn finish(self) {
        for name in self.left.keys() {
            let likeness = |known: &&&str| strsim::jaro_winkler(known, name);
            let nearest = self
                .known
                .iter()
                .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let nearest = nearest.filter(|nearest| likeness(nearest) >= LIKENESS);
            let advice = match nearest {
                Some(nearest) => format!("; did you mean `{nearest}`"),
                None => format!("; known here are {}", self.known.join(", ")),
            };
            self.notes
                .warnings
                .push(format!("`{}{name}` is not a setting{advice}", self.path));
        }
    }

    /// Takes a value; null counts as absent.
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn wrong<T>(&mut self, name: &str, wanted: &str) -> Option<T> {
        self.notes
            .errors
            .push(format!("`{}{name}` must be {wanted}", self.path));
        None
    }
}

fn seconds_of(text: &str) -> Option<u64> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let count: u64 = count.parse().ok()?;
    match unit.trim() {
        "" | "s" => Some(count),
        "ms" => Some(count.div_ceil(1000)),
        "m" => count.checked_mul(60),
        "h" => count.checked_mul(3600),
        _ => None,
    }
}

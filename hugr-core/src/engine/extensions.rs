//! What an answer tells beside its data: `extensions` of the response (spec §8.4).
//!
//! ```text
//! {"shop": {"children": {"orders": {"stats": {"name": "orders", …}}}}, "n": {"jq": 3}}
//! ```

use std::time::{Duration, Instant};

use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::json;

use crate::exec::encode::text::write_string;

/// Something that a field tells.
#[derive(Debug)]
pub(super) struct Extension {
    /// The place of the field in the response; empty for the operation itself.
    pub(super) path: Vec<String>,
    /// What it is.
    pub(super) name: &'static str,
    /// Its JSON text.
    pub(super) value: Bytes,
}

/// How long the steps of a request took before its statements ran.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timings {
    /// When the request came.
    pub(super) started: Instant,
    /// Until its document was valid.
    pub(super) parsed: Duration,
    /// Until it was planned.
    pub(super) planned: Duration,
}

impl Timings {
    /// Returns what the field at `path` tells, which is answered now.
    pub(super) fn of_field(&self, path: &[String]) -> Extension {
        let total = self.started.elapsed();
        // Statements are rendered as they run: nothing is compiled between planning and execution.
        let stats = json!({
            "name": path.last(),
            "planning_time": text(self.planned),
            "compile_time": text(self.planned),
            "exec_time": text(total.saturating_sub(self.planned)),
            "node_time": text(total),
        });
        Extension {
            path: path.to_vec(),
            name: "stats",
            value: Bytes::from(stats.to_string()),
        }
    }

    /// Returns what the operation called `name` tells, which is answered now.
    pub(super) fn of_operation(&self, name: Option<&str>) -> Extension {
        let mut stats = json!({
            "total_time": text(self.started.elapsed()),
            "parse_time": text(self.parsed),
        });
        if let (Some(name), Some(members)) = (name, stats.as_object_mut()) {
            members.insert("name".to_owned(), name.into());
        }
        Extension {
            path: Vec::new(),
            name: "stats",
            value: Bytes::from(stats.to_string()),
        }
    }
}

fn text(duration: Duration) -> String {
    format!(
        "{:?}",
        Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    )
}

/// What is told about a field and the fields below it.
#[derive(Default)]
struct Told<'a> {
    own: Vec<(&'static str, &'a Bytes)>,
    children: IndexMap<&'a str, Told<'a>>,
}

/// Returns the text of the object with all of them; `None` when there are none.
pub(super) fn encode(extensions: &[Extension]) -> Option<Bytes> {
    if extensions.is_empty() {
        return None;
    }
    let mut top = Told::default();
    for extension in extensions {
        let mut told = &mut top;
        for key in &extension.path {
            told = told.children.entry(key).or_default();
        }
        told.own.push((extension.name, &extension.value));
    }
    let mut out = Vec::new();
    if top.own.is_empty() {
        write_fields(&mut out, &top.children);
    } else {
        write_told(&mut out, &top);
    }
    Some(out.into())
}

fn write_told(out: &mut Vec<u8>, told: &Told<'_>) {
    out.push(b'{');
    for (index, (name, value)) in told.own.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(out, name);
        out.push(b':');
        out.extend_from_slice(value);
    }
    if !told.children.is_empty() {
        if !told.own.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(b"\"children\":");
        write_fields(out, &told.children);
    }
    out.push(b'}');
}

fn write_fields(out: &mut Vec<u8>, fields: &IndexMap<&str, Told<'_>>) {
    out.push(b'{');
    for (index, (key, told)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(out, key);
        out.push(b':');
        write_told(out, told);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &[&str], name: &'static str) -> Extension {
        Extension {
            path: path.iter().map(ToString::to_string).collect(),
            name,
            value: Bytes::from_static(b"1"),
        }
    }

    #[test]
    fn fields_nest_by_their_path() {
        let text = encode(&[
            told(&["n"], "jq"),
            told(&["n", "shop", "a"], "stats"),
            told(&["b"], "stats"),
        ])
        .unwrap();
        let expected = r#"{"n":{"jq":1,"children":{"shop":{"children":{"a":{"stats":1}}}}},"b":{"stats":1}}"#;
        assert_eq!(text, expected);
        assert!(encode(&[]).is_none());
    }

    #[test]
    fn what_the_operation_tells_stands_beside_its_fields() {
        let text = encode(&[told(&[], "stats"), told(&["a"], "stats")]).unwrap();
        assert_eq!(text, r#"{"stats":1,"children":{"a":{"stats":1}}}"#);
    }
}

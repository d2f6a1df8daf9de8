//! Structs that are kept as JSON text: the wanted members are copied as they stand.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::column::member_prefix;
use super::text::write_string;
use crate::plan::{NullStruct, StructField};

/// What is wanted of a struct.
pub(super) struct DocumentStruct {
    members: Vec<(Vec<u8>, Member)>,
    null: NullStruct,
}

struct Member {
    value: Wanted,
    /// What is wanted of the member, when it is a struct itself.
    structure: Option<DocumentStruct>,
}

enum Wanted {
    Named(String),
    Constant(Vec<u8>),
}

impl DocumentStruct {
    /// Returns a writer of the members `wanted`.
    pub(super) fn new(wanted: &[StructField], null: NullStruct) -> Self {
        let members = wanted
            .iter()
            .enumerate()
            .map(|(index, field)| (member_prefix(index, &field.key), Member::of(field)))
            .collect();
        Self { members, null }
    }

    /// Appends what is wanted of the document `text`: of an object, or of each item of a list.
    pub(super) fn write(&self, out: &mut Vec<u8>, text: &str) {
        let text = text.trim_ascii_start();
        match text.as_bytes().first() {
            Some(b'{') => match serde_json::from_str::<HashMap<Cow<'_, str>, &RawValue>>(text) {
                Ok(members) => self.write_members(out, |name| members.get(name).map(|value| value.get())),
                Err(_) => self.write_null(out),
            },
            Some(b'[') => self.write_items(out, text),
            _ => self.write_null(out),
        }
    }

    /// Appends what a struct becomes that is NULL.
    pub(super) fn write_null(&self, out: &mut Vec<u8>) {
        match self.null {
            NullStruct::Null => out.extend_from_slice(b"null"),
            NullStruct::Object => self.write_members(out, |_| None),
        }
    }

    fn write_items(&self, out: &mut Vec<u8>, text: &str) {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) else {
            return self.write_null(out);
        };
        out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.write(out, item.get());
        }
        out.push(b']');
    }

    fn write_members<'t>(&self, out: &mut Vec<u8>, value_of: impl Fn(&str) -> Option<&'t str>) {
        out.push(b'{');
        for (prefix, member) in &self.members {
            out.extend_from_slice(prefix);
            match &member.value {
                Wanted::Constant(text) => out.extend_from_slice(text),
                Wanted::Named(name) => member.write(out, value_of(name)),
            }
        }
        out.push(b'}');
    }
}

impl Member {
    fn of(field: &StructField) -> Self {
        let value = match (&field.typename, &field.member) {
            (Some(typename), _) => {
                let mut text = Vec::new();
                write_string(&mut text, typename.as_str());
                Wanted::Constant(text)
            }
            (None, Some(name)) => Wanted::Named(name.clone()),
            (None, None) => Wanted::Constant(b"null".to_vec()),
        };
        Self {
            value,
            structure: (!field.members.is_empty()).then(|| DocumentStruct::new(&field.members, field.null)),
        }
    }

    fn write(&self, out: &mut Vec<u8>, value: Option<&str>) {
        match (value, &self.structure) {
            (Some(value), Some(structure)) => structure.write(out, value),
            (Some(value), None) => out.extend_from_slice(value.as_bytes()),
            (None, Some(structure)) => structure.write_null(out),
            (None, None) => out.extend_from_slice(b"null"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(key: &str, member: &str, members: Vec<StructField>) -> StructField {
        StructField {
            key: key.to_owned(),
            member: Some(member.to_owned()),
            typename: None,
            is_raw_json: false,
            members,
            null: NullStruct::Null,
        }
    }

    #[test]
    fn members_are_copied_as_they_stand() {
        let inner = field("box", "box", vec![field("c", "code", Vec::new())]);
        let structure = DocumentStruct::new(
            &[
                field("w", "weight", Vec::new()),
                inner,
                field("none", "none", Vec::new()),
            ],
            NullStruct::Object,
        );
        for (text, expected) in [
            (
                r#"{"weight": 12345678901234567890.5, "box": {"code": "B", "x": 1}}"#,
                r#"{"w":12345678901234567890.5,"box":{"c":"B"},"none":null}"#,
            ),
            (r#"[{"weight": 1}]"#, r#"[{"w":1,"box":null,"none":null}]"#),
            ("null", r#"{"w":null,"box":null,"none":null}"#),
        ] {
            let mut out = Vec::new();
            structure.write(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}

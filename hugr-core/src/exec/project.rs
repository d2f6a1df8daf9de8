//! Values that the process itself makes, cut down to what is selected.

use serde_json::Value as Json;

use super::encode::text::write_string;
use crate::gql::Selected;

/// Appends the part of `value` that `selection` wants; all of it when nothing is selected, as for scalars.
///
/// Members that `value` lacks are null; members of lists are projected one by one.
pub fn project(out: &mut Vec<u8>, value: &Json, selection: &[Selected]) {
    match value {
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                project(out, item, selection);
            }
            out.push(b']');
        }
        Json::Object(members) if !selection.is_empty() => {
            out.push(b'{');
            for (index, selected) in selection.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_string(out, &selected.key);
                out.push(b':');
                if selected.name.as_str() == "__typename" {
                    write_string(out, selected.parent.as_str());
                } else {
                    let member = members.get(selected.name.as_str()).unwrap_or(&Json::Null);
                    project(out, member, &selected.selection);
                }
            }
            out.push(b'}');
        }
        other => out.extend_from_slice(other.to_string().as_bytes()),
    }
}

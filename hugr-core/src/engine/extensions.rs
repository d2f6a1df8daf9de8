//! What roots tell beside their data: `extensions` of the response (spec §8.4).

use bytes::Bytes;

use crate::exec::encode::text::write_string;

/// What one root tells.
#[derive(Debug)]
pub(super) struct Extension {
    /// Its name in the response.
    pub(super) key: String,
    /// The text of what its jq program made.
    pub(super) jq: Bytes,
    /// What the fields below it tell.
    pub(super) children: Vec<Extension>,
}

/// Returns the text of the object with all of them; `None` when there are none.
pub(super) fn encode(extensions: &[Extension]) -> Option<Bytes> {
    if extensions.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    write_all(&mut out, extensions);
    Some(out.into())
}

fn write_all(out: &mut Vec<u8>, extensions: &[Extension]) {
    out.push(b'{');
    for (index, extension) in extensions.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(out, &extension.key);
        out.extend_from_slice(b":{\"jq\":");
        out.extend_from_slice(&extension.jq);
        if !extension.children.is_empty() {
            out.extend_from_slice(b",\"children\":");
            write_all(out, &extension.children);
        }
        out.push(b'}');
    }
    out.push(b'}');
}

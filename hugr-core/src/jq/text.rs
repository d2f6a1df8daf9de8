//! Values as JSON text. The library's own writer also writes what is not JSON.

use std::io::Write as _;

use jaq_json::{Num, Val};

use crate::error::{Error, ErrorCode, Result};

/// Deepest nesting of a value that is written.
const MAX_NESTING: usize = 1_000;

/// Appends `value` to `out`; numbers that JSON lacks are null.
///
/// # Errors
/// `BAD_REQUEST` for byte strings, keys that are not text and values that are nested too deeply.
pub(super) fn write(out: &mut Vec<u8>, value: &Val) -> Result<()> {
    write_nested(out, value, 0)
}

fn write_nested(out: &mut Vec<u8>, value: &Val, depth: usize) -> Result<()> {
    if depth > MAX_NESTING {
        return Err(refused("values that are nested too deeply"));
    }
    match value {
        Val::Null => out.extend_from_slice(b"null"),
        Val::Bool(true) => out.extend_from_slice(b"true"),
        Val::Bool(false) => out.extend_from_slice(b"false"),
        Val::Num(Num::Float(number)) if !number.is_finite() => out.extend_from_slice(b"null"),
        Val::Num(number) => write!(out, "{number}").map_err(|_| Error::internal("a number has no text"))?,
        Val::TStr(text) => write_text(out, text),
        Val::BStr(_) => return Err(refused("a byte string")),
        Val::Arr(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_nested(out, item, depth + 1)?;
            }
            out.push(b']');
        }
        Val::Obj(members) => {
            out.push(b'{');
            for (index, (key, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                let Val::TStr(key) = key else {
                    return Err(refused("an object with a key that is not text"));
                };
                write_text(out, key);
                out.push(b':');
                write_nested(out, member, depth + 1)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// Bytes that are not UTF-8 are replaced.
fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    // A text always has a JSON form.
    if let Ok(quoted) = serde_json::to_string(&String::from_utf8_lossy(text)) {
        out.extend_from_slice(quoted.as_bytes());
    }
}

fn refused(what: &str) -> Error {
    Error::new(
        ErrorCode::BadRequest,
        format!("the jq program gives {what}, which JSON cannot hold"),
    )
}

//! Values as the text that PostgreSQL reads them from.
//!
//! All values are sent as text: the server reads it as the type that the statement gives the parameter, also where that is a
//! type of its own, such as an enum.

use bytes::BytesMut;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

use crate::sql::Value;

/// A value, as it is sent.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        _ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        if matches!(self.0, Value::Null) {
            return Ok(IsNull::Yes);
        }
        push(self.0, out);
        Ok(IsNull::No)
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }

    fn encode_format(&self, _ty: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

fn push(value: &Value, out: &mut BytesMut) {
    match value {
        Value::Null => out.extend_from_slice(b"NULL"),
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Int(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
        Value::Float(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Text(text) => out.extend_from_slice(text.as_bytes()),
        Value::List(values) => push_array(values, out),
    }
}

/// Writes an array literal: items in double quotes, in which `"` and `\` have a `\` before them.
fn push_array(values: &[Value], out: &mut BytesMut) {
    out.extend_from_slice(b"{");
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b",");
        }
        match value {
            Value::Text(text) => {
                out.extend_from_slice(b"\"");
                for byte in text.bytes() {
                    if matches!(byte, b'"' | b'\\') {
                        out.extend_from_slice(b"\\");
                    }
                    out.extend_from_slice(&[byte]);
                }
                out.extend_from_slice(b"\"");
            }
            other => push(other, out),
        }
    }
    out.extend_from_slice(b"}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(value: &Value) -> String {
        let mut out = BytesMut::new();
        push(value, &mut out);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn items_of_arrays_are_quoted() {
        let list = Value::List(vec![
            Value::from("a,b"),
            Value::from("quo\"te\\ {}"),
            Value::from("NULL"),
            Value::Null,
            Value::Int(-3),
            Value::Bool(true),
        ]);
        assert_eq!(sent(&list), r#"{"a,b","quo\"te\\ {}","NULL",NULL,-3,true}"#);
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(sent(&Value::Int(i64::MIN)), "-9223372036854775808");
        assert_eq!(sent(&Value::Float(0.1)), "0.1");
        assert_eq!(sent(&Value::Float(1e300)).len(), 301);
    }
}

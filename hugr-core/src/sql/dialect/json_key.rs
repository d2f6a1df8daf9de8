//! Keys of JSON documents and paths in them, which a client sends in the notation of DuckDB: `$.name."any name"[0][#-1].*`.

/// Returns the path of a key. DuckDB reads text as a path that may be a key, and fails where it is neither.
pub(super) fn json_key_path(key: &str) -> String {
    if key.is_empty() {
        return "/".to_owned();
    }
    if json_path_steps(key).is_some() {
        return key.to_owned();
    }
    format!("${}", json_step(key))
}

/// Returns the step to a member; within its quotes only quotes and backslashes are special.
pub(super) fn json_step(member: &str) -> String {
    let escaped = member.replace('\\', "\\\\").replace('"', "\\\"");
    format!(".\"{escaped}\"")
}

/// Returns the steps of a path, such as `.name`, `."any name"`, `.*`, `[0]`, `[#-1]` and `[*]`; `None` for a key.
pub(super) fn json_path_steps(text: &str) -> Option<Vec<&str>> {
    let mut rest = text.strip_prefix('$')?;
    let mut steps = Vec::new();
    while let Some(step) = rest.chars().next() {
        let end = match step {
            '.' => member_end(&rest[1..]),
            '[' => rest.find(']').filter(|end| is_index(&rest[1..*end])),
            _ => None,
        };
        let (step, after) = rest.split_at_checked(end? + 1)?;
        steps.push(step);
        rest = after;
    }
    Some(steps)
}

/// Returns the length of the member with which `text` begins.
fn member_end(text: &str) -> Option<usize> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted
            .find(['"', '\\'])
            .filter(|end| *end > 0 && quoted[*end..].starts_with('"'))
            .map(|end| end + 2);
    }
    if text.starts_with('*') {
        return Some(1);
    }
    let end = text
        .find(|next: char| !(next.is_ascii_alphanumeric() || next == '_'))
        .unwrap_or(text.len());
    (end > 0).then_some(end)
}

fn is_index(text: &str) -> bool {
    let digits = text.strip_prefix("#-").unwrap_or(text);
    text == "*"
        || (!digits.is_empty() && digits.len() < 10 && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_paths_and_paths_stay() {
        for (key, path) in [
            ("x", "$.\"x\""),
            ("a.b", "$.\"a.b\""),
            ("\\", "$.\"\\\\\""),
            ("q\"", "$.\"q\\\"\""),
            ("", "/"),
            ("$1", "$.\"$1\""),
            ("$.a.\"b c\"[0][#-1].*", "$.a.\"b c\"[0][#-1].*"),
            ("$.a\".b", "$.\"$.a\\\".b\""),
            ("$$x$$", "$.\"$$x$$\""),
            ("$", "$"),
        ] {
            assert_eq!(json_key_path(key), path, "{key}");
        }
    }
}

//! Names of tables as authors write them: `table`, `schema.table`, `"Quoted Schema"."Quoted Table"`. PURE.

/// Splits `text` at the dots outside double quotes and takes the quotes away; a doubled quote stands for itself.
///
/// # Errors
/// What is wrong with the text, for the author.
pub(super) fn split(text: &str) -> Result<Vec<String>, &'static str> {
    if text.contains('\0') {
        return Err("it holds the character NUL");
    }
    let mut parts = Vec::new();
    let mut characters = text.trim().chars().peekable();
    loop {
        let part = if characters.next_if_eq(&'"').is_some() {
            quoted(&mut characters)?
        } else {
            let mut bare = String::new();
            while let Some(character) = characters.next_if(|character| *character != '.') {
                if character == '"' {
                    return Err("a quote stands inside a bare name");
                }
                bare.push(character);
            }
            bare
        };
        if part.is_empty() {
            return Err("a part of the name is empty");
        }
        parts.push(part);
        match characters.next() {
            None => return Ok(parts),
            Some('.') => {}
            Some(_) => return Err("text follows a closing quote"),
        }
    }
}

/// Reads up to the closing quote; the opening one is behind.
fn quoted(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, &'static str> {
    let mut part = String::new();
    while let Some(character) = characters.next() {
        if character != '"' {
            part.push(character);
        } else if characters.next_if_eq(&'"').is_some() {
            part.push('"');
        } else {
            return Ok(part);
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_dots_outside_quotes() {
        assert_eq!(split("orders"), Ok(vec!["orders".to_owned()]));
        assert_eq!(split("yard.bays"), Ok(vec!["yard".to_owned(), "bays".to_owned()]));
        assert_eq!(
            split(r#""Odd.Na""mes".t"#),
            Ok(vec!["Odd.Na\"mes".to_owned(), "t".to_owned()])
        );
    }

    #[test]
    fn refuses_what_is_no_name() {
        for text in ["", ".", "a.", ".a", "\"a", "a\"b", "\"a\"b", "\"\"", "a\0"] {
            assert!(split(text).is_err(), "{text}");
        }
    }
}

//! "Did you mean": the nearest of the valid choices. PURE.

/// How many choices a message lists before it stops.
const MAX_LISTED: usize = 12;

/// Longer names are not compared: the distance takes time in proportion to both lengths.
const MAX_NAME_BYTES: usize = 128;

/// How long a common beginning must be to mean anything.
const MIN_COMMON_START: usize = 3;

/// Returns the choice that `name` was most likely meant to be: the fewest edits away, or else one that `name` begins
/// with or is the beginning of. Ties go to the first.
#[must_use]
pub fn nearest<'a>(name: &str, choices: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return None;
    }
    let allowed_edits = (name.chars().count() / 3).clamp(1, 4);
    let by_edits = choices
        .clone()
        .into_iter()
        .map(|choice| (strsim::damerau_levenshtein(name, choice), choice))
        .filter(|(edits, _)| *edits <= allowed_edits)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, choice)| choice);
    by_edits.or_else(|| {
        choices.into_iter().find(|choice| {
            choice.len().min(name.len()) >= MIN_COMMON_START
                && (choice.starts_with(name) || name.starts_with(choice))
        })
    })
}

/// Returns help for an unknown `name`: the nearest choice, or the list of them.
#[must_use]
pub fn help<'a>(name: &str, choices: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(choice) = nearest(name, choices.clone()) {
        return Some(format!("did you mean `{choice}`"));
    }
    let mut listed: Vec<&str> = choices.into_iter().collect();
    listed.sort_unstable();
    listed.dedup();
    if listed.is_empty() {
        return None;
    }
    let rest = listed.len().saturating_sub(MAX_LISTED);
    listed.truncate(MAX_LISTED);
    let mut text = format!("choose from: {}", listed.join(", "));
    if rest > 0 {
        text.push_str(&format!(" and {rest} more"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_choice() {
        assert_eq!(nearest("prise", ["name", "price"]), Some("price"));
        assert_eq!(nearest("Integer", ["Float", "Int"]), Some("Int"));
        assert_eq!(nearest("unrelated", ["name", "price"]), None);
    }

    #[test]
    fn lists_the_choices_when_none_is_near() {
        assert_eq!(
            help("unrelated", ["price", "name"]).as_deref(),
            Some("choose from: name, price")
        );
        assert_eq!(help("x", []), None);
    }
}

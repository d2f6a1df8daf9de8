//! "Did you mean": the nearest of the valid choices. PURE.

/// How many choices a message lists before it stops.
const MAX_LISTED: usize = 12;

/// Returns the choice that `name` was most likely meant to be; ties go to the first.
#[must_use]
pub fn nearest<'a>(name: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed_edits = (name.chars().count() / 3).clamp(1, 4);
    choices
        .into_iter()
        .map(|choice| (strsim::damerau_levenshtein(name, choice), choice))
        .filter(|(edits, _)| *edits <= allowed_edits)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, choice)| choice)
}

/// Returns help for an unknown `name`: the nearest choice, or the list of them.
#[must_use]
pub fn help<'a>(name: &str, choices: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if name.len() <= 128
        && let Some(choice) = nearest(name, choices.clone())
    {
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

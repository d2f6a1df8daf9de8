//! Options of a request: comments at the head of its file, `# @name: value`.

use super::Outcome;

/// What the leading comments of a request ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// `@operation`: which operation of the document to run.
    pub operation: Option<String>,
    /// `@sort`: paths below `data` of lists whose order does not matter, as field names with dots between.
    pub sorted: Vec<String>,
    /// `@timezone`: time zone in which instants are shown.
    pub time_zone: Option<String>,
}

impl RequestOptions {
    /// Returns the options at the head of `text`.
    ///
    /// # Errors
    /// When an option is not known.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut options = Self::default();
        for line in text.lines().map_while(|line| line.strip_prefix('#')) {
            let Some((name, value)) = line
                .trim()
                .strip_prefix('@')
                .and_then(|option| option.split_once(':'))
            else {
                continue;
            };
            let value = value.trim().to_owned();
            match name.trim() {
                "operation" => options.operation = Some(value),
                "sort" => options.sorted.push(value),
                "timezone" => options.time_zone = Some(value),
                other => {
                    return Err(format!(
                        "unknown option `@{other}`; valid are @operation, @sort, @timezone"
                    ));
                }
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::RequestOptions;

    #[test]
    fn options_end_with_the_first_line_that_is_no_comment() -> Result<(), String> {
        let text = "# why\n# @sort: shop.orders\n# @timezone: Asia/Tokyo\n{ x }\n# @operation: a";
        let options = RequestOptions::parse(text)?;
        assert_eq!(options.sorted, ["shop.orders"]);
        assert_eq!(options.time_zone.as_deref(), Some("Asia/Tokyo"));
        assert_eq!(options.operation, None);
        Ok(())
    }

    #[test]
    fn unknown_options_are_refused() {
        assert!(RequestOptions::parse("# @sorted: x").is_err());
    }
}

//! What rights are asked for: each question is answered, or refused by its name.

use super::permission::DataOperation;
use super::rights::{Programs, Rights};
use super::rules::ENDPOINTS;
use crate::error::{Error, ErrorCode, Result};

impl Rights {
    /// Checks that programs may be sent.
    ///
    /// # Errors
    /// `UNSUPPORTED`, naming the setting.
    pub fn require_programs(&self) -> Result<()> {
        if self.programs == Programs::Allowed {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::Unsupported,
            "jq is switched off on this server (setting JQ_ENABLED)",
        ))
    }

    /// Checks that requests to the URL `path` may be sent: neither it nor a path above it is refused.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    pub fn require_endpoint(&self, path: &str) -> Result<()> {
        let path = path.trim_end_matches('/');
        let above = path.match_indices('/').map(|(end, _)| &path[..end]);
        let mut prefixes = above.chain([path]).flat_map(|prefix| {
            // `/query` and `query` mean the same.
            [prefix, prefix.trim_start_matches('/')]
        });
        let is_refused = prefixes.any(|prefix| {
            self.rules
                .of_type(ENDPOINTS, prefix)
                .is_some_and(|rule| rule.disabled)
        });
        if is_refused {
            return Err(Error::new(
                ErrorCode::Forbidden,
                format!("`{path}` is not open to role `{}`", self.role),
            ));
        }
        Ok(())
    }

    /// Checks that `field` of the type `parent` is not refused.
    pub(super) fn require_field(&self, parent: &str, field: &str) -> Result<()> {
        match self.rules.field(parent, field) {
            Some(rule) if rule.disabled => Err(self.refused(&format!("field `{field}` of `{parent}`"))),
            _ => Ok(()),
        }
    }

    /// Checks `field` of the type `parent`, which is made of `base` of the object `object`: a rule for the one or, where
    /// none names it, for the other may refuse it.
    pub(super) fn require_derived(&self, parent: &str, field: &str, base: (&str, &str)) -> Result<()> {
        self.require_field(parent, field)?;
        match self.rules.exact(parent, field) {
            Some(_) => Ok(()),
            None => self.require_field(base.0, base.1),
        }
    }

    /// Checks `field` of the input `input`, which asks about `base`: a rule for the input itself counts, else the one for `base`.
    /// Rules for every type are about what is selected; who may select a field may ask about it.
    pub(super) fn require_asked(&self, input: &str, field: &str, base: (&str, &str)) -> Result<()> {
        match self.rules.of_type(input, field) {
            Some(rule) if rule.disabled => Err(self.refused(&format!("field `{field}` of `{input}`"))),
            Some(rule) if rule.field_name.as_str() == field => Ok(()),
            _ => self.require_field(base.0, base.1),
        }
    }

    /// Checks that `operation` on the object is not refused. What may not be read may not be changed either.
    pub(super) fn require_object(&self, operation: DataOperation, object: &str) -> Result<()> {
        for operation in [DataOperation::Query, operation] {
            if self
                .object_rule(operation, object)
                .is_some_and(|rule| rule.disabled)
            {
                return Err(self.refused(&format!("`{}` of `{object}`", operation.pseudo_type())));
            }
        }
        Ok(())
    }

    fn refused(&self, what: &str) -> Error {
        Error::new(
            ErrorCode::Forbidden,
            format!("{what} is not allowed for role `{}`", self.role),
        )
    }
}

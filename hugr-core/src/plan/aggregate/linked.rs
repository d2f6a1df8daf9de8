//! Aggregates that reach through links: the rows are joined, so that each row counts as often as it has partners.

use std::borrow::Cow;

use super::columns::{Aggregates, object_of};
use crate::catalog::model::{Cardinality, DataObject};
use crate::error::Result;
use crate::gql::Selected;
use crate::plan::columns::Row;
use crate::plan::follow::Followed;
use crate::plan::joined::joined_rows;
use crate::plan::tree::OutputValue;

impl<'o> Aggregates<'_, 'o> {
    /// Aggregates the rows of a link.
    pub(super) fn linked(
        &mut self,
        row: Row<'_>,
        followed: Followed<'o>,
        selected: &Selected,
    ) -> Result<OutputValue> {
        let (target, alias) = self.join(row, followed, selected)?;
        self.object(&target, &alias, &selected.selection).map(object_of)
    }

    /// Joins the rows of a link; returns what they are and under which alias.
    pub(super) fn join(
        &mut self,
        row: Row<'_>,
        followed: Followed<'o>,
        selected: &Selected,
    ) -> Result<(Cow<'o, DataObject>, String)> {
        self.repeats_rows |= followed.cardinality == Cardinality::Many;
        let target = followed.target;
        let joined = joined_rows(self.objects, row, (&target, followed.rows), selected)?;
        self.joins.push(joined.join);
        Ok((target, joined.alias))
    }
}

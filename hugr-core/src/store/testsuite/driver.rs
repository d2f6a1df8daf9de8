//! Drives a store and the model of it ([`CoreState::apply`]) side by side.

use std::fmt::Debug;
use std::sync::Arc;

use super::StorePlace;
use crate::error::{ErrorCode, Result};
use crate::store::{CatalogSource, Change, CoreState, CoreStore, DataSource, Revision};

/// A store and what it should hold.
pub(super) struct Driver {
    pub(super) store: Arc<dyn CoreStore>,
    pub(super) model: CoreState,
}

impl Driver {
    pub(super) async fn open(place: &dyn StorePlace) -> Self {
        Self {
            store: place.open().await,
            model: CoreState::initial(),
        }
    }

    /// Commits `changes`, which must be taken, and compares the states.
    pub(super) async fn commit(&mut self, changes: &[Change]) {
        let Some(next) = done(self.model.apply(changes), "the model takes the changes") else {
            return;
        };
        let revision = done(
            self.store.commit(None, changes).await,
            "the store takes the changes",
        );
        assert_eq!(
            revision,
            Some(next.revision),
            "a commit raises the revision by one"
        );
        self.model = next;
        self.compare().await;
    }

    /// Commits `changes`, which must be refused as the model does, and compares the states.
    pub(super) async fn refuse(&self, changes: &[Change], code: ErrorCode) {
        let by_model = self.model.apply(changes).err().map(|error| error.code());
        assert_eq!(by_model, Some(code), "the model refuses {changes:?}");
        let outcome = self.store.commit(None, changes).await;
        expect_refusal(&outcome, code, &format!("{changes:?}"));
        self.compare().await;
    }

    /// Compares the store's state with the model.
    pub(super) async fn compare(&self) {
        let revision = done(self.store.revision().await, "the store tells its revision");
        assert_eq!(revision, Some(self.model.revision), "the revision");
        let snapshot = done(self.store.snapshot().await, "the store gives a snapshot");
        let Some(snapshot) = snapshot else { return };
        // As JSON, because the records' `Debug` leaves out what may hold a password.
        assert_eq!(
            serde_json::json!(*snapshot),
            serde_json::json!(self.model),
            "the state"
        );
    }
}

/// Returns the value of `outcome`, which must be `Ok`.
pub(super) fn done<T: Debug>(outcome: Result<T>, what: &str) -> Option<T> {
    assert!(outcome.is_ok(), "{what}: {outcome:?}");
    outcome.ok()
}

/// Checks that a commit was refused with `code`.
pub(super) fn expect_refusal(outcome: &Result<Revision>, code: ErrorCode, what: &str) {
    let refusal = outcome.as_ref().err().map(crate::Error::code);
    assert_eq!(refusal, Some(code), "{what}: {outcome:?}");
}

pub(super) fn source(name: &str) -> DataSource {
    DataSource::new(name, "duckdb", format!("{name}.duckdb"))
}

pub(super) fn insert_source(name: &str) -> Change {
    Change::InsertDataSource(source(name))
}

pub(super) fn insert_catalog(name: &str) -> Change {
    Change::InsertCatalogSource(CatalogSource {
        name: name.into(),
        kind: "text".to_owned(),
        description: None,
        path: "type t @table(name: \"t\") { id: Int @pk }".to_owned(),
    })
}

pub(super) fn link(source: &str, catalog: &str) -> Change {
    Change::LinkCatalog {
        source: source.into(),
        catalog: catalog.into(),
    }
}

//! Stores that take nothing but loads, unloads and object storages.

use super::driver::{done, expect_refusal, insert_catalog, insert_source};
use super::storages::storage;
use crate::error::ErrorCode;
use crate::name::SourceName;
use crate::store::{Change, CoreStore, DataSourcePatch, Revision, StoreAccess};

/// Checks that `store`, which is read-only and holds the source `loadable`, not loaded and not disabled, keeps the contract
/// of such stores.
///
/// # Panics
/// When it does not.
pub async fn check_read_only_core_store(store: &dyn CoreStore, loadable: &SourceName) {
    assert_eq!(store.access(), StoreAccess::ReadOnly);
    let Some(before) = done(store.snapshot().await, "a snapshot") else {
        return;
    };
    let name = loadable.clone();
    let refused = [
        insert_source("new"),
        insert_catalog("new"),
        Change::UpdateDataSource {
            name: name.clone(),
            patch: DataSourcePatch::default(),
        },
        Change::DeleteDataSource(name.clone()),
    ];
    for change in refused {
        let outcome = store.commit(None, &[Change::Load(name.clone()), change]).await;
        let told = outcome
            .as_ref()
            .err()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            told.contains("CORE_DB_READONLY"),
            "a refusal names the setting: {told}"
        );
        expect_refusal(&outcome, ErrorCode::Unsupported, "a read-only store");
        assert_eq!(
            done(store.snapshot().await, "a snapshot"),
            Some(before.clone()),
            "nothing has changed"
        );
    }

    let outcome = store
        .commit(Some(before.revision.next()), &[Change::Load(name.clone())])
        .await;
    expect_refusal(&outcome, ErrorCode::Conflict, "another revision than expected");
    let outcome = store
        .commit(Some(before.revision), &[Change::Load(name.clone())])
        .await;
    let loaded_at = done(outcome, "loading is possible");
    assert_eq!(loaded_at, Some(before.revision.next()));
    assert_eq!(
        load_mark(store, loadable).await,
        loaded_at,
        "the source is marked"
    );

    let outcome = store.commit(None, &[Change::Unload(name)]).await;
    assert_eq!(
        done(outcome, "unloading is possible"),
        Some(before.revision.next().next())
    );
    assert_eq!(load_mark(store, loadable).await, None, "the mark is gone");

    let registered = storage("minio-storage");
    let name = registered.name.clone();
    let outcome = store.commit(None, &[Change::RegisterStorage(registered)]).await;
    done(outcome, "object storages can be registered");
    let outcome = store.commit(None, &[Change::UnregisterStorage(name)]).await;
    done(outcome, "object storages can be unregistered");
}

async fn load_mark(store: &dyn CoreStore, source: &SourceName) -> Option<Revision> {
    done(store.snapshot().await, "a snapshot").and_then(|state| state.loaded.get(source).copied())
}

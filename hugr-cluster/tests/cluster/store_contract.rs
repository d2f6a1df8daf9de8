//! The contract of core stores, kept over the wire as it is at the source.

use std::sync::Arc;

use async_trait::async_trait;
use hugr_cluster::testsuite::{MemoryCoreStore, PATIENCE, Sandbox};
use hugr_core::store::testsuite::{StorePlace, check_core_store, check_read_only_core_store};
use hugr_core::store::{Change, CoreStore, DataSource, DuckDbCoreStore};

struct MemoryPlace(MemoryCoreStore);

#[async_trait]
impl StorePlace for MemoryPlace {
    async fn open(&self) -> Arc<dyn CoreStore> {
        Arc::new(self.0.clone())
    }

    async fn open_beside(&self) -> Option<Arc<dyn CoreStore>> {
        Some(self.open().await)
    }
}

struct RemotePlace(Sandbox);

#[async_trait]
impl StorePlace for RemotePlace {
    #[expect(clippy::unwrap_used, reason = "a store that cannot be opened fails the test")]
    async fn open(&self) -> Arc<dyn CoreStore> {
        Arc::new(self.0.remote_store().connect().await.unwrap())
    }

    async fn open_beside(&self) -> Option<Arc<dyn CoreStore>> {
        Some(self.open().await)
    }
}

#[tokio::test]
async fn the_fake_store_keeps_the_contract() {
    check_core_store(|| async { MemoryPlace(MemoryCoreStore::new()) }).await;
}

#[tokio::test]
async fn the_remote_store_keeps_the_contract() {
    Box::pin(check_core_store(|| async {
        RemotePlace(Sandbox::start().await.unwrap())
    }))
    .await;
}

#[tokio::test]
async fn a_remote_duckdb_store_keeps_the_contract() {
    Box::pin(check_core_store(|| async {
        let store = Arc::new(DuckDbCoreStore::in_memory());
        RemotePlace(Sandbox::start_over(store, PATIENCE).await.unwrap())
    }))
    .await;
}

#[tokio::test]
async fn a_remote_read_only_store_keeps_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("core.duckdb");
    let writable = DuckDbCoreStore::open(&file).await.unwrap();
    let source = DataSource::new("shop", "duckdb", "shop.duckdb");
    writable
        .commit(None, &[Change::InsertDataSource(source)])
        .await
        .unwrap();
    writable.close().await;
    let store = Arc::new(DuckDbCoreStore::open_read_only(&file).await.unwrap());
    let sandbox = Sandbox::start_over(store, PATIENCE).await.unwrap();
    let remote = sandbox.remote_store().connect().await.unwrap();
    check_read_only_core_store(&remote, &"shop".into()).await;
}

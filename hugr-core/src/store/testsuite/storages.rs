//! Object storages: each change, and each reason to refuse one.

use hugr_auth::Secret;

use super::StorePlace;
use super::driver::Driver;
use crate::error::ErrorCode;
use crate::store::{Change, ObjectStorage, StorageKind, UrlStyle};

pub(super) async fn check_every_change(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    let registered = [storage("minio-storage"), storage("other")].map(Change::RegisterStorage);
    driver.commit(&registered).await;
    driver
        .commit(&[Change::RegisterStorage(storage("minio-storage"))])
        .await;
    for replaced in [changed("minio-storage"), bare("minio-storage")] {
        driver.commit(&[Change::RegisterStorage(replaced)]).await;
    }
    driver.commit(&[Change::UnregisterStorage("other".into())]).await;
    driver
        .commit(&[
            Change::UnregisterStorage("minio-storage".into()),
            Change::RegisterStorage(storage("MinIO-storage")),
        ])
        .await;
}

pub(super) async fn check_refusals(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    driver.commit(&[Change::RegisterStorage(storage("minio"))]).await;
    let missing = Change::UnregisterStorage("other".into());
    driver.refuse(&[missing], ErrorCode::NotFound).await;
    let written_otherwise = Change::RegisterStorage(storage("MinIO"));
    driver.refuse(&[written_otherwise], ErrorCode::Conflict).await;
    driver
        .refuse(&[Change::RegisterStorage(storage(""))], ErrorCode::BadRequest)
        .await;
    let with_nul = ObjectStorage {
        secret: Secret::new("with \0"),
        ..storage("nul")
    };
    driver
        .refuse(&[Change::RegisterStorage(with_nul)], ErrorCode::BadRequest)
        .await;
}

/// A storage that says everything, in text that must be quoted.
pub(super) fn storage(name: &str) -> ObjectStorage {
    ObjectStorage {
        name: name.into(),
        kind: StorageKind::S3,
        scope: "s3://bucket/it's".to_owned(),
        key: "key; \"$1\"".to_owned(),
        secret: Secret::new("se'cret \\ 東京"),
        region: "us-east-1".to_owned(),
        endpoint: "minio:9000".to_owned(),
        use_ssl: true,
        url_style: UrlStyle::Vhost,
        url_compatibility: true,
        kms_key_id: "kms".to_owned(),
        account_id: String::new(),
    }
}

/// A storage that has each column otherwise.
fn changed(name: &str) -> ObjectStorage {
    ObjectStorage {
        name: name.into(),
        kind: StorageKind::R2,
        scope: "r2://other".to_owned(),
        key: "key 2".to_owned(),
        secret: Secret::new("secret 2"),
        region: "auto".to_owned(),
        endpoint: "r2.example".to_owned(),
        use_ssl: false,
        url_style: UrlStyle::Path,
        url_compatibility: false,
        kms_key_id: "kms 2".to_owned(),
        account_id: "account".to_owned(),
    }
}

/// A storage that says as little as possible.
fn bare(name: &str) -> ObjectStorage {
    ObjectStorage {
        kind: StorageKind::Gcs,
        scope: "gcs://public".to_owned(),
        key: String::new(),
        secret: Secret::new(""),
        region: String::new(),
        endpoint: String::new(),
        kms_key_id: String::new(),
        account_id: String::new(),
        ..changed(name)
    }
}

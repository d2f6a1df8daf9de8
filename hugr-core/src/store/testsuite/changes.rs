//! One commit after the other: each change, and each reason to refuse one.

use super::StorePlace;
use super::driver::{Driver, insert_catalog, insert_source, link, source};
use crate::error::ErrorCode;
use crate::store::{CatalogSource, CatalogSourcePatch, Change, DataSource, DataSourcePatch, StoreAccess};

pub(super) async fn check_empty(place: &dyn StorePlace) {
    let driver = Driver::open(place).await;
    assert!(!driver.store.describe().is_empty(), "a store describes itself");
    assert_eq!(driver.store.access(), StoreAccess::ReadWrite);
    driver.compare().await;
}

pub(super) async fn check_every_change(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    driver.commit(&[]).await;
    driver.commit(&[Change::InsertDataSource(full_source())]).await;
    driver.commit(&[insert_source("plain")]).await;
    driver
        .commit(&[insert_catalog("sdl"), insert_catalog("more")])
        .await;
    driver
        .commit(&[link("full", "sdl"), link("full", "more"), link("plain", "sdl")])
        .await;
    driver
        .commit(&[Change::Load("full".into()), Change::Load("plain".into())])
        .await;
    driver.commit(&[Change::Load("plain".into())]).await;

    for patch in source_patches() {
        let name = "full".into();
        driver.commit(&[Change::UpdateDataSource { name, patch }]).await;
    }
    for patch in catalog_patches() {
        let name = "sdl".into();
        driver
            .commit(&[Change::UpdateCatalogSource { name, patch }])
            .await;
    }

    driver.commit(&[Change::Unload("plain".into())]).await;
    let (source, catalog) = ("plain".into(), "sdl".into());
    driver.commit(&[Change::UnlinkCatalog { source, catalog }]).await;
    driver.commit(&[link("plain", "sdl")]).await;
    driver.commit(&[Change::DeleteCatalogSource("sdl".into())]).await;
    driver.commit(&[Change::DeleteDataSource("full".into())]).await;
    driver
        .commit(&[Change::DeleteDataSource("plain".into()), insert_source("plain")])
        .await;
    driver
        .commit(&[insert_source("brief"), Change::DeleteDataSource("brief".into())])
        .await;
}

pub(super) async fn check_refusals(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    let disabled = DataSource {
        disabled: true,
        ..source("disabled")
    };
    driver
        .commit(&[
            insert_source("shop"),
            insert_catalog("sdl"),
            link("shop", "sdl"),
            Change::InsertDataSource(disabled),
        ])
        .await;

    let conflicts = [
        insert_source("shop"),
        insert_catalog("sdl"),
        link("shop", "sdl"),
        Change::Unload("shop".into()),
    ];
    for change in conflicts {
        driver.refuse(&[change], ErrorCode::Conflict).await;
    }
    for change in changes_of_missing_things() {
        driver.refuse(&[change], ErrorCode::NotFound).await;
    }
    let with_nul = || Some("with \0".to_owned());
    let invalid = [
        insert_source(""),
        insert_catalog(""),
        insert_source("with \0"),
        insert_catalog("with \0"),
        Change::UpdateDataSource {
            name: "shop".into(),
            patch: DataSourcePatch {
                description: Some(with_nul()),
                ..DataSourcePatch::default()
            },
        },
        Change::UpdateCatalogSource {
            name: "sdl".into(),
            patch: CatalogSourcePatch {
                path: with_nul(),
                ..CatalogSourcePatch::default()
            },
        },
    ];
    for change in invalid {
        driver.refuse(&[change], ErrorCode::BadRequest).await;
    }
}

/// Text goes through unchanged, whatever it holds.
pub(super) async fn check_unusual_text(place: &dyn StorePlace) {
    let mut driver = Driver::open(place).await;
    let texts = [
        "'; DROP TABLE data_sources; --",
        "\"double\" and `back` quotes, $1 and {}",
        "line\nbreak\ttab\r\n",
        "\\u0000 \\x backslashes \\",
        "Zoë 東京 🦆",
    ];
    for text in texts {
        let unusual = DataSource {
            name: text.into(),
            description: Some(text.to_owned()),
            prefix: text.to_owned(),
            path: text.to_owned(),
            ..source("unusual")
        };
        driver
            .commit(&[Change::InsertDataSource(unusual), Change::Load(text.into())])
            .await;
    }
    let large = CatalogSource {
        name: "large".into(),
        kind: "text".to_owned(),
        description: Some(String::new()),
        path: "type t { id: Int } # 'large' \n".repeat(10_000),
    };
    driver.commit(&[Change::InsertCatalogSource(large)]).await;
}

/// No column has its default.
fn full_source() -> DataSource {
    DataSource {
        description: Some("all columns".to_owned()),
        prefix: "pre".to_owned(),
        as_module: true,
        disabled: false,
        self_defined: true,
        read_only: true,
        ..source("full")
    }
}

/// One for each column, the empty one first.
fn source_patches() -> Vec<DataSourcePatch> {
    let none = DataSourcePatch::default;
    vec![
        none(),
        DataSourcePatch {
            kind: Some("postgres".to_owned()),
            ..none()
        },
        DataSourcePatch {
            description: Some(None),
            ..none()
        },
        DataSourcePatch {
            description: Some(Some("new".to_owned())),
            ..none()
        },
        DataSourcePatch {
            prefix: Some(String::new()),
            ..none()
        },
        DataSourcePatch {
            as_module: Some(false),
            ..none()
        },
        DataSourcePatch {
            path: Some("postgres://host/db".to_owned()),
            ..none()
        },
        DataSourcePatch {
            disabled: Some(true),
            ..none()
        },
        DataSourcePatch {
            self_defined: Some(false),
            ..none()
        },
        DataSourcePatch {
            read_only: Some(false),
            ..none()
        },
    ]
}

fn catalog_patches() -> Vec<CatalogSourcePatch> {
    let none = CatalogSourcePatch::default;
    vec![
        none(),
        CatalogSourcePatch {
            kind: Some("localFS".to_owned()),
            ..none()
        },
        CatalogSourcePatch {
            description: Some(Some("new".to_owned())),
            ..none()
        },
        CatalogSourcePatch {
            description: Some(None),
            ..none()
        },
        CatalogSourcePatch {
            path: Some("/sdl".to_owned()),
            ..none()
        },
    ]
}

fn changes_of_missing_things() -> Vec<Change> {
    vec![
        Change::UpdateDataSource {
            name: "missing".into(),
            patch: DataSourcePatch::default(),
        },
        Change::DeleteDataSource("missing".into()),
        Change::UpdateCatalogSource {
            name: "missing".into(),
            patch: CatalogSourcePatch::default(),
        },
        Change::DeleteCatalogSource("missing".into()),
        link("missing", "sdl"),
        link("shop", "missing"),
        Change::UnlinkCatalog {
            source: "disabled".into(),
            catalog: "sdl".into(),
        },
        Change::Load("missing".into()),
        Change::Unload("missing".into()),
    ]
}

//! The operator's tool on core stores: in a file, in PostgreSQL, in an object storage.

use std::fs;

use hugr_auth::RoleName;
use hugr_core::store::{AccessChange, ApiKey, CatalogSource, Change, CoreStore, DataSource, DuckDbCoreStore};
use hugr_tests::processes::tool::hugr;
use hugr_tests::processes::{Cluster, Outcome};
use hugr_tests::services;
use libtest_mimic::Trial;
use serde_json::Value;

use super::Stage;

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("the_tool_lists_its_commands", commands),
        stage.test("content_is_carried_from_a_file_to_postgres", carried),
        stage.test("stores_with_different_keys_exchange_content", between_keys),
        stage.test("a_core_store_in_an_object_storage_is_read", in_an_object_storage),
    ]
}

async fn commands(cluster: &mut Cluster) -> Outcome {
    let help = hugr(cluster.folder(), &[], &["--help"])?.output;
    for line in [
        "schema   Checks and prints schemas",
        "migrate  Creates the tables of the core store",
        "core     Carries the content of core stores",
        "auth     Tools for authentication",
    ] {
        assert!(help.contains(line), "{help}");
    }
    let export = hugr(cluster.folder(), &[], &["core", "export", "--help"])?;
    assert!(
        export.is_success && export.output.contains("--secrets"),
        "{export:?}"
    );
    let nowhere = hugr(cluster.folder(), &[], &["migrate"])?;
    assert!(!nowhere.is_success, "{nowhere:?}");
    assert!(nowhere.report.contains("CORE_DB_PATH"), "{nowhere:?}");
    Ok(())
}

async fn carried(cluster: &mut Cluster) -> Outcome {
    let folder = cluster.folder();
    write_core_file(cluster).await?;
    let file = [("CORE_DB_PATH", "core-file.duckdb")];

    let shown = hugr(folder, &file, &["core", "export"])?;
    assert!(shown.is_success, "{shown:?}");
    assert!(shown.output.contains("postgres://u:***@h/db"), "{}", shown.output);
    assert!(
        !shown.output.contains("geheim") && shown.output.contains("\"key\": \"sha256:***\""),
        "{}",
        shown.output
    );
    assert!(
        shown
            .report
            .contains("1 data sources (1 loaded), 1 catalog sources, 3 roles"),
        "{}",
        shown.report
    );
    let full = ["core", "export", "--secrets", "--file", "core.json"];
    let exported = hugr(folder, &file, &full)?;
    assert!(exported.is_success, "{exported:?}");
    assert!(!exported.report.contains("geheim"), "{exported:?}");
    let again = hugr(folder, &file, &full)?;
    assert!(!again.is_success, "a file is not overwritten: {again:?}");

    // The database does not exist yet.
    let database = format!("{}_new", services::postgres().await?.create_database().await?);
    let postgres = [("CORE_DB_PATH", database.as_str())];
    let migrated = hugr(folder, &postgres, &["migrate"])?;
    assert!(
        migrated.is_success && migrated.report.contains("created"),
        "{migrated:?}"
    );
    let again = hugr(folder, &postgres, &["migrate"])?;
    assert!(again.is_success && !again.report.contains("created"), "{again:?}");
    fs::write(folder.join("shown.json"), shown.output)?;
    let refused = hugr(folder, &postgres, &["core", "import", "--file", "shown.json"])?;
    assert!(
        !refused.is_success && refused.report.contains("--secrets"),
        "{refused:?}"
    );
    let import = ["core", "import", "--file", "core.json"];
    let imported = hugr(folder, &postgres, &import)?;
    assert!(imported.is_success, "{imported:?}");
    let twice = hugr(folder, &postgres, &import)?;
    assert!(
        !twice.is_success && twice.report.contains("--replace"),
        "{twice:?}"
    );
    let replaced = hugr(
        folder,
        &postgres,
        &["core", "import", "--replace", "--file", "core.json"],
    )?;
    assert!(replaced.is_success, "{replaced:?}");

    let arrived = hugr(folder, &postgres, &["core", "export", "--secrets"])?;
    let sent = fs::read_to_string(folder.join("core.json"))?;
    assert_eq!(content(&arrived.output)?, content(&sent)?);
    Ok(())
}

async fn between_keys(cluster: &mut Cluster) -> Outcome {
    write_core_file(cluster).await?;
    let folder = cluster.folder();
    let without = [("CORE_DB_PATH", "core-file.duckdb")];
    let one = [("CORE_DB_PATH", "core-file.duckdb"), ("CORE_DB_KEY", "one")];
    let two = [("CORE_DB_PATH", "second.duckdb"), ("CLUSTER_SECRET", "two")];

    let plain = hugr(folder, &without, &["migrate"])?;
    assert!(
        plain.is_success && plain.report.contains("CORE_DB_KEY is not set"),
        "{plain:?}"
    );
    let sealed = hugr(folder, &one, &["migrate"])?;
    assert!(
        sealed.is_success && !sealed.report.contains("CORE_DB_KEY"),
        "{sealed:?}"
    );
    let export = ["core", "export", "--secrets", "--file", "sealed.json"];
    let refused = hugr(folder, &without, &export)?;
    assert!(
        !refused.is_success && refused.report.contains("data source `shop`"),
        "{refused:?}"
    );
    let exported = hugr(folder, &one, &export)?;
    assert!(exported.is_success, "{exported:?}");
    let imported = hugr(folder, &two, &["core", "import", "--file", "sealed.json"])?;
    assert!(imported.is_success, "{imported:?}");

    let arrived = hugr(folder, &two, &["core", "export", "--secrets"])?;
    let sent = fs::read_to_string(folder.join("sealed.json"))?;
    assert_eq!(content(&arrived.output)?, content(&sent)?);
    Ok(())
}

async fn in_an_object_storage(cluster: &mut Cluster) -> Outcome {
    write_core_file(cluster).await?;
    let bucket = services::s3().await?.create_bucket().await?;
    let file = fs::read(cluster.folder().join("core-file.duckdb"))?;
    bucket.put("core/hugr.duckdb", file).await?;
    let (location, missing) = (bucket.url_of("core/hugr.duckdb"), bucket.url_of("nothing.duckdb"));
    let extensions = format!("{}/../extensions", option_env!("DUCKDB_LIB_DIR").unwrap_or("."));
    let at = |location| {
        [
            ("CORE_DB_PATH", location),
            ("CORE_DB_S3_ENDPOINT", bucket.endpoint()),
            ("CORE_DB_S3_REGION", "us-east-1"),
            ("CORE_DB_S3_KEY", "key"),
            ("CORE_DB_S3_SECRET", "geheim"),
            ("CORE_DB_S3_USE_SSL", "false"),
            ("DB_EXTENSION_DIRECTORY", extensions.as_str()),
        ]
    };

    let read = hugr(cluster.folder(), &at(&location), &["core", "export"])?;
    assert!(read.is_success, "{read:?}");
    assert!(read.output.contains("postgres://u:***@h/db"), "{read:?}");
    let absent = hugr(cluster.folder(), &at(&missing), &["core", "export"])?;
    assert!(
        !absent.is_success && absent.report.contains("cannot be read"),
        "{absent:?}"
    );
    assert!(!absent.report.contains("geheim"), "{absent:?}");
    let written = hugr(cluster.folder(), &at(&location), &["migrate"])?;
    assert!(written.report.contains("read-only"), "{written:?}");
    Ok(())
}

/// Writes a core store with secrets of several kinds.
async fn write_core_file(cluster: &Cluster) -> Outcome {
    let catalog = CatalogSource {
        name: "sdl".into(),
        kind: "text".to_owned(),
        description: None,
        path: "type t @table(name: \"t\") { id: Int! @pk }".to_owned(),
    };
    let key = ApiKey::new("key", "geheim", RoleName::new("readonly"));
    let changes = [
        Change::InsertDataSource(DataSource::new("shop", "postgres", "postgres://u:geheim@h/db")),
        Change::InsertCatalogSource(catalog),
        Change::LinkCatalog {
            source: "shop".into(),
            catalog: "sdl".into(),
        },
        Change::Access(AccessChange::InsertApiKey(key)),
        Change::Load("shop".into()),
    ];
    let store = DuckDbCoreStore::open(cluster.folder().join("core-file.duckdb")).await?;
    store.commit(None, &changes).await?;
    store.close().await;
    Ok(())
}

/// Returns what a document holds, without what counts commits.
fn content(document: &str) -> Outcome<Value> {
    let mut content = serde_json::from_str::<Value>(document)?["content"].take();
    content["revision"] = Value::Null;
    content["loaded"]["shop"] = Value::Null;
    Ok(content)
}

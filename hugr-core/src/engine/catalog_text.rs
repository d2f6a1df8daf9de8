//! The text of catalog sources: given, in files of this machine, in object storages, on web servers.

use std::path::Path;
use std::str::FromStr;

use arrow::array::AsArray;

use super::loader::SourceLoader;
use crate::catalog::SdlDocument;
use crate::error::{Error, ErrorCode, Result};
use crate::sql::Value;
use crate::store::record::mask_password;
use crate::store::{CatalogSource, CatalogSourceKind};

impl SourceLoader {
    /// Returns the documents of `catalog`.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` when they cannot be read, `BAD_REQUEST` for a kind that is not known.
    pub(super) async fn documents(&self, catalog: &CatalogSource) -> Result<Vec<SdlDocument>> {
        match CatalogSourceKind::from_str(&catalog.kind)? {
            CatalogSourceKind::Text => Ok(vec![SdlDocument::new(
                catalog.name.as_str(),
                catalog.path.as_str(),
            )]),
            CatalogSourceKind::LocalFs => {
                let expanded = self.expanded(catalog)?;
                self.check_allowed(&expanded).await?;
                local_folder(&expanded).await
            }
            CatalogSourceKind::Uri => {
                if is_web(&catalog.path) {
                    let reason = "folders of web servers cannot be listed; name each file, with type uriFile";
                    return Err(catalog_error(catalog, reason));
                }
                self.read_text(catalog, "/*.graphql").await
            }
            CatalogSourceKind::UriFile => self.read_text(catalog, "").await,
        }
    }

    /// Refuses a folder of this machine that DuckDB may not read either.
    async fn check_allowed(&self, catalog: &CatalogSource) -> Result<()> {
        let pattern = format!("{}/*.graphql", catalog.path.trim_end_matches('/'));
        let look = self
            .attachments
            .database()
            .run(move |session| session.query("SELECT count(*) FROM glob($1)", &[Value::Text(pattern)]));
        look.await
            .map(drop)
            .map_err(|error| catalog_error(catalog, &error.to_string()))
    }

    /// Reads files through DuckDB's file systems: those that match the path of `catalog` and, for a folder, `pattern`. No match
    /// is an error.
    async fn read_text(&self, catalog: &CatalogSource, pattern: &str) -> Result<Vec<SdlDocument>> {
        let path = self.expanded(catalog)?.path;
        let files = match pattern {
            "" => path.clone(),
            pattern => format!("{}{pattern}", path.trim_end_matches('/')),
        };
        let rows = self
            .attachments
            .database()
            .run(move |session| {
                session.query(
                    "SELECT filename, content FROM read_text($1) ORDER BY filename",
                    &[Value::Text(files)],
                )
            })
            .await
            .map_err(|error| {
                // What DuckDB says names the file; passwords and variables in it stay here.
                let reason = error.to_string().replace(&path, &mask_password(&catalog.path));
                catalog_error(catalog, &reason)
            })?;
        let mut documents = Vec::new();
        for batch in &rows.batches {
            let (names, texts) = (
                batch.column(0).as_string::<i32>(),
                batch.column(1).as_string::<i32>(),
            );
            for row in 0..batch.num_rows() {
                documents.push(SdlDocument::new(
                    mask_password(names.value(row)),
                    texts.value(row),
                ));
            }
        }
        if documents.is_empty() {
            let path = mask_password(&catalog.path);
            return Err(catalog_error(
                catalog,
                &format!("no file matches `{path}{pattern}`"),
            ));
        }
        Ok(documents)
    }

    /// Returns `catalog` with the variables in its path replaced.
    fn expanded(&self, catalog: &CatalogSource) -> Result<CatalogSource> {
        let path = self.expand(&catalog.path, format_args!("catalog source `{}`", catalog.name))?;
        Ok(CatalogSource {
            path,
            ..catalog.clone()
        })
    }
}

/// Reads the files of a folder on this machine, by name; a folder without any is an empty schema.
async fn local_folder(catalog: &CatalogSource) -> Result<Vec<SdlDocument>> {
    let failed = |error: std::io::Error| catalog_error(catalog, &error.to_string());
    let mut entries = tokio::fs::read_dir(&catalog.path).await.map_err(failed)?;
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(failed)? {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "graphql") {
            files.push(path);
        }
    }
    files.sort();
    let mut documents = Vec::with_capacity(files.len());
    for file in files {
        let text = tokio::fs::read_to_string(&file).await.map_err(failed)?;
        let name = file.file_name().map_or_else(
            || file.display().to_string(),
            |name| Path::new(name).display().to_string(),
        );
        documents.push(SdlDocument::new(name, text));
    }
    Ok(documents)
}

fn catalog_error(catalog: &CatalogSource, reason: &str) -> Error {
    Error::new(
        ErrorCode::SourceUnavailable,
        format!(
            "catalog source `{}` ({}) cannot be read: {reason}",
            catalog.name, catalog.kind
        ),
    )
}

fn is_web(path: &str) -> bool {
    path.starts_with("http://") || path.starts_with("https://")
}

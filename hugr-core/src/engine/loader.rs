//! A registered data source becomes a loaded one: its SDL is read, compiled, and the source opened.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::AsArray;
use sha2::{Digest, Sha256};

use super::served::{LoadedSource, invalid_catalog};
use crate::catalog::compile::compile;
use crate::catalog::model::BaseType;
use crate::catalog::scalar::Scalar;
use crate::catalog::{SchemaKind, SdlDocument, SourceCatalog, SourceProfile, SourceSchema, Strictness};
use crate::error::{Error, ErrorCode, Result};
use crate::source::{Attachment, Attachments, ExtensionSource, Opened, SourceRegistry};
use crate::sql::Value;
use crate::store::{CatalogSource, CatalogSourceKind, CoreState, DataSource, Revision, require_opened};

/// Name, in diagnostics, of what a source says about itself.
const SELF_DESCRIPTION: &str = "self-description";

/// What of a source's SDL is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SdlPart {
    /// What its database says of itself.
    SelfDescription,
    /// What it is compiled from.
    Whole,
}

/// Loads sources.
#[derive(Debug)]
pub(super) struct SourceLoader {
    pub(super) attachments: Attachments,
    pub(super) registry: SourceRegistry,
    /// Values of variables in paths.
    pub(super) variables: HashMap<String, String>,
    /// What to make of directives that are used wrongly.
    pub(super) strictness: Strictness,
}

impl SourceLoader {
    /// Loads `source` as `state` registers it. A catalog equal to that of `previous` is not compiled again.
    ///
    /// # Errors
    /// Those of reading its SDL, `CATALOG_INVALID` with all diagnostics, and those of opening it.
    pub(super) async fn load(
        &self,
        state: &CoreState,
        source: &DataSource,
        generation: Revision,
        previous: Option<&LoadedSource>,
    ) -> Result<LoadedSource> {
        let opened = self.open(source).await?;
        let mut documents = Vec::new();
        if source.self_defined {
            documents.push(self.description(source, &opened.attachment).await?);
        }
        for catalog in state.catalogs_of(&source.name) {
            documents.extend(self.documents(catalog).await?);
        }
        let schema = SourceSchema {
            prefix: source.prefix.clone(),
            as_module: source.as_module,
            is_read_only: source.read_only,
            strictness: self.strictness,
            kind: if source.kind == ExtensionSource::KIND {
                SchemaKind::Extension
            } else {
                SchemaKind::Ordinary
            },
            ..SourceSchema::new(source.name.clone(), documents)
        };
        let catalog = match previous.filter(|previous| previous.catalog.version == schema.fingerprint()) {
            Some(previous) => Arc::clone(&previous.catalog),
            None => self.compile(schema).await?,
        };
        if uses_geometry(&catalog) {
            self.load_extension("spatial", &catalog).await?;
        }
        Ok(LoadedSource {
            catalog,
            attachment: Some(opened.attachment),
            native: opened.native,
            profile: SourceProfile {
                engine: source.kind.clone(),
                description: source.description.clone(),
                as_module: source.as_module,
                is_extension: source.kind == ExtensionSource::KIND,
            },
            database_kind: self.registry.get(&source.kind)?.database_kind(),
            generation,
            registration: registration(source),
        })
    }

    /// Returns the SDL of `source` as `state` registers it.
    ///
    /// # Errors
    /// Those of opening the source and of reading its catalogs.
    pub(super) async fn sdl(&self, state: &CoreState, source: &DataSource, part: SdlPart) -> Result<String> {
        let mut documents = Vec::new();
        if source.self_defined || part == SdlPart::SelfDescription {
            let opened = self.open(source).await?;
            documents.push(self.description(source, &opened.attachment).await?);
        }
        if part == SdlPart::Whole {
            for catalog in state.catalogs_of(&source.name) {
                documents.extend(self.documents(catalog).await?);
            }
        }
        let texts: Vec<String> = documents.into_iter().map(|document| document.text).collect();
        Ok(texts.join("\n"))
    }

    async fn open(&self, source: &DataSource) -> Result<Opened> {
        let opened = self.with_variables(source)?;
        self.registry
            .get(&source.kind)?
            .open(&self.attachments, &opened)
            .await
    }

    async fn description(&self, source: &DataSource, attachment: &Attachment) -> Result<SdlDocument> {
        let opened = self.with_variables(source)?;
        let kind = self.registry.get(&source.kind)?;
        let described = kind.describe(&self.attachments, &opened, attachment).await?;
        Ok(SdlDocument::new(SELF_DESCRIPTION, described.sdl()))
    }

    fn with_variables(&self, source: &DataSource) -> Result<DataSource> {
        let expanded = DataSource {
            path: self.expand(&source.path, format_args!("data source `{}`", source.name))?,
            ..source.clone()
        };
        let kind = self.registry.get(&source.kind)?;
        Ok(kind.with_environment(expanded, &self.variables))
    }

    /// Compilation is work for a processor, so it runs on a database thread like other such work.
    async fn compile(&self, schema: SourceSchema) -> Result<Arc<SourceCatalog>> {
        let compiled = self
            .attachments
            .database()
            .run(move |_| compile(&schema).map_err(|diagnostics| invalid_catalog(&diagnostics)))
            .await?;
        for warning in &compiled.warnings {
            tracing::warn!(source = %compiled.catalog.source, %warning, "schema");
        }
        Ok(Arc::new(compiled.catalog))
    }

    async fn documents(&self, catalog: &CatalogSource) -> Result<Vec<SdlDocument>> {
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
                let folder = self.expanded(catalog)?.path;
                let pattern = format!("{}/*.graphql", folder.trim_end_matches('/'));
                self.read_text(catalog, pattern).await
            }
            CatalogSourceKind::UriFile => self.read_text(catalog, self.expanded(catalog)?.path).await,
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

    /// Reads files through DuckDB's file systems; no match is an error.
    async fn read_text(&self, catalog: &CatalogSource, pattern: String) -> Result<Vec<SdlDocument>> {
        let shown = pattern.clone();
        let rows = self
            .attachments
            .database()
            .run(move |session| {
                session.query(
                    "SELECT filename, content FROM read_text($1) ORDER BY filename",
                    &[Value::Text(pattern)],
                )
            })
            .await
            .map_err(|error| catalog_error(catalog, &error.to_string()))?;
        let mut documents = Vec::new();
        for batch in &rows.batches {
            let (names, texts) = (
                batch.column(0).as_string::<i32>(),
                batch.column(1).as_string::<i32>(),
            );
            for row in 0..batch.num_rows() {
                documents.push(SdlDocument::new(names.value(row), texts.value(row)));
            }
        }
        if documents.is_empty() {
            return Err(catalog_error(catalog, &format!("no file matches `{shown}`")));
        }
        Ok(documents)
    }

    async fn load_extension(&self, name: &'static str, catalog: &SourceCatalog) -> Result<()> {
        let load = self
            .attachments
            .database()
            .run(move |session| session.execute_batch(&format!("LOAD {name}")));
        load.await.map_err(|error| {
            tracing::debug!(%error, extension = name, "cannot load");
            Error::new(
                ErrorCode::Unsupported,
                format!(
                    "data source `{}` needs DuckDB's extension `{name}`, which is not in the extension directory",
                    catalog.source
                ),
            )
        })
    }

    /// Returns `catalog` with the variables in its path replaced.
    fn expanded(&self, catalog: &CatalogSource) -> Result<CatalogSource> {
        let path = self.expand(&catalog.path, format_args!("catalog source `{}`", catalog.name))?;
        Ok(CatalogSource {
            path,
            ..catalog.clone()
        })
    }

    /// Replaces `[$NAME]` and `${NAME}` in the path of what errors call `owner`.
    fn expand(&self, path: &str, owner: fmt::Arguments<'_>) -> Result<String> {
        require_opened(owner, path)?;
        let mut out = String::with_capacity(path.len());
        let mut rest = path;
        while let Some((start, opening, closing)) = next_variable(rest) {
            let (before, from) = rest.split_at(start);
            out.push_str(before);
            let Some(end) = from.find(closing) else {
                break;
            };
            let name = &from[opening.len()..end];
            let value = self
                .variables
                .get(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| {
                    Error::new(
                        ErrorCode::BadRequest,
                        format!("{owner}: environment variable `{name}` is not set"),
                    )
                })?;
            out.push_str(value);
            rest = &from[end + closing.len_utf8()..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn next_variable(text: &str) -> Option<(usize, &'static str, char)> {
    let bracket = text.find("[$").map(|start| (start, "[$", ']'));
    let brace = text.find("${").map(|start| (start, "${", '}'));
    [bracket, brace]
        .into_iter()
        .flatten()
        .min_by_key(|(start, ..)| *start)
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

fn uses_geometry(catalog: &SourceCatalog) -> bool {
    let objects = catalog.objects.values().flat_map(|object| object.fields.values());
    let structs = catalog.structs.values().flat_map(|ty| ty.fields.values());
    objects
        .chain(structs)
        .any(|field| field.ty.base == BaseType::Scalar(Scalar::Geometry))
}

/// Returns a digest of how `source` is registered: it may hold a password, and is compared only.
fn registration(source: &DataSource) -> Vec<u8> {
    let mut digest = Sha256::new();
    for text in [&source.kind, &source.path, &source.prefix] {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    }
    digest.finalize().to_vec()
}

//! A registered data source becomes a loaded one: its SDL is read, compiled, and the source opened.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::attach::{load_extension, qualifiers};
use super::served::{LoadedSource, invalid_catalog};
use crate::catalog::compile::compile;
use crate::catalog::model::BaseType;
use crate::catalog::scalar::Scalar;
use crate::catalog::{SchemaKind, SdlDocument, SourceCatalog, SourceProfile, SourceSchema, Strictness};
use crate::error::{Error, ErrorCode, Result};
use crate::source::{Attachments, ExtensionSource, Opened, SourceRegistry};
use crate::store::{CoreState, DataSource, Revision, require_opened};

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
            documents.push(self.description(source, &opened).await?);
        }
        for catalog in state.catalogs_of(&source.name) {
            documents.extend(self.documents(catalog).await?);
        }
        let texts = documents.iter().map(|document| document.text.as_str());
        let qualifiers = texts.flat_map(qualifiers).collect();
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
        let has_geometries = uses_geometry(&catalog);
        if has_geometries && opened.native.is_none() {
            load_extension(self.attachments.database(), "spatial", &catalog.source).await?;
        }
        Ok(LoadedSource {
            catalog,
            attachment: Some(opened.attachment),
            is_attached: OnceCell::new(),
            has_geometries,
            qualifiers,
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
            documents.push(self.description(source, &opened).await?);
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

    async fn description(&self, source: &DataSource, opened: &Opened) -> Result<SdlDocument> {
        let expanded = self.with_variables(source)?;
        let kind = self.registry.get(&source.kind)?;
        let described = kind.describe(&self.attachments, &expanded, opened).await?;
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

    /// Replaces `[$NAME]` and `${NAME}` in the path of what errors call `owner`.
    pub(super) fn expand(&self, path: &str, owner: fmt::Arguments<'_>) -> Result<String> {
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

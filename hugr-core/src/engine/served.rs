//! What is served at one moment: an immutable value that a request holds for its whole life.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::catalog::{Catalog, Diagnostic, ServedSchema, SourceCatalog, SourceProfile, surface};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::{self, Document, DocumentLimits};
use crate::name::SourceName;
use crate::plan::{Place, Places};
use crate::source::{Attachment, NativeDatabase};
use crate::sql::write::DatabaseKind;
use crate::store::Revision;

/// Most bytes of query text whose documents are kept.
const DOCUMENT_CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// A source that serves.
#[derive(Debug)]
pub(super) struct LoadedSource {
    /// What it declares.
    pub(super) catalog: Arc<SourceCatalog>,
    /// Keeps it open; `None` for built-in ones.
    pub(super) attachment: Option<Arc<Attachment>>,
    /// Set once DuckDB can read it, where it answers itself.
    pub(super) is_attached: OnceCell<()>,
    /// Whether DuckDB needs to know geometries to read it.
    pub(super) has_geometries: bool,
    /// What its SQL may call a database.
    pub(super) qualifiers: HashSet<String>,
    /// What answers statements itself; `None` for sources that DuckDB alone reads.
    pub(super) native: Option<Arc<dyn NativeDatabase>>,
    /// How it is registered.
    pub(super) profile: SourceProfile,
    /// What it is to those who write to it.
    pub(super) database_kind: DatabaseKind,
    /// Revision of the load that brought it.
    pub(super) generation: Revision,
    /// Digest of how it is registered and where it is.
    pub(super) registration: Vec<u8>,
}

/// Everything that requests see.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) catalog: Catalog,
    pub(super) schema: ServedSchema,
    pub(super) places: Places,
    /// How the loaded sources are registered.
    pub(super) profiles: BTreeMap<SourceName, SourceProfile>,
    /// Loaded sources without the built-in ones.
    pub(super) sources: BTreeMap<SourceName, Arc<LoadedSource>>,
    /// Tells this version from all others of this process.
    pub(super) epoch: uuid::Uuid,
    /// Tells what is served from everything else, so that no kept answer outlives its schema. Nodes of a cluster that serve the
    /// same loads of the same sources agree on it, and can share answers.
    pub(super) content: Vec<u8>,
    documents: moka::sync::Cache<Arc<str>, Document>,
}

impl Served {
    /// Puts the built-in catalogs and `sources` together.
    ///
    /// # Errors
    /// `CATALOG_INVALID` when they do not fit together, naming both sides.
    pub(super) fn build(
        built_in: &[Arc<SourceCatalog>],
        sources: BTreeMap<SourceName, Arc<LoadedSource>>,
    ) -> Result<Self> {
        let catalogs = built_in
            .iter()
            .chain(sources.values().map(|source| &source.catalog))
            .cloned()
            .collect();
        let catalog = Catalog::merge(catalogs).map_err(|diagnostics| invalid_catalog(&diagnostics))?;
        let schema = surface::serve(&catalog).map_err(|diagnostics| invalid_catalog(&diagnostics))?;
        let mut places = Places::default();
        for (name, source) in &sources {
            if let Some(attachment) = &source.attachment {
                places.insert(
                    name.clone(),
                    Place {
                        database: attachment.name().to_owned(),
                        native: source.native.as_ref().map(|native| native.dialect()),
                        kind: source.database_kind,
                        schemas: source
                            .native
                            .as_ref()
                            .map(|native| native.schemas())
                            .unwrap_or_default(),
                    },
                );
            }
        }
        let documents = moka::sync::Cache::builder()
            .max_capacity(DOCUMENT_CACHE_BYTES)
            .weigher(|text: &Arc<str>, _| u32::try_from(text.len()).unwrap_or(u32::MAX))
            .build();
        Ok(Self {
            content: content(&sources),
            catalog,
            schema,
            places,
            profiles: sources
                .iter()
                .map(|(name, source)| (name.clone(), source.profile.clone()))
                .collect(),
            sources,
            epoch: uuid::Uuid::new_v4(),
            documents,
        })
    }

    /// Returns the document of `query`, parsed and validated at most once while this version serves.
    pub(super) fn document(&self, query: &str, limits: DocumentLimits) -> Result<Document, Vec<Error>> {
        if let Some(document) = self.documents.get(query) {
            return Ok(document);
        }
        let document = gql::parse(self.schema.schema(), query, limits)?;
        self.documents.insert(Arc::from(query), document.clone());
        Ok(document)
    }
}

/// Returns a digest of which loads of which sources these are.
fn content(sources: &BTreeMap<SourceName, Arc<LoadedSource>>) -> Vec<u8> {
    let mut digest = Sha256::new();
    for (name, source) in sources {
        digest.update((name.as_str().len() as u64).to_be_bytes());
        digest.update(name.as_str());
        digest.update(source.generation.0.to_be_bytes());
        digest.update(source.catalog.version.to_be_bytes());
        digest.update(&source.registration);
    }
    digest.finalize().to_vec()
}

/// Returns all diagnostics as one error.
pub(super) fn invalid_catalog(diagnostics: &[Diagnostic]) -> Error {
    let lines: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
    Error::new(ErrorCode::CatalogInvalid, lines.join("\n"))
}

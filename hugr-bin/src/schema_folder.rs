//! Compiles a folder of SDL without a server, as loading a data source of it would.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hugr_core::catalog::compile::compile;
use hugr_core::catalog::surface::serve;
use hugr_core::catalog::{
    Catalog, Diagnostic, SchemaKind, SdlDocument, ServedSchema, SourceSchema, Strictness,
};

use crate::program::Failure;

/// How the folder's data source is called and placed.
#[derive(Clone, Debug, clap::Args)]
pub struct SchemaFolder {
    /// Folder with the files `*.graphql`
    pub folder: PathBuf,

    /// Name of the data source
    #[arg(long, default_value = "source")]
    pub name: String,

    /// Prefix of its type names
    #[arg(long, default_value = "")]
    pub prefix: String,

    /// Put all of it below a module named after the source
    #[arg(long)]
    pub as_module: bool,

    /// Serve it without mutations
    #[arg(long)]
    pub read_only: bool,

    /// Treat it as an extension of other sources, which are then not known
    #[arg(long)]
    pub extension: bool,

    /// Take directives that are unknown, misplaced or called wrongly for warnings instead of errors
    #[arg(long)]
    pub lenient: bool,
}

/// What a folder's SDL makes.
#[derive(Debug)]
pub struct Checked {
    /// What the SDL declares.
    pub catalog: Catalog,
    /// The schema that clients would see.
    pub served: ServedSchema,
    /// Things in the SDL that have no effect.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles the folder.
///
/// # Errors
/// When the folder cannot be read, or with every mistake in its SDL, one a line.
pub fn check(schema: &SchemaFolder) -> Result<Checked, Failure> {
    let mut source = SourceSchema::new(schema.name.as_str(), documents(&schema.folder)?);
    source.prefix.clone_from(&schema.prefix);
    source.as_module = schema.as_module;
    source.is_read_only = schema.read_only;
    if schema.extension {
        source.kind = SchemaKind::Extension;
    }
    if schema.lenient {
        source.strictness = Strictness::Lenient;
    }
    let compiled = compile(&source).map_err(|mistakes| report(&mistakes))?;
    let catalog = Catalog::merge(vec![Arc::new(compiled.catalog)]).map_err(|mistakes| report(&mistakes))?;
    Ok(Checked {
        served: serve(&catalog).map_err(|mistakes| report(&mistakes))?,
        warnings: compiled.warnings,
        catalog,
    })
}

/// Returns the diagnostics, one a line.
#[must_use]
pub fn report(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Reads the folder's files `*.graphql` in the order of their names.
fn documents(folder: &Path) -> Result<Vec<SdlDocument>, Failure> {
    let unreadable = |path: &Path, error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "graphql") {
            files.push(path);
        }
    }
    files.sort();
    let mut documents = Vec::with_capacity(files.len());
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, error))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        documents.push(SdlDocument::new(name, text));
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(sdl: &str) -> (tempfile::TempDir, SchemaFolder) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("shop.graphql"), sdl).unwrap();
        fs::write(folder.path().join("notes.txt"), "not SDL").unwrap();
        let schema = SchemaFolder {
            folder: folder.path().to_owned(),
            name: "shop".to_owned(),
            prefix: "s".to_owned(),
            as_module: false,
            read_only: false,
            extension: false,
            lenient: false,
        };
        (folder, schema)
    }

    #[test]
    fn a_sound_folder_is_served() {
        let (_folder, schema) = folder("type orders @table(name: \"orders\") { id: Int! @pk }");
        let checked = check(&schema).unwrap();
        assert!(checked.served.sdl().contains("s_orders_by_pk"));
        assert!(checked.warnings.is_empty());
    }

    #[test]
    fn mistakes_are_all_told_with_their_place() {
        let (_folder, schema) =
            folder("type a @tabel(name: \"a\") { id: Int! @pk }\ntype b @table(name: \"b\") { id: Intt }");
        let message = check(&schema).unwrap_err().to_string();
        let errors: Vec<_> = message
            .lines()
            .filter_map(|line| line.split_once(": error: "))
            .map(|(place, _)| place)
            .collect();
        assert_eq!(errors, ["shop.graphql:1:8", "shop.graphql:2:32"], "{message}");
    }

    #[test]
    fn wrong_directives_are_warnings_where_asked_for() {
        let (_folder, mut schema) =
            folder("type a @table(name: \"a\") @tabel { id: Int! @pk @pk name: String @view(name: \"x\") }");
        assert!(check(&schema).is_err());
        schema.lenient = true;
        let checked = check(&schema).unwrap();
        assert_eq!(checked.warnings.len(), 3, "{}", report(&checked.warnings));
        assert!(checked.served.sdl().contains("s_a_by_pk"));
    }

    #[test]
    fn the_printed_schema_is_sorted_and_stable() {
        let (_folder, schema) = folder(
            "type b @table(name: \"b\") { id: Int! @pk }\ntype a @table(name: \"a\") { id: Int! @pk }",
        );
        let printed = check(&schema).unwrap().served.sdl();
        let names: Vec<&str> = printed
            .lines()
            .filter_map(|line| line.strip_prefix("type ")?.split(' ').next())
            .collect();
        assert!(names.contains(&"s_a") && names.is_sorted(), "{names:?}");
        assert_eq!(printed, check(&schema).unwrap().served.sdl());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let (folder, mut schema) = folder("");
        schema.folder = folder.path().join("nowhere");
        assert!(check(&schema).unwrap_err().to_string().contains("nowhere"));
    }
}

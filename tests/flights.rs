//! The flights example: its schema compiles, and the queries of its README and of `make run` are valid.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hugr_core::catalog::compile::compile;
use hugr_core::catalog::surface::serve;
use hugr_core::catalog::{Catalog, SdlDocument, ServedSchema, SourceSchema};
use hugr_core::gql::{DocumentLimits, parse};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn documents() -> Outcome<Vec<SdlDocument>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("examples/flights/schema"))? {
        files.push(entry?.path());
    }
    files.sort();
    let mut documents = Vec::new();
    for file in files {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        documents.push(SdlDocument::new(name, fs::read_to_string(file)?));
    }
    Ok(documents)
}

fn served() -> Outcome<ServedSchema> {
    let compiled =
        compile(&SourceSchema::new("flights", documents()?)).map_err(|found| format!("{found:#?}"))?;
    if !compiled.warnings.is_empty() {
        return Err(format!("{:#?}", compiled.warnings).into());
    }
    let catalog = Catalog::merge(vec![Arc::new(compiled.catalog)]).map_err(|found| format!("{found:#?}"))?;
    Ok(serve(&catalog).map_err(|found| format!("{found:#?}"))?)
}

/// Returns the blocks of the text that are marked as GraphQL.
fn queries(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```graphql\n").skip(1);
    blocks.filter_map(|block| block.split_once("```").map(|(query, _)| query))
}

fn check(schema: &ServedSchema, query: &str) -> Outcome {
    parse(schema.schema(), query, DocumentLimits::default())
        .map_err(|errors| format!("{query}\n{errors:#?}"))?;
    Ok(())
}

#[test]
fn queries_of_the_readme_are_valid() -> Outcome {
    let schema = served()?;
    let text = fs::read_to_string(root().join("examples/flights/README.md"))?;
    for query in queries(&text) {
        check(&schema, query)?;
    }
    Ok(())
}

#[test]
fn the_query_of_make_run_is_valid() -> Outcome {
    let script = fs::read_to_string(root().join("scripts/run.sh"))?;
    let (_, after) = script
        .split_once(r#"{"query":""#)
        .ok_or("no query in scripts/run.sh")?;
    let (query, _) = after.split_once(r#""}'"#).ok_or("the query has no end")?;
    check(&served()?, &query.replace(r#"\\""#, "\""))
}

//! Compiled sources → one [`Catalog`]. PURE.
//!
//! Sources are shared, not copied: the catalog that follows a reload of one source holds the same values for all others.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Severity};
use super::model::{Catalog, SourceCatalog};
use super::{extensions, type_names};

impl Catalog {
    /// Merges `sources`; the order does not matter.
    ///
    /// # Errors
    /// Every type that two sources bring, naming both, every source that is given twice, and what an extension adds that
    /// does not fit.
    pub fn merge(sources: Vec<Arc<SourceCatalog>>) -> Result<Self, Vec<Diagnostic>> {
        let mut catalog = Self::default();
        let mut diagnostics = Vec::new();
        for source in sources {
            let name = source.source.clone();
            if catalog.sources.insert(name.clone(), source).is_some() {
                diagnostics.push(fault(
                    name.as_str(),
                    format!("data source `{name}` is given twice"),
                    None,
                ));
            }
        }
        check_names(&catalog, &mut diagnostics);
        if !diagnostics.is_empty() {
            diagnostics.sort();
            return Err(diagnostics);
        }
        for source in catalog.sources.values() {
            for (name, object) in &source.objects {
                if !extensions::are_loaded(&catalog, &object.dependencies) {
                    continue;
                }
                catalog.objects.insert(name.clone(), Arc::clone(object));
            }
            for (name, found) in &source.structs {
                catalog.structs.insert(name.clone(), Arc::clone(found));
            }
            catalog.functions.extend(source.functions.iter().cloned());
        }
        extensions::apply(&mut catalog, &mut diagnostics);
        if !diagnostics.is_empty() {
            diagnostics.sort();
            diagnostics.dedup();
            return Err(diagnostics);
        }
        Ok(catalog)
    }
}

/// Reports the names that types of two sources need. Inside one source the compiler looked already.
fn check_names(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let mut owners: HashMap<String, (&str, String)> = HashMap::new();
    let mut reported: HashSet<(&str, String, String)> = HashSet::new();
    for (name, source) in &catalog.sources {
        for (served, declared) in type_names::of_source(source) {
            match owners.entry(served) {
                Entry::Vacant(free) => {
                    free.insert((name.as_str(), declared));
                }
                Entry::Occupied(taken) => {
                    let (other, other_declared) = taken.get();
                    // Two types that share a name share the names derived from it, too: one finding says it.
                    if !reported.insert((name.as_str(), declared.clone(), other_declared.clone())) {
                        continue;
                    }
                    let message = format!(
                        "type `{declared}` of data source `{name}` and type `{other_declared}` of data source \
                         `{other}` both need the name `{}`",
                        taken.key()
                    );
                    let help = "give one of the data sources a prefix".to_owned();
                    diagnostics.push(fault(name.as_str(), message, Some(help)));
                }
            }
        }
    }
}

fn fault(source: &str, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic {
        file: source.to_owned(),
        location: None,
        severity: Severity::Error,
        message,
        help,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::compile::{SdlDocument, SourceSchema, compile};

    fn source(name: &str, prefix: &str, sdl: &str) -> Arc<SourceCatalog> {
        let documents = vec![SdlDocument::new(format!("{name}.graphql"), sdl)];
        let schema = SourceSchema {
            prefix: prefix.to_owned(),
            ..SourceSchema::new(name, documents)
        };
        Arc::new(compile(&schema).expect("the SDL compiles").catalog)
    }

    #[test]
    fn shares_the_values_of_its_sources() {
        let shop = source("shop", "", "type orders @table(name: \"o\") { id: Int! @pk }");
        let catalog = Catalog::merge(vec![Arc::clone(&shop)]).expect("one source merges");
        assert!(Arc::ptr_eq(&catalog.objects["orders"], &shop.objects["orders"]));
    }

    #[test]
    fn names_both_sources_of_a_clash() {
        let sdl = "type orders @table(name: \"o\") { id: Int! @pk }";
        let clash =
            Catalog::merge(vec![source("a", "", sdl), source("b", "", sdl)]).expect_err("the names clash");
        assert_eq!(
            clash[0].to_string(),
            "b: error: type `orders` of data source `b` and type `orders` of data source `a` both need the name \
             `orders`; give one of the data sources a prefix"
        );
        assert!(Catalog::merge(vec![source("a", "", sdl), source("b", "p", sdl)]).is_ok());
    }

    #[test]
    fn refuses_a_source_given_twice() {
        let shop = source("shop", "", "type orders @table(name: \"o\") { id: Int! @pk }");
        let refused = Catalog::merge(vec![Arc::clone(&shop), shop]).expect_err("the source stands twice");
        assert_eq!(
            refused[0].to_string(),
            "shop: error: data source `shop` is given twice"
        );
    }
}

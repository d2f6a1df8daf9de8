//! What extension sources add to the types of others, put into the merged catalog. PURE.
//!
//! An addition is served while all that it names is loaded: its type, its target, its function, the sources that it
//! declares as dependencies. What is loaded but does not fit is a finding.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Severity};
use super::matching::{Fields, Owner, find_function};
use super::model::{CallField, Catalog, DataObject, Link, LinkPath, Relation, TypeExtension};
use super::{member_names, relation_links};
use crate::name::{FieldName, SourceName, TypeName};

/// Adds what the sources of `catalog` bring to the types of others.
pub(crate) fn apply(catalog: &mut Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let additions: Vec<(SourceName, TypeExtension)> = catalog
        .sources
        .iter()
        .flat_map(|(name, source)| {
            source
                .extensions
                .iter()
                .map(|found| (name.clone(), found.clone()))
        })
        .collect();
    for (source, extension) in additions {
        let mut stage = Stage {
            catalog,
            faults: Vec::new(),
        };
        stage.add(&extension);
        for message in stage.faults {
            diagnostics.push(Diagnostic {
                file: source.to_string(),
                location: None,
                severity: Severity::Error,
                message,
                help: None,
            });
        }
    }
}

/// Returns whether all sources that `dependencies` names are loaded.
pub(crate) fn are_loaded(catalog: &Catalog, dependencies: &[SourceName]) -> bool {
    dependencies.iter().all(|name| catalog.sources.contains_key(name))
}

struct Stage<'a> {
    catalog: &'a mut Catalog,
    faults: Vec<String>,
}

impl Stage<'_> {
    fn add(&mut self, extension: &TypeExtension) {
        if !are_loaded(self.catalog, &extension.dependencies) || !self.has(&extension.target) {
            return;
        }
        for field in &extension.fields {
            if let Some(object) = self.free(&extension.target, &field.name) {
                object.fields.insert(field.name.clone(), field.clone());
            }
        }
        for link in &extension.links {
            if self.has(&link.target) && self.fits(&extension.target, |owner| owner.link_faults(link)) {
                self.add_link(&extension.target, link.clone());
            }
        }
        for call in &extension.calls {
            self.add_call(&extension.target, call, !extension.dependencies.is_empty());
        }
        for relation in &extension.relations {
            self.add_relation(relation);
        }
        self.check_names(&extension.target);
    }

    fn has(&self, name: &TypeName) -> bool {
        self.catalog.objects.contains_key(name)
    }

    /// Returns whether `check` finds nothing; what it finds is kept.
    fn fits(&mut self, name: &TypeName, check: impl Fn(&Owner<'_>) -> Vec<String>) -> bool {
        let catalog = &*self.catalog;
        let Some(object) = catalog.objects.get(name) else {
            return false;
        };
        let fields_of = |name: &str| fields_of(catalog, name);
        let owner = Owner {
            name: &object.name,
            fields: &object.fields,
            fields_of: &fields_of,
        };
        let faults = check(&owner);
        let fits = faults.is_empty();
        self.faults.extend(faults);
        fits
    }

    /// Adds `call` when its function is loaded. A source that declares what it depends on is told of a function that is
    /// not there; for others the function's source may not be loaded yet.
    fn add_call(&mut self, target: &TypeName, call: &CallField, tells_missing: bool) {
        let functions = self.catalog.functions.iter().map(|function| &**function);
        let function = match find_function(functions, &call.module, &call.function) {
            Ok(function) => function.clone(),
            Err(fault) if tells_missing => {
                self.faults.push(format!("`{target}.{}`: {fault}", call.name));
                return;
            }
            Err(_) => return,
        };
        if !self.fits(target, |owner| owner.call_faults(call, &function)) {
            return;
        }
        let call = CallField {
            module: function.module,
            ..call.clone()
        };
        if let Some(object) = self.free(target, &call.name) {
            object.calls.insert(call.name.clone(), call);
        }
    }

    fn add_relation(&mut self, relation: &Relation) {
        if !self.has(&relation.from) || !self.has(&relation.to) {
            return;
        }
        // The keys of a relation fit when a join by them would.
        let as_join = Link {
            path: LinkPath::Join {
                keys: relation.keys.clone(),
                condition: None,
            },
            ..relation_links::forward(relation, None)
        };
        if !self.fits(&relation.from, |owner| owner.link_faults(&as_join)) {
            return;
        }
        let forward = relation_links::forward(relation, self.description(&relation.to));
        let back = relation_links::back(relation, self.description(&relation.from));
        self.add_link(&relation.from, forward);
        self.add_link(&relation.to, back);
        self.check_names(&relation.to);
    }

    fn description(&self, name: &TypeName) -> Option<&String> {
        self.catalog.objects.get(name)?.description.as_ref()
    }

    fn add_link(&mut self, target: &TypeName, link: Link) {
        if let Some(object) = self.free(target, &link.name) {
            object.links.insert(link.name.clone(), link);
        }
    }

    /// Returns the object `name` to add the field `field` to; `None`, with a finding, when it has that field.
    fn free(&mut self, name: &TypeName, field: &FieldName) -> Option<&mut DataObject> {
        let object = self.catalog.objects.get_mut(name)?;
        let is_taken = object.fields.contains_key(field)
            || object.links.contains_key(field)
            || object.calls.contains_key(field);
        if is_taken {
            self.faults
                .push(format!("`{name}` has the field `{field}` already"));
            return None;
        }
        // The source's own value stays as it is: only this catalog sees the addition.
        Some(Arc::make_mut(object))
    }

    fn check_names(&mut self, name: &TypeName) {
        let Some(object) = self.catalog.objects.get(name) else {
            return;
        };
        let is_object = |name: &str| self.catalog.objects.contains_key(name);
        self.faults.extend(member_names::clashes(object, is_object));
    }
}

fn fields_of<'a>(catalog: &'a Catalog, name: &str) -> Option<&'a Fields> {
    let object = catalog.objects.get(name).map(|object| &object.fields);
    object.or_else(|| catalog.structs.get(name).map(|found| &found.fields))
}

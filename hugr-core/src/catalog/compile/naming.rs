//! Prefix, modules and the names of root fields (spec: prefix; modules, as_module, query base name).

use apollo_compiler::ast::{DirectiveList, Type};

use super::declarations::Declarations;
use super::report::Report;
use super::{SourceSchema, argument};
use crate::catalog::model::ModulePath;
use crate::name::{FieldName, TypeName};

/// Turns the names that a source uses into those that are served.
pub(super) struct Naming {
    /// With its underscore; empty for none.
    prefix: String,
    /// Name of the source when all it declares goes below a module of that name.
    module: Option<String>,
    declared: std::collections::HashSet<String>,
}

impl Naming {
    /// Returns the naming of `schema`; reports a prefix or a source name that cannot be part of GraphQL names.
    pub(super) fn new(schema: &SourceSchema, declarations: &Declarations, report: &mut Report) -> Self {
        let prefix = schema.prefix.as_str();
        if !prefix.is_empty() && (prefix.starts_with('_') || !argument::is_name(prefix)) {
            let help = "use letters, digits and underscores, and start with a letter".to_owned();
            report.error(
                None,
                format!("prefix `{prefix}` cannot start a type name"),
                Some(help),
            );
        }
        let source = schema.source.as_str();
        if schema.as_module && !is_module_path(source) {
            report.error(
                None,
                format!("source name `{source}` cannot name a module"),
                Some(
                    "set as_module to false, or use letters, digits and underscores, with dots between"
                        .to_owned(),
                ),
            );
        }
        Self {
            prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("{prefix}_")
            },
            module: schema.as_module.then(|| source.to_owned()),
            declared: declarations.type_names().map(str::to_owned).collect(),
        }
    }

    /// Returns the served name of the type that this source calls `name`.
    pub(super) fn type_name(&self, name: &str) -> TypeName {
        if self.declared.contains(name) {
            TypeName::from(format!("{}{name}", self.prefix))
        } else {
            TypeName::from(name)
        }
    }

    /// Returns `ty` as SDL, with the served name of its innermost type.
    pub(super) fn type_text(&self, ty: &Type) -> String {
        match ty {
            Type::Named(name) => self.type_name(name).to_string(),
            Type::NonNullNamed(name) => format!("{}!", self.type_name(name)),
            Type::List(item) => format!("[{}]", self.type_text(item)),
            Type::NonNullList(item) => format!("[{}]!", self.type_text(item)),
        }
    }

    /// Returns the name of the root list field of the object that this source calls `name`.
    pub(super) fn query_name(&self, name: &str) -> FieldName {
        if self.module.is_some() {
            FieldName::from(name)
        } else {
            FieldName::from(self.type_name(name).as_str())
        }
    }

    /// Returns the module of a table or view that carries `directives`.
    pub(super) fn object_module(&self, directives: &DirectiveList, report: &mut Report) -> ModulePath {
        let declared = declared_module(directives, report);
        match (&self.module, declared) {
            (None, declared) => ModulePath::parse(declared.unwrap_or_default()),
            (Some(source), None) => ModulePath::parse(source),
            (Some(source), Some(module)) => ModulePath::parse(&format!("{source}.{module}")),
        }
    }

    /// Returns the module of a function that carries `directives`; one that already names the source is left alone.
    pub(super) fn function_module(&self, directives: &DirectiveList, report: &mut Report) -> ModulePath {
        let declared = declared_module(directives, report);
        if let (Some(source), Some(module)) = (&self.module, declared)
            && (module == source || module.starts_with(&format!("{source}.")))
        {
            return ModulePath::parse(module);
        }
        self.object_module(directives, report)
    }
}

fn declared_module<'a>(directives: &'a DirectiveList, report: &mut Report) -> Option<&'a str> {
    let directive = directives.get("module")?;
    let name = argument::non_empty_text(directive, "name")?;
    if is_module_path(name) {
        return Some(name);
    }
    report.error(
        argument::place(directive, "name"),
        format!("`{name}` cannot name a module"),
        Some("use names of letters, digits and underscores, with dots between".to_owned()),
    );
    None
}

fn is_module_path(text: &str) -> bool {
    text.split('.').all(argument::is_name)
}

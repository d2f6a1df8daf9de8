//! Root fields: modules nest, everything else is something to execute.

use std::cell::RefCell;
use std::sync::Arc;

use super::aggregate::{root_aggregation, root_buckets};
use super::caching::caching;
use super::column;
use super::expected::defer_limit;
use super::function::root_call;
use super::h3;
use super::jq;
use super::link::Twin;
use super::link::field_of;
use super::literal::bind_scalar;
use super::mutation::{self, Mutation};
use super::object::{Detours, Objects, Places};
use super::select::{ROOT_ALIAS, root_step};
use super::tree::{
    Access, Call, Jq, Node, OutputField, OutputValue, Plan, PlannedField, Read, RootKind, RootShape, Step,
    Write, WriteKind,
};
use crate::authz::{AuthorizedOperation, DataOperation};
use crate::catalog::Catalog;
use crate::catalog::model::{
    BaseType, CachingRule, DataObject, Function, FunctionBody, FunctionKind, MutationSupport,
};
use crate::catalog::scalar::Scalar;
use crate::catalog::surface::{RootField, ServedSchema};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::value::Arguments;
use crate::gql::{OperationKind, Selected, Span};
use crate::name::{FieldName, SourceName, TypeName};
use crate::sql::ast::Expr;
use crate::sql::dialect::Backend;

/// Plans `authorized`.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for arguments that do not fit, `UNSUPPORTED` for what is served but cannot be done,
/// `SOURCE_UNAVAILABLE` when a source is not attached; each with the place of the root field.
pub fn plan(
    catalog: &Catalog,
    served: &ServedSchema,
    places: &Places,
    authorized: &AuthorizedOperation,
) -> Result<Plan> {
    let operation = authorized.operation();
    if operation.kind == OperationKind::Subscription {
        return Err(Error::new(
            ErrorCode::Unsupported,
            "subscriptions are not supported yet",
        ));
    }
    let mut planner = RootPlanner {
        catalog,
        served,
        places,
        authorized,
        change_detours: Detours::new(),
        found: RefCell::default(),
    };
    loop {
        let fields = planner.fields(operation.root_type(), &operation.selection, &mut Vec::new());
        let found = planner.found.take();
        if found.is_empty() {
            return Ok(Plan {
                fields: fields?,
                is_sequential: operation.kind == OperationKind::Mutation,
            });
        }
        planner.change_detours.extend(found);
    }
}

/// Plans the reading of the one row of `object` whose key is in `row.0`, with the selection `row.1`.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when the row lacks a key column or the selection does not fit.
pub fn plan_row(
    catalog: &Catalog,
    places: &Places,
    authorized: &AuthorizedOperation,
    object: &DataObject,
    row: (&Arguments, Vec<Selected>),
) -> Result<Read> {
    let (key, selection) = row;
    let selected = Selected {
        key: object.query_name.to_string(),
        parent: object.name.clone(),
        name: object.query_name.clone(),
        arguments: key.clone(),
        unset: Vec::new(),
        directives: Vec::new(),
        selection,
        span: Span::default(),
    };
    let objects = Objects::new(catalog, places, authorized);
    let step = unique(&objects, object, &object.primary_key, &selected)?;
    finished(
        &objects,
        RootShape::Single,
        step,
        &selected,
        object.caching.as_ref(),
    )
}

/// Plans the reading of the one row whose `key` fields equal the arguments of the same names.
fn unique(
    objects: &Objects<'_>,
    object: &DataObject,
    key: &[FieldName],
    selected: &Selected,
) -> Result<Step> {
    // Other arguments of a row are data, not paging; `args` are those of a parameterized view.
    let kept = key
        .iter()
        .map(FieldName::as_str)
        .chain(["args"])
        .filter_map(|name| {
            let value = selected.arguments.get(name).filter(|value| !value.is_null())?;
            Some((name.to_owned(), value.clone()))
        });
    let selected = Selected {
        arguments: kept.collect(),
        ..selected.clone()
    };
    let mut step = root_step(objects, object, &selected, |alias| {
        let mut conditions = Vec::with_capacity(key.len());
        for name in key {
            let field = field_of(object, name)?;
            let value = selected.arguments.get(name.as_str()).ok_or_else(|| {
                Error::new(
                    ErrorCode::GraphqlValidation,
                    format!("argument `{name}` is required"),
                )
            })?;
            let scalar = match &field.ty.base {
                BaseType::Scalar(scalar) => *scalar,
                BaseType::Enum(_) | BaseType::Struct(_) => Scalar::String,
            };
            let column = column::value(object, alias, field)?;
            conditions.push(Expr::equals(column, bind_scalar(scalar, value)?));
        }
        Ok(conditions)
    })?;
    step.select.limit = Some(1);
    if objects.backend == Backend::DuckDb {
        defer_limit(object, ROOT_ALIAS, &mut step.select)?;
    }
    Ok(step)
}

fn finished(
    objects: &Objects<'_>,
    shape: RootShape,
    step: Step,
    selected: &Selected,
    rule: Option<&CachingRule>,
) -> Result<Read> {
    Ok(Read {
        shape,
        step,
        runtime_tables: objects.runtime_tables(),
        attached: objects.attached(),
        caching: caching(selected, rule)?,
        access: Access::ReadOnly,
        detours: Detours::new(),
    })
}

struct RootPlanner<'a> {
    catalog: &'a Catalog,
    served: &'a ServedSchema,
    places: &'a Places,
    authorized: &'a AuthorizedOperation,
    /// Sources that DuckDB changes although they could do it themselves: all changes of a request go one way, since they are
    /// one transaction.
    change_detours: Detours,
    /// Those that turned out to be such.
    found: RefCell<Detours>,
}

impl RootPlanner<'_> {
    fn fields(
        &self,
        parent: &str,
        selection: &[Selected],
        path: &mut Vec<String>,
    ) -> Result<Vec<PlannedField>> {
        let mut fields = Vec::with_capacity(selection.len());
        for selected in selection {
            path.push(selected.key.clone());
            let node = self
                .node(parent, selected, path)
                .map_err(|error| self.locate(error, selected, path))?;
            path.pop();
            fields.push(PlannedField {
                key: selected.key.clone(),
                node,
                is_timed: selected.has_directive("stats"),
            });
        }
        Ok(fields)
    }

    fn locate(&self, error: Error, selected: &Selected, path: &[String]) -> Error {
        let error = self.authorized.operation().locate(error, selected.span);
        if error.path().is_empty() {
            error.with_path(path.to_vec())
        } else {
            error
        }
    }

    fn node(&self, parent: &str, selected: &Selected, path: &mut Vec<String>) -> Result<Node> {
        let root = match selected.name.as_str() {
            "__typename" => RootKind::Typename(TypeName::from(parent)),
            "__schema" | "__type" => RootKind::Introspection(selected.clone()),
            name => match self.served.root_field(parent, name) {
                Some(RootField::Module) => {
                    // Every selected field of a module names the module's type as its parent.
                    let module = selected
                        .selection
                        .first()
                        .map_or(parent, |field| field.parent.as_str());
                    return self.fields(module, &selected.selection, path).map(Node::Group);
                }
                Some(RootField::Jq) => RootKind::Jq(Jq {
                    code: jq::program(self.authorized, selected)?,
                    location: self.authorized.operation().location(selected.span),
                    fields: self.fields(parent, &selected.selection, path)?,
                    includes_origin: jq::includes_origin(selected),
                }),
                Some(field) => self.root(field, selected)?,
                None => {
                    return Err(Error::new(
                        ErrorCode::Unsupported,
                        format!("field `{name}` of `{parent}` is not supported yet"),
                    ));
                }
            },
        };
        Ok(Node::Root(Box::new(root)))
    }

    fn objects(&self) -> Objects<'_> {
        Objects::new(self.catalog, self.places, self.authorized)
    }

    /// Plans a read that starts in the source `origin.0` and is kept as `origin.1` says. Each source that can runs its own statements; one of which a statement turns
    /// out to need DuckDB is read through DuckDB in the whole tree.
    fn read(
        &self,
        origin: (&SourceName, Option<&CachingRule>),
        selected: &Selected,
        steps: impl Fn(&Objects<'_>) -> Result<(Step, RootShape)>,
    ) -> Result<Read> {
        let (source, rule) = origin;
        let mut detours = Detours::new();
        if selected.has_directive("no_pushdown") {
            detours.extend(self.places.natives(|| "the query says so".to_owned()));
        }
        loop {
            let objects = self.objects().native(source, detours.clone());
            let planned = steps(&objects);
            let found = objects.found_detours();
            if found.is_empty() {
                let (step, shape) = planned?;
                let read = finished(&objects, shape, step, selected, rule)?;
                return Ok(Read { detours, ..read });
            }
            detours.extend(found);
        }
    }

    fn root(&self, field: &RootField, selected: &Selected) -> Result<RootKind> {
        Ok(match field {
            RootField::Module | RootField::Jq => {
                return Err(Error::internal("a field that leads to others is not a root"));
            }
            RootField::List(object) => {
                RootKind::Read(
                    self.read((&object.source, object.caching.as_ref()), selected, |objects| {
                        let step = root_step(objects, object, selected, |_| Ok(Vec::new()))?;
                        Ok((step, RootShape::List))
                    })?,
                )
            }
            RootField::Unique { object, key } => RootKind::Read(self.read(
                (&object.source, object.caching.as_ref()),
                selected,
                |objects| Ok((unique(objects, object, key, selected)?, RootShape::Single)),
            )?),
            RootField::Call(function) => match function.body {
                FunctionBody::Runtime(_) => RootKind::Call(Call {
                    function: Arc::clone(function),
                    arguments: selected.arguments.clone(),
                    selection: selected.selection.clone(),
                }),
                FunctionBody::Sql(_) => self.call(function, Twin::Rows, selected)?,
            },
            RootField::CallAggregate(function) => self.call(function, Twin::Aggregation, selected)?,
            RootField::CallBucketAggregate(function) => self.call(function, Twin::Buckets, selected)?,
            RootField::Aggregate(object) => RootKind::Read(self.read(
                (&object.source, object.caching.as_ref()),
                selected,
                |objects| Ok((root_aggregation(objects, object, selected)?, RootShape::Single)),
            )?),
            RootField::BucketAggregate(object) => RootKind::Read(self.read(
                (&object.source, object.caching.as_ref()),
                selected,
                |objects| Ok((root_buckets(objects, object, selected)?, RootShape::List)),
            )?),
            RootField::Introspection => RootKind::Introspection(selected.clone()),
            RootField::H3 => {
                // DuckDB alone knows the grid; what lies elsewhere is read through it.
                let objects = self.objects();
                let step = h3::cells(&objects, selected)?;
                RootKind::Read(finished(&objects, RootShape::List, step, selected, None)?)
            }
            RootField::Insert(object) => self.change(WriteKind::Insert, object, selected)?,
            RootField::InsertMany(object) => {
                self.mutate(object, |objects| mutation::insert_many(objects, object, selected))?
            }
            RootField::Update(object) => self.change(WriteKind::Update, object, selected)?,
            RootField::Delete(object) => self.change(WriteKind::Delete, object, selected)?,
        })
    }

    fn call(&self, function: &Function, twin: Twin, selected: &Selected) -> Result<RootKind> {
        let origin = (&function.source, function.caching.as_ref());
        let mut read = self.read(origin, selected, |objects| {
            root_call(objects, function, twin, selected)
        })?;
        if function.kind == FunctionKind::Mutation {
            // What a function does must be done each time.
            read.caching = None;
            read.access = Access::MayChange;
        }
        Ok(RootKind::Read(read))
    }

    fn change(&self, kind: WriteKind, object: &Arc<DataObject>, selected: &Selected) -> Result<RootKind> {
        if object.mutations == MutationSupport::BuiltIn {
            return self.write(kind, object, selected).map(RootKind::Write);
        }
        self.mutate(object, |objects| match kind {
            WriteKind::Insert => mutation::insert(objects, object, selected),
            WriteKind::Update => mutation::update(objects, object, selected),
            WriteKind::Delete => mutation::delete(objects, object, selected),
        })
    }

    fn mutate(
        &self,
        object: &DataObject,
        mutation: impl FnOnce(&Objects<'_>) -> Result<Mutation>,
    ) -> Result<RootKind> {
        let native = self.objects().native(&object.source, self.change_detours.clone());
        // What DuckDB changes it also reads: all is one transaction of its own.
        let objects = match native.backend {
            Backend::DuckDb => self.objects(),
            Backend::Postgres(_) => native,
        };
        let planned = mutation(&objects);
        self.found.borrow_mut().extend(objects.found_detours());
        let attached = objects.attached();
        Ok(RootKind::Mutate(Mutation { attached, ..planned? }))
    }

    fn write(&self, kind: WriteKind, object: &Arc<DataObject>, selected: &Selected) -> Result<Write> {
        let affected = match kind {
            WriteKind::Insert => None,
            WriteKind::Update | WriteKind::Delete => Some(self.affected(kind, object, selected)?),
        };
        Ok(Write {
            object: Arc::clone(object),
            kind,
            arguments: selected.arguments.clone(),
            affected,
            selection: selected.selection.clone(),
        })
    }

    /// Plans the reading of the keys of the rows that `filter` matches.
    fn affected(&self, kind: WriteKind, object: &DataObject, selected: &Selected) -> Result<Read> {
        let operation = match kind {
            WriteKind::Insert => DataOperation::Insert,
            WriteKind::Update => DataOperation::Update,
            WriteKind::Delete => DataOperation::Delete,
        };
        let objects = Objects::new(self.catalog, self.places, self.authorized).for_writing(operation);
        let keys_only = Selected {
            selection: Vec::new(),
            ..selected.clone()
        };
        let mut step = root_step(&objects, object, &keys_only, |_| Ok(Vec::new()))?;
        step.select.columns.clear();
        for (index, key) in object.primary_key.iter().enumerate() {
            let expr = column::value(object, ROOT_ALIAS, field_of(object, key)?)?;
            step.select.columns.push(crate::sql::ast::ResultColumn {
                expr,
                alias: key.to_string(),
            });
            step.output.push(OutputField {
                key: key.to_string(),
                value: OutputValue::Column(index),
            });
        }
        Ok(Read {
            shape: RootShape::List,
            step,
            runtime_tables: objects.runtime_tables(),
            attached: objects.attached(),
            caching: None,
            access: Access::ReadOnly,
            detours: Detours::new(),
        })
    }
}

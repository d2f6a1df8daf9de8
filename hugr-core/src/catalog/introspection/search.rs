//! `_search`: modules, sources, tables, views, their fields, and functions by name and description.
//!
//! The search is over words; by meaning nothing is found, because no model gives vectors for names.

use super::member::FieldView;
use super::module::{self, ModuleView};
use super::value::{Object, Value};
use super::{Context, data_object, flag, function, kind, source, text};
use crate::catalog::model::{DataObject, Function, ModulePath};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;

/// Most hits of a page.
const MAX_LIMIT: i64 = 1000;

/// Why only words are compared.
const LEXICAL_REASON: &str = "no embedding model is configured";

/// A page of what was found.
pub(super) struct Outcome<'a> {
    hits: Vec<Hit<'a>>,
    limit: i64,
    offset: i64,
    has_more: bool,
    filtered_out: i64,
    asks_for_meaning: bool,
}

/// Something that was found.
#[derive(Clone)]
pub(super) struct Hit<'a> {
    subject: Subject<'a>,
    matched_on: &'static str,
    score: f64,
}

/// What was found.
#[derive(Clone)]
enum Subject<'a> {
    Module(ModulePath),
    Source(&'a str),
    DataObject(&'a DataObject),
    Field(&'a DataObject, FieldView<'a>),
    Function(&'a Function),
}

/// What is looked for, and where.
struct Question {
    words: Vec<String>,
    kinds: Vec<String>,
    module: Option<ModulePath>,
    object: String,
    min_score: f64,
    includes_mcp_excluded: bool,
}

/// Answers `_search`.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for a page that cannot be.
pub(super) fn search<'a>(context: &Context<'a>, selected: &Selected) -> Result<Value<'a>> {
    let number = |name: &str, default: i64| {
        let given = selected.arguments.get(name).and_then(serde_json::Value::as_i64);
        given.unwrap_or(default)
    };
    let (limit, offset) = (number("limit", 50), number("offset", 0));
    if !(0..=MAX_LIMIT).contains(&limit) || offset < 0 {
        return Err(Error::new(
            ErrorCode::GraphqlValidation,
            format!("limit must be from 0 to {MAX_LIMIT}, offset not negative"),
        ));
    }
    let asks_for_meaning = text(selected, "match") == "MEANING";
    let question = Question::new(selected);
    let mut hits = if asks_for_meaning {
        Vec::new()
    } else {
        question.hits(context)
    };
    let found = hits.len();
    hits.retain(|hit| hit.score >= question.min_score);
    let filtered_out = i64::try_from(found - hits.len()).unwrap_or(i64::MAX);
    hits.sort_by(|left, right| {
        right
            .score
            .total_cmp(&left.score)
            .then_with(|| left.name().cmp(&right.name()))
    });
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let count = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = hits.len() > start.saturating_add(count);
    let page = hits.into_iter().skip(start).take(count).collect();
    Ok(Value::Object(Object::SearchResult(Box::new(Outcome {
        hits: page,
        limit,
        offset,
        has_more,
        filtered_out,
        asks_for_meaning,
    }))))
}

impl Question {
    fn new(selected: &Selected) -> Self {
        let query = text(selected, "query").to_lowercase();
        let kinds = match selected.arguments.get("kinds") {
            Some(serde_json::Value::Array(kinds)) => {
                let kinds = kinds.iter().filter_map(serde_json::Value::as_str);
                kinds.map(str::to_owned).collect()
            }
            Some(serde_json::Value::String(kind)) => vec![kind.clone()],
            _ => Vec::new(),
        };
        let module = selected
            .arguments
            .get("module")
            .and_then(serde_json::Value::as_str);
        let min_score = selected
            .arguments
            .get("minScore")
            .and_then(serde_json::Value::as_f64);
        Self {
            words: words(&query),
            kinds,
            module: module.map(ModulePath::parse),
            object: text(selected, "object"),
            min_score: min_score.unwrap_or(0.0),
            includes_mcp_excluded: flag(selected, "includeMcpExcluded", true),
        }
    }

    fn wants(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind)
    }

    fn is_in_module(&self, path: &ModulePath) -> bool {
        self.module
            .as_ref()
            .is_none_or(|module| module::is_inside(path, module))
    }

    fn hits<'a>(&self, context: &Context<'a>) -> Vec<Hit<'a>> {
        let mut hits = Vec::new();
        let catalog = context.catalog();
        let is_whole = self.object.is_empty();
        if is_whole && self.wants("DATA_SOURCE") && self.module.is_none() {
            for name in catalog.sources.keys() {
                self.add(&mut hits, Subject::Source(name.as_str()), None);
            }
        }
        if is_whole && self.wants("MODULE") {
            let paths: std::collections::BTreeSet<_> = context.module_types().values().cloned().collect();
            for path in paths.into_iter().filter(|path| self.is_in_module(path)) {
                self.add(&mut hits, Subject::Module(path), None);
            }
        }
        if is_whole && self.wants("FUNCTION") {
            for found in &catalog.functions {
                if self.is_in_module(&found.module) && function::is_visible(context, found) {
                    self.add(&mut hits, Subject::Function(found), found.description.as_deref());
                }
            }
        }
        for object in catalog.objects.values() {
            let is_asked = is_whole || self.object == object.name.as_str();
            if is_asked && self.is_in_module(&object.module) && data_object::is_visible(context, object) {
                self.add_object(context, object, &mut hits);
            }
        }
        hits
    }

    fn add_object<'a>(&self, context: &Context<'a>, object: &'a DataObject, hits: &mut Vec<Hit<'a>>) {
        if self.wants("DATA_OBJECT") {
            self.add(hits, Subject::DataObject(object), object.description.as_deref());
        }
        if !self.wants("FIELD") {
            return;
        }
        let Some(found) = context.schema().get_object(object.name.as_str()) else {
            return;
        };
        for definition in found.fields.values() {
            let view = FieldView {
                parent: found.name.as_str(),
                definition,
            };
            let is_allowed = self.includes_mcp_excluded || !kind::is_mcp_excluded(context, view);
            if is_allowed && context.shows(view.parent, &definition.name) {
                let description = definition.description.as_deref();
                self.add(hits, Subject::Field(object, view), description);
            }
        }
    }

    fn add<'a>(&self, hits: &mut Vec<Hit<'a>>, subject: Subject<'a>, description: Option<&str>) {
        let name = subject.name().to_lowercase();
        let by_name = score(&self.words, &words(&name));
        let by_description =
            description.map_or(0.0, |text| score(&self.words, &words(&text.to_lowercase())) / 2.0);
        let (matched_on, score) = if by_name >= by_description {
            ("name", by_name)
        } else {
            ("description", by_description)
        };
        if score > 0.0 {
            hits.push(Hit {
                subject,
                matched_on,
                score,
            });
        }
    }
}

impl Subject<'_> {
    fn name(&self) -> String {
        match self {
            Self::Module(path) => path.dotted(),
            Self::Source(name) => (*name).to_owned(),
            Self::DataObject(object) => object.name.to_string(),
            Self::Field(_, view) => view.definition.name.to_string(),
            Self::Function(function) => function.name.to_string(),
        }
    }
}

impl Hit<'_> {
    fn name(&self) -> String {
        self.subject.name()
    }
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|character: char| !character.is_alphanumeric());
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Returns how well `found` answers `wanted`, from 0 to 1: the mean over the wanted words, where a word counts whole when it is
/// there, less when a word begins with it or contains it.
fn score(wanted: &[String], found: &[String]) -> f64 {
    if wanted.is_empty() {
        return 0.0;
    }
    let of_word = |word: &String| {
        let scores = found.iter().map(|candidate| {
            if candidate == word {
                1.0
            } else if candidate.starts_with(word.as_str())
                || word.starts_with(candidate.as_str()) && candidate.len() > 3
            {
                0.7
            } else if candidate.contains(word.as_str()) {
                0.4
            } else {
                0.0
            }
        });
        scores.fold(0.0, f64::max)
    };
    let sum: f64 = wanted.iter().map(of_word).sum();
    let surplus = found.len().saturating_sub(wanted.len());
    let count = f64::from(u32::try_from(wanted.len()).unwrap_or(u32::MAX));
    let length = 1.0 + f64::from(u32::try_from(surplus).unwrap_or(u32::MAX)) / 100.0;
    sum / count / length
}

/// Returns a member of `_SearchResult`.
pub(super) fn of_result<'a>(outcome: &Outcome<'a>, selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "items" => Value::objects(outcome.hits.iter().cloned().map(Object::Hit)),
        "limit" => Value::Int(outcome.limit),
        "offset" => Value::Int(outcome.offset),
        "hasMore" => Value::Bool(outcome.has_more),
        "filteredOut" => Value::Int(outcome.filtered_out),
        "lexical" => Value::Bool(!outcome.asks_for_meaning),
        "lexicalReason" => LEXICAL_REASON.into(),
        _ => Value::Null,
    }
}

/// Returns a member of `_SearchHit`.
pub(super) fn of_hit<'a>(context: &Context<'a>, hit: &Hit<'a>, selected: &Selected) -> Value<'a> {
    match selected.name.as_str() {
        "kind" => hit.kind().into(),
        "matchedOn" => hit.matched_on.into(),
        "name" => hit.name().into(),
        "score" => Value::Float(hit.score),
        "moduleName" => hit.module().map_or(Value::Null, |path| path.dotted().into()),
        "module" => hit.module().map_or(Value::Null, |path| {
            Value::Object(Object::Module(ModuleView { path }))
        }),
        "dataSourceName" => hit.source().map_or(Value::Null, Value::from),
        "dataSource" => hit
            .source()
            .map_or(Value::Null, |name| source::find(context, name)),
        "description" => match &hit.subject {
            Subject::DataObject(object) => Value::optional(object.description.as_deref()),
            Subject::Field(_, view) => Value::optional(view.definition.description.as_deref()),
            Subject::Function(function) => Value::optional(function.description.as_deref()),
            Subject::Module(_) | Subject::Source(_) => Value::Null,
        },
        "objectName" => Value::optional(hit.object().map(|object| object.name.as_str())),
        "dataObject" => hit
            .object()
            .map_or(Value::Null, |object| Value::Object(Object::Table(object))),
        "function" => match hit.subject {
            Subject::Function(function) => Value::Object(Object::Function(function)),
            _ => Value::Null,
        },
        "field" | "type" | "hugrType" | "refObjectName" => match hit.subject {
            Subject::Field(object, view) => of_field(context, object, view, selected.name.as_str()),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

fn of_field<'a>(
    context: &Context<'a>,
    object: &'a DataObject,
    view: FieldView<'a>,
    member: &str,
) -> Value<'a> {
    match member {
        "field" => Value::Object(Object::Field(view)),
        "type" => view.definition.ty.to_string().into(),
        "hugrType" => kind::of_field(context, view).into(),
        _ => {
            let link = object.links.get(view.definition.name.as_str());
            Value::optional(link.map(|link| link.target.as_str()))
        }
    }
}

impl<'a> Hit<'a> {
    fn kind(&self) -> &'static str {
        match self.subject {
            Subject::Module(_) => "MODULE",
            Subject::Source(_) => "DATA_SOURCE",
            Subject::DataObject(_) => "DATA_OBJECT",
            Subject::Field(..) => "FIELD",
            Subject::Function(_) => "FUNCTION",
        }
    }

    fn module(&self) -> Option<ModulePath> {
        match &self.subject {
            Subject::Module(path) => Some(path.clone()),
            Subject::DataObject(object) | Subject::Field(object, _) => Some(object.module.clone()),
            Subject::Function(function) => Some(function.module.clone()),
            Subject::Source(_) => None,
        }
    }

    fn source(&self) -> Option<&'a str> {
        match self.subject {
            Subject::Source(name) => Some(name),
            Subject::DataObject(object) | Subject::Field(object, _) => Some(object.source.as_str()),
            Subject::Function(function) => Some(function.source.as_str()),
            Subject::Module(_) => None,
        }
    }

    fn object(&self) -> Option<&'a DataObject> {
        match self.subject {
            Subject::DataObject(object) | Subject::Field(object, _) => Some(object),
            Subject::Module(_) | Subject::Source(_) | Subject::Function(_) => None,
        }
    }
}

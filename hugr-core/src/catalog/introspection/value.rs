//! The values of answers, and how they become JSON.

use std::borrow::Cow;

use apollo_compiler::ast::{DirectiveDefinition, EnumValueDefinition};

use super::data_object::QueryView;
use super::member::{FieldView, InputView};
use super::module::ModuleView;
use super::relation::RelationView;
use super::search::{Hit, Outcome};
use super::source::SourceView;
use super::type_view::TypeView;
use super::{Context, data_object, function, member, module, relation, schema, search, source, type_view};
use crate::catalog::model::{DataObject, Function};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;

/// Most objects of an answer: views of views of views grow without end.
const MAX_OBJECTS: usize = 20_000_000;

/// A value of an answer.
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Object<'a>),
}

/// A value with members, which are found when they are asked for.
pub(super) enum Object<'a> {
    Schema,
    Type(TypeView<'a>),
    Field(FieldView<'a>),
    Input(InputView<'a>),
    EnumValue(&'a EnumValueDefinition),
    Directive(&'a DirectiveDefinition),
    Source(SourceView<'a>),
    Module(ModuleView),
    /// A table or a view.
    Table(&'a DataObject),
    Properties(&'a DataObject),
    Query(QueryView<'a>),
    Relation(RelationView<'a>),
    Function(&'a Function),
    SearchResult(Box<Outcome<'a>>),
    Hit(Hit<'a>),
}

impl<'a> Value<'a> {
    /// Returns text, or null for none.
    pub(super) fn optional(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }

    /// Returns a list of objects.
    pub(super) fn objects(objects: impl IntoIterator<Item = Object<'a>>) -> Self {
        Self::List(objects.into_iter().map(Self::Object).collect())
    }

    /// Returns a list of texts.
    pub(super) fn texts<T: Into<Cow<'a, str>>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.into())).collect())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> Object<'a> {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Schema => "__Schema",
            Self::Type(_) => "__Type",
            Self::Field(_) => "__Field",
            Self::Input(_) => "__InputValue",
            Self::EnumValue(_) => "__EnumValue",
            Self::Directive(_) => "__Directive",
            Self::Source(_) => "_DataSource",
            Self::Module(_) => "_Module",
            Self::Table(_) => "_DataObject",
            Self::Properties(_) => "_DataObjectProperties",
            Self::Query(_) => "_DataObjectQuery",
            Self::Relation(_) => "_Relation",
            Self::Function(_) => "_Function",
            Self::SearchResult(_) => "_SearchResult",
            Self::Hit(_) => "_SearchHit",
        }
    }

    /// Returns the member that `selected` asks for.
    fn member(&self, context: &Context<'a>, selected: &Selected) -> Value<'a> {
        match self {
            Self::Schema => schema::member(context, selected),
            Self::Type(view) => type_view::member(context, *view, selected),
            Self::Field(view) => member::of_field(context, *view, selected),
            Self::Input(view) => member::of_input(context, *view, selected),
            Self::EnumValue(value) => member::of_enum_value(value, selected),
            Self::Directive(directive) => schema::of_directive(directive, selected),
            Self::Source(view) => source::member(*view, selected),
            Self::Module(view) => module::member(context, view, selected),
            Self::Table(object) => data_object::member(context, object, selected),
            Self::Properties(object) => data_object::property(object, selected),
            Self::Query(view) => data_object::of_query(*view, selected),
            Self::Relation(view) => relation::member(context, view, selected),
            Self::Function(function) => function::member(context, function, selected),
            Self::SearchResult(outcome) => search::of_result(outcome, selected),
            Self::Hit(hit) => search::of_hit(context, hit, selected),
        }
    }
}

/// Writes an answer.
pub(super) struct Writer<'c, 'a> {
    context: &'c Context<'a>,
    out: Vec<u8>,
    objects: usize,
}

impl<'c, 'a> Writer<'c, 'a> {
    /// Returns a writer of an empty answer.
    pub(super) fn new(context: &'c Context<'a>) -> Self {
        Self {
            context,
            out: Vec::new(),
            objects: 0,
        }
    }

    /// Returns the text.
    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Appends what `selected` asks of `value`.
    pub(super) fn write(&mut self, value: &Value<'a>, selected: &Selected) -> Result<()> {
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(value) => self
                .out
                .extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Int(value) => self.scalar(value)?,
            Value::Float(value) => self.scalar(value)?,
            Value::Text(value) => self.scalar(value)?,
            Value::List(items) => {
                self.out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.out.push(b',');
                    }
                    self.write(item, selected)?;
                }
                self.out.push(b']');
            }
            Value::Object(object) => self.object(object, selected)?,
        }
        Ok(())
    }

    fn object(&mut self, object: &Object<'a>, selected: &Selected) -> Result<()> {
        self.objects += 1;
        if self.objects > MAX_OBJECTS {
            return Err(Error::new(
                ErrorCode::ResourceExhausted,
                format!("the answer has more than {MAX_OBJECTS} objects; ask for less at a time"),
            ));
        }
        self.out.push(b'{');
        for (index, member) in selected.selection.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.scalar(&member.key)?;
            self.out.push(b':');
            if member.name.as_str() == "__typename" {
                self.scalar(object.type_name())?;
            } else {
                let value = object.member(self.context, member);
                self.write(&value, member)?;
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn scalar<T: serde::Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        serde_json::to_writer(&mut self.out, value)
            .map_err(|error| Error::internal("an answer about the schema is not JSON").with_source(error))
    }
}

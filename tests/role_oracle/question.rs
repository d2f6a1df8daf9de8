//! Questions, each with the SQL that answers it over the rows that a caller finds.

use serde_json::{Map, Value as Json};

use super::chance::Chance;
use super::change::Change;
use super::condition::{Condition, Scope};
use super::path::Path;
use super::role::Need;
use super::shape;
use super::world::World;

/// A question, and what its answer should be.
pub(crate) struct Question {
    pub(crate) graphql: String,
    pub(crate) variables: Map<String, Json>,
    /// What its answer takes; a role that lacks one is refused.
    pub(crate) needs: Vec<Need>,
    /// One text per expected row, in no order.
    pub(crate) expected: Expected,
    /// Turns the answer's `q` into such texts.
    pub(crate) texts: fn(&Json) -> Vec<String>,
    /// Where `q` is in the response, as a JSON pointer.
    pub(crate) pointer: &'static str,
    /// What it writes.
    pub(crate) change: Option<Change>,
}

/// What should be answered.
pub(crate) enum Expected {
    /// The rows of a query over views: before the change where rows are counted that it selects, else after it.
    Sql { text: String, is_of_before: bool },
    /// Whether introspection shows column `a` of the table.
    ColumnA(usize),
}

/// Builds one question about `table`.
pub(crate) struct Draft<'a> {
    pub(crate) world: &'a World,
    pub(crate) table: usize,
    pub(crate) question: Question,
    /// The client's filter, as SQL about `x`.
    filter: String,
}

impl Question {
    pub(crate) fn new(world: &World, chance: &mut Chance) -> Self {
        let table = chance.below(world.tables());
        let filter = chance
            .percent(60)
            .then(|| Condition::new(world, table, Scope::Client, 2, chance));
        let mut draft = Draft::new(world, table, filter.as_ref());
        match chance.below(24) {
            0 | 1 => draft.rows(chance),
            2 => draft.by_key(chance),
            3 => draft.aggregate(chance),
            4 => draft.buckets(chance),
            5 => draft.children(chance, ""),
            6 => draft.children(chance, "inner: true"),
            7 => draft.parent(),
            8 => draft.children_counted(chance),
            9 => draft.joined(chance),
            10 => draft.linked(),
            11 => draft.buckets_by_parent(),
            12 => draft.sorted_by_parent(),
            13 => draft.near(chance),
            14 => draft.call(),
            15 => draft.called(),
            16 => draft.distinct(),
            17 => draft.shown_columns(),
            18 => draft.update(chance),
            19 => draft.delete(),
            20 => draft.insert(chance),
            21 => draft.insert_nested(chance),
            22 => draft.insert_linked(chance),
            _ => draft.upsert(chance),
        }
        draft.question.finish(chance)
    }

    fn finish(mut self, chance: &mut Chance) -> Self {
        let is_read = self.change.is_none();
        // Everybody keeps answers under the same name: they must not meet.
        let directive = if is_read && chance.percent(40) {
            "@cache(key: \"shared\", ttl: 600)"
        } else {
            ""
        };
        self.graphql = self.graphql.replace("@CACHE", directive);
        if is_read && self.variables.is_empty() && chance.percent(15) {
            self.pointer = "/extensions/w/jq";
            self.graphql = format!("{{ w: jq(query: \".q\") {} }}", self.graphql);
        }
        self
    }
}

impl<'a> Draft<'a> {
    fn new(world: &'a World, table: usize, filter: Option<&Condition>) -> Self {
        let mut question = Question {
            graphql: String::new(),
            variables: Map::new(),
            needs: Vec::new(),
            expected: Expected::Sql {
                text: String::new(),
                is_of_before: false,
            },
            texts: shape::rows,
            pointer: "/data/q",
            change: None,
        };
        let mut sql = "TRUE".to_owned();
        if let Some(filter) = filter {
            filter.add_needs(table, &mut question.needs);
            question.variables.insert("f".to_owned(), filter.graphql_json());
            sql = filter.sql(world, table, "x", None);
        }
        Self {
            world,
            table,
            question,
            filter: sql,
        }
    }

    /// Leaves the client's filter out.
    pub(crate) fn unfiltered(&mut self, filter: String) {
        self.filter = filter;
        self.question.variables.clear();
        self.question.needs.clear();
    }

    /// Asks `query`, which has `TABLE` in place of the table's name and `FILTER` in that of the arguments of the field `path`.
    pub(crate) fn ask(&mut self, path: Path, query: &str) {
        self.needs([Need::Path(path), Need::Rows(path.table(self.world))]);
        let query = query.replace("TABLE", &format!("t{}", self.table));
        self.question.graphql = if self.question.variables.is_empty() {
            format!("{{ {} }}", query.replace("FILTER", "limit: 1000"))
        } else {
            let query = query.replace("FILTER", "filter: $f, limit: 1000");
            format!("query ($f: t{}_filter) {{ {query} }}", self.table)
        };
    }

    /// Asks for a mutation by the field `path`, with the `declared` variables.
    pub(crate) fn write(&mut self, path: Path, declared: &str, call: &str, selection: &str) {
        self.needs([Need::Path(path), Need::Rows(self.table)]);
        let table = format!("t{}", self.table);
        let is_filtered = self.question.variables.contains_key("f");
        let (filter, declared) = if is_filtered {
            let filter = format!("$f: {table}_filter");
            (
                "filter: $f",
                format!("({filter}, {})", declared.trim_matches(['(', ')'])),
            )
        } else {
            ("", declared.to_owned())
        };
        let call = call
            .replace("TABLE", &table)
            .replace("FILTER", filter)
            .replace("()", "");
        self.question.graphql = format!("mutation {declared} {{ q: {call} @invalidate_cache {selection} }}");
    }

    pub(crate) fn needs(&mut self, needs: impl IntoIterator<Item = Need>) {
        self.question.needs.extend(needs);
    }

    pub(crate) fn expect(&mut self, sql: String) {
        self.question.expected = Expected::Sql {
            text: sql,
            is_of_before: false,
        };
    }

    /// Returns the rows `x` that the client's filter selects of those of `path`.
    pub(crate) fn from(&self, path: Path) -> String {
        format!("FROM {} AS x WHERE ({})", path.view(), self.filter)
    }
}

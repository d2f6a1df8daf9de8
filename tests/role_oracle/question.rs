//! Questions over every path to rows, each with the SQL that answers it over the visible rows.

use serde_json::{Map, Value as Json};

use super::chance::Chance;
use super::condition::{Condition, Scope};
use super::world::World;

/// A question, and what its answer should be.
pub(crate) struct Question {
    pub(crate) graphql: String,
    pub(crate) variables: Map<String, Json>,
    /// Tables that it reads.
    pub(crate) tables: Vec<usize>,
    /// Tables of which it reads column `b`.
    pub(crate) b_of: Vec<usize>,
    /// One text per expected row, in no order.
    pub(crate) sql: String,
    /// Turns the answer's `q` into such texts.
    pub(crate) texts: fn(&Json) -> Vec<String>,
}

/// Builds one question about `table`.
struct Draft<'a> {
    world: &'a World,
    table: usize,
    question: Question,
    filter: String,
}

impl Question {
    pub(crate) fn new(world: &World, chance: &mut Chance) -> Self {
        let table = chance.below(world.tables());
        let mut draft = Draft::new(world, table, chance);
        match chance.below(12) {
            0 => draft.rows(chance),
            1 => draft.by_key(chance),
            2 => draft.aggregate(),
            3 => draft.buckets(),
            4 => draft.children(chance, ""),
            5 => draft.children(chance, "inner: true"),
            6 => draft.parent(),
            7 => draft.children_counted(chance),
            8 => draft.joined(chance),
            9 => draft.linked(),
            10 => draft.buckets_by_parent(),
            _ => draft.sorted_by_parent(),
        }
        // Everybody keeps answers under the same name: they must not meet.
        if chance.percent(40) {
            draft.question.graphql = draft
                .question
                .graphql
                .replace("@CACHE", "@cache(key: \"shared\", ttl: 600)");
        }
        draft.question.graphql = draft.question.graphql.replace("@CACHE", "");
        draft.question
    }
}

impl<'a> Draft<'a> {
    fn new(world: &'a World, table: usize, chance: &mut Chance) -> Self {
        let filter = chance
            .percent(60)
            .then(|| Condition::new(world, table, Scope::Client, 2, chance));
        let mut question = Question {
            graphql: String::new(),
            variables: Map::new(),
            tables: vec![table],
            b_of: Vec::new(),
            sql: String::new(),
            texts: rows,
        };
        let mut sql = "TRUE".to_owned();
        if let Some(filter) = &filter {
            filter.add_touched(table, &mut question.tables, &mut question.b_of);
            question.variables.insert("f".to_owned(), filter.graphql_json());
            sql = filter.sql(world, "x", None);
        }
        Self {
            world,
            table,
            question,
            filter: sql,
        }
    }

    /// `query` has `FILTER` in place of the arguments of the field that is asked.
    fn ask(&mut self, query: &str) {
        let query = query.replace("TABLE", &format!("t{}", self.table));
        self.question.graphql = if self.question.variables.is_empty() {
            format!("{{ {} }}", query.replace("FILTER", "limit: 1000"))
        } else {
            let query = query.replace("FILTER", "filter: $f, limit: 1000");
            format!("query ($f: t{}_filter) {{ {query} }}", self.table)
        };
    }

    fn from(&self) -> String {
        format!("FROM v{} AS x WHERE ({})", self.table, self.filter)
    }

    fn rows(&mut self, chance: &mut Chance) {
        if chance.percent(50) {
            self.ask("q: TABLE(FILTER) @CACHE { id a owner }");
            self.question.sql = format!(
                "SELECT json_object('id', x.id, 'a', x.a, 'owner', x.owner)::VARCHAR {}",
                self.from()
            );
        } else {
            self.question.b_of.push(self.table);
            self.ask("q: TABLE(FILTER) @CACHE { id b }");
            self.question.sql = format!(
                "SELECT json_object('id', x.id, 'b', x.b)::VARCHAR {}",
                self.from()
            );
        }
    }

    fn by_key(&mut self, chance: &mut Chance) {
        let id = 1 + chance.below(8);
        *self = Self {
            filter: format!("x.id = {id}"),
            question: Question {
                graphql: format!("{{ q: t{}_by_pk(id: {id}) @CACHE {{ id a }} }}", self.table),
                variables: Map::new(),
                tables: vec![self.table],
                b_of: Vec::new(),
                sql: String::new(),
                texts: one,
            },
            ..*self
        };
        self.question.sql = format!(
            "SELECT json_object('id', x.id, 'a', x.a)::VARCHAR {}",
            self.from()
        );
    }

    fn aggregate(&mut self) {
        self.ask("q: TABLE_aggregation(FILTER) @CACHE { _rows_count id { max sum } }");
        self.question.texts = one;
        self.question.sql = format!(
            "SELECT json_object('_rows_count', count(*), 'id', json_object('max', max(x.id), 'sum', sum(x.id)))::VARCHAR {}",
            self.from()
        );
    }

    fn buckets(&mut self) {
        self.ask("q: TABLE_bucket_aggregation(FILTER) @CACHE { key { owner } aggregations { _rows_count } }");
        self.question.sql = format!(
            "SELECT json_object('key', json_object('owner', x.owner), 'aggregations', json_object('_rows_count', \
             count(*)))::VARCHAR {} GROUP BY x.owner",
            self.from()
        );
    }

    fn children(&mut self, chance: &mut Chance, inner: &str) {
        let children = self.world.children(self.table);
        if children.is_empty() {
            return self.rows(chance);
        }
        let child = *chance.pick(&children);
        self.question.tables.push(child);
        let arguments = if inner.is_empty() {
            String::new()
        } else {
            format!("({inner})")
        };
        self.ask(&format!(
            "q: TABLE(FILTER) @CACHE {{ id c: t{child}_rows{arguments} {{ id }} }}"
        ));
        let ids = format!(
            "(SELECT to_json(list(struct_pack(id := y.id) ORDER BY y.id)) FROM v{child} AS y WHERE y.p = x.id)"
        );
        let only = if inner.is_empty() {
            String::new()
        } else {
            format!(" AND {ids} IS NOT NULL")
        };
        self.question.texts = with_sorted_children;
        self.question.sql = format!(
            "SELECT json_object('id', x.id, 'c', {ids})::VARCHAR {}{only}",
            self.from()
        );
    }

    fn parent(&mut self) {
        let Some(parent) = self.world.parents[self.table] else {
            return self.aggregate();
        };
        self.question.tables.push(parent);
        self.ask("q: TABLE(FILTER) @CACHE { id parent { id owner } }");
        self.question.sql = format!(
            "SELECT json_object('id', x.id, 'parent', (SELECT json_object('id', y.id, 'owner', y.owner) FROM v{parent} AS y \
             WHERE y.id = x.p))::VARCHAR {}",
            self.from()
        );
    }

    fn children_counted(&mut self, chance: &mut Chance) {
        let children = self.world.children(self.table);
        if children.is_empty() {
            return self.buckets();
        }
        let child = *chance.pick(&children);
        self.question.tables.push(child);
        self.ask(&format!(
            "q: TABLE(FILTER) @CACHE {{ id c: t{child}_rows_aggregation {{ _rows_count a {{ sum }} }} }}"
        ));
        self.question.sql = format!(
            "SELECT json_object('id', x.id, 'c', (SELECT json_object('_rows_count', count(*), 'a', json_object('sum', \
             sum(y.a))) FROM v{child} AS y WHERE y.p = x.id HAVING count(*) > 0))::VARCHAR {}",
            self.from()
        );
    }

    fn joined(&mut self, chance: &mut Chance) {
        let other = chance.below(self.world.tables());
        self.question.tables.push(other);
        self.ask(&format!(
            "q: TABLE(FILTER) @CACHE {{ id _join(fields: [\"a\"]) {{ c: t{other}(fields: [\"owner\"]) {{ id }} }} }}"
        ));
        self.question.texts = with_sorted_join;
        self.question.sql = format!(
            "SELECT json_object('id', x.id, '_join', json_object('c', (SELECT to_json(list(struct_pack(id := y.id) ORDER BY \
             y.id)) FROM v{other} AS y WHERE y.owner = x.a)))::VARCHAR {}",
            self.from()
        );
    }

    fn linked(&mut self) {
        let last = self.world.tables() - 1;
        let (field, near, far, other) = match self.table {
            0 => ("linked", "near", "far", last),
            table if table == last => ("linked_by", "far", "near", 0),
            _ => return self.buckets(),
        };
        self.question.tables.push(other);
        self.ask(&format!("q: TABLE(FILTER) @CACHE {{ id c: {field} {{ id }} }}"));
        self.question.texts = with_sorted_children;
        self.question.sql = format!(
            "SELECT json_object('id', x.id, 'c', (SELECT to_json(list(struct_pack(id := y.id) ORDER BY y.id)) FROM vlinks AS l \
             JOIN v{other} AS y ON y.id = l.{far} WHERE l.{near} = x.id))::VARCHAR {}",
            self.from()
        );
    }

    fn buckets_by_parent(&mut self) {
        let Some(parent) = self.world.parents[self.table] else {
            return self.buckets();
        };
        self.question.tables.push(parent);
        self.ask("q: TABLE_bucket_aggregation(FILTER) @CACHE { key { parent { owner } } aggregations { _rows_count } }");
        self.question.sql = format!(
            "SELECT json_object('key', json_object('parent', CASE WHEN there THEN json_object('owner', owner) END), \
             'aggregations', json_object('_rows_count', count(*)))::VARCHAR FROM (SELECT y.id IS NOT NULL AS there, y.owner \
             FROM (SELECT * {}) AS x LEFT JOIN v{parent} AS y ON y.id = x.p) GROUP BY there, owner",
            self.from()
        );
    }

    fn sorted_by_parent(&mut self) {
        let Some(parent) = self.world.parents[self.table] else {
            return self.aggregate();
        };
        self.question.tables.push(parent);
        // The order of rows whose parent is hidden must tell nothing of it.
        self.ask("q: TABLE(FILTER, order_by: [{ field: \"parent.owner\" }, { field: \"id\" }]) @CACHE { id parent { owner } }");
        self.question.texts = in_order;
        self.question.sql = format!(
            "SELECT json_object('place', row_number() OVER (ORDER BY owner ASC NULLS LAST, id), 'id', id)::VARCHAR FROM (SELECT \
             x.id, (SELECT y.owner FROM v{parent} AS y WHERE y.id = x.p) AS owner {})",
            self.from()
        );
    }
}

fn list(answer: &Json) -> Vec<Json> {
    answer.as_array().cloned().unwrap_or_default()
}

fn rows(answer: &Json) -> Vec<String> {
    list(answer).iter().map(Json::to_string).collect()
}

fn one(answer: &Json) -> Vec<String> {
    Some(answer)
        .filter(|answer| !answer.is_null())
        .map(Json::to_string)
        .into_iter()
        .collect()
}

fn sorted(children: &mut Json) {
    if let Some(children) = children.as_array_mut() {
        children.sort_by_key(|child| child["id"].as_i64());
    }
}

fn with_sorted_children(answer: &Json) -> Vec<String> {
    let mut answer = list(answer);
    answer.iter_mut().for_each(|row| sorted(&mut row["c"]));
    answer.iter().map(Json::to_string).collect()
}

fn with_sorted_join(answer: &Json) -> Vec<String> {
    let mut answer = list(answer);
    answer.iter_mut().for_each(|row| sorted(&mut row["_join"]["c"]));
    answer.iter().map(Json::to_string).collect()
}

fn in_order(answer: &Json) -> Vec<String> {
    let rows = list(answer);
    let places = rows.iter().enumerate();
    places
        .map(|(place, row)| format!("{{\"place\":{},\"id\":{}}}", place + 1, row["id"]))
        .collect()
}

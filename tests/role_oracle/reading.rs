//! Questions for rows.

use super::chance::Chance;
use super::path::Path;
use super::question::{Draft, Expected};
use super::role::Need;
use super::shape;

impl Draft<'_> {
    pub(crate) fn rows(&mut self, chance: &mut Chance) {
        let path = Path::Rows(self.table);
        if chance.percent(50) {
            self.ask(path, "q: TABLE(FILTER) @CACHE { id a owner }");
            self.expect(format!(
                "SELECT json_object('id', x.id, 'a', x.a, 'owner', x.owner)::VARCHAR {}",
                self.from(path)
            ));
        } else {
            self.needs([Need::ColumnB(self.table)]);
            self.ask(path, "q: TABLE(FILTER) @CACHE { id b }");
            self.expect(format!(
                "SELECT json_object('id', x.id, 'b', x.b)::VARCHAR {}",
                self.from(path)
            ));
        }
    }

    pub(crate) fn by_key(&mut self, chance: &mut Chance) {
        let id = 1 + chance.below(8);
        let path = Path::ByKey(self.table);
        self.unfiltered(format!("x.id = {id}"));
        self.ask(path, &format!("q: TABLE_by_pk(id: {id}) @CACHE {{ id a }}"));
        self.question.texts = shape::one;
        self.expect(format!(
            "SELECT json_object('id', x.id, 'a', x.a)::VARCHAR {}",
            self.from(path)
        ));
    }

    pub(crate) fn children(&mut self, chance: &mut Chance, inner: &str) {
        let children = self.world.children(self.table);
        if children.is_empty() {
            return self.rows(chance);
        }
        let child = *chance.pick(&children);
        let below = Path::Children(child);
        self.needs([Need::Rows(child), Need::Path(below)]);
        let arguments = if inner.is_empty() {
            String::new()
        } else {
            format!("({inner})")
        };
        let path = Path::Rows(self.table);
        self.ask(
            path,
            &format!("q: TABLE(FILTER) @CACHE {{ id c: t{child}_rows{arguments} {{ id }} }}"),
        );
        let ids = listed(&below.view(), "y.p = x.id");
        let only = if inner.is_empty() {
            String::new()
        } else {
            format!(" AND {ids} IS NOT NULL")
        };
        self.question.texts = shape::with_sorted_children;
        self.expect(format!(
            "SELECT json_object('id', x.id, 'c', {ids})::VARCHAR {}{only}",
            self.from(path)
        ));
    }

    pub(crate) fn parent(&mut self) {
        let Some(parent) = self.world.parents[self.table] else {
            return self.linked();
        };
        let (path, above) = (Path::Rows(self.table), Path::Parent(self.table));
        self.needs([Need::Rows(parent), Need::Path(above)]);
        self.ask(path, "q: TABLE(FILTER) @CACHE { id parent { id owner } }");
        self.expect(format!(
            "SELECT json_object('id', x.id, 'parent', (SELECT json_object('id', y.id, 'owner', y.owner) FROM {} AS y WHERE \
             y.id = x.p))::VARCHAR {}",
            above.view(),
            self.from(path)
        ));
    }

    pub(crate) fn joined(&mut self, chance: &mut Chance) {
        let other = chance.below(self.world.tables());
        let (path, joined) = (Path::Rows(self.table), Path::Joined(other));
        self.needs([Need::Rows(other), Need::Path(joined)]);
        let column = if chance.percent(60) { "a" } else { "b" };
        if column == "b" {
            self.needs([Need::ColumnB(self.table)]);
        }
        self.ask(
            path,
            &format!(
                "q: TABLE(FILTER) @CACHE {{ id j: _join(fields: [\"{column}\"]) {{ c: t{other}(fields: [\"owner\"]) {{ id }} }} }}"
            ),
        );
        self.expect_joined(path, joined, &format!("y.owner = x.{column}"));
    }

    pub(crate) fn near(&mut self, chance: &mut Chance) {
        let other = chance.below(self.world.tables());
        let (path, near) = (Path::Rows(self.table), Path::Near(other));
        self.needs([Need::Rows(other), Need::Path(near)]);
        self.ask(
            path,
            &format!(
                "q: TABLE(FILTER) @CACHE {{ id j: _spatial(field: \"place\", type: INTERSECTS) {{ c: t{other}(field: \"place\") \
                 {{ id }} }} }}"
            ),
        );
        self.expect_joined(path, near, "y.gx = x.gx AND y.gy = x.gy");
    }

    fn expect_joined(&mut self, path: Path, other: Path, on: &str) {
        self.question.texts = shape::with_sorted_join;
        self.expect(format!(
            "SELECT json_object('id', x.id, 'j', json_object('c', {}))::VARCHAR {}",
            listed(&other.view(), on),
            self.from(path)
        ));
    }

    pub(crate) fn linked(&mut self) {
        let (table, below) = (self.table, Path::Rows(self.table));
        let (field, near, far, path) = if table == 0 {
            ("linked", "near", "far", Path::Linked)
        } else if table == self.world.last() {
            ("linked_by", "far", "near", Path::LinkedBy)
        } else {
            return self.called();
        };
        self.needs([Need::Rows(path.table(self.world)), Need::Path(path)]);
        self.ask(
            below,
            &format!("q: TABLE(FILTER) @CACHE {{ id c: {field} {{ id }} }}"),
        );
        self.question.texts = shape::with_sorted_children;
        self.expect(format!(
            "SELECT json_object('id', x.id, 'c', (SELECT to_json(list(struct_pack(id := y.id) ORDER BY y.id)) FROM vlinks AS l \
             JOIN {} AS y ON y.id = l.{far} WHERE l.{near} = x.id))::VARCHAR {}",
            path.view(),
            self.from(below)
        ));
    }

    /// The rows of a function, asked for itself.
    pub(crate) fn call(&mut self) {
        let path = Path::Call(self.table);
        self.unfiltered("x.id > 2".to_owned());
        self.ask(path, "q: function { c: rows_of_TABLE(above: 2) @CACHE { id a } }");
        self.question.texts = |answer| shape::rows(&answer["c"]);
        self.expect(format!(
            "SELECT json_object('id', x.id, 'a', x.a)::VARCHAR {}",
            self.from(path)
        ));
    }

    /// Those that a row leads to.
    pub(crate) fn called(&mut self) {
        let (path, called) = (Path::Rows(self.table), Path::Called(self.table));
        self.needs([Need::Rows(called.table(self.world)), Need::Path(called)]);
        self.ask(path, "q: TABLE(FILTER) @CACHE { id c: called(above: 1) { id } }");
        self.question.texts = shape::with_sorted_children;
        self.expect(format!(
            "SELECT json_object('id', x.id, 'c', {})::VARCHAR {}",
            listed(&called.view(), "y.owner = x.a AND y.id > 1"),
            self.from(path)
        ));
    }

    /// The order of rows whose parent is hidden must tell nothing of it.
    pub(crate) fn sorted_by_parent(&mut self) {
        let Some(parent) = self.world.parents[self.table] else {
            return self.called();
        };
        let (path, above) = (Path::Rows(self.table), Path::Parent(self.table));
        self.needs([Need::Rows(parent), Need::Path(above)]);
        self.ask(
            path,
            "q: TABLE(FILTER, order_by: [{ field: \"parent.owner\" }, { field: \"id\" }]) @CACHE { id parent { owner } }",
        );
        self.question.texts = shape::in_order;
        self.expect(format!(
            "SELECT json_object('place', row_number() OVER (ORDER BY owner ASC NULLS LAST, id), 'id', id)::VARCHAR FROM (SELECT \
             x.id, (SELECT y.owner FROM {} AS y WHERE y.id = x.p) AS owner {})",
            above.view(),
            self.from(path)
        ));
    }

    pub(crate) fn distinct(&mut self) {
        let path = Path::Rows(self.table);
        self.needs([Need::ColumnB(self.table)]);
        self.ask(path, "q: TABLE(FILTER, distinct_on: [\"b\"]) @CACHE { b }");
        self.expect(format!(
            "SELECT DISTINCT json_object('b', x.b)::VARCHAR {}",
            self.from(path)
        ));
    }

    pub(crate) fn shown_columns(&mut self) {
        self.unfiltered(String::new());
        self.question.graphql = format!(
            "{{ q: __type(name: \"t{}\") {{ fields {{ name }} }} }}",
            self.table
        );
        self.question.texts = shape::column_a;
        self.question.expected = Expected::ColumnA(self.table);
    }
}

/// Returns the keys of the rows `y` of `view` as a list of objects, null where there are none.
fn listed(view: &str, on: &str) -> String {
    format!("(SELECT to_json(list(struct_pack(id := y.id) ORDER BY y.id)) FROM {view} AS y WHERE {on})")
}

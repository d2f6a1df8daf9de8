//! Questions for aggregates of rows: they must not tell what rows do not.

use super::chance::Chance;
use super::path::Path;
use super::question::Draft;
use super::role::Need;
use super::shape;

impl Draft<'_> {
    pub(crate) fn aggregate(&mut self, chance: &mut Chance) {
        let path = Path::Aggregation(self.table);
        let column = self.summed(chance);
        self.ask(
            path,
            &format!("q: TABLE_aggregation(FILTER) @CACHE {{ _rows_count {column} {{ max sum }} }}"),
        );
        self.question.texts = shape::one;
        self.expect(format!(
            "SELECT json_object('_rows_count', count(*), '{column}', json_object('max', max(x.{column}), 'sum', \
             sum(x.{column})))::VARCHAR {}",
            self.from(path)
        ));
    }

    pub(crate) fn buckets(&mut self, chance: &mut Chance) {
        let path = Path::Buckets(self.table);
        let key = if chance.percent(60) { "owner" } else { "b" };
        if key == "b" {
            self.needs([Need::ColumnB(self.table)]);
        }
        self.ask(
            path,
            &format!(
                "q: TABLE_bucket_aggregation(FILTER) @CACHE {{ key {{ {key} }} aggregations {{ _rows_count }} }}"
            ),
        );
        self.expect(format!(
            "SELECT json_object('key', json_object('{key}', x.{key}), 'aggregations', json_object('_rows_count', \
             count(*)))::VARCHAR {} GROUP BY x.{key}",
            self.from(path)
        ));
    }

    pub(crate) fn children_counted(&mut self, chance: &mut Chance) {
        let children = self.world.children(self.table);
        if children.is_empty() {
            return self.buckets(chance);
        }
        let child = *chance.pick(&children);
        let (path, below) = (Path::Rows(self.table), Path::ChildrenAggregation(child));
        let column = if chance.percent(70) { "a" } else { "b" };
        if column == "b" {
            self.needs([Need::DerivedB(child)]);
        }
        self.needs([Need::Rows(child), Need::Path(below)]);
        self.ask(
            path,
            &format!(
                "q: TABLE(FILTER) @CACHE {{ id c: t{child}_rows_aggregation {{ _rows_count {column} {{ sum }} }} }}"
            ),
        );
        self.expect(format!(
            "SELECT json_object('id', x.id, 'c', (SELECT json_object('_rows_count', count(*), '{column}', json_object('sum', \
             sum(y.{column}))) FROM {} AS y WHERE y.p = x.id HAVING count(*) > 0))::VARCHAR {}",
            below.view(),
            self.from(path)
        ));
    }

    pub(crate) fn buckets_by_parent(&mut self) {
        let Some(parent) = self.world.parents[self.table] else {
            return self.linked();
        };
        let (path, above) = (Path::Buckets(self.table), Path::Parent(self.table));
        self.needs([Need::Rows(parent), Need::Path(above)]);
        self.ask(
            path,
            "q: TABLE_bucket_aggregation(FILTER) @CACHE { key { parent { owner } } aggregations { _rows_count } }",
        );
        self.expect(format!(
            "SELECT json_object('key', json_object('parent', CASE WHEN there THEN json_object('owner', owner) END), \
             'aggregations', json_object('_rows_count', count(*)))::VARCHAR FROM (SELECT y.id IS NOT NULL AS there, y.owner \
             FROM (SELECT * {}) AS x LEFT JOIN {} AS y ON y.id = x.p) GROUP BY there, owner",
            self.from(path),
            above.view()
        ));
    }

    fn summed(&mut self, chance: &mut Chance) -> &'static str {
        if chance.percent(70) {
            return "id";
        }
        self.needs([Need::DerivedB(self.table)]);
        "b"
    }
}

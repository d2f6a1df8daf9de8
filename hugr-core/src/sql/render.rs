//! The one place where statements become text.

mod series;
mod write;

use std::collections::HashMap;

use super::ast::{
    Direction, Expr, ITEM_COLUMN, JoinKind, NullsOrder, OrderItem, Relation, RelationSource, ResultColumn,
    Select, SqlType, TextPart,
};
use super::dialect::{Dialect, RowShape};
use super::param::Value;
use super::quote;

pub use write::render_write;

/// What the item at hand of a list is called.
pub const ITEM: &str = "_item";

/// A statement, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Text with `$1`, `$2`, …; the same query shape gives the same text.
    pub sql: String,
    /// The bound values, in order.
    pub params: Vec<Value>,
}

/// The rows of the process's own tables, each as the text of a JSON array of objects.
pub type RuntimeRows = HashMap<String, Value>;

/// Returns `select` as a statement in `dialect`; a runtime table without rows in `runtime` is empty.
#[must_use]
pub fn render(select: &Select, dialect: &dyn Dialect, runtime: &RuntimeRows) -> Statement {
    let mut renderer = Renderer {
        sql: String::with_capacity(512),
        params: Vec::new(),
        dialect,
        runtime,
    };
    renderer.select(select);
    Statement {
        sql: renderer.sql,
        params: renderer.params,
    }
}

/// Writes a statement; dialects write through it.
#[derive(Debug)]
pub struct Renderer<'a> {
    sql: String,
    params: Vec<Value>,
    dialect: &'a dyn Dialect,
    runtime: &'a RuntimeRows,
}

impl Renderer<'_> {
    /// Writes text that is SQL already.
    pub fn text(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Writes `(left operator right)`.
    pub fn infix(&mut self, left: &Expr, operator: &str, right: &Expr) {
        self.text("(");
        self.expr(left);
        self.text(" ");
        self.text(operator);
        self.text(" ");
        self.expr(right);
        self.text(")");
    }

    /// Writes `function(arguments)`.
    pub fn call(&mut self, function: &str, arguments: &[&Expr]) {
        self.text(function);
        self.text("(");
        self.list(arguments, |out, argument| out.expr(argument));
        self.text(")");
    }

    /// Writes a value.
    pub fn expr(&mut self, expr: &Expr) {
        let dialect = self.dialect;
        match expr {
            Expr::Column { relation, name } => {
                quote::push_identifier(&mut self.sql, relation);
                self.text(".");
                quote::push_identifier(&mut self.sql, name);
            }
            Expr::Member(value, name, ty) => dialect.member(self, value, name, *ty),
            Expr::Param(value, None) => dialect.param(self, value),
            Expr::Param(value, Some(ty)) => dialect.cast(self, &Expr::Param(value.clone(), None), *ty),
            Expr::Null => self.text("NULL"),
            Expr::Bool(value) => self.text(if *value { "TRUE" } else { "FALSE" }),
            Expr::Number(value) => self.text(&value.to_string()),
            Expr::And(terms) => self.terms(terms, " AND ", "TRUE"),
            Expr::Or(terms) => self.terms(terms, " OR ", "FALSE"),
            Expr::Not(term) => self.not(term),
            Expr::IsNull { expr, is_null } => {
                self.text("(");
                self.expr(expr);
                self.text(if *is_null { " IS NULL)" } else { " IS NOT NULL)" });
            }
            Expr::Test {
                operator,
                left,
                right,
            } => dialect.test(self, *operator, left, right),
            Expr::In { expr, list } => dialect.in_list(self, expr, list),
            Expr::Exists { query, exists } => {
                self.text(if *exists { "EXISTS (" } else { "NOT EXISTS (" });
                self.select(query);
                self.text(")");
            }
            Expr::Scalar(query) => {
                self.text("(");
                self.select(query);
                self.text(")");
            }
            Expr::Call { function, arguments } => self.call(function, &arguments.iter().collect::<Vec<_>>()),
            Expr::Cast(value, ty) => dialect.cast(self, value, *ty),
            Expr::When(when) => self.when(when),
            Expr::Before(time) => self.before(time),
            Expr::Window(window) => self.window(window),
            Expr::RowNumber {
                partition_by,
                order_by,
            } => self.over("row_number()", partition_by, order_by),
            Expr::Text(parts) => {
                self.text("(");
                self.parts(parts);
                self.text(")");
            }
            Expr::AllColumns(relation) => {
                quote::push_identifier(&mut self.sql, relation);
                self.text(".*");
            }
            Expr::List(items, ty) => dialect.list(self, items, *ty),
            Expr::Aggregate(aggregate) => dialect.aggregate(self, aggregate),
            Expr::JsonPath { document, path, ty } => dialect.json_path(self, document, path, *ty),
            Expr::DatePart(part, value) => dialect.date_part(self, *part, value),
            Expr::DateTrunc(unit, value) => dialect.date_trunc(self, *unit, value),
            Expr::TimeBucket { width, value } => dialect.time_bucket(self, width, value),
            Expr::IntegerDivide(value, divisor) => dialect.integer_divide(self, value, *divisor),
            Expr::Product(left, right) => self.infix(left, "*", right),
            Expr::Quotient(left, right) => self.infix(left, "/", right),
            Expr::Hexadecimal(number) => dialect.hexadecimal(self, number),
            Expr::ForEach { list, becomes } => dialect.for_each(self, list, becomes),
            Expr::Item => self.text(ITEM),
            Expr::JsonShape(document, shape) => dialect.json_shape(self, document, shape),
            Expr::RangeBound(bound, range) => dialect.range_bound(self, *bound, range),
            Expr::GeoJson(geometry) => dialect.geo_json(self, geometry),
            Expr::Geometry { function, value } => dialect.geometry(self, function, value),
            Expr::VectorDistance { measure, vectors } => dialect.vector_distance(self, *measure, vectors),
        }
    }

    fn not(&mut self, term: &Expr) {
        self.text("(NOT ");
        self.expr(term);
        self.text(")");
    }

    /// Writes the condition on the rows of an aggregate, after the aggregate; nothing when there is none.
    pub fn filter(&mut self, filter: Option<&Expr>) {
        if let Some(filter) = filter {
            self.text(" FILTER (WHERE ");
            self.expr(filter);
            self.text(")");
        }
    }

    /// Writes a query.
    pub fn select(&mut self, select: &Select) {
        let is_sorted_twice =
            !select.distinct_on.is_empty() && self.dialect.distinct_rows_are_sorted_by_their_keys();
        if is_sorted_twice {
            self.distinct_then_sorted(select);
        } else {
            self.plain_select(select);
        }
    }

    fn result_column(&mut self, column: &ResultColumn) {
        self.expr(&column.expr);
        if !matches!(column.expr, Expr::AllColumns(_)) {
            self.text(" AS ");
            quote::push_identifier(&mut self.sql, &column.alias);
        }
    }

    fn plain_select(&mut self, select: &Select) {
        self.text("SELECT ");
        if !select.distinct_on.is_empty() {
            self.text("DISTINCT ON (");
            self.list(&select.distinct_on, |out, expr| out.distinct_key(select, expr));
            self.text(") ");
        }
        self.list(&select.columns, Self::result_column);
        if let Some(relation) = &select.from {
            self.text(" FROM ");
            self.relation(relation);
        }
        for join in &select.joins {
            self.text(match join.kind {
                JoinKind::Inner => " JOIN ",
                JoinKind::Left => " LEFT JOIN ",
                JoinKind::Lateral => " JOIN LATERAL ",
                JoinKind::LeftLateral => " LEFT JOIN LATERAL ",
            });
            self.relation(&join.relation);
            self.text(" ON ");
            self.expr(&join.on);
        }
        self.clause(" WHERE ", &select.filters, " AND ");
        self.group_by(select);
        self.clause(" HAVING ", &select.having, " AND ");
        if let Some(condition) = &select.qualify {
            self.text(" QUALIFY ");
            self.expr(condition);
        }
        let is_grouped = !select.group_by.is_empty()
            || (!select.distinct_on.is_empty() && self.dialect.distinct_rows_are_sorted_by_their_keys());
        if !is_grouped {
            self.order_by(" ORDER BY ", &select.order_by);
        } else {
            self.order_groups(select);
        }
        self.count(" LIMIT ", select.limit.filter(|_| !select.is_limit_deferred));
        self.count(" OFFSET ", select.offset);
    }

    fn group_by(&mut self, select: &Select) {
        for (index, expr) in select.group_by.iter().enumerate() {
            self.text(if index == 0 { " GROUP BY " } else { ", " });
            self.of_group(select, expr);
        }
    }

    fn order_groups(&mut self, select: &Select) {
        for (index, item) in select.order_by.iter().enumerate() {
            self.text(if index == 0 { " ORDER BY " } else { ", " });
            self.of_group(select, &item.expr);
            self.direction(item);
        }
    }

    /// Writes a value of a group by the number of its result column, where it has one: databases compare such values as
    /// text, in which the same bound value has another number each time.
    fn of_group(&mut self, select: &Select, expr: &Expr) {
        let is_column = |column: &ResultColumn| column.expr == *expr;
        match select.columns.iter().position(is_column) {
            Some(index) if !matches!(expr, Expr::Column { .. }) => self.text(&(index + 1).to_string()),
            _ => self.expr(expr),
        }
    }

    /// Writes a key of `DISTINCT ON`, the same way as the sort key that it must be equal to.
    fn distinct_key(&mut self, select: &Select, expr: &Expr) {
        if self.dialect.distinct_rows_are_sorted_by_their_keys() {
            self.of_group(select, expr);
        } else {
            self.expr(expr);
        }
    }

    /// Writes a query with `DISTINCT ON` in two steps: which row stays is decided by the sort keys after the distinct ones,
    /// in which order the rows come by the sort keys alone.
    fn distinct_then_sorted(&mut self, select: &Select) {
        let mut inner = select.clone();
        let keys = select.distinct_on.iter().map(|expr| OrderItem {
            expr: expr.clone(),
            direction: Direction::Ascending,
            nulls: None,
        });
        inner.order_by = keys.chain(select.order_by.iter().cloned()).collect();
        (inner.limit, inner.offset) = (None, None);
        for (index, item) in select.order_by.iter().enumerate() {
            inner.columns.push(ResultColumn {
                expr: item.expr.clone(),
                alias: format!("__order{index}"),
            });
        }
        self.text("SELECT ");
        self.list(&select.columns, |out, column| {
            out.text("\"_distinct\".");
            match column.expr {
                Expr::AllColumns(_) => out.text("*"),
                _ => quote::push_identifier(&mut out.sql, &column.alias),
            }
        });
        self.text(" FROM (");
        self.plain_select(&inner);
        self.text(") AS \"_distinct\"");
        for (index, item) in select.order_by.iter().enumerate() {
            self.text(if index == 0 { " ORDER BY " } else { ", " });
            self.text(&format!("\"_distinct\".\"__order{index}\""));
            self.direction(item);
        }
        self.count(" LIMIT ", select.limit);
        self.count(" OFFSET ", select.offset);
    }

    fn clause(&mut self, keyword: &str, exprs: &[Expr], separator: &str) {
        for (index, expr) in exprs.iter().enumerate() {
            self.text(if index == 0 { keyword } else { separator });
            self.expr(expr);
        }
    }

    /// Writes sort keys after `keyword`; nothing when there are none.
    pub fn order_by(&mut self, keyword: &str, items: &[OrderItem]) {
        let is_only_key = items.len() == 1;
        for (index, item) in items.iter().enumerate() {
            self.text(if index == 0 { keyword } else { ", " });
            match &item.expr {
                Expr::VectorDistance { measure, vectors }
                    if is_only_key && item.direction == Direction::Ascending =>
                {
                    self.dialect.nearness(self, *measure, vectors);
                }
                expr => self.expr(expr),
            }
            self.direction(item);
        }
    }

    fn direction(&mut self, item: &OrderItem) {
        if item.direction == Direction::Descending {
            self.text(" DESC");
        }
        match item.nulls {
            Some(NullsOrder::First) => self.text(" NULLS FIRST"),
            Some(NullsOrder::Last) => self.text(" NULLS LAST"),
            None => {}
        }
    }

    /// Counts are bound, so that the pages of a list share one statement.
    /// A count of one says that a single row is wanted and so belongs to the query's shape; it is text also because DuckDB
    /// wants a constant there in a query that reads columns of the one around it.
    fn count(&mut self, keyword: &str, count: Option<u64>) {
        let Some(count) = count else { return };
        self.text(keyword);
        if count == 1 {
            self.text("1");
        } else {
            self.param(&Value::Int(i64::try_from(count).unwrap_or(i64::MAX)));
        }
    }

    fn relation(&mut self, relation: &Relation) {
        match &relation.source {
            RelationSource::Named(path) => self.path(path),
            RelationSource::Sequence(sequence) => {
                self.text("(");
                self.dialect.next_values(self, sequence);
                self.text(")");
            }
            RelationSource::Query(query) => {
                self.text("(");
                self.select(query);
                self.text(")");
            }
            RelationSource::Union(queries) => {
                self.text("(");
                for (index, query) in queries.iter().enumerate() {
                    self.text(if index == 0 { "" } else { " UNION " });
                    self.select(query);
                }
                self.text(")");
            }
            RelationSource::Text(parts) => {
                self.text("(");
                self.parts(parts);
                self.text(")");
            }
            RelationSource::Items(values, ty) => {
                self.text("(");
                self.dialect.items(self, values, *ty);
                return self.items_as(&relation.alias);
            }
            RelationSource::Series(series) => {
                self.text("(");
                self.dialect.series(self, series);
                return self.items_as(&relation.alias);
            }
            RelationSource::Runtime { table, columns, like } => {
                let rows = self
                    .runtime
                    .get(table)
                    .cloned()
                    .unwrap_or_else(|| Value::from("[]"));
                self.text("(");
                let shape = RowShape {
                    columns,
                    like: like.as_deref(),
                };
                self.dialect.json_rows(self, rows, shape);
                self.text(")");
            }
        }
        self.text(" AS ");
        quote::push_identifier(&mut self.sql, &relation.alias);
    }

    /// Ends a relation of one column.
    fn items_as(&mut self, alias: &str) {
        self.text(") AS ");
        quote::push_identifier(&mut self.sql, alias);
        self.text("(\"");
        self.text(ITEM_COLUMN);
        self.text("\")");
    }

    /// Writes a qualified name.
    pub fn path(&mut self, path: &[String]) {
        for (index, part) in path.iter().enumerate() {
            if index > 0 {
                self.text(".");
            }
            quote::push_identifier(&mut self.sql, part);
        }
    }

    fn terms(&mut self, terms: &[Expr], separator: &str, when_empty: &str) {
        match terms {
            [] => self.text(when_empty),
            [term] => self.expr(term),
            _ => {
                self.text("(");
                self.clause("", terms, separator);
                self.text(")");
            }
        }
    }

    fn parts(&mut self, parts: &[TextPart]) {
        for part in parts {
            match part {
                TextPart::Sql(sql) => self.text(sql),
                TextPart::Name(name) => quote::push_identifier(&mut self.sql, name),
                TextPart::Expr(expr) => self.expr(expr),
            }
        }
    }

    /// Writes `items`, with commas between them.
    pub fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            write(self, item);
        }
    }

    /// Writes a bound value.
    pub fn param(&mut self, value: &Value) {
        self.take_param(value.clone());
    }

    /// Writes a bound value that nobody else needs.
    pub fn take_param(&mut self, value: Value) {
        self.params.push(value);
        self.sql.push('$');
        self.sql.push_str(&self.params.len().to_string());
    }
}

/// Says which type a JSON array's items are read as; kept here so that the plan needs no dialect.
impl SqlType {
    /// Returns whether a bound text of this type needs a cast.
    #[must_use]
    pub fn needs_cast(self) -> bool {
        !matches!(
            self,
            Self::Boolean | Self::Integer | Self::BigInt | Self::Double | Self::Text
        )
    }
}

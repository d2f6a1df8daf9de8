//! Statements that change rows as text.

use super::{Renderer, RuntimeRows, Statement};
use crate::sql::ast::{Expr, RelationSource};
use crate::sql::dialect::{Dialect, UpsertStyle};
use crate::sql::quote;
use crate::sql::write::{Assignment, Assignments, Delete, Insert, Merge, Update, WriteStatement};

/// Returns `write` as a statement in `dialect`; a runtime table without rows in `runtime` is empty.
#[must_use]
pub fn render_write(write: &WriteStatement, dialect: &dyn Dialect, runtime: &RuntimeRows) -> Statement {
    let mut renderer = Renderer {
        sql: String::with_capacity(512),
        params: Vec::new(),
        dialect,
        runtime,
    };
    match write {
        WriteStatement::Insert(insert) => renderer.insert(insert),
        WriteStatement::Merge(merge) => match dialect.upsert_style() {
            UpsertStyle::Merge => renderer.merge(merge),
            UpsertStyle::OnConflict => renderer.insert_on_conflict(merge),
        },
        WriteStatement::Update(update) => renderer.update(update),
        WriteStatement::Delete(delete) => renderer.delete(delete),
    }
    Statement {
        sql: renderer.sql,
        params: renderer.params,
    }
}

impl Renderer<'_> {
    fn insert(&mut self, insert: &Insert) {
        self.text("INSERT INTO ");
        self.path(&insert.table);
        self.names(insert.columns.iter());
        self.text(" ");
        self.select(&insert.rows);
        if !insert.returning.is_empty() {
            self.text(" RETURNING ");
            self.list(&insert.returning, Self::result_column);
        }
    }

    fn insert_on_conflict(&mut self, merge: &Merge) {
        self.text("INSERT INTO ");
        self.table(&merge.table, &merge.alias);
        self.names(merge.inserted.iter().map(|assignment| &assignment.column));
        self.text(" ");
        match &merge.rows.source {
            RelationSource::Query(query) => self.select(query),
            _ => {
                self.text("SELECT * FROM ");
                self.relation(&merge.rows);
            }
        }
        self.text(" ON CONFLICT");
        self.names(merge.target.iter());
        if merge.updated.is_empty() {
            return self.text(" DO NOTHING");
        }
        self.text(" DO UPDATE SET ");
        self.list(&merge.updated, Self::assignment);
        self.filters(&merge.update_filters);
    }

    fn merge(&mut self, merge: &Merge) {
        self.text("MERGE INTO ");
        self.table(&merge.table, &merge.alias);
        self.text(" USING ");
        self.relation(&merge.rows);
        let same = merge.target.iter().map(|column| {
            let of = |alias: &str| Expr::column(alias, column);
            Expr::equals(of(&merge.alias), of(&merge.rows.alias))
        });
        self.text(" ON ");
        self.expr(&Expr::And(same.collect()));
        if !merge.updated.is_empty() {
            self.text(" WHEN MATCHED");
            self.clause(" AND ", &merge.update_filters, " AND ");
            self.text(" THEN UPDATE SET ");
            self.list(&merge.updated, Self::assignment);
        }
        self.text(" WHEN NOT MATCHED THEN INSERT");
        self.names(merge.inserted.iter().map(|assignment| &assignment.column));
        self.text(" VALUES (");
        self.list(&merge.inserted, |out, assignment| out.expr(&assignment.value));
        self.text(")");
    }

    fn update(&mut self, update: &Update) {
        self.text("UPDATE ");
        self.table(&update.table, &update.alias);
        self.text(" SET ");
        match &update.assignments {
            Assignments::Columns(columns) => self.list(columns, Self::assignment),
            Assignments::Text(parts) => self.parts(parts),
        }
        if let Some(from) = &update.from {
            self.text(" FROM ");
            self.relation(from);
        }
        self.filters(&update.filters);
    }

    fn delete(&mut self, delete: &Delete) {
        self.text("DELETE FROM ");
        self.table(&delete.table, &delete.alias);
        self.filters(&delete.filters);
    }

    fn filters(&mut self, filters: &[Expr]) {
        self.clause(" WHERE ", filters, " AND ");
    }

    fn assignment(&mut self, assignment: &Assignment) {
        quote::push_identifier(&mut self.sql, &assignment.column);
        self.text(" = ");
        self.expr(&assignment.value);
    }

    fn table(&mut self, path: &[String], alias: &str) {
        self.path(path);
        self.text(" AS ");
        quote::push_identifier(&mut self.sql, alias);
    }

    fn names<'a>(&mut self, names: impl Iterator<Item = &'a String>) {
        self.text(" (");
        for (index, name) in names.enumerate() {
            if index > 0 {
                self.text(", ");
            }
            quote::push_identifier(&mut self.sql, name);
        }
        self.text(")");
    }
}

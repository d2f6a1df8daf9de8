//! Questions that write. What they leave behind must be what plain SQL leaves behind, in every table.

use serde_json::{Map, Value as Json, json};

use super::chance::Chance;
use super::change::{Change, Given, NewRow, OnConflict};
use super::path::Path;
use super::question::{Draft, Expected};
use super::role::Need;
use super::rule::Writing;
use super::shape;

impl Draft<'_> {
    pub(crate) fn update(&mut self, chance: &mut Chance) {
        let (table, path) = (self.table, Path::Update(self.table));
        let mut given = vec![*chance.pick(&["a", "b", "owner"])];
        if chance.percent(40) && given[0] != "p" {
            given.push("p");
        }
        let given: Vec<Given> = given.iter().map(|name| (*name, number(chance))).collect();
        self.needs([
            Need::Write(Writing::Update, table),
            Need::Presets(Writing::Update, table),
            Need::PathPresets(path),
        ]);
        self.needs(gives_b(&given).then_some(Need::GiveB(path, &[Writing::Update])));
        self.question.variables.insert("d".to_owned(), object(&given));
        self.write(
            path,
            &format!("($d: t{table}_mut_data!)"),
            "update_TABLE(FILTER, data: $d)",
            "{ affected_rows }",
        );
        let filter = self.expect_count(path);
        self.question.change = Some(Change::Update(table, given, filter));
    }

    pub(crate) fn delete(&mut self) {
        let (table, path) = (self.table, Path::Delete(self.table));
        self.needs([Need::Write(Writing::Delete, table)]);
        self.write(path, "", "delete_TABLE(FILTER)", "{ affected_rows }");
        let filter = self.expect_count(path);
        self.question.change = Some(Change::Delete(table, filter));
    }

    pub(crate) fn insert(&mut self, chance: &mut Chance) {
        let row = self.new_row(chance);
        self.insert_one(&object(&row.given), "", "{ id a owner }");
        self.expect_row(&row);
        self.question.change = Some(Change::Insert(vec![row], None));
    }

    pub(crate) fn insert_nested(&mut self, chance: &mut Chance) {
        let children = self.world.children(self.table);
        if children.is_empty() {
            return self.insert(chance);
        }
        let child = *chance.pick(&children);
        let row = self.new_row(chance);
        let first = chance.below(40);
        let nested: Vec<Vec<Given>> = (0..1 + chance.below(2))
            .map(|offset| vec![("id", json!(first + offset)), ("a", number(chance))])
            .collect();
        let mut data = object(&row.given);
        data[format!("t{child}_rows")] = nested.iter().map(|given| object(given)).collect();
        self.needs([
            Need::Write(Writing::Insert, child),
            Need::Presets(Writing::Insert, child),
            Need::Rows(child),
            Need::Path(Path::Children(child)),
        ]);
        self.insert_one(&data, "", &format!("{{ id c: t{child}_rows {{ id }} }}"));
        let parent = row.given[0].1.clone();
        self.question.texts = shape::one_with_sorted_children;
        self.expect(format!(
            "SELECT json_object('id', x.id, 'c', (SELECT to_json(list(struct_pack(id := y.id) ORDER BY y.id)) FROM {} AS y WHERE \
             y.p = x.id))::VARCHAR FROM {} AS x WHERE x.id = {parent}",
            Path::Children(child).view(),
            Path::Insert(self.table).view()
        ));
        let mut rows = vec![row];
        rows.extend(nested.into_iter().map(|mut given| {
            given.push(("p", parent.clone()));
            NewRow {
                table: child,
                given,
                path: None,
            }
        }));
        self.question.change = Some(Change::Insert(rows, None));
    }

    /// A row of the first table, linked with one of the last that may not be there, or not for the caller.
    pub(crate) fn insert_linked(&mut self, chance: &mut Chance) {
        if self.table != 0 {
            return self.upsert(chance);
        }
        let row = self.new_row(chance);
        let far = 1 + chance.below(18) as i64;
        let mut data = object(&row.given);
        data["linked"] = json!([{ "id": far }]);
        self.needs([Need::Rows(self.world.last()), Need::Path(Path::Linked)]);
        self.insert_one(&data, "", "{ id c: linked { id } }");
        self.question.texts = shape::one_with_sorted_children;
        self.expect(format!(
            "SELECT json_object('id', x.id, 'c', (SELECT to_json(list(struct_pack(id := y.id))) FROM {} AS y WHERE y.id = \
             {far}))::VARCHAR FROM {} AS x WHERE x.id = {}",
            Path::Linked.view(),
            Path::Insert(0).view(),
            row.given[0].1
        ));
        self.question.change = Some(Change::Insert(vec![row], Some(far)));
    }

    pub(crate) fn upsert(&mut self, chance: &mut Chance) {
        let mut row = self.new_row(chance);
        row.given[0].1 = json!(1 + chance.below(12));
        let column = row.given[1].0;
        let (conflict, argument) = match chance.below(3) {
            0 => (OnConflict::AllGiven, "on_conflict: {}".to_owned()),
            1 => (
                OnConflict::Only(column),
                format!("on_conflict: {{update: [\"{column}\"]}}"),
            ),
            _ => (OnConflict::Nothing, "on_conflict: {do_nothing: true}".to_owned()),
        };
        if conflict != OnConflict::Nothing {
            let table = self.table;
            self.needs([
                Need::Write(Writing::Update, table),
                Need::Presets(Writing::Update, table),
            ]);
            let takes_b = match conflict {
                OnConflict::Only(column) => column == "b",
                _ => gives_b(&row.given),
            };
            self.needs(takes_b.then_some(Need::TakeB(table)));
        }
        self.insert_one(&object(&row.given), &format!(", {argument}"), "{ id a owner }");
        if conflict != OnConflict::Nothing {
            for need in &mut self.question.needs {
                if let Need::GiveB(_, writings) = need {
                    *writings = &[Writing::Insert, Writing::Update];
                }
            }
        }
        self.expect_row(&row);
        self.question.change = Some(Change::Upsert(row, conflict));
    }

    fn new_row(&mut self, chance: &mut Chance) -> NewRow {
        self.unfiltered("TRUE".to_owned());
        let mut given = vec![("id", json!(1 + chance.below(40)))];
        for name in ["a", "b", "owner", "p"] {
            if chance.percent(50) {
                given.push((name, number(chance)));
            }
        }
        if given.len() == 1 {
            given.push(("a", number(chance)));
        }
        NewRow {
            table: self.table,
            given,
            path: Some(Path::Insert(self.table)),
        }
    }

    fn insert_one(&mut self, data: &Json, conflict: &str, selection: &str) {
        let (table, path) = (self.table, Path::Insert(self.table));
        self.needs([
            Need::Write(Writing::Insert, table),
            Need::Presets(Writing::Insert, table),
            Need::PathPresets(path),
        ]);
        let has_b = data.get("b").is_some();
        self.needs(has_b.then_some(Need::GiveB(path, &[Writing::Insert])));
        self.question.variables.insert("d".to_owned(), data.clone());
        let call = format!("insert_TABLE(data: $d{conflict})");
        self.write(path, &format!("($d: t{table}_mut_input_data!)"), &call, selection);
        self.question.texts = shape::one;
    }

    fn expect_row(&mut self, row: &NewRow) {
        self.expect(format!(
            "SELECT json_object('id', x.id, 'a', x.a, 'owner', x.owner)::VARCHAR FROM {} AS x WHERE x.id = {}",
            Path::Insert(row.table).view(),
            row.given[0].1
        ));
    }

    /// As many rows change as are found there. Returns the condition on their keys.
    fn expect_count(&mut self, path: Path) -> String {
        self.question.texts = |answer| shape::one(&answer["affected_rows"]);
        let from = self.from(path);
        self.question.expected = Expected::Sql {
            text: format!("SELECT count(*)::VARCHAR {from}"),
            is_of_before: true,
        };
        format!("id IN (SELECT x.id {from})")
    }
}

fn object(given: &[Given]) -> Json {
    let members: Map<_, _> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    members.into()
}

fn gives_b(given: &[Given]) -> bool {
    given.iter().any(|(name, _)| *name == "b")
}

fn number(chance: &mut Chance) -> Json {
    json!(chance.below(5))
}

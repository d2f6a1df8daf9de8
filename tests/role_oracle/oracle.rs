//! The same rows, in a database that knows no roles.

use hugr_core::ErrorCode;
use hugr_core::db::Database;
use serde_json::Value as Json;

use super::ask::small;
use super::change::Change;
use super::question::Question;
use super::role::Person;
use super::world::{Keeper, World};

pub(crate) struct Oracle(Database);

impl Oracle {
    pub(crate) async fn new(world: &World) -> Self {
        let oracle = Self(Database::open(small(None)).await.unwrap());
        oracle.execute(world.statements(Keeper::Oracle).join(";\n")).await;
        oracle
    }

    pub(crate) async fn close(self) {
        self.0.close().await;
    }

    /// Returns the texts in the one column of the rows of `sql`, as JSON is written by us, over what `person` finds.
    pub(crate) async fn texts(&self, world: &World, sql: &str, person: &Person) -> Vec<String> {
        let views = world.roles[person.role].views(world, person, sql);
        let wrapped = format!(
            "SELECT CAST(json_group_array(answer::JSON) AS VARCHAR) FROM ({views} {sql}) AS rows (answer)"
        );
        let text = self
            .0
            .run(move |session| session.query(&wrapped, &[]))
            .await
            .unwrap()
            .first_text()
            .unwrap_or_default();
        let rows: Vec<Json> = serde_json::from_str(&text).unwrap_or_default();
        rows.iter().map(Json::to_string).collect()
    }

    /// Returns the error of what stands in the way of the question's change.
    pub(crate) async fn obstacle(
        &self,
        world: &World,
        question: &Question,
        person: &Person,
    ) -> Option<ErrorCode> {
        let change = question.change.as_ref()?;
        for (count, code) in change.obstacles(world, &world.roles[person.role]) {
            if self.texts(world, &count, person).await != ["0"] {
                return Some(code);
            }
        }
        None
    }

    /// Writes what `person` writes.
    pub(crate) async fn apply(&self, world: &World, change: &Change, person: &Person) {
        let role = &world.roles[person.role];
        for statement in change.statements(world, person) {
            let views = role.views(world, person, &statement);
            self.execute(format!("{views} {statement}")).await;
        }
    }

    /// Returns, for each table, the query for all of its rows, as GraphQL and as SQL.
    pub(crate) fn tables(&self, world: &World) -> Vec<(String, String)> {
        let prefix = &world.prefix;
        let mut tables: Vec<_> = (0..world.tables())
            .map(|table| {
                (
                    format!("{{ q: t{table}(limit: 10000) {{ id a b owner p }} }}"),
                    format!(
                        "SELECT json_object('id', id, 'a', a, 'b', b, 'owner', owner, 'p', p)::VARCHAR FROM {prefix}t{table}"
                    ),
                )
            })
            .collect();
        tables.push((
            "{ q: links(limit: 10000) { near far } }".to_owned(),
            format!("SELECT json_object('near', near, 'far', far)::VARCHAR FROM {prefix}links"),
        ));
        tables
    }

    async fn execute(&self, statements: String) {
        let done = self
            .0
            .run(move |session| session.execute_batch(&statements))
            .await;
        done.unwrap();
    }
}

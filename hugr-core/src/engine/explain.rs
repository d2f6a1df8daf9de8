//! The statements that would answer a request, for people and for tests.

use std::fmt;

use hugr_auth::Identity;

use super::HugrEngine;
use super::pipeline::prepare;
use super::request::Request;
use crate::error::Error;
use crate::exec::few_rows_statement;
use crate::name::SourceName;
use crate::plan::{
    Mutation, MutationAnswer, Node, OutputValue, Plan, PlannedField, ROWS, RootKind, RowSet, Step, WriteStep,
};
use crate::sql::dialect::Backend;
use crate::sql::layout::in_lines;
use crate::sql::{RuntimeRows, Statement, Value, ast::Select, render, render_write};

/// Stands for the keys of the rows above, which only running the step above brings.
const KEYS: &str = "<keys>";

/// What the log of queries is called in log filters.
const QUERY_LOG: &str = "hugr::query";

/// The statements that would answer a request, parents before children.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The steps in the order in which one root after the other would run them. Fields that need no statement, such as
    /// introspection and built-in functions, have none.
    pub steps: Vec<ExplainedStep>,
}

/// One statement of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedStep {
    /// Response path of the field that it answers.
    pub path: Vec<String>,
    /// The source that runs it.
    pub source: SourceName,
    /// Who runs it.
    pub backend: Backend,
    /// Why DuckDB runs it although the source could; `None` when that is not so.
    pub detour: Option<String>,
    /// What is tried first: pages of few rows are cut out of all rows. `None` when the statement itself is run at once.
    pub first: Option<Statement>,
    /// The statement. One below another step is restricted to the parameter `<keys>` in place of the keys at hand.
    pub statement: Statement,
}

impl HugrEngine {
    /// Returns the statements that would answer `request`, without running any.
    ///
    /// # Errors
    /// Those with which [`execute`](Self::execute) would answer before it runs a statement.
    pub fn explain(&self, request: &Request, identity: &Identity) -> Result<Explanation, Vec<Error>> {
        Ok(Explanation::of(&prepare(&self.0, request, identity)?.plan))
    }
}

impl Explanation {
    /// Returns the statements as JSON: a list of path, source, SQL and parameters. A step with `first` runs the statement
    /// there, and its own only when that has too many rows.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let statement = |statement: &Statement| {
            let params: Vec<_> = statement.params.iter().map(Value::to_json).collect();
            (statement.sql.clone(), params)
        };
        let step = |step: &ExplainedStep| {
            let (sql, params) = statement(&step.statement);
            let mut told = serde_json::json!({
                "path": step.path,
                "source": step.source.as_str(),
                "sql": sql,
                "params": params,
            });
            if let (Some(first), Some(members)) = (&step.first, told.as_object_mut()) {
                let (sql, params) = statement(first);
                members.insert(
                    "first".to_owned(),
                    serde_json::json!({ "sql": sql, "params": params }),
                );
            }
            told
        };
        self.steps.iter().map(step).collect()
    }

    /// Returns the statements of `plan`.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut steps = Vec::new();
        add_fields(&plan.fields, &mut Vec::new(), &mut steps);
        Self { steps }
    }
}

/// Logs who asks for what, where that is switched on (target `hugr::query`): the statements without their values.
pub(super) fn log_statements(plan: &Plan, request: &Request, identity: &Identity) {
    if !tracing::enabled!(target: QUERY_LOG, tracing::Level::DEBUG) {
        return;
    }
    let steps = Explanation::of(plan).steps;
    let sql: Vec<_> = steps.iter().map(|step| step.statement.sql.as_str()).collect();
    tracing::debug!(
        target: QUERY_LOG,
        user = identity.user_name,
        role = %identity.role,
        operation = request.operation_name.as_deref().unwrap_or_default(),
        sql = sql.join(";\n"),
        "query"
    );
}

fn add_fields(fields: &[PlannedField], path: &mut Vec<String>, steps: &mut Vec<ExplainedStep>) {
    for field in fields {
        path.push(field.key.clone());
        match &field.node {
            Node::Group(fields) => add_fields(fields, path, steps),
            Node::Root(kind) => match &**kind {
                RootKind::Read(read) => {
                    let first = steps.len();
                    add_step(&read.step, &read.step.select, path, steps);
                    for step in steps.iter_mut().skip(first) {
                        step.detour = read.detours.get(&step.source).cloned();
                    }
                }
                RootKind::Mutate(mutation) => add_mutation(mutation, path, steps),
                RootKind::Write(write) => {
                    if let Some(affected) = &write.affected {
                        add_step(&affected.step, &affected.step.select, path, steps);
                    }
                }
                RootKind::Jq(jq) => add_fields(&jq.fields, path, steps),
                RootKind::Typename(_) | RootKind::Introspection(_) | RootKind::Call(_) => {}
            },
        }
        path.pop();
    }
}

fn add_mutation(mutation: &Mutation, path: &mut Vec<String>, steps: &mut Vec<ExplainedStep>) {
    let rows = |rows: &RowSet| RuntimeRows::from([(ROWS.to_owned(), rows.to_json(&[]))]);
    let dialect = mutation.backend.dialect();
    for step in &mutation.steps {
        let statement = match step {
            WriteStep::Draw(draw) => render(&draw.select, dialect, &rows(&draw.rows)),
            WriteStep::Require(require) => render(&require.select, dialect, &rows(&require.rows)),
            WriteStep::Write(write) => render_write(&write.statement, dialect, &rows(&write.rows)),
        };
        steps.push(ExplainedStep {
            path: path.clone(),
            source: mutation.source.clone(),
            backend: mutation.backend,
            detour: None,
            first: None,
            statement,
        });
    }
    match &mutation.answer {
        MutationAnswer::Returned(_) => {}
        MutationAnswer::Row(written) => {
            add_step(&written.read.step, &written.read.step.select, path, steps);
        }
        MutationAnswer::Result { rows: shown, .. } => {
            for (_, written) in shown {
                add_step(&written.read.step, &written.read.step.select, path, steps);
            }
        }
    }
}

fn add_step(step: &Step, select: &Select, path: &mut Vec<String>, steps: &mut Vec<ExplainedStep>) {
    steps.push(ExplainedStep {
        path: path.clone(),
        source: step.source.clone(),
        backend: step.backend,
        detour: None,
        first: None,
        statement: render(select, step.backend.dialect(), &RuntimeRows::new()),
    });
    for field in &step.output {
        let OutputValue::Child(index) = field.value else {
            continue;
        };
        if let Some(child) = step.children.get(index) {
            let keys = vec![Value::from(KEYS); child.keys.len()];
            path.push(field.key.clone());
            let keys = [keys];
            let own = steps.len();
            add_step(&child.step, &child.restricted_to(&keys), path, steps);
            if let (Some(step), Some(first)) = (steps.get_mut(own), few_rows_statement(child, &keys)) {
                step.first = Some(render(&first, step.backend.dialect(), &RuntimeRows::new()));
            }
            path.pop();
        }
    }
}

/// Prints each statement under a comment with its path and source, followed by its parameters.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{step}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ExplainedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-- {} @ {}", self.path.join("."), self.source)?;
        match (self.backend, &self.detour) {
            (Backend::Postgres(_), _) => f.write_str(", itself")?,
            (Backend::DuckDb, Some(reason)) => write!(f, ", through DuckDB: {reason}")?,
            (Backend::DuckDb, None) => {}
        }
        f.write_str("\n")?;
        if let Some(first) = &self.first {
            print(f, first)?;
            f.write_str("-- when there are more rows:\n")?;
        }
        print(f, &self.statement)
    }
}

fn print(f: &mut fmt::Formatter<'_>, statement: &Statement) -> fmt::Result {
    writeln!(f, "{}", in_lines(&statement.sql))?;
    for (index, value) in statement.params.iter().enumerate() {
        writeln!(f, "-- ${} = {}", index + 1, value.to_json())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hugr_auth::RoleName;

    use super::*;
    use crate::engine::EngineConfig;
    use crate::error::ErrorCode;
    use crate::store::DataSource;

    async fn engine(is_explain_enabled: bool) -> HugrEngine {
        let sdl = "type numbers @view(name: \"numbers\", sql: \"SELECT 1 AS id\") { id: Int! @pk }";
        let config = EngineConfig {
            is_explain_enabled,
            ..EngineConfig::default()
        };
        HugrEngine::builder()
            .with_config(config)
            .with_source(DataSource::duckdb("shop", ":memory:").with_sdl(sdl))
            .build()
            .await
            .unwrap()
    }

    fn request() -> Request {
        Request {
            explains: true,
            ..Request::new("{ numbers(filter: {id: {gt: 0}}) { id } }")
        }
    }

    #[tokio::test]
    async fn statements_are_told_beside_the_answer() {
        let caller = Identity::anonymous(RoleName::new("public"));
        let answer = engine(true)
            .await
            .execute(request(), &caller)
            .await
            .into_json_text();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["data"]["numbers"][0]["id"], 1);
        let step = &answer["extensions"]["explain"][0];
        assert_eq!(step["path"], serde_json::json!(["numbers"]));
        assert_eq!(step["params"], serde_json::json!([0]));
        assert!(step["sql"].as_str().is_some_and(|sql| sql.starts_with("SELECT ")));
    }

    #[tokio::test]
    async fn statements_are_told_only_where_they_may_be() {
        let caller = Identity::anonymous(RoleName::new("public"));
        let response = engine(false).await.execute(request(), &caller).await;
        assert_eq!(
            response.error_list().first().map(Error::code),
            Some(ErrorCode::Forbidden)
        );
    }
}

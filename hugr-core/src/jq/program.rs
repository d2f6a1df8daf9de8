//! Compiling and running a program.

use std::fmt;

use bytes::Bytes;
use jaq_core::data::HasLut;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, DataT, Filter, Lut, Vars};
use jaq_json::{Val, read};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::functions::{definitions, functions};
use super::host::Host;
use super::text::write;
use crate::error::{Error, ErrorCode, Result};

/// Most values that a program may give.
const MAX_OUTPUTS: usize = 1_000_000;

/// Most text that a program may give.
const MAX_OUTPUT_BYTES: usize = 256 * 1024 * 1024;

/// A jq program, ready to run.
pub struct Program {
    filter: Filter<Kind>,
    variables: Vec<String>,
}

/// Who a program runs for, as its function `authInfo` tells it; empty text is what is not known.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Caller {
    /// The user's identifier.
    pub user_id: String,
    /// The user's name.
    pub user_name: String,
    /// The role.
    pub role: String,
}

/// The kind of values and of shared data of our programs.
pub(super) struct Kind;

/// What all parts of a running program share.
pub(super) struct Shared<'a> {
    lut: &'a Lut<Kind>,
    pub(super) caller: &'a Caller,
    pub(super) host: &'a dyn Host,
}

impl DataT for Kind {
    type V<'a> = Val;
    type Data<'a> = &'a Shared<'a>;
}

impl<'a> HasLut<'a, Kind> for &'a Shared<'a> {
    fn lut(&self) -> &'a Lut<Kind> {
        self.lut
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("variables", &self.variables)
            .finish_non_exhaustive()
    }
}

impl Program {
    /// Compiles `code`, in which each of `variables` is known as `$name`; names that jq cannot have are left out.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION`, saying where in the program what is wrong.
    pub fn compile<'v>(code: &str, variables: impl IntoIterator<Item = &'v str>) -> Result<Self> {
        let variables: Vec<String> = variables
            .into_iter()
            .filter(|name| is_identifier(name))
            .map(|name| format!("${name}"))
            .collect();
        let arena = Arena::default();
        let modules = Loader::new(definitions())
            .load(&arena, File { code, path: () })
            .map_err(|faults| refused(code, load_fault(&faults)))?;
        // Data files would be variables that nobody fills.
        load::import(&modules, |_| Err("files cannot be imported".to_owned()))
            .map_err(|faults| refused(code, load_fault(&faults)))?;
        let filter = Compiler::default()
            .with_funs(functions())
            .with_global_vars(variables.iter().map(String::as_str))
            .compile(modules)
            .map_err(|faults| refused(code, compile_fault(&faults)))?;
        Ok(Self { filter, variables })
    }

    /// Runs the program over the JSON text `input` and returns JSON text: the value that it gives, an array of several,
    /// `null` for none. A variable that is not among `variables` is null. `host` answers what the program asks.
    ///
    /// # Errors
    /// `BAD_REQUEST` when the program fails or gives what is not JSON, `RESOURCE_EXHAUSTED` when it gives too much; those of
    /// [`Host::check`].
    pub fn run(
        &self,
        input: &[u8],
        variables: &Map<String, Json>,
        caller: &Caller,
        host: &dyn Host,
    ) -> Result<Bytes> {
        let input = parse(input)?;
        let mut bound = Vec::with_capacity(self.variables.len());
        for name in &self.variables {
            let value = name.strip_prefix('$').and_then(|name| variables.get(name));
            bound.push(value.map_or(Ok(Val::Null), |value| parse(value.to_string().as_bytes()))?);
        }
        let shared = Shared {
            lut: &self.filter.lut,
            caller,
            host,
        };
        let context = Ctx::<Kind>::new(&shared, Vars::new(bound));
        let mut out = vec![b'['];
        let mut count = 0_usize;
        for value in self.filter.id.run((context, input)) {
            host.check()?;
            // `unwrap_valr` of the library ends the process when the program says `halt`.
            let value = value.map_err(|exception| match exception.get_err() {
                Ok(error) => failed(&error.to_string()),
                Err(_) => failed("`halt` is not available"),
            })?;
            if count > 0 {
                out.push(b',');
            }
            write(&mut out, &value)?;
            count += 1;
            if count > MAX_OUTPUTS || out.len() > MAX_OUTPUT_BYTES {
                return Err(Error::new(
                    ErrorCode::ResourceExhausted,
                    format!(
                        "the jq program gives more than {MAX_OUTPUTS} values or {MAX_OUTPUT_BYTES} bytes"
                    ),
                ));
            }
        }
        if count > 1 {
            out.push(b']');
        }
        Ok(match count {
            0 => Bytes::from_static(b"null"),
            1 => Bytes::from(out).slice(1..),
            _ => Bytes::from(out),
        })
    }
}

pub(super) fn parse(text: &[u8]) -> Result<Val> {
    read::parse_single(text).map_err(|error| {
        Error::internal("the input of a jq program is not JSON").with_source(error.to_string())
    })
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    let is_start = |first: char| first.is_ascii_alphabetic() || first == '_';
    characters.next().is_some_and(is_start)
        && characters.all(|next| next.is_ascii_alphanumeric() || next == '_')
}

/// What is wrong with a program, and the rest of its text from there.
type Fault<'a> = (String, Option<&'a str>);

fn load_fault<'a>(faults: &load::Errors<&'a str, ()>) -> Fault<'a> {
    let Some((_, error)) = faults.first() else {
        return ("it cannot be read".to_owned(), None);
    };
    let fault = match error {
        load::Error::Io(faults) => faults.first().map(|(at, reason)| (reason.clone(), Some(*at))),
        load::Error::Lex(faults) => faults
            .first()
            .map(|(expected, at)| (format!("expected {}", expected.as_str()), Some(*at))),
        load::Error::Parse(faults) => faults.first().map(|(expected, at)| {
            let at = (!at.is_empty()).then_some(*at);
            (format!("expected {}", expected.as_str()), at)
        }),
    };
    fault.unwrap_or_else(|| ("it cannot be read".to_owned(), None))
}

fn compile_fault<'a>(faults: &jaq_core::compile::Errors<&'a str, ()>) -> Fault<'a> {
    match faults.first().and_then(|(_, faults)| faults.first()) {
        Some((name, kind)) => (format!("unknown {} `{name}`", kind.as_str()), Some(*name)),
        None => ("it cannot be compiled".to_owned(), None),
    }
}

/// The place is that of `rest`, which is a part of `code`; its end when there is none.
fn refused(code: &str, fault: Fault<'_>) -> Error {
    let (what, rest) = fault;
    let offset = rest
        .and_then(|rest| (rest.as_ptr() as usize).checked_sub(code.as_ptr() as usize))
        .filter(|offset| code.is_char_boundary(*offset))
        .unwrap_or(code.len());
    let before = code.get(..offset).unwrap_or(code);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Error::new(
        ErrorCode::GraphqlValidation,
        format!("the jq program does not compile: {what} at {line}:{column} of the program"),
    )
}

fn failed(reason: &str) -> Error {
    let reason: String = reason.chars().take(500).collect();
    Error::new(ErrorCode::BadRequest, format!("the jq program failed: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::super::host::Question;
    use super::*;
    use serde_json::json;

    /// Answers each query with its text and variables.
    struct Echo;

    impl Host for Echo {
        fn check(&self) -> Result<()> {
            Ok(())
        }

        fn query(&self, question: Question) -> Result<Bytes> {
            if question.query.is_empty() {
                return Err(Error::new(ErrorCode::GraphqlParse, "nothing is asked"));
            }
            Ok(Bytes::from(serde_json::to_vec(&question).unwrap()))
        }
    }

    fn run(code: &str, input: &Json) -> Result<Json> {
        let variables = json!({ "min": 2, "not a name": 1 });
        let variables = variables.as_object().cloned().unwrap_or_default();
        let program = Program::compile(code, variables.keys().map(String::as_str))?;
        let caller = Caller {
            user_id: "7".to_owned(),
            ..Caller::default()
        };
        let text = program.run(input.to_string().as_bytes(), &variables, &caller, &Echo)?;
        Ok(serde_json::from_slice(&text).unwrap())
    }

    fn check(code: &str, input: &Json, expected: &Json) {
        assert_eq!(&run(code, input).unwrap(), expected, "{code}");
    }

    fn check_refused(code: &str, code_of_error: ErrorCode, expected: &str) {
        let error = run(code, &Json::Null).unwrap_err();
        assert_eq!(error.code(), code_of_error, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn none_one_and_several_values() {
        check("empty", &json!(1), &json!(null));
        check(".a", &json!({"a": [1]}), &json!([1]));
        check(".[]", &json!([1, "é\n\u{1}"]), &json!([1, "é\n\u{1}"]));
    }

    #[test]
    fn numbers_keep_their_digits() {
        check(".", &json!(2598.25), &json!(2598.25));
        check(
            ".[0] + 1",
            &json!([9_007_199_254_740_993_i64]),
            &json!(9_007_199_254_740_994_i64),
        );
        check("[nan, infinite]", &json!(null), &json!([null, null]));
    }

    #[test]
    fn variables_are_known() {
        check("[.[] | select(. > $min)]", &json!([1, 2, 3]), &json!([3]));
        check_refused(
            "$other",
            ErrorCode::GraphqlValidation,
            "unknown variable `$other` at 1:1",
        );
    }

    #[test]
    fn faults_have_a_place() {
        check_refused(
            ".[",
            ErrorCode::GraphqlValidation,
            "expected closing bracket at 1:3",
        );
        check_refused(
            "1 |\n  nothing(1)",
            ErrorCode::GraphqlValidation,
            "unknown filter `nothing` at 2:3",
        );
        check_refused("", ErrorCode::GraphqlValidation, "at 1:1");
        check_refused("import \"a\" as $a; .", ErrorCode::GraphqlValidation, "imported");
        check_refused(
            "include \"a\"; .",
            ErrorCode::GraphqlValidation,
            "does not compile",
        );
    }

    #[test]
    fn failures_are_told() {
        check_refused(".a.b | error(\"no\")", ErrorCode::BadRequest, "no");
        check_refused("1 | .a", ErrorCode::BadRequest, "cannot index 1");
        check_refused("{(1 | tostring): 1} | halt", ErrorCode::BadRequest, "halt");
        check_refused("range(2000000)", ErrorCode::ResourceExhausted, "values");
        check_refused(
            "reduce range(5000) as $i (1; [.])",
            ErrorCode::BadRequest,
            "nested",
        );
    }

    #[test]
    fn the_process_is_out_of_reach() {
        check("env", &json!(null), &json!({}));
        check_refused("$ENV", ErrorCode::GraphqlValidation, "unknown variable");
        check_refused("input", ErrorCode::GraphqlValidation, "unknown filter");
    }

    #[test]
    fn programs_ask() {
        check(
            "[.[] | queryHugr(\"{ x }\"; {id: .}) | .variables.id, .query]",
            &json!([1, "a"]),
            &json!([1, "{ x }", "a", "{ x }"]),
        );
        check("queryHugr(\"{ x }\").variables", &json!(null), &json!({}));
        check(
            "try queryHugr(\"\") catch .",
            &json!(null),
            &json!("nothing is asked"),
        );
        check_refused("queryHugr(1)", ErrorCode::BadRequest, "1 is not a query");
        check_refused(
            "queryHugr(\"{ x }\"; [1])",
            ErrorCode::BadRequest,
            "[1] is not an object",
        );
    }

    #[test]
    fn the_caller_is_told() {
        check("authInfo.userId", &json!(null), &json!("7"));
    }
}

//! Broken and shuffled SDL never panics, and what compiles can be served.

use std::sync::Arc;

use super::numbers::Numbers;
use super::{compile, shop};
use crate::catalog::model::Catalog;
use crate::catalog::surface;

/// A bit of everything that the language has.
const SEED_SDL: &str = r#""A sales region"
type regions @table(name: "geo.regions") @unique(fields: ["code"], query_suffix: "by_code") @module(name: "a.b") {
  "Primary key" id: Int! @pk @default(sequence: "s")
  code: String! @filter_required
  parent_id: Int @field_references(references_name: "regions", field: "id", query: "parent", references_query: "children")
  area: Float @deprecated(reason: "größe")
  density: Float @sql(exp: "[id] / [area]")
  dims: [dims!]
  grade: grade
}
type dims { width: Int  label: String @field_source(field: "l") }
enum grade { low mid }
input some_args { a: Int = 3  b: [grade!] }
type tags @table(name: "tags") { id: Int! @pk }
type region_tags @table(name: "rt", is_m2m: true)
  @references(name: "x", references_name: "regions", source_fields: ["r"], references_fields: ["id"], references_query: "tags") {
  r: Int! @pk
  t: Int! @pk @field_references(references_name: "tags", references_query: "regions")
}
type totals @view(name: "v", sql: "SELECT [$auth.role] FROM [regions]") { day: Date @pk  n: BigInt }
extend type totals { more: [tags] @join(references_name: "tags", sql: "[source.n] > [dest.id]") }
type since @view(name: "s", sql: "SELECT [$from]") @args(name: "since_args") { at: Timestamp  spot: Geometry  v: Vector @dim(len: 2) }
input since_args { from: Timestamp!  who: String @arg_default(value: "[$auth.role]") }
extend type tags { twice(by: Int): Float @function_call(references_name: "g", args: {a: "id"}) }
extend type Function { f(a: Int = 1): Float @function(name: "f", sql: "[a] + 1")  g(a: Int!, by: Int): Float @function(name: "g") }
"#;

/// Pieces that are put into the text.
const PIECES: [&str; 16] = [
    "{", "}", "(", ")", "\"", "\"\"\"", "@pk", " type ", "extend ", "[", "!", "regions", "_and", "ü", "\0",
    "$x",
];

/// Compiles `sdl`; if that works, it must be servable.
fn compile_and_serve(sdl: &str) -> bool {
    let Ok(compiled) = compile(&shop(sdl)) else {
        return false;
    };
    let catalog = Catalog::merge(vec![Arc::new(compiled.catalog)]).expect("one source merges");
    if let Err(faults) = surface::serve(&catalog) {
        let is_ours = faults.iter().all(|fault| fault.file == "shop");
        assert!(is_ours, "what compiles makes a valid schema\n{sdl}\n{faults:#?}");
    }
    true
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn the_seed_is_good() {
    assert!(compile_and_serve(SEED_SDL));
}

#[test]
fn truncated_text_never_panics() {
    for end in (0..SEED_SDL.len()).step_by(3) {
        compile_and_serve(&SEED_SDL[..boundary(SEED_SDL, end)]);
    }
}

#[test]
fn changed_text_never_panics() {
    let mut numbers = Numbers::new(0x9e37_79b9_7f4a_7c15);
    for _ in 0..600 {
        let mut text = SEED_SDL.to_owned();
        for _ in 0..=numbers.below(3) {
            let at = boundary(&text, numbers.below(text.len()));
            let end = boundary(&text, (at + numbers.below(12)).min(text.len()));
            let piece = if numbers.below(3) == 0 {
                ""
            } else {
                PIECES[numbers.below(PIECES.len())]
            };
            text.replace_range(at..end.max(at), piece);
        }
        compile_and_serve(&text);
    }
}

#[test]
fn shuffled_words_never_panic() {
    let mut numbers = Numbers::new(0x2545_f491_4f6c_dd1d);
    let words: Vec<&str> = SEED_SDL.split(' ').collect();
    for _ in 0..400 {
        let mut shuffled = words.clone();
        for _ in 0..=numbers.below(4) {
            let (left, right) = (numbers.below(words.len()), numbers.below(words.len()));
            shuffled.swap(left, right);
        }
        compile_and_serve(&shuffled.join(" "));
    }
}

//! SDL with random damage: pieces cut out, put in, swapped and repeated. The same seed gives the same texts.

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
const PIECES: [&str; 32] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "!",
    ":",
    "@",
    "\"",
    "\"\"\"",
    "#",
    "&",
    "|",
    "=",
    "$",
    " type ",
    "extend ",
    "input ",
    "enum ",
    "union u = ",
    "@pk ",
    "@table(name: \"x\") ",
    "@join(references_name: \"tags\") ",
    "regions",
    "_and",
    "Int",
    "JSON",
    "ü",
    "\0",
    "[$auth.role]",
    "-1.5e300",
];

/// Texts with random damage.
#[derive(Clone, Debug)]
pub struct BrokenSdl(u64);

impl BrokenSdl {
    /// Returns the sequence of `seed`, which must not be zero.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next text.
    pub fn next_text(&mut self) -> String {
        let mut text = SEED_SDL.to_owned();
        for _ in 0..=self.below(4) {
            self.damage(&mut text);
        }
        text
    }

    fn damage(&mut self, text: &mut String) {
        let at = boundary(text, self.below(text.len()));
        let longest = if self.below(8) == 0 { 400 } else { 12 };
        let end = boundary(text, (at + self.below(longest)).min(text.len())).max(at);
        match self.below(5) {
            0 => text.replace_range(at..end, ""),
            1 => {
                let repeated = text[at..end].to_owned();
                text.insert_str(at, &repeated);
            }
            2 => {
                let from = boundary(text, self.below(text.len()));
                let until = boundary(text, (from + self.below(60)).min(text.len())).max(from);
                let copied = text[from..until].to_owned();
                text.replace_range(at..end, &copied);
            }
            3 => {
                let piece = PIECES[self.below(PIECES.len())];
                text.insert_str(at, piece);
            }
            _ => {
                let piece = PIECES[self.below(PIECES.len())];
                text.replace_range(at..end, piece);
            }
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or_default()
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_differ_and_repeat() {
        let (mut one, mut other) = (BrokenSdl::new(7), BrokenSdl::new(7));
        let first = one.next_text();
        assert_eq!(first, other.next_text());
        assert_ne!(first, one.next_text());
    }
}

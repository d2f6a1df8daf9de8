//! Well-known text.

use super::{COLLECTION, MAX_DEPTH, Shape};

/// Types of well-known text whose form PostGIS alone knows.
const CURVED: [&str; 8] = [
    "CIRCULARSTRING",
    "COMPOUNDCURVE",
    "CURVEPOLYGON",
    "MULTICURVE",
    "MULTISURFACE",
    "POLYHEDRALSURFACE",
    "TIN",
    "TRIANGLE",
];

/// Returns whether `text` is well-known text, or well-known binary in hexadecimal digits.
pub(super) fn is_well_known_text(text: &str) -> bool {
    let text = text.trim();
    // Well-known binary, in hexadecimal digits.
    if text.len() >= 18 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return true;
    }
    let upper = text.to_ascii_uppercase();
    let without_system = match upper.strip_prefix("SRID=").and_then(|rest| rest.split_once(';')) {
        Some((system, rest)) if system.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => &upper,
    };
    let mut reader = Reader { rest: without_system };
    reader.geometry(0) && reader.is_at_end()
}

/// Reads well-known text in upper case.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn geometry(&mut self, depth: usize) -> bool {
        let word = self.word();
        let bare = word.strip_suffix("ZM").or_else(|| word.strip_suffix(['Z', 'M']));
        let is_type = |name: &&str| Shape::of(name).is_some() || *name == COLLECTION;
        let name = bare.filter(is_type).unwrap_or(word);
        if CURVED.contains(&name) {
            self.rest = "";
            return true;
        }
        if name == word && ["ZM", "Z", "M"].contains(&self.next_word()) {
            self.word();
        }
        let is_collection = name == COLLECTION;
        let shape = Shape::of(name);
        if depth > MAX_DEPTH || (shape.is_none() && !is_collection) {
            return false;
        }
        if self.next_word() == "EMPTY" {
            self.word();
            return true;
        }
        match shape {
            Some(shape) => self.shape(shape),
            None => self.list(|reader| reader.geometry(depth + 1)),
        }
    }

    fn shape(&mut self, shape: Shape) -> bool {
        match shape {
            Shape::Position => self.take('(') && self.position().is_some() && self.take(')'),
            // The points of MULTIPOINT may stand without parentheses.
            Shape::List(Shape::Position) => self.list(|reader| {
                let is_bare = !reader.peek('(');
                match is_bare {
                    true => reader.position().is_some(),
                    false => reader.shape(Shape::Position),
                }
            }),
            Shape::Line { least, is_ring } => {
                let mut positions = Vec::new();
                let is_list = self.list(|reader| {
                    let position = reader.position();
                    let is_position = position.is_some();
                    positions.extend(position);
                    is_position
                });
                is_list && positions.len() >= least && (!is_ring || positions.first() == positions.last())
            }
            Shape::List(of) => self.list(|reader| {
                if reader.next_word() == "EMPTY" {
                    reader.word();
                    return true;
                }
                reader.shape(*of)
            }),
        }
    }

    /// Reads a list in parentheses, separated by commas.
    fn list(&mut self, mut item: impl FnMut(&mut Self) -> bool) -> bool {
        if !self.take('(') {
            return false;
        }
        loop {
            if !item(self) {
                return false;
            }
            if !self.take(',') {
                return self.take(')');
            }
        }
    }

    /// Reads two to four numbers.
    fn position(&mut self) -> Option<Vec<f64>> {
        let mut numbers = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            let end = self
                .rest
                .find(|letter: char| letter.is_whitespace() || "(),".contains(letter))
                .unwrap_or(self.rest.len());
            if end == 0 {
                break;
            }
            let (number, rest) = self.rest.split_at(end);
            numbers.push(number.parse().ok()?);
            self.rest = rest;
        }
        (2..=4).contains(&numbers.len()).then_some(numbers)
    }

    fn next_word(&mut self) -> &'t str {
        self.rest = self.rest.trim_start();
        let is_other = |letter: char| !letter.is_ascii_alphabetic();
        let end = self.rest.find(is_other).unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    fn word(&mut self) -> &'t str {
        let word = self.next_word();
        self.rest = self.rest.get(word.len()..).unwrap_or_default();
        word
    }

    fn peek(&mut self, letter: char) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.starts_with(letter)
    }

    fn take(&mut self, letter: char) -> bool {
        let is_next = self.peek(letter);
        if is_next {
            self.rest = self.rest.get(letter.len_utf8()..).unwrap_or_default();
        }
        is_next
    }

    fn is_at_end(&self) -> bool {
        self.rest.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometries_are_known() {
        for text in [
            "POINT(1 2)",
            " point ( -1.5e3 2 ) ",
            "POINT Z (1 2 3)",
            "POINTZM(1 2 3 4)",
            "POINT EMPTY",
            "SRID=4326;POINT(1 2)",
            "LINESTRING(0 0, 1 1)",
            "POLYGON((0 0,1 0,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1))",
            "MULTIPOINT(1 2, 3 4)",
            "MULTIPOINT((1 2), (3 4))",
            "MULTILINESTRING((0 0,1 1),EMPTY)",
            "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
            "GEOMETRYCOLLECTION(POINT(1 2), LINESTRING M (0 0 1, 1 1 1))",
            "GEOMETRYCOLLECTION EMPTY",
            "CIRCULARSTRING(0 0, 1 1, 2 0)",
            "0101000000000000000000F03F0000000000000040",
        ] {
            assert!(is_well_known_text(text), "{text}");
        }
    }

    #[test]
    fn what_has_another_form_is_none() {
        for text in [
            "",
            "here",
            "POINT",
            "POINT(1",
            "POINT(1)",
            "POINT(1 2) x",
            "POINT(a b)",
            "POINT((1 2))",
            "LINESTRING(0 0)",
            "POLYGON((0 0, 1 1))",
            "POLYGON((0 0,1 0,1 1,2 2))",
            "SRID=x;POINT(1 2)",
            "GEOMETRYCOLLECTION(1 2)",
        ] {
            assert!(!is_well_known_text(text), "{text}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = "GEOMETRYCOLLECTION(".repeat(10_000);
        assert!(!is_well_known_text(&deep));
    }
}

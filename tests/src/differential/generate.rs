//! Makes queries.

use super::model::{
    Ask, Column, Filter, Follow, FollowAggregate, ID, Kind, Link, Measure, Path, Query, Selection, Sort,
    TABLES, Table, Test, Value, table,
};
use super::random::Random;

/// Deepest nesting of links and of filters.
const MAX_DEPTH: usize = 3;

/// Words that columns with text hold, and some that they do not.
pub const WORDS: [&str; 8] = ["", "ash", "Ash", "birch", "o'ak", "elm%", "fir_", "日本"];

/// Returns a query.
#[must_use]
pub fn query(random: &mut Random) -> Query {
    let table = random.pick(&TABLES);
    let filter = random.chance(70).then(|| filter(random, table, 0));
    let ask = match random.below(10) {
        0 | 1 => Ask::Aggregate(measures(random, table)),
        2 | 3 => Ask::Groups {
            keys: some_of(random, table.columns, 2),
            measures: measures(random, table),
            at_least: random
                .chance(30)
                .then(|| i64::try_from(random.below(4)).unwrap_or(0)),
        },
        _ => {
            let mut selection = selection(random, table, 0);
            let order = order(random, table, &mut selection);
            Ask::Rows {
                selection,
                order,
                page: (
                    random.chance(60).then(|| count(random, 12)),
                    random.chance(30).then(|| count(random, 6)),
                ),
            }
        }
    };
    Query { table, filter, ask }
}

fn count(random: &mut Random, below: usize) -> u64 {
    u64::try_from(random.below(below)).unwrap_or(0)
}

/// Returns up to `most` different items, at least one.
fn some_of<T: Copy + PartialEq>(random: &mut Random, items: &[T], most: usize) -> Vec<T> {
    let mut picked = Vec::new();
    for _ in 0..=random.below(most) {
        let item = *random.pick(items);
        if !picked.contains(&item) {
            picked.push(item);
        }
    }
    picked
}

fn selection(random: &mut Random, table: &Table, depth: usize) -> Selection {
    let mut selected = Selection {
        columns: vec![ID],
        ..Selection::default()
    };
    selected.columns.extend(some_of(random, table.columns, 2));
    if depth >= MAX_DEPTH {
        return selected;
    }
    for link in table.links {
        if random.chance(35) {
            selected.links.push(follow(random, *link, depth));
        }
        if random.chance(20) && !matches!(link.path, Path::One(_)) {
            let target = super::model::table(link.target);
            selected.aggregates.push(FollowAggregate {
                link: *link,
                filter: random.chance(30).then(|| filter(random, target, 1)),
                measures: measures(random, target),
            });
        }
    }
    selected
}

fn follow(random: &mut Random, link: Link, depth: usize) -> Follow {
    let target = table(link.target);
    let mut selection = selection(random, target, depth + 1);
    let is_list = !matches!(link.path, Path::One(_));
    let mut follow = Follow {
        link,
        selection: Selection::default(),
        filter: None,
        order: Vec::new(),
        page: None,
        inner: random.chance(15),
    };
    if is_list {
        follow.filter = random.chance(30).then(|| filter(random, target, 1));
        follow.order = order(random, target, &mut selection);
        follow.page = random
            .chance(40)
            .then(|| (1 + count(random, 4), count(random, 3)));
    }
    follow.selection = selection;
    follow
}

/// Returns sort keys that leave no two rows equal; what they are is selected.
fn order(random: &mut Random, from: &Table, selection: &mut Selection) -> Vec<Sort> {
    let mut keys = Vec::new();
    for _ in 0..random.below(3) {
        let one = selection
            .links
            .iter_mut()
            .filter(|follow| matches!(follow.link.path, Path::One(_)))
            .find(|_| random.chance(50));
        let (through, column) = match one {
            Some(follow) => (Some(follow.link), *random.pick(&follow.selection.columns)),
            None => (None, *random.pick(from.columns)),
        };
        if through.is_none() && !selection.columns.contains(&column) {
            selection.columns.push(column);
        }
        keys.push(Sort {
            through,
            column,
            descending: random.chance(50),
            nulls_first: random.chance(50).then(|| random.chance(50)),
        });
    }
    keys.push(Sort {
        through: None,
        column: ID,
        descending: random.chance(30),
        nulls_first: None,
    });
    keys
}

fn measures(random: &mut Random, table: &Table) -> Vec<Measure> {
    some_of(random, table.columns, 3)
        .into_iter()
        .map(|column| {
            let functions: &[&'static str] = match column.kind {
                Kind::Int | Kind::Float => &["sum", "avg", "min", "max", "count"],
                Kind::Date | Kind::DateTime => &["min", "max", "count"],
                Kind::Bool => &["bool_and", "bool_or", "count"],
                Kind::Text => &["count"],
            };
            Measure {
                column,
                functions: some_of(random, functions, 3),
            }
        })
        .collect()
}

fn filter(random: &mut Random, table: &Table, depth: usize) -> Filter {
    let choice = random.below(if depth >= MAX_DEPTH { 5 } else { 12 });
    match choice {
        0..=4 => {
            let columns: Vec<Column> = table.columns.iter().copied().chain([ID]).collect();
            let column = *random.pick(&columns);
            Filter::Column(column, test(random, column))
        }
        5 | 6 => Filter::And(several(random, table, depth)),
        7 | 8 => Filter::Or(several(random, table, depth)),
        9 => Filter::Not(Box::new(filter(random, table, depth + 1))),
        _ => {
            let link = *random.pick(table.links);
            let nested = Box::new(filter(random, super::model::table(link.target), depth + 1));
            match link.path {
                Path::One(_) => Filter::One(link, nested),
                Path::Many(_) | Path::Through(..) => Filter::Many(
                    link,
                    random.pick::<&str>(&["any_of", "all_of", "none_of"]),
                    nested,
                ),
            }
        }
    }
}

fn several(random: &mut Random, table: &Table, depth: usize) -> Vec<Filter> {
    (0..=1 + random.below(2))
        .map(|_| filter(random, table, depth + 1))
        .collect()
}

fn test(random: &mut Random, column: Column) -> Test {
    if random.chance(15) {
        return Test::IsNull(random.chance(50));
    }
    let operators: &[&'static str] = match column.kind {
        Kind::Int | Kind::Float | Kind::Date => &["eq", "gt", "gte", "lt", "lte", "in"],
        Kind::DateTime => &["eq", "gt", "gte", "lt", "lte"],
        Kind::Text => &["eq", "like", "ilike", "in"],
        Kind::Bool => &["eq"],
    };
    match *random.pick(operators) {
        "in" => Test::In((0..random.below(4)).map(|_| value(random, column.kind)).collect()),
        "like" => Test::Compare("like", pattern(random)),
        "ilike" => Test::Compare("ilike", pattern(random)),
        operator => Test::Compare(operator, value(random, column.kind)),
    }
}

fn pattern(random: &mut Random) -> Value {
    let word = random.pick(&WORDS);
    Value::Text(match random.below(3) {
        0 => format!("{word}%"),
        1 => format!("%{word}"),
        _ => (*word).to_owned(),
    })
}

/// Returns a value that a column of `kind` may hold.
pub fn value(random: &mut Random, kind: Kind) -> Value {
    let small = i64::try_from(random.below(30)).unwrap_or(0) - 3;
    match kind {
        Kind::Int => Value::Int(small),
        // Exact in binary, and so are its sums.
        #[expect(clippy::cast_precision_loss, reason = "small numbers are exact")]
        Kind::Float => Value::Float(small as f64 * 2.25),
        Kind::Text => Value::Text((*random.pick(&WORDS)).to_owned()),
        Kind::Bool => Value::Bool(random.chance(50)),
        Kind::Date => Value::Date(format!(
            "2024-{:02}-{:02}",
            1 + random.below(12),
            1 + random.below(28)
        )),
        Kind::DateTime => Value::DateTime(format!(
            "2024-01-{:02} {:02}:30:00",
            1 + random.below(28),
            random.below(24)
        )),
    }
}

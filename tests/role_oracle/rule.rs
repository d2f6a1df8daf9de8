//! What a role's rules say of one table, and how they are listed.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::chance::Chance;
use super::condition::{Condition, Scope};
use super::world::World;

/// What is written by a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Writing {
    Insert,
    Update,
    Delete,
}

/// Values that are put over those of the caller.
pub(crate) type Presets = Vec<(&'static str, Json)>;

/// What holds on a table.
pub(crate) struct Rule {
    pub(crate) filter: Option<Condition>,
    pub(crate) is_refused: bool,
    /// What is said of column `b`: whether it is refused.
    pub(crate) refuses_b: Option<bool>,
    pub(crate) hides_a: bool,
    pub(crate) writing: BTreeMap<Writing, WriteRule>,
}

/// What holds when its rows are written.
pub(crate) struct WriteRule {
    pub(crate) filter: Option<Condition>,
    pub(crate) is_refused: bool,
    pub(crate) presets: Presets,
    pub(crate) refuses_b: bool,
}

impl Rule {
    pub(crate) fn new(world: &World, table: usize, chance: &mut Chance) -> Self {
        let condition = |depth, chance: &mut Chance| Condition::new(world, table, Scope::Rule, depth, chance);
        let filter = chance.percent(60).then(|| condition(2, chance));
        let mut writing = BTreeMap::new();
        for kind in [Writing::Insert, Writing::Update, Writing::Delete] {
            if !chance.percent(50) {
                continue;
            }
            let rule = WriteRule {
                filter: (kind != Writing::Insert && chance.percent(50)).then(|| condition(1, chance)),
                is_refused: chance.percent(15),
                presets: if kind != Writing::Delete && chance.percent(40) {
                    presets(chance)
                } else {
                    Presets::new()
                },
                refuses_b: kind != Writing::Delete && chance.percent(20),
            };
            writing.insert(kind, rule);
        }
        Self {
            filter,
            is_refused: chance.percent(5),
            refuses_b: chance.percent(20).then(|| chance.percent(70)),
            hides_a: chance.percent(20),
            writing,
        }
    }

    /// Adds the rules to `list`.
    pub(crate) fn list(&self, table: usize, list: &mut Rules) {
        let name = format!("t{table}");
        if self.filter.is_some() || self.is_refused {
            let filter = self.filter.as_ref().map(Condition::graphql_json);
            list.add(
                "data-object:query",
                &name,
                &json!({ "disabled": self.is_refused, "filter": filter }),
            );
        }
        if let Some(refuses_b) = self.refuses_b {
            list.add(&name, "b", &json!({ "disabled": refuses_b }));
        }
        if self.hides_a {
            list.add(&name, "a", &json!({ "hidden": true }));
        }
        for (writing, rule) in &self.writing {
            let (pseudo_type, input) = match writing {
                Writing::Insert => ("data-object:insert", "_mut_input_data"),
                Writing::Update => ("data-object:update", "_mut_data"),
                Writing::Delete => ("data-object:delete", ""),
            };
            let filter = rule.filter.as_ref().map(Condition::graphql_json);
            let presets = (!rule.presets.is_empty()).then(|| preset_json(&rule.presets));
            list.add(
                pseudo_type,
                &name,
                &json!({ "disabled": rule.is_refused, "filter": filter, "data": presets }),
            );
            if rule.refuses_b {
                list.add(&format!("{name}{input}"), "b", &json!({ "disabled": true }));
            }
        }
    }
}

/// Rules by what they are about: there is one for each pair.
#[derive(Default)]
pub(crate) struct Rules(BTreeMap<(String, String), Map<String, Json>>);

impl Rules {
    pub(crate) fn add(&mut self, parent: &str, field: &str, members: &Json) {
        let rule = self.0.entry((parent.to_owned(), field.to_owned())).or_default();
        for (name, value) in members.as_object().unwrap() {
            rule.insert(name.clone(), value.clone());
        }
    }

    pub(crate) fn into_json(self) -> Json {
        let rules = self.0.into_iter().map(|((parent, field), mut rule)| {
            rule.insert("type_name".to_owned(), parent.into());
            rule.insert("field_name".to_owned(), field.into());
            Json::Object(rule)
        });
        rules.collect()
    }
}

/// Returns values that some rule puts over those of the caller.
pub(crate) fn presets(chance: &mut Chance) -> Presets {
    let mut presets = Presets::new();
    if chance.percent(70) {
        presets.push(("owner", json!("[$auth.user_id_int]")));
    }
    match chance.below(4) {
        0 => presets.push(("a", json!("[$auth.level]"))),
        1 => presets.push(("a", json!(chance.below(4)))),
        2 => presets.push(("b", json!(chance.below(4)))),
        _ => {}
    }
    presets
}

pub(crate) fn preset_json(presets: &Presets) -> Json {
    presets
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// Returns whether it stands for what not everybody has.
pub(crate) fn is_level(value: &Json) -> bool {
    value == "[$auth.level]"
}

//! Answers as texts that can be compared, one for each row.

use serde_json::Value as Json;

/// Returns the rows of a list.
pub(crate) fn rows(answer: &Json) -> Vec<String> {
    list(answer).iter().map(Json::to_string).collect()
}

/// Returns the one row, if there is one.
pub(crate) fn one(answer: &Json) -> Vec<String> {
    Some(answer)
        .filter(|answer| !answer.is_null())
        .map(Json::to_string)
        .into_iter()
        .collect()
}

/// Returns the rows, with the list `c` of each sorted.
pub(crate) fn with_sorted_children(answer: &Json) -> Vec<String> {
    let mut answer = list(answer);
    answer.iter_mut().for_each(|row| sort(&mut row["c"]));
    answer.iter().map(Json::to_string).collect()
}

/// The same for the list `c` within the member `j`.
pub(crate) fn with_sorted_join(answer: &Json) -> Vec<String> {
    let mut answer = list(answer);
    answer.iter_mut().for_each(|row| sort(&mut row["j"]["c"]));
    answer.iter().map(Json::to_string).collect()
}

/// Returns each row's key with its place in the order.
pub(crate) fn in_order(answer: &Json) -> Vec<String> {
    let rows = list(answer);
    let places = rows.iter().enumerate();
    places
        .map(|(place, row)| format!("{{\"place\":{},\"id\":{}}}", place + 1, row["id"]))
        .collect()
}

/// Returns the one row of a mutation, with its list `c` sorted.
pub(crate) fn one_with_sorted_children(answer: &Json) -> Vec<String> {
    let mut answer = answer.clone();
    if answer.is_object() {
        sort(&mut answer["c"]);
    }
    one(&answer)
}

/// Returns the names of all fields but those of other columns than `a`.
pub(crate) fn column_a(answer: &Json) -> Vec<String> {
    let fields = list(&answer["fields"]);
    let names = fields.iter().filter_map(|field| field["name"].as_str());
    names.filter(|name| *name == "a").map(str::to_owned).collect()
}

fn list(answer: &Json) -> Vec<Json> {
    answer.as_array().cloned().unwrap_or_default()
}

fn sort(children: &mut Json) {
    if let Some(children) = children.as_array_mut() {
        children.sort_by_key(|child| child["id"].as_i64());
    }
}

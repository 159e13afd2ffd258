//! What the model searches the web for, from wherever a message says it.
//!
//! Protocol: metadata keys of search, calls of the search tools.

use chatgpt::message::{LooseText, Message, Metadata};
use serde_json::Value;

/// What a call of a search tool asks for.
pub(super) fn of_call(message: &Message<'_>) -> Vec<String> {
    let stated = of_metadata(&message.metadata);
    if stated.is_empty() {
        of_arguments(&message.text())
    } else {
        stated
    }
}

/// What a message's metadata says was searched for.
pub(super) fn of_metadata(metadata: &Metadata<'_>) -> Vec<String> {
    let asked = metadata.search_queries.objects();
    let queries: Vec<String> = asked.filter_map(|it| said(&it.q)).collect();
    if !queries.is_empty() {
        return queries;
    }
    let wanted = metadata.search_model_queries.get();
    let wanted = wanted.into_iter().flat_map(|it| &it.queries.0);
    wanted.filter_map(said).collect()
}

/// From JSON arguments, or from `search("…")` as the oldest tool had it.
fn of_arguments(text: &str) -> Vec<String> {
    let Ok(arguments) = serde_json::from_str::<Value>(text) else {
        let inside = text.trim().strip_prefix("search(\"");
        let query = inside.and_then(|rest| rest.split('"').next());
        return query.into_iter().map(str::to_owned).collect();
    };
    let of_value = |value: &Value| {
        let query = value.as_str().or_else(|| value.get("q")?.as_str());
        query.map(str::to_owned)
    };
    for key in ["search_query", "queries", "image_query"] {
        if let Some(Value::Array(queries)) = arguments.get(key) {
            return queries.iter().filter_map(of_value).collect();
        }
    }
    let query = arguments.get("query").or_else(|| arguments.get("q"));
    query.and_then(of_value).into_iter().collect()
}

fn said(text: &LooseText<'_>) -> Option<String> {
    text.said().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::of_arguments;

    #[test]
    fn queries_are_found_in_every_form_a_call_may_have() {
        for (call, queries) in [
            (
                r#"{"search_query":[{"q":"a"},{"q":"b","recency":1}],"response_length":"short"}"#,
                &["a", "b"][..],
            ),
            (r#"{"queries":["a","b"]}"#, &["a", "b"]),
            (r#"{"query":"a"}"#, &["a"]),
            ("search(\"a\")", &["a"]),
            (r#"{"open":[{"ref_id":"turn0search1"}]}"#, &[]),
            ("mclick([1])", &[]),
        ] {
            assert_eq!(of_arguments(call), queries, "{call}");
        }
    }
}

//! Items as they are kept and listed: each with an id and the members clients expect, in pages.
//!
//! Used by responses and conversations.

use openai::error::InvalidRequest;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde_json::{Value, json};
use store::records::NewItem;
use uuid::Uuid;
pub(crate) use web::kept_response::{item as kept, shown_item as kept_shown};

const MAX_LIMIT: usize = 100;
const USUAL_LIMIT: usize = 20;

/// Which page of a list is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PageQuery {
    after: Option<String>,
    limit: usize,
    is_ascending: bool,
}

impl PageQuery {
    /// Reads what comes after the `?`; what is unknown is ignored.
    pub(crate) fn read(query: Option<&str>) -> Result<Self, InvalidRequest> {
        let mut read = Self {
            after: None,
            limit: USUAL_LIMIT,
            is_ascending: false,
        };
        for (name, value) in pairs(query) {
            match name.as_str() {
                "after" => read.after = Some(value),
                "limit" => match value.parse() {
                    Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => read.limit = limit,
                    _ => {
                        let message = format!("limit: a number from 1 to {MAX_LIMIT}");
                        return Err(InvalidRequest::parameter("limit", message));
                    }
                },
                "order" => match value.as_str() {
                    "asc" => read.is_ascending = true,
                    "desc" => read.is_ascending = false,
                    _ => {
                        let message = "order: use asc or desc";
                        return Err(InvalidRequest::parameter("order", message));
                    }
                },
                _ => {}
            }
        }
        Ok(read)
    }

    /// The page of `items`, which are in ascending order.
    pub(crate) fn page(&self, mut items: Vec<Value>) -> Result<Value, InvalidRequest> {
        if !self.is_ascending {
            items.reverse();
        }
        if let Some(after) = &self.after {
            let Some(place) = items.iter().position(|it| it["id"] == after.as_str()) else {
                let message = "after: there is no such item; begin again without it";
                return Err(InvalidRequest::parameter("after", message));
            };
            items.drain(..=place);
        }
        let has_more = items.len() > self.limit;
        items.truncate(self.limit);
        Ok(list(&items, has_more))
    }
}

/// A page of items.
pub(crate) fn list(items: &[Value], has_more: bool) -> Value {
    let id = |item: Option<&Value>| item.map_or_else(|| json!(""), |it| it["id"].clone());
    json!({
        "object": "list",
        "first_id": id(items.first()),
        "last_id": id(items.last()),
        "has_more": has_more,
        "data": items,
    })
}

/// The parameters after the `?`, decoded; one without a value counts as left out.
pub(crate) fn pairs(query: Option<&str>) -> impl Iterator<Item = (String, String)> {
    let pairs = query.unwrap_or_default().split('&');
    pairs.filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let decoded = percent_decode_str(value).decode_utf8_lossy().into_owned();
        (!decoded.is_empty()).then(|| (name.to_owned(), decoded))
    })
}

/// An item as it is kept: with an id, and with all members that clients expect.
pub(crate) fn settled(mut item: Value) -> Value {
    let Some(members) = item.as_object_mut() else {
        return item;
    };
    if members.get("type").is_none_or(Value::is_null) {
        members.insert("type".to_owned(), "message".into());
    }
    let kind = members["type"].as_str().unwrap_or_default().to_owned();
    if members.get("id").is_none_or(|id| !id.is_string()) {
        let id = format!("{}_{}", prefix(&kind), Uuid::new_v4().simple());
        members.insert("id".to_owned(), id.into());
    }
    if kind != "reasoning" && kind != "compaction" {
        members
            .entry("status")
            .or_insert_with(|| "completed".into());
    }
    if kind == "message" {
        settle_content(&mut item);
    }
    item
}

/// A text is a list of one part, and each part has what it always has.
fn settle_content(item: &mut Value) {
    let is_answer = item["role"] == "assistant";
    if let Some(text) = item["content"].as_str() {
        let kind = if is_answer {
            "output_text"
        } else {
            "input_text"
        };
        item["content"] = json!([{"type": kind, "text": text}]);
    }
    for part in item["content"].as_array_mut().into_iter().flatten() {
        let Some(members) = part.as_object_mut() else {
            continue;
        };
        let kind = members.get("type").and_then(Value::as_str);
        let usual = match kind {
            Some("output_text") => json!({"annotations": [], "logprobs": []}),
            Some("input_image") => json!({"detail": "auto"}),
            _ => json!({}),
        };
        for (name, value) in usual.as_object().into_iter().flatten() {
            members.entry(name).or_insert_with(|| value.clone());
        }
    }
}

fn prefix(kind: &str) -> &'static str {
    match kind {
        "message" => "msg",
        "reasoning" => "rs",
        "function_call" => "fc",
        "function_call_output" => "fco",
        "custom_tool_call" => "ctc",
        "custom_tool_call_output" => "ctco",
        "image_generation_call" => "ig",
        "code_interpreter_call" => "ci",
        "web_search_call" => "ws",
        "mcp_call" => "mcp",
        _ => "item",
    }
}

/// An item for the store.
pub(crate) fn to_keep(item: &Value, is_output: bool) -> NewItem {
    NewItem {
        id: item["id"].as_str().unwrap_or_default().to_owned(),
        is_output,
        json: SecretString::from(item.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{PageQuery, settled};

    fn page(query: &str, count: usize) -> Value {
        let items = (0..count).map(|it| json!({"id": it.to_string()}));
        let query = PageQuery::read(Some(query)).unwrap();
        query.page(items.collect()).unwrap()
    }

    #[test]
    fn pages_follow_each_other_in_either_order() {
        let first = page("limit=2", 5);
        assert_eq!(first["data"], json!([{"id": "4"}, {"id": "3"}]));
        assert_eq!(
            (&first["last_id"], &first["has_more"]),
            (&json!("3"), &json!(true))
        );
        let last = page("limit=2&order=asc&after=2", 5);
        assert_eq!(last["data"], json!([{"id": "3"}, {"id": "4"}]));
        assert_eq!(last["has_more"], false);
        assert_eq!(page("", 0)["first_id"], "");
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (query, param) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("order=up", "order"),
        ] {
            let error = PageQuery::read(Some(query)).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(param));
        }
        let query = PageQuery::read(Some("after=x")).unwrap();
        assert_eq!(query.page(Vec::new()).unwrap_err().param.unwrap(), "after");
    }

    #[test]
    fn an_item_is_kept_with_all_that_clients_expect() {
        let item = settled(json!({"role": "assistant", "content": "hi"}));
        assert!(item["id"].as_str().unwrap().starts_with("msg_"));
        let part = json!({"type": "output_text", "text": "hi", "annotations": [], "logprobs": []});
        assert_eq!(item["content"], json!([part]));
        assert_eq!(
            (&item["type"], &item["status"]),
            (&json!("message"), &json!("completed"))
        );
        let known = settled(json!({"type": "function_call_output", "id": "mine"}));
        assert_eq!(known["id"], "mine");
    }
}

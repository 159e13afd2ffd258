//! A response whose driver speaks the same protocol: upstream's own events, with what only the
//! gateway can say put in its place.
//!
//! Nothing is lost that this program does not know. Changed are the response's id, its model,
//! what was asked for about keeping it, and the numbers of the events. Called by `api`.

use serde_json::{Map, Value};

use super::response_told::Written;
use crate::turn_event::NativeEvent;

/// What the gateway says about a response, whatever upstream says.
const OURS: [&str; 5] = [
    "store",
    "background",
    "previous_response_id",
    "conversation",
    "metadata",
];

/// Passes on one answer.
#[derive(Debug)]
pub struct NativeResponse {
    id: String,
    model: Option<String>,
    echo: Map<String, Value>,
    next: u64,
    last: Option<Value>,
    /// The items that are complete, by their place: what a broken answer is left with.
    output: Vec<(u64, Value)>,
    is_over: bool,
}

impl NativeResponse {
    /// Passes on an answer under this id, with what was asked for; `model` overrules upstream's.
    pub fn new(id: String, model: Option<String>, echo: Map<String, Value>) -> Self {
        Self {
            id,
            model,
            echo,
            next: 0,
            last: None,
            output: Vec::new(),
            is_over: false,
        }
    }

    /// One event as it goes to the caller; nothing for what is no JSON object, or after the end.
    pub fn take(&mut self, event: &NativeEvent) -> Option<Written> {
        let mut data: Map<String, Value> = serde_json::from_str(&event.data).ok()?;
        let stated = data.get("type").and_then(Value::as_str).map(str::to_owned);
        let name = event.name.clone().or(stated)?;
        if self.is_over {
            return None;
        }
        if let Some(Value::Object(response)) = data.get_mut("response") {
            self.edit(response);
            self.last = Some(Value::Object(response.clone()));
        }
        if name == "response.output_item.done"
            && let (Some(place), Some(item)) = (data.get("output_index"), data.get("item"))
        {
            self.output
                .push((place.as_u64().unwrap_or_default(), item.clone()));
        }
        self.is_over = matches!(
            name.as_str(),
            "response.completed" | "response.incomplete" | "response.failed"
        );
        data.insert("sequence_number".to_owned(), self.next.into());
        self.next += 1;
        let json = serde_json::to_vec(&data).ok()?;
        let name = name.into();
        Some(Written { name, json })
    }

    /// Whether upstream has ended the answer.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// How many events were passed on: the number of the next one.
    pub fn next_number(&self) -> u64 {
        self.next
    }

    /// The response as it was last stated; its output is that of the items that are complete,
    /// where upstream leaves it out of the end.
    pub fn response(&self) -> Option<Value> {
        let mut response = self.last.clone()?;
        let stated = response["output"].as_array();
        if stated.is_none_or(Vec::is_empty) && !self.output.is_empty() {
            let mut output = self.output.clone();
            output.sort_by_key(|(place, _)| *place);
            let items = output.into_iter().map(|(_, item)| item);
            response["output"] = Value::Array(items.collect());
        }
        Some(response)
    }

    fn edit(&self, response: &mut Map<String, Value>) {
        response.insert("id".to_owned(), self.id.as_str().into());
        if let Some(model) = &self.model {
            response.insert("model".to_owned(), model.as_str().into());
        }
        for name in OURS {
            if let Some(value) = self.echo.get(name) {
                response.insert(name.to_owned(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::NativeResponse;
    use crate::turn_event::NativeEvent;

    fn event(data: &Value) -> NativeEvent {
        NativeEvent {
            name: None,
            data: data.to_string(),
        }
    }

    #[test]
    fn only_what_is_the_gateways_is_changed() {
        let echo = json!({"store": true, "previous_response_id": "resp_0", "tools": []});
        let echo = echo.as_object().unwrap().clone();
        let mut native = NativeResponse::new("resp_1".into(), None, echo);
        let created = json!({"type": "response.created", "sequence_number": 7, "future": [1],
            "response": {"id": "resp_up", "model": "m", "store": false, "tools": [{"x": 1}]}});
        let written = native.take(&event(&created)).unwrap();
        assert_eq!(written.name, "response.created");
        let json: Value = serde_json::from_slice(&written.json).unwrap();
        let expected = json!({"type": "response.created", "sequence_number": 0, "future": [1],
            "response": {"id": "resp_1", "model": "m", "store": true,
                "previous_response_id": "resp_0", "tools": [{"x": 1}]}});
        assert_eq!(json, expected);
    }

    #[test]
    fn the_items_are_known_though_the_end_leaves_them_out() {
        let mut native = NativeResponse::new("resp_1".into(), Some("mine".into()), json_map());
        for data in [
            json!({"type": "response.output_item.done", "output_index": 1, "item": {"id": "b"}}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": {"id": "a"}}),
            json!({"type": "response.completed", "response": {"id": "up", "output": []}}),
            json!({"type": "response.late"}),
        ] {
            native.take(&event(&data));
        }
        assert!(native.is_over());
        assert_eq!(native.next_number(), 3);
        let response = native.response().unwrap();
        assert_eq!(response["output"], json!([{"id": "a"}, {"id": "b"}]));
        assert_eq!(response["model"], "mine");
    }

    fn json_map() -> serde_json::Map<String, Value> {
        serde_json::Map::new()
    }
}

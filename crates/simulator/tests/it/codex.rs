//! The Codex backend: what a request must say, what comes back event by event, and its models.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, Gathered, gather};

pub(crate) const PATH: &str = "/backend-api/codex/responses";

/// A request that is as it should be.
pub(crate) fn request(prompt: &str) -> Value {
    json!({
        "model": "gpt-5.2-codex",
        "instructions": "",
        "input": [message(prompt)],
        "store": false,
        "stream": true,
    })
}

pub(crate) fn message(prompt: &str) -> Value {
    json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": prompt}]})
}

/// The same with other members.
pub(crate) fn with(mut request: Value, members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("{members} has no members");
    };
    for (name, value) in members {
        request[name] = value;
    }
    request
}

/// A tool that is a function.
pub(crate) fn function(name: &str) -> Value {
    json!({"type": "function", "name": name, "strict": false, "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}})
}

/// The events of a stream; their names and numbers are checked on the way.
pub(crate) fn events(stream: &Gathered) -> Vec<Value> {
    let text = stream.text().replace("\r\n", "\n");
    let mut events = Vec::new();
    for block in text.split_terminator("\n\n") {
        let (name, data) = block.split_once('\n').unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(
            name.strip_prefix("event: ").unwrap(),
            data["type"],
            "{data}"
        );
        events.push(data);
    }
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], index, "{event}");
    }
    events
}

pub(crate) fn names(events: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    names.dedup();
    names
}

/// The items that were done.
pub(crate) fn items(events: &[Value]) -> Vec<Value> {
    let done = events
        .iter()
        .filter(|event| event["type"] == "response.output_item.done");
    done.map(|event| event["item"].clone()).collect()
}

/// The text of the last message.
pub(crate) fn text(events: &[Value]) -> String {
    let items = items(events);
    items.last().unwrap()["content"][0]["text"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn ask(client: &Client, request: &Value) -> Vec<Value> {
    let reply = client.post(PATH, request).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    events(&reply)
}

#[tokio::test]
async fn an_answer_is_told_from_its_beginning_to_its_end() {
    let client = Client::new();
    let told = ask(&client, &request("simulate:echo one two")).await;
    assert_eq!(
        names(&told),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    assert_eq!(text(&told), "one two");
    let response = &told.last().unwrap()["response"];
    assert_eq!(response["status"], "completed");
    assert_eq!(response["output"], json!([]));
    let usage = &response["usage"];
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert_eq!(
        count("total_tokens"),
        count("input_tokens") + count("output_tokens")
    );
}

#[tokio::test]
async fn the_last_event_holds_the_output_if_the_prompt_wants_it() {
    let client = Client::new();
    let told = ask(&client, &request("simulate:full-output simulate:echo one")).await;
    let output = &told.last().unwrap()["response"]["output"];
    assert_eq!(output, &json!(items(&told)));
}

#[tokio::test]
async fn a_request_says_what_it_must_and_no_more() {
    let client = Client::new();
    for (change, detail) in [
        (json!({"store": true}), "Store must be set to false"),
        (json!({"stream": null}), "Stream must be set to true"),
        (json!({"instructions": null}), "Instructions are required"),
        (
            json!({"temperature": 1}),
            "Unsupported parameter: temperature",
        ),
        (
            json!({"max_output_tokens": 9}),
            "Unsupported parameter: max_output_tokens",
        ),
        (
            json!({"previous_response_id": "resp_1"}),
            "Unsupported parameter: previous_response_id",
        ),
        (
            json!({"service_tier": "flex"}),
            "Unsupported parameter: service_tier",
        ),
        (json!({"input": "hello"}), "Input must be a list"),
        (
            json!({"input": [{"role": "system", "content": "x"}]}),
            "System messages are not allowed",
        ),
        (
            json!({"model": "gpt-9"}),
            "The 'gpt-9' model is not supported when using Codex with a ChatGPT account.",
        ),
    ] {
        let refused = client.post(PATH, &with(request("hello"), change)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{detail}");
        assert_eq!(refused.json()["detail"], detail);
    }
    let path = "/backend-api/codex/responses/";
    let elsewhere = client.post(path, &request("hello")).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_sealed_for_one_account_is_refused_for_another() {
    let client = Client::new();
    let wanted =
        json!({"include": ["reasoning.encrypted_content"], "reasoning": {"summary": "auto"}});
    let told = ask(&client, &with(request("simulate:reasoning"), wanted)).await;
    let thought = items(&told)[0].clone();
    assert_eq!(thought["type"], "reasoning");
    assert_eq!(thought["summary"].as_array().unwrap().len(), 2);
    assert!(names(&told).contains(&"response.reasoning_summary_text.delta"));
    let again = with(request("x"), json!({"input": [thought, message("thanks")]}));
    ask(&client, &again).await;
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    let refused = bob.post(PATH, &again).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error"]["code"], "invalid_encrypted_content");
    let mut damaged = again.clone();
    damaged["input"][0]["encrypted_content"] = json!("gAAAAABxyz");
    let refused = client.post(PATH, &damaged).await;
    assert_eq!(refused.json()["error"]["code"], "invalid_encrypted_content");
}

#[tokio::test]
async fn a_tool_is_called_and_what_it_says_is_told() {
    let client = Client::new();
    let tools = json!({"tools": [function("weather"), {"type": "custom", "name": "run"}]});
    let prompt = "<query>simulate:call weather {\"city\": \"Ulm\"}</query>";
    let asked = with(request(prompt), tools.clone());
    let told = ask(&client, &asked).await;
    let call = items(&told)[0].clone();
    assert_eq!(
        (&call["name"], &call["arguments"]),
        (&json!("weather"), &json!("{\"city\":\"Ulm\"}"))
    );
    let output =
        json!({"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"});
    let context = message("<environment_context>now</environment_context>");
    let input = json!({"input": [message(prompt), call, output, context]});
    let told = ask(&client, &with(asked.clone(), input)).await;
    assert_eq!(text(&told), "the tool said: sunny");
    let unanswered = json!({"input": [message(prompt), call]});
    let refused = client.post(PATH, &with(asked, unanswered)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let said = refused.json()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        said.starts_with("No tool output found for function call call_"),
        "{said}"
    );
    let both = ask(&client, &with(request("simulate:calls"), tools.clone())).await;
    let kinds: Vec<Value> = items(&both)
        .iter()
        .map(|item| item["type"].clone())
        .collect();
    assert_eq!(kinds, ["function_call", "custom_tool_call"]);
    let custom = ask(&client, &with(request("simulate:custom-call ls -l"), tools)).await;
    assert_eq!(items(&custom)[0]["input"], "ls -l");
}

#[tokio::test]
async fn a_file_is_edited_with_the_tool_there_is() {
    let client = Client::new();
    let tools = json!({"tools": [{"type": "custom", "name": "apply_patch"}]});
    let told = ask(&client, &with(request("simulate:edit a.txt hello"), tools)).await;
    let input = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch";
    assert_eq!(items(&told)[0]["input"], input);
}

#[tokio::test]
async fn an_answer_has_the_form_it_is_to_have() {
    let client = Client::new();
    let schema = json!({"type": "object", "properties": {"unit": {"enum": ["c", "f"]}},
        "required": ["unit"], "additionalProperties": false});
    let format = json!({"text": {"format": {"type": "json_schema", "name": "a", "strict": true,
        "schema": schema}}});
    let told = ask(&client, &with(request("hello"), format)).await;
    assert_eq!(text(&told), "{\"unit\":\"c\"}");
}

#[tokio::test]
async fn other_scripts_show_what_they_say() {
    let client = Client::new();
    let tools = json!({"tools": [{"type": "web_search"}, {"type": "image_generation"}]});
    for (prompt, expected) in [
        ("simulate:search", "response.web_search_call.searching"),
        ("simulate:search", "response.output_text.annotation.added"),
        ("simulate:image", "response.image_generation_call.completed"),
        ("simulate:refusal", "response.refusal.delta"),
        ("simulate:max-tokens", "response.incomplete"),
        ("simulate:content-filter", "response.incomplete"),
    ] {
        let told = ask(&client, &with(request(prompt), tools.clone())).await;
        assert!(names(&told).contains(&expected), "{prompt}");
    }
    let long = ask(&client, &request("simulate:long")).await;
    let deltas = long
        .iter()
        .filter(|event| event["type"] == "response.output_text.delta");
    assert!(deltas.count() > 50);
}

#[tokio::test]
async fn models_that_are_known_are_not_sent_again() {
    let client = Client::new();
    let path = "/backend-api/codex/models?client_version=0.144.1";
    let first = client.get(path).await;
    assert!(first.json()["models"].as_array().unwrap().len() > 5);
    let tag = first.headers["etag"].to_str().unwrap();
    let again = client
        .send("GET", path, &[("if-none-match", tag)], None)
        .await;
    assert_eq!(gather(again).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_history_is_made_shorter() {
    let client = Client::new();
    let body = json!({"model": "gpt-5.2-codex", "instructions": "", "input": [message("hello"),
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}]});
    let compacted = client.post(&format!("{PATH}/compact"), &body).await.json();
    let output = compacted["output"].as_array().unwrap();
    assert_eq!(
        (&output[0]["role"], &output[1]["type"]),
        (&json!("user"), &json!("compaction"))
    );
    let input = json!({"input": [output[0], output[1], message("simulate:echo on")]});
    let told = ask(&client, &with(request("x"), input.clone())).await;
    assert_eq!(text(&told), "on");
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    let refused = bob.post(PATH, &with(request("x"), input)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn requests_are_kept_with_their_bodies() {
    let client = Client::with(|options| options.record = true);
    client.post(PATH, &request("hello")).await;
    let recorded = client.simulator.recorded();
    assert_eq!(recorded[0].path, PATH);
    let body: Value = serde_json::from_slice(&recorded[0].body).unwrap();
    assert_eq!(body, request("hello"));
}

//! The platform: keys, chat completions, responses that are kept, and the small routes.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::{PLATFORM_PATH, TokenSpec};

use crate::client::{Client, Gathered};
use crate::codex::{events, function, items, message, names, text, with};

/// A client with a key.
fn holder(client: &Client, spec: &TokenSpec) -> Client {
    Client {
        token: client.simulator.mint_platform_key(spec),
        ..client.signed_in_as(spec)
    }
}

fn client() -> Client {
    holder(&Client::new(), &TokenSpec::new("alice"))
}

async fn post(client: &Client, path: &str, body: &Value) -> Gathered {
    client.post(&format!("{PLATFORM_PATH}{path}"), body).await
}

async fn get(client: &Client, path: &str) -> Gathered {
    client.get(&format!("{PLATFORM_PATH}{path}")).await
}

fn chat(prompt: &str) -> Value {
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}]})
}

fn response(prompt: &str) -> Value {
    json!({"model": "gpt-5.2", "input": prompt})
}

/// The chunks of a stream up to its mark.
fn chunks(stream: &Gathered) -> Vec<Value> {
    let mut blocks: Vec<&str> = stream.text().split_terminator("\n\n").collect();
    assert_eq!(blocks.pop(), Some("data: [DONE]"));
    let data = blocks
        .into_iter()
        .map(|block| block.strip_prefix("data: ").unwrap());
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// What the chunks of the first choice add up to at a place of the delta.
fn added(chunks: &[Value], pointer: &str) -> String {
    let place = format!("/choices/0/delta{pointer}");
    let first = chunks
        .iter()
        .filter(|chunk| chunk["choices"][0]["index"] == 0);
    let texts = first.filter_map(|chunk| chunk.pointer(&place)?.as_str());
    texts.collect()
}

#[tokio::test]
async fn a_chat_is_completed_whole_and_in_chunks() {
    let client = client();
    let whole = post(&client, "/chat/completions", &chat("simulate:echo one two"))
        .await
        .json();
    let choice = &whole["choices"][0];
    assert_eq!(choice["message"]["content"], "one two");
    assert_eq!(
        (&choice["finish_reason"], &choice["logprobs"]),
        (&json!("stop"), &Value::Null)
    );
    let usage = &whole["usage"];
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert_eq!(
        count("total_tokens"),
        count("prompt_tokens") + count("completion_tokens")
    );
    let options = json!({"stream": true, "stream_options": {"include_usage": true}, "n": 2});
    let asked = with(chat("simulate:echo one two"), options);
    let told = chunks(&post(&client, "/chat/completions", &asked).await);
    assert_eq!(added(&told, "/content"), "one two");
    assert_eq!(told[1]["choices"][0]["index"], 1);
    let last = told.last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]), (&json!([]), usage));
}

#[tokio::test]
async fn a_chat_calls_tools_and_tells_what_they_say() {
    let client = client();
    let function = |name: &str| {
        let mut function = function(name);
        function.as_object_mut().unwrap().remove("type");
        json!({"type": "function", "function": function})
    };
    let tools = json!({"tools": [function("a"), function("b")]});
    let both = with(chat("simulate:calls"), tools.clone());
    let whole = post(&client, "/chat/completions", &both).await.json();
    let message = &whole["choices"][0]["message"];
    assert_eq!(whole["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(message["content"], Value::Null);
    assert_eq!(message["tool_calls"][1]["function"]["name"], "b");
    let streamed = with(both.clone(), json!({"stream": true}));
    let told = chunks(&post(&client, "/chat/completions", &streamed).await);
    let arguments = added(&told, "/tool_calls/0/function/arguments");
    assert_eq!(arguments, "{\"city\":\"sample\"}{\"city\":\"sample\"}");
    let said = |id: &Value| json!({"role": "tool", "tool_call_id": id, "content": "sunny"});
    let calls = &message["tool_calls"];
    let mut messages = both["messages"].as_array().unwrap().clone();
    messages.extend([message.clone(), said(&calls[0]["id"])]);
    let one = with(both.clone(), json!({"messages": messages.clone()}));
    let refused = post(&client, "/chat/completions", &one).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    messages.push(said(&calls[1]["id"]));
    let all = with(both, json!({"messages": messages}));
    let whole = post(&client, "/chat/completions", &all).await.json();
    let content = &whole["choices"][0]["message"]["content"];
    assert_eq!(content, "the tool said: sunny\nsunny");
}

#[tokio::test]
async fn a_chat_answers_in_the_form_that_is_wanted() {
    let client = client();
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}},
        "required": ["n"], "additionalProperties": false});
    let format = json!({"response_format": {"type": "json_schema",
        "json_schema": {"name": "a", "strict": true, "schema": schema}}});
    let asked = with(chat("hello"), format);
    let whole = post(&client, "/chat/completions", &asked).await.json();
    assert_eq!(whole["choices"][0]["message"]["content"], "{\"n\":1}");
    let spoken =
        json!({"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}});
    let asked = with(chat("simulate:echo hello"), spoken);
    let whole = post(&client, "/chat/completions", &asked).await.json();
    let audio = &whole["choices"][0]["message"]["audio"];
    assert_eq!(audio["transcript"], "hello");
    assert!(audio["data"].as_str().unwrap().starts_with("UklGR"));
    for (prompt, limit, finish) in [
        ("simulate:echo one two three", json!(2), "length"),
        ("simulate:content-filter", Value::Null, "content_filter"),
        ("simulate:refusal", Value::Null, "stop"),
    ] {
        let asked = with(chat(prompt), json!({"max_completion_tokens": limit}));
        let whole = post(&client, "/chat/completions", &asked).await.json();
        assert_eq!(whole["choices"][0]["finish_reason"], finish, "{prompt}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_in_openais_form() {
    let client = client();
    let stranger = Client {
        token: "sk-proj-nobody-knows-this".to_owned(),
        ..client.signed_in_as(&TokenSpec::new("x"))
    };
    let refused = post(&stranger, "/chat/completions", &chat("hello")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json()["error"]["code"], "invalid_api_key");
    let refused = post(
        &client,
        "/chat/completions",
        &with(chat("x"), json!({"model": "x"})),
    )
    .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(refused.json()["error"]["code"], "model_not_found");
    let refused = post(
        &client,
        "/chat/completions",
        &with(chat("x"), json!({"foo": 1})),
    )
    .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.headers.contains_key("x-request-id"));
    let refused = post(&client, "/nowhere", &json!({})).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(
        refused.json()["error"]["message"],
        "Invalid URL (POST /v1/nowhere)"
    );
}

#[tokio::test]
async fn every_key_has_its_own_faults_and_limits() {
    let client = client();
    let faulty = |name: &str, fault: &str| {
        let spec = TokenSpec {
            fault: Some(fault.to_owned()),
            ..TokenSpec::new(name)
        };
        holder(&client, &spec)
    };
    for (fault, status) in [
        ("insufficient-quota", 429),
        ("rate-limit-exceeded", 429),
        ("server-error", 500),
        ("invalid-key", 401),
    ] {
        let holder = faulty("bob", fault);
        let refused = post(&holder, "/chat/completions", &chat("hello")).await;
        assert_eq!(refused.status.as_u16(), status, "{fault}");
        assert!(refused.json()["error"]["message"].is_string());
    }
    let limited = holder(&client, &TokenSpec::new("carol").with_limit("platform", 30));
    let refused = post(&limited, "/responses", &response("hello")).await;
    assert_eq!(refused.headers["retry-after"], "30");
    let cut = faulty("dora", "drop");
    let asked = with(chat("simulate:long"), json!({"stream": true}));
    assert!(post(&cut, "/chat/completions", &asked).await.broken);
    let overloaded = faulty("emil", "overloaded-early");
    let stream = post(&overloaded, "/chat/completions", &asked).await;
    assert!(stream.text().contains("\"code\":\"server_is_overloaded\""));
    assert!(!stream.text().contains("[DONE]"));
}

#[tokio::test]
async fn a_response_is_kept_and_gone_on_with() {
    let client = client();
    let first = post(&client, "/responses", &response("simulate:call"))
        .await
        .json();
    assert_eq!(first["status"], "completed");
    let tools = json!({"tools": [function("weather")]});
    let asked = with(response("simulate:call"), tools.clone());
    let first = post(&client, "/responses", &asked).await.json();
    let call = &first["output"][0];
    assert_eq!(call["name"], "weather");
    let path = format!("/responses/{}", first["id"].as_str().unwrap());
    assert_eq!(get(&client, &path).await.json(), first);
    let output =
        json!([{"type": "function_call_output", "call_id": call["call_id"], "output": "rain"}]);
    let more = with(
        tools,
        json!({"model": "gpt-5.2", "input": output,
        "previous_response_id": first["id"], "stream": true}),
    );
    let told = events(&post(&client, "/responses", &more).await);
    assert_eq!(text(&told), "the tool said: rain");
    let last = &told.last().unwrap()["response"];
    assert_eq!(last["output"], json!(items(&told)));
    let inputs = get(&client, &format!("{path}/input_items")).await.json();
    assert_eq!(inputs["data"][0]["content"][0]["text"], "simulate:call");
    let bob = holder(&client, &TokenSpec::new("bob"));
    assert_eq!(get(&bob, &path).await.status, StatusCode::NOT_FOUND);
    let deleted = client
        .send("DELETE", &format!("{PLATFORM_PATH}{path}"), &[], None)
        .await;
    assert_eq!(deleted.status(), StatusCode::OK);
    assert_eq!(get(&client, &path).await.status, StatusCode::NOT_FOUND);
    let refused = post(&client, "/responses", &more).await;
    assert_eq!(
        refused.json()["error"]["code"],
        "previous_response_not_found"
    );
}

#[tokio::test]
async fn a_response_in_the_background_is_waited_for_or_cancelled() {
    let client = client();
    let asked = with(response("hello"), json!({"background": true}));
    let waiting = async || {
        let queued = post(&client, "/responses", &asked).await.json();
        assert_eq!(queued["status"], "queued");
        format!("/responses/{}", queued["id"].as_str().unwrap())
    };
    let path = waiting().await;
    assert_eq!(get(&client, &path).await.json()["status"], "queued");
    assert_eq!(get(&client, &path).await.json()["status"], "completed");
    let cancel = async |path: &str| post(&client, &format!("{path}/cancel"), &json!({})).await;
    assert_eq!(cancel(&path).await.status, StatusCode::BAD_REQUEST);
    let path = waiting().await;
    assert_eq!(cancel(&path).await.json()["status"], "cancelled");
}

#[tokio::test]
async fn a_server_may_have_only_one_of_the_apis() {
    let only_chat = Client::with(|options| options.platform.responses = false);
    let client = holder(&only_chat, &TokenSpec::new("alice"));
    let missing = post(&client, "/responses", &response("hello")).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let there = post(&client, "/chat/completions", &chat("hello")).await;
    assert_eq!(there.status, StatusCode::OK);
}

#[tokio::test]
async fn the_small_routes_answer() {
    let client = client();
    let models = get(&client, "/models").await.json();
    assert!(models["data"].as_array().unwrap().len() > 5);
    assert_eq!(get(&client, "/models/gpt-4o").await.json()["id"], "gpt-4o");
    assert_eq!(
        get(&client, "/models/x").await.status,
        StatusCode::NOT_FOUND
    );
    let asked = json!({"model": "text-embedding-3-small", "input": ["a", "b"], "dimensions": 8});
    let embedded = post(&client, "/embeddings", &asked).await.json();
    assert_eq!(
        embedded["data"][1]["embedding"].as_array().unwrap().len(),
        8
    );
    let judged = post(&client, "/moderations", &json!({"input": "I will kill it"}))
        .await
        .json();
    assert_eq!(judged["results"][0]["flagged"], true);
    let asked = json!({"model": "tts-1", "input": "hello", "voice": "alloy"});
    let spoken = post(&client, "/audio/speech", &asked).await;
    assert!(spoken.body.starts_with(b"ID3"));
}

#[tokio::test]
async fn a_streamed_response_is_told_in_order() {
    let client = client();
    let asked = json!({"model": "gpt-5.2", "input": [message("simulate:reasoning")], "stream": true,
        "reasoning": {"effort": "low", "summary": "auto"}});
    let told = events(&post(&client, "/responses", &asked).await);
    assert_eq!(names(&told)[3], "response.reasoning_summary_part.added");
    assert!(items(&told)[0]["encrypted_content"].is_null());
}

//! Every face over every driver, streamed and whole, for everything that not all of them have: each
//! cell answers, or refuses as the documents say.

use serde_json::{Value, json};

use crate::support::{KEY, Reply, Setup, TestApp};

const FACES: [&str; 3] = ["chat", "responses", "messages"];
const DRIVERS: [&str; 3] = ["web", "codex", "platform"];

/// What is asked for, and which drivers can do it.
const TABLE: [(&str, [bool; 3]); 6] = [
    ("text", [true, true, true]),
    ("tools", [false, true, true]),
    ("schema", [false, true, true]),
    ("image", [true, true, true]),
    ("file", [true, false, true]),
    ("search", [true, true, true]),
];

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PDF: &str = "JVBERi0xLjQKJSVFT0YK";
const TEXT_FILE: &str = "aGVsbG8=";

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}},
        "required": ["city"], "additionalProperties": false})
}

fn prompt(asked: &str) -> &'static str {
    match asked {
        "tools" => "simulate:call weather {\"city\":\"Rome\"}",
        "schema" => "a city",
        _ => "simulate:echo hi",
    }
}

fn chat(asked: &str) -> Value {
    let text = json!({"type": "text", "text": prompt(asked)});
    let png = format!("data:image/png;base64,{PNG}");
    let file = format!("data:text/plain;base64,{TEXT_FILE}");
    let content = match asked {
        "image" => json!([text, {"type": "image_url", "image_url": {"url": png}}]),
        "file" => json!([text, {"type": "file", "file": {"filename": "a.txt", "file_data": file}}]),
        _ => json!([text]),
    };
    let mut body = json!({"messages": [{"role": "user", "content": content}]});
    match asked {
        "tools" => {
            let function = json!({"name": "weather", "parameters": schema()});
            body["tools"] = json!([{"type": "function", "function": function}]);
        }
        "schema" => {
            let named = json!({"name": "city", "strict": true, "schema": schema()});
            body["response_format"] = json!({"type": "json_schema", "json_schema": named});
        }
        "search" => body["web_search_options"] = json!({}),
        _ => {}
    }
    body
}

fn responses(asked: &str) -> Value {
    let text = json!({"type": "input_text", "text": prompt(asked)});
    let png = format!("data:image/png;base64,{PNG}");
    let file = format!("data:text/plain;base64,{TEXT_FILE}");
    let content = match asked {
        "image" => json!([text, {"type": "input_image", "image_url": png, "detail": "auto"}]),
        "file" => json!([text, {"type": "input_file", "filename": "a.txt", "file_data": file}]),
        _ => json!([text]),
    };
    let mut body = json!({"input": [{"role": "user", "content": content}]});
    match asked {
        "tools" => {
            body["tools"] = json!([{"type": "function", "name": "weather", "strict": true,
                "parameters": schema()}]);
        }
        "schema" => {
            body["text"] = json!({"format": {"type": "json_schema", "name": "city",
                "strict": true, "schema": schema()}});
        }
        "search" => body["tools"] = json!([{"type": "web_search"}]),
        _ => {}
    }
    body
}

fn messages(asked: &str) -> Value {
    let text = json!({"type": "text", "text": prompt(asked)});
    let source =
        |mime: &str, data: &str| json!({"type": "base64", "media_type": mime, "data": data});
    let content = match asked {
        "image" => json!([text, {"type": "image", "source": source("image/png", PNG)}]),
        "file" => {
            json!([text, {"type": "document", "source": source("application/pdf", PDF)}])
        }
        _ => json!([text]),
    };
    let mut body = json!({"max_tokens": 500, "messages": [{"role": "user", "content": content}]});
    match asked {
        "tools" => {
            body["tools"] = json!([{"name": "weather", "input_schema": schema()}]);
        }
        "schema" => {
            let format = json!({"type": "json_schema", "schema": schema()});
            body["output_config"] = json!({"format": format});
        }
        "search" => {
            body["tools"] = json!([{"type": "web_search_20250305", "name": "web_search"}]);
        }
        _ => {}
    }
    body
}

async fn ask(app: &TestApp, face: &str, driver: &str, asked: &str, is_streamed: bool) -> Reply {
    let (path, mut body) = match face {
        "chat" => ("/v1/chat/completions", chat(asked)),
        "responses" => ("/v1/responses", responses(asked)),
        _ => ("/v1/messages", messages(asked)),
    };
    let model = if driver == "platform" {
        "gpt-4o"
    } else {
        "gpt-5.2"
    };
    body["model"] = json!(format!("{driver}/{model}"));
    body["stream"] = json!(is_streamed);
    let request = app.client.post(format!("{}{path}", app.url)).json(&body);
    let request = request
        .bearer_auth(KEY)
        .header("anthropic-version", "2023-06-01");
    Reply::read(request.send().await.unwrap()).await
}

/// Whether an answer is whole, and holds what was asked for.
fn is_answer(reply: &Reply, face: &str, asked: &str, is_streamed: bool) -> bool {
    let end = match (face, is_streamed) {
        ("chat", true) => "data: [DONE]",
        ("chat", false) => "\"finish_reason\":",
        ("responses", true) => "event: response.completed",
        ("responses", false) => "\"status\":\"completed\"",
        (_, true) => "event: message_stop",
        (_, false) => "\"stop_reason\":",
    };
    let held = match asked {
        "tools" => "weather",
        "schema" => "city",
        _ => "hi",
    };
    reply.status == 200 && reply.text.contains(end) && reply.text.contains(held)
}

fn is_refusal(reply: &Reply) -> bool {
    let error = &reply.json()["error"];
    let code = [&error["code"], &error["details"]["error_code"]];
    let param = [&error["param"], &error["details"]["param"]];
    reply.status == 400
        && code.iter().any(|it| **it == "unsupported_parameter")
        && param.iter().any(|it| it.is_string())
}

#[tokio::test]
async fn every_face_over_every_driver_answers_or_refuses_as_documented() {
    let setup = Setup::new().set("DRIVERS", "web,codex,platform");
    let app = setup.with_key().start().await;
    let mut cells = 0;
    for (asked, able) in TABLE {
        for (driver, can) in DRIVERS.into_iter().zip(able) {
            for face in FACES {
                for is_streamed in [false, true] {
                    let reply = ask(&app, face, driver, asked, is_streamed).await;
                    let cell = format!("{asked}, {face}, {driver}, streamed: {is_streamed}");
                    if can {
                        let is_good = is_answer(&reply, face, asked, is_streamed);
                        assert!(is_good, "{cell}: {} {}", reply.status, reply.text);
                        assert_eq!(reply.header("x-flowgpt-driver"), driver, "{cell}");
                    } else {
                        assert!(
                            is_refusal(&reply),
                            "{cell}: {} {}",
                            reply.status,
                            reply.text
                        );
                    }
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, 6 * 3 * 3 * 2);
    app.stop().await;
}

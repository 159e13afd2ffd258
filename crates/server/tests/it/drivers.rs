//! One API over every driver: which one serves a request, and what each does with it.

use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::support::{KEY, Reply, Setup, TestApp, question};

const ALL: &str = "web,codex,platform";

/// A gateway with accounts of ChatGPT, and one key of a server with an API.
async fn everything() -> TestApp {
    Setup::new().set("DRIVERS", ALL).with_key().start().await
}

async fn send(app: &TestApp, body: &Value) -> Reply {
    Reply::read(app.ask(body).send().await.unwrap()).await
}

fn weather() -> Value {
    json!([{"type": "function", "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
            "required": ["city"], "additionalProperties": false},
    }}])
}

fn with_tools(model: &str, prompt: &str) -> Value {
    json!({
        "model": model,
        "messages": [{"role": "user", "content": prompt}],
        "tools": weather(),
    })
}

const CALL: &str = "simulate:call weather {\"city\":\"北京\"}";

#[tokio::test]
async fn a_request_with_tools_goes_to_a_driver_that_has_them() {
    let app = everything().await;
    for (model, driver) in [("auto", "codex"), ("platform/gpt-4o", "platform")] {
        let mut body = with_tools(model, CALL);
        let whole = send(&app, &body).await;
        assert_eq!(whole.status, 200, "{driver}: {}", whole.text);
        assert_eq!(whole.header("x-flowgpt-driver"), driver);
        let answer = whole.json();
        let choice = &answer["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert_eq!(choice["message"]["content"], Value::Null);
        let call = &choice["message"]["tool_calls"][0];
        assert_eq!(call["function"]["name"], "weather");
        let arguments: Value =
            serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
        assert_eq!(arguments, json!({"city": "北京"}));

        body["stream"] = json!(true);
        let stream = send(&app, &body).await;
        assert!(stream.is_done(), "{driver}: {}", stream.text);
        assert_eq!(stream.finish_reason(), "tool_calls");
        let pieces = stream.events();
        let pieces = pieces.iter().flat_map(|it| {
            let calls = it["choices"][0]["delta"]["tool_calls"].as_array();
            calls.cloned().unwrap_or_default()
        });
        let streamed: String = pieces
            .filter_map(|it| it["function"]["arguments"].as_str().map(str::to_owned))
            .collect();
        let streamed: Value = serde_json::from_str(&streamed).unwrap();
        assert_eq!(streamed, arguments);

        let message = choice["message"].clone();
        let result = json!({"role": "tool", "tool_call_id": call["id"], "content": "晴"});
        body["stream"] = json!(false);
        let messages = body["messages"].as_array_mut().unwrap();
        messages.extend([message, result]);
        let told = send(&app, &body).await;
        assert_eq!(
            told.content(),
            "the tool said: 晴",
            "{driver}: {}",
            told.text
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_form_of_the_answer_goes_to_a_driver_that_enforces_it() {
    let app = everything().await;
    let mut body = question("a person");
    body["response_format"] = json!({"type": "json_schema", "json_schema": {
        "name": "person", "strict": true,
        "schema": {"type": "object", "required": ["name", "age"], "additionalProperties": false,
            "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}},
    }});
    for (model, driver) in [("gpt-5.2", "codex"), ("platform/gpt-4o", "platform")] {
        body["model"] = json!(model);
        let reply = send(&app, &body).await;
        assert_eq!(reply.header("x-flowgpt-driver"), driver, "{}", reply.text);
        let answer: Value = serde_json::from_str(&reply.content()).unwrap();
        assert!(
            answer["name"].is_string() && answer["age"].is_i64(),
            "{answer}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn what_only_one_driver_has_leads_there_and_the_rest_to_the_preferred_one() {
    let setup = Setup::new().set("DRIVERS", "codex,web").with_key();
    let app = setup.start().await;
    let plain = send(&app, &question("simulate:echo hi")).await;
    assert_eq!(plain.header("x-flowgpt-driver"), "codex");
    assert_eq!(plain.content(), "hi");
    assert_eq!(plain.json()["usage"]["estimated"], false);
    let mut kept = question("simulate:echo hi");
    kept["history_disabled"] = json!(false);
    let kept = send(&app, &kept).await;
    assert_eq!(kept.header("x-flowgpt-driver"), "web");
    assert!(kept.json()["conversation_id"].is_string());
    let mut named = question("simulate:echo hi");
    named["model"] = json!("web/auto");
    let named = send(&app, &named).await;
    assert_eq!(named.header("x-flowgpt-driver"), "web");
    assert!(!named.header("x-flowgpt-account").is_empty());
    let mut not_there = question("hi");
    not_there["model"] = json!("platform/gpt-4o");
    let reply = send(&app, &not_there).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (400, "driver_not_enabled")
    );
    app.stop().await;
}

#[tokio::test]
async fn what_no_driver_at_hand_can_do_is_refused_with_who_can() {
    let app = TestApp::start().await;
    let reply = send(&app, &with_tools("auto", CALL)).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (400, "unsupported_parameter")
    );
    let error = &reply.json()["error"];
    assert_eq!(error["param"], "tools");
    assert_eq!(error["drivers"], json!(["codex", "platform"]));
    assert!(app.simulator.recorded().is_empty(), "nothing went upstream");
    app.stop().await;
}

#[tokio::test]
async fn tools_are_emulated_on_the_web_driver_where_the_operator_wants_that() {
    let app = Setup::new().set("EMULATE_TOOLS", "true").start().await;
    for script in ["emulated-call", "emulated-broken"] {
        let prompt = format!("simulate:{script} weather {{\"city\":\"北京\"}}");
        for is_streamed in [false, true] {
            let mut body = with_tools("auto", &prompt);
            body["stream"] = json!(is_streamed);
            let reply = send(&app, &body).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            assert_eq!(reply.header("x-flowgpt-driver"), "web");
            assert_eq!(reply.header("x-flowgpt-emulated"), "tools");
            let arguments = if is_streamed {
                assert!(reply.is_done(), "{}", reply.text);
                let events = reply.events();
                let calls = events
                    .iter()
                    .map(|it| &it["choices"][0]["delta"]["tool_calls"][0]);
                calls
                    .filter_map(|it| it["function"]["arguments"].as_str())
                    .collect()
            } else {
                let answer = reply.json();
                let call = &answer["choices"][0]["message"]["tool_calls"][0];
                call["function"]["arguments"].as_str().unwrap().to_owned()
            };
            let arguments: Value = serde_json::from_str(&arguments).unwrap();
            assert_eq!(arguments, json!({"city": "北京"}), "{script}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_form_is_emulated_with_one_repair_and_else_an_error() {
    let app = Setup::new().set("EMULATE_TOOLS", "true").start().await;
    let schema = json!({"type": "object", "required": ["a"],
        "properties": {"a": {"type": "integer"}}});
    let ask = async |prompt: &str| {
        let mut body = question(prompt);
        body["response_format"] = json!({"type": "json_schema",
            "json_schema": {"name": "x", "schema": schema}});
        send(&app, &body).await
    };
    for script in ["json", "broken-json"] {
        let reply = ask(&format!("simulate:{script} {{\"a\":1}}")).await;
        assert_eq!(reply.status, 200, "{script}: {}", reply.text);
        let answer: Value = serde_json::from_str(&reply.content()).unwrap();
        assert_eq!(answer, json!({"a": 1}), "{script}");
    }
    let reply = ask("simulate:echo never JSON").await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (422, "answer_form_invalid")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_server_with_an_api_is_told_all_and_all_it_says_is_passed_on() {
    let app = everything().await;
    let mut body = question("simulate:echo hi");
    body["model"] = json!("platform/gpt-4o");
    body["temperature"] = json!(0.5);
    body["metadata"] = json!({"a": "1"});
    let reply = send(&app, &body).await;
    assert_eq!(
        reply.header("x-flowgpt-driver"),
        "platform",
        "{}",
        reply.text
    );
    assert_eq!(reply.header("x-flowgpt-dropped"), "");
    assert_eq!(reply.content(), "hi");
    let requests = app.simulator.recorded();
    let sent = requests
        .iter()
        .rev()
        .find(|it| it.path.ends_with("/chat/completions"))
        .unwrap();
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(sent["model"], "gpt-4o");
    assert_eq!(sent["temperature"], 0.5);
    assert_eq!(sent["metadata"], json!({"a": "1"}));
    body["stream"] = json!(true);
    let stream = send(&app, &body).await;
    assert_eq!(stream.deltas("content"), "hi");
    assert!(stream.is_done());
    assert!(
        !stream.text.contains("\"usage\":{"),
        "nobody asked for it: {}",
        stream.text
    );
    app.stop().await;
}

#[tokio::test]
async fn overload_inside_a_stream_fails_over_before_the_answer_and_is_an_error_after_it() {
    let faulty = |fault: &str| {
        let spec = TokenSpec {
            fault: Some(fault.into()),
            ..TokenSpec::new("bad")
        };
        let setup = Setup::new()
            .set("DRIVERS", "codex")
            .set("RANDOM_TOKEN", "false");
        setup.accounts(vec![spec, TokenSpec::new("good")])
    };
    let app = faulty("overloaded-early").start().await;
    let mut body = question("simulate:echo hi");
    body["stream"] = json!(true);
    let reply = send(&app, &body).await;
    assert_eq!(reply.deltas("content"), "hi", "{}", reply.text);
    assert_eq!(reply.header("x-flowgpt-attempts"), "2");
    app.stop().await;
    let app = faulty("overloaded-mid").start().await;
    let mut body = question("simulate:long");
    body["stream"] = json!(true);
    let reply = send(&app, &body).await;
    assert!(!reply.is_done());
    let last = reply.events().pop().unwrap();
    assert_eq!(
        last["error"]["code"], "upstream_overloaded",
        "{}",
        reply.text
    );
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_is_used_up_on_codex_is_left_alone_and_others_are_asked() {
    let used_up = TokenSpec::new("a").with_limit("codex", 900);
    let setup = Setup::new()
        .set("DRIVERS", "codex")
        .set("RANDOM_TOKEN", "false");
    let app = setup
        .accounts(vec![used_up, TokenSpec::new("b")])
        .start()
        .await;
    for attempts in ["2", "1"] {
        let reply = send(&app, &question("simulate:echo hi")).await;
        assert_eq!(reply.content(), "hi");
        assert_eq!(reply.header("x-flowgpt-attempts"), attempts);
    }
    app.stop().await;
    let used_up = TokenSpec::new("a").with_limit("codex", 900);
    let setup = Setup::new().set("DRIVERS", "codex").accounts(vec![used_up]);
    let app = setup.start().await;
    let reply = send(&app, &question("simulate:echo hi")).await;
    assert_eq!(reply.status, 429, "{}", reply.text);
    let wait: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    app.stop().await;
}

#[tokio::test]
async fn one_list_names_the_models_of_all_drivers() {
    let app = everything().await;
    let request = app.client.get(format!("{}/v1/models", app.url));
    let reply = Reply::read(request.bearer_auth(KEY).send().await.unwrap()).await;
    let list = reply.json();
    let find = |id: &str| {
        let mut models = list["data"].as_array().unwrap().iter();
        let found = models.find(|it| it["id"] == id);
        found.unwrap_or_else(|| panic!("{id} in {list}")).clone()
    };
    assert_eq!(find("auto")["drivers"], json!(["web"]));
    let codex = find("gpt-5.2-codex");
    assert_eq!(codex["drivers"], json!(["codex"]));
    let capabilities = codex["capabilities"].as_array().unwrap();
    assert!(capabilities.contains(&json!("tools")));
    assert!(!capabilities.contains(&json!("conversation_id")));
    let both = find("gpt-5.2");
    assert_eq!(both["drivers"], json!(ALL.split(',').collect::<Vec<_>>()));
    app.stop().await;
}

#[tokio::test]
async fn several_answers_are_several_turns_that_end_together() {
    for driver in ["web", "codex"] {
        let app = Setup::new().set("DRIVERS", driver).start().await;
        let mut body = question("simulate:echo hi there");
        body["n"] = json!(3);
        let whole = send(&app, &body).await.json();
        let choices = whole["choices"].as_array().unwrap();
        let told: Vec<_> = choices
            .iter()
            .map(|it| {
                (
                    it["index"].as_u64().unwrap(),
                    it["message"]["content"].as_str(),
                )
            })
            .collect();
        let expected = [0, 1, 2].map(|index| (index, Some("hi there")));
        assert_eq!(told, expected, "{driver}");
        let usage = &whole["usage"];
        let one = usage["completion_tokens"].as_u64().unwrap() / 3;
        assert!(one > 0, "{usage}");
        body["stream"] = json!(true);
        body["stream_options"] = json!({"include_usage": true});
        let stream = send(&app, &body).await;
        assert!(stream.is_done(), "{}", stream.text);
        let mut texts = [const { String::new() }; 3];
        let mut ends = 0;
        for event in stream.events() {
            for choice in event["choices"].as_array().unwrap() {
                let index = usize::try_from(choice["index"].as_u64().unwrap()).unwrap();
                texts[index] += choice["delta"]["content"].as_str().unwrap_or_default();
                ends += usize::from(choice["finish_reason"] == "stop");
            }
        }
        assert_eq!(texts, [const { "hi there" }; 3], "{driver}");
        assert_eq!(ends, 3);
        let last = stream.events().pop().unwrap();
        assert_eq!(last["choices"], json!([]));
        assert_eq!(
            last["usage"]["completion_tokens"],
            usage["completion_tokens"]
        );
        app.stop().await;
    }
}

#[tokio::test]
async fn several_answers_of_which_one_breaks_end_in_its_error() {
    let app = TestApp::start().await;
    let mut body = question("simulate:truncated");
    body["n"] = json!(2);
    assert_eq!(send(&app, &body).await.code(), "upstream_truncated");
    body["stream"] = json!(true);
    let stream = send(&app, &body).await;
    assert!(!stream.is_done());
    let events = stream.events();
    let errors = events.iter().filter(|it| it["error"].is_object());
    assert_eq!(errors.count(), 1, "{}", stream.text);
    app.becomes_quiet().await;
    app.stop().await;
}

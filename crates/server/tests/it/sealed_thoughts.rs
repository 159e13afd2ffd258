//! Sealed thoughts that callers send back: they reach the account that had them, and no other.

use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::support::{Reply, Setup, TestApp};

const MODEL: &str = "codex/gpt-5.2";

/// One caller with an account of their own, whose token is the key.
struct Own<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Own<'a> {
    fn new(app: &'a TestApp, name: &str) -> Self {
        let token = app.simulator.mint_access_token(&TokenSpec::new(name));
        Self { app, token }
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        let request = self.app.client.post(format!("{}{path}", self.app.url));
        let request = request.bearer_auth(&self.token).json(body);
        let reply = Reply::read(request.send().await.unwrap()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.header("x-flowgpt-driver"), "codex");
        reply
    }

    /// What was sealed in the last request that reached upstream, which this account made.
    fn sent_up(&self) -> Vec<String> {
        let recorded = self.app.simulator.recorded();
        let mut asked = recorded.iter().rev();
        let asked = asked.find(|it| it.path.starts_with("/backend-api/codex/responses"));
        let asked = asked.unwrap();
        let token = asked.headers["authorization"].to_str().unwrap();
        assert_eq!(token, format!("Bearer {}", self.token));
        let body: Value = serde_json::from_slice(&asked.body).unwrap();
        let items = body["input"].as_array().unwrap().iter();
        let sealed = items.filter_map(|item| item["encrypted_content"].as_str());
        sealed.map(str::to_owned).collect()
    }
}

/// The texts under `name` in a list of objects, those that are empty or null aside.
fn all(objects: &Value, name: &str) -> Vec<String> {
    let objects = objects.as_array().unwrap().iter();
    let texts = objects.filter_map(|object| object[name].as_str());
    texts
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether upstream got all that the caller was shown, each without the mark of its account.
fn are_all_of(sent: &[String], shown: &[String]) -> bool {
    let is_it = |(sent, shown): (&String, &String)| shown.ends_with(sent.as_str()) && sent != shown;
    sent.len() == shown.len() && sent.iter().zip(shown).all(is_it)
}

#[tokio::test]
async fn a_thought_of_a_response_goes_back_to_its_account_only() {
    let app = Setup::new().set("DRIVERS", "web,codex").start().await;
    let (a, b) = (Own::new(&app, "own-a"), Own::new(&app, "own-b"));
    let asking = |input: Value| {
        json!({"model": MODEL, "input": input, "store": false,
            "include": ["reasoning.encrypted_content"],
            "reasoning": {"effort": "high", "summary": "auto"}})
    };
    let question = json!({"role": "user", "content": "simulate:reasoning"});
    let first = a.post("/v1/responses", &asking(json!([question]))).await;
    let output = first.json()["output"].clone();
    let shown = all(&output, "encrypted_content");
    assert!(!shown.is_empty(), "{output}");

    let mut input = vec![question];
    input.extend(output.as_array().unwrap().iter().cloned());
    input.push(json!({"role": "user", "content": "simulate:echo again"}));
    for is_streamed in [false, true] {
        let mut body = asking(input.clone().into());
        body["stream"] = is_streamed.into();
        let told = a.post("/v1/responses", &body).await;
        assert!(told.text.contains("again"), "{}", told.text);
        assert!(are_all_of(&a.sent_up(), &shown), "{:?}", a.sent_up());

        let told = b.post("/v1/responses", &body).await;
        assert!(told.text.contains("again"), "{}", told.text);
        assert!(
            b.sent_up().is_empty(),
            "another account's thought is left out"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_thought_of_a_message_goes_back_to_its_account_only() {
    let app = Setup::new().set("DRIVERS", "web,codex").start().await;
    let (a, b) = (Own::new(&app, "own-a"), Own::new(&app, "own-b"));
    let asking = |messages: Value| {
        json!({"model": MODEL, "max_tokens": 1000, "messages": messages,
            "thinking": {"type": "enabled", "budget_tokens": 1024}})
    };
    let question = json!({"role": "user", "content": "simulate:reasoning"});
    let first = a.post("/v1/messages", &asking(json!([question]))).await;
    let content = first.json()["content"].clone();
    let shown = all(&content, "signature");
    assert!(!shown.is_empty(), "{content}");

    let body = asking(json!([
        question,
        {"role": "assistant", "content": content},
        {"role": "user", "content": "simulate:echo again"},
    ]));
    let told = a.post("/v1/messages", &body).await;
    assert!(told.text.contains("again"), "{}", told.text);
    assert!(are_all_of(&a.sent_up(), &shown), "{:?}", a.sent_up());

    let told = b.post("/v1/messages", &body).await;
    assert!(told.text.contains("again"), "{}", told.text);
    assert!(
        b.sent_up().is_empty(),
        "another account's thought is left out"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_thought_that_is_kept_here_goes_back_to_its_account() {
    let app = Setup::new().set("DRIVERS", "web,codex").start().await;
    let a = Own::new(&app, "own-a");
    let body = json!({"model": MODEL, "input": "simulate:reasoning",
        "reasoning": {"effort": "high", "summary": "auto"}});
    let first = a.post("/v1/responses", &body).await.json();
    assert!(
        all(&first["output"], "encrypted_content").is_empty(),
        "nobody asked for it"
    );
    let body = json!({"model": MODEL, "input": "simulate:echo again",
        "previous_response_id": first["id"]});
    let told = a.post("/v1/responses", &body).await;
    assert!(told.text.contains("again"), "{}", told.text);
    assert!(
        !a.sent_up().is_empty(),
        "the thought was kept, and went along"
    );
    app.stop().await;
}

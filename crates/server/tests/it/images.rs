//! Pictures on demand.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::attachments::png;
use crate::support::{KEY, Reply, Setup, TestApp};

async fn generate(app: &TestApp, body: &Value) -> Reply {
    let url = format!("{}/v1/images/generations", app.url);
    let request = app.client.post(url).bearer_auth(KEY).json(body);
    Reply::read(request.send().await.unwrap()).await
}

fn decoded(picture: &Value) -> Vec<u8> {
    STANDARD
        .decode(picture["b64_json"].as_str().unwrap())
        .unwrap()
}

#[tokio::test]
async fn a_picture_comes_in_base64_or_as_a_link() {
    let app = TestApp::start().await;
    let body = json!({"prompt": "simulate:image", "model": "gpt-image-1", "size": "1536x1024", "quality": "high"});
    let reply = generate(&app, &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("x-flowgpt-emulated"), "size");
    assert_eq!(reply.header("x-flowgpt-dropped"), "quality");
    let json = reply.json();
    assert!(decoded(&json["data"][0]).starts_with(b"\x89PNG"));
    assert_eq!(json["output_format"], "png");
    assert!(json.get("usage").is_none());

    let body = json!({"prompt": "simulate:image", "response_format": "url"});
    let link = generate(&app, &body).await.json()["data"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let picture = app.client.get(link).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
    app.stop().await;
}

#[tokio::test]
async fn upstream_is_asked_to_draw_once_for_each_picture() {
    let app = TestApp::start().await;
    let body = json!({"prompt": "simulate:image a fox", "n": 3, "response_format": "url"});
    let reply = generate(&app, &body).await;
    assert_eq!(
        reply.json()["data"].as_array().unwrap().len(),
        3,
        "{}",
        reply.text
    );
    let asked = app.conversations();
    assert_eq!(asked.len(), 3);
    for request in asked {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["system_hints"], json!(["picture_v2"]));
        assert_eq!(body["history_and_training_disabled"], true);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_picture_that_is_not_drawn_is_an_error_that_says_what_the_model_said() {
    let app = TestApp::start().await;
    let reply = generate(&app, &json!({"prompt": "simulate:image-refused"})).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (400, "image_not_generated")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_streamed_picture_has_its_previews_first() {
    let app = TestApp::start().await;
    for script in ["image-partial", "image-previews"] {
        let body =
            json!({"prompt": format!("simulate:{script}"), "stream": true, "partial_images": 2});
        let reply = generate(&app, &body).await;
        assert_eq!(reply.status, 200, "{script}: {}", reply.text);
        let kinds: Vec<String> = reply
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("event: "))
            .map(str::to_owned)
            .collect();
        let partial = "image_generation.partial_image";
        assert_eq!(
            kinds,
            [partial, partial, "image_generation.completed"],
            "{script}"
        );
        for data in reply
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
        {
            let event: Value = serde_json::from_str(data).unwrap();
            assert!(decoded(&event).starts_with(b"\x89PNG"), "{script}");
            // Clients want these with every picture.
            assert_eq!(
                (&event["background"], &event["quality"]),
                (&json!("auto"), &json!("auto"))
            );
            let is_picture = event["type"] == "image_generation.completed";
            assert_eq!(
                event["usage"]["total_tokens"].is_u64(),
                is_picture,
                "{event}"
            );
        }
        let none = json!({"prompt": format!("simulate:{script}"), "stream": true});
        let reply = generate(&app, &none).await;
        assert_eq!(reply.text.matches("event: ").count(), 1, "{script}");
    }
    let refused = json!({"prompt": "simulate:image-refused", "stream": true});
    assert!(
        generate(&app, &refused)
            .await
            .text
            .contains("image_not_generated")
    );
    app.stop().await;
}

/// An upstream that does not have the first picture any more that somebody asks for.
fn without_the_first_picture(upstream: Router) -> Router {
    let lost = Arc::new(OnceLock::new());
    upstream.layer(from_fn(move |request: Request, next: Next| {
        let lost = Arc::clone(&lost);
        async move {
            let mut segments = request.uri().path().split('/');
            let picture = segments.find(|segment| segment.starts_with("file_"));
            match picture {
                Some(id) if lost.get_or_init(|| id.to_owned()) == id => {
                    StatusCode::NOT_FOUND.into_response()
                }
                _ => next.run(request).await,
            }
        }
    }))
}

#[tokio::test]
async fn a_preview_that_is_gone_is_left_out_and_a_picture_that_is_gone_is_an_error() {
    let app = Setup::new().around(without_the_first_picture).start().await;
    let body = json!({"prompt": "simulate:image-partial", "stream": true, "partial_images": 2});
    let reply = generate(&app, &body).await;
    let data = reply
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = data
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event["type"].as_str(),
                event["partial_image_index"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("image_generation.partial_image"), Some(0)),
            (Some("image_generation.completed"), None),
        ],
        "{}",
        reply.text
    );
    app.stop().await;

    let app = Setup::new().around(without_the_first_picture).start().await;
    let body = json!({"prompt": "simulate:image", "stream": true});
    let reply = generate(&app, &body).await;
    assert!(reply.text.contains("upstream_not_found"), "{}", reply.text);
    app.stop().await;
}

#[tokio::test]
async fn a_picture_to_be_changed_goes_up_with_the_prompt() {
    let app = TestApp::start().await;
    let form = || {
        let part =
            |name: &str| reqwest::multipart::Part::bytes(png(64, 32)).file_name(name.to_owned());
        reqwest::multipart::Form::new()
            .text("prompt", "simulate:image add a hat")
            .text("model", "gpt-image-1")
            .part("image[]", part("a.png"))
            .part("image[]", part("b.png"))
    };
    let send = async |form| {
        let url = format!("{}/v1/images/edits", app.url);
        let request = app.client.post(url).bearer_auth(KEY).multipart(form);
        Reply::read(request.send().await.unwrap()).await
    };
    let reply = send(form()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(decoded(&reply.json()["data"][0]).starts_with(b"\x89PNG"));
    let names: Vec<String> = app
        .simulator
        .uploads()
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["a.png", "b.png"]);

    let masked = send(form().text("mask", "x")).await;
    assert_eq!(masked.json()["error"]["param"], "mask");
    let without = reqwest::multipart::Form::new().text("prompt", "x");
    assert_eq!(send(without).await.json()["error"]["param"], "image");
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_has_used_up_its_pictures_is_passed_over_once_that_is_known() {
    let app = Setup::new()
        .accounts(vec![
            TokenSpec::new("spent").with_limit("image_gen", 3600),
            TokenSpec::new("fresh"),
        ])
        .set("RANDOM_TOKEN", "false")
        .start()
        .await;
    let body = json!({"prompt": "draw simulate:image", "response_format": "url"});
    assert_eq!(generate(&app, &body).await.code(), "image_not_generated");
    for _ in 0..3 {
        let reply = generate(&app, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    app.stop().await;
}

fn through_codex(body: &Value) -> Value {
    let mut body = body.clone();
    body["model"] = json!("codex/gpt-image-1");
    body
}

/// What the codex backend was sent for the last picture.
fn sent(app: &TestApp) -> Value {
    let recorded = app.simulator.recorded().into_iter();
    let mut recorded = recorded.filter(|it| it.path == "/backend-api/codex/responses");
    serde_json::from_slice(&recorded.next_back().unwrap().body).unwrap()
}

#[tokio::test]
async fn the_codex_driver_draws_with_the_words_of_the_published_api() {
    let app = Setup::new().set("DRIVERS", "web,codex").start().await;
    let body = json!({"prompt": "a fox", "size": "1024x1536", "quality": "high",
        "background": "transparent", "output_format": "webp", "output_compression": 70,
        "moderation": "low", "style": "vivid"});
    let reply = generate(&app, &through_codex(&body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.header("x-flowgpt-driver"), "codex");
    assert_eq!(reply.header("x-flowgpt-dropped"), "style");
    assert_eq!(reply.header("x-flowgpt-emulated"), "");
    let json = reply.json();
    assert!(decoded(&json["data"][0]).starts_with(b"\x89PNG"));
    assert_eq!(json["size"], "1024x1536");
    assert_eq!(json["output_format"], "webp");
    let sent = sent(&app);
    assert_eq!(
        sent["tools"],
        json!([{"type": "image_generation", "output_format": "webp", "size": "1024x1536",
            "quality": "high", "background": "transparent", "output_compression": 70,
            "moderation": "low"}])
    );
    assert_eq!(sent["tool_choice"], json!({"type": "image_generation"}));
    assert_eq!(sent["input"][0]["content"][0]["text"], "a fox");

    let body = json!({"prompt": "a fox", "response_format": "url", "n": 2});
    let reply = generate(&app, &through_codex(&body)).await;
    assert_eq!(reply.header("x-flowgpt-emulated"), "response_format");
    let json = reply.json();
    assert_eq!(json["data"].as_array().unwrap().len(), 2);
    let url = json["data"][0]["url"].as_str().unwrap();
    assert!(url.starts_with("data:image/png;base64,"), "{url:.40}");

    let refused = json!({"prompt": "simulate:echo I will not."});
    let reply = generate(&app, &through_codex(&refused)).await;
    assert_eq!(reply.code(), "image_not_generated", "{}", reply.text);
    app.stop().await;
}

#[tokio::test]
async fn the_codex_driver_streams_as_many_previews_as_are_wanted() {
    let app = Setup::new().set("DRIVERS", "web,codex").start().await;
    for previews in 0..=3 {
        let body = json!({"prompt": "a fox", "stream": true, "partial_images": previews});
        let reply = generate(&app, &through_codex(&body)).await;
        let data = { reply.text.lines() }.filter_map(|line| line.strip_prefix("data: "));
        let events: Vec<Value> = data.map(|it| serde_json::from_str(it).unwrap()).collect();
        let kinds: Vec<_> = events
            .iter()
            .map(|it| it["type"].as_str().unwrap())
            .collect();
        let mut expected = vec!["image_generation.partial_image"; previews];
        expected.push("image_generation.completed");
        assert_eq!(kinds, expected, "{}", reply.text);
        for (index, event) in events.iter().enumerate().take(previews) {
            assert_eq!(event["partial_image_index"], index);
            assert!(decoded(event).starts_with(b"\x89PNG"));
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn pictures_are_drawn_by_the_first_driver_that_can() {
    let app = Setup::new()
        .set("DRIVERS", "platform,codex,web")
        .with_key()
        .start()
        .await;
    let reply = generate(&app, &json!({"prompt": "a fox"})).await;
    assert_eq!(reply.header("x-flowgpt-driver"), "codex", "{}", reply.text);
    let body = json!({"prompt": "a fox", "model": "platform/gpt-image-1"});
    let reply = generate(&app, &body).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (400, "unsupported_parameter")
    );
    assert_eq!(reply.json()["error"]["drivers"], json!(["web", "codex"]));
    let body = json!({"prompt": "simulate:image", "model": "web/gpt-image-1", "size": "1536x1024"});
    let reply = generate(&app, &body).await;
    assert_eq!(reply.header("x-flowgpt-driver"), "web", "{}", reply.text);
    let asked = app.conversations();
    let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
    let text = &body["messages"][0]["content"]["parts"][0];
    assert_eq!(text, "simulate:image\n\n(landscape picture, 1536x1024)");
    app.stop().await;
}

#[tokio::test]
async fn a_picture_to_be_changed_goes_to_the_codex_driver_whole() {
    let app = Setup::new().set("DRIVERS", "web,codex").start().await;
    let part = reqwest::multipart::Part::bytes(png(64, 32)).file_name("a.png");
    let form = reqwest::multipart::Form::new()
        .text("prompt", "add a hat")
        .text("model", "codex/gpt-image-1")
        .text("quality", "low")
        .part("image", part);
    let url = format!("{}/v1/images/edits", app.url);
    let request = app.client.post(url).bearer_auth(KEY).multipart(form);
    let reply = Reply::read(request.send().await.unwrap()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(decoded(&reply.json()["data"][0]).starts_with(b"\x89PNG"));
    let sent = sent(&app);
    let content = &sent["input"][0]["content"];
    assert!({ content.as_array().unwrap().iter() }.any(|it| it["type"] == "input_image"));
    assert_eq!(sent["tools"][0]["quality"], "low");
    app.stop().await;
}

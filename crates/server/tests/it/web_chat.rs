//! The web chat as a browser meets it: a cookie instead of a key, chats, and pages.

mod chats;
mod links;
mod pages;
mod pictures;
mod signing_in;

use http::Method;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Reply, Setup, TestApp, client_without_redirects};

/// A browser that follows no redirects and keeps one cookie.
struct Browser<'a> {
    app: &'a TestApp,
    client: Client,
    cookie: String,
}

impl<'a> Browser<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            client: client_without_redirects(),
            cookie: String::new(),
        }
    }

    /// One that has signed in.
    async fn signed_in(app: &'a TestApp, code: &str) -> Self {
        let mut browser = Self::new(app);
        let reply = browser.sign_in(code).await;
        assert_eq!(reply.status, 204, "{}", reply.text);
        browser.cookie = cookie_of(&reply);
        browser
    }

    async fn sign_in(&self, code: &str) -> Reply {
        let body = json!({"code": code});
        self.send(Method::POST, "/api/session", Some(&body)).await
    }

    /// A request of a script of our own pages, with the cookie.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.plain(method, path).header("x-flowgpt-ui", "1")
    }

    /// A request as any site could make a browser send it, with the cookie.
    fn plain(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.app.url);
        let request = self.client.request(method, url);
        if self.cookie.is_empty() {
            return request;
        }
        request.header("cookie", &self.cookie)
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        sent(request).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    async fn session(&self) -> Reply {
        self.get("/api/session").await
    }

    /// Makes a chat.
    async fn chat(&self, body: &Value) -> Value {
        let made = self.send(Method::POST, "/api/chats", Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()
    }

    /// Asks something in a chat, and waits for the answer.
    async fn ask(&self, chat: &str, prompt: &str, previous: Option<&str>) -> Value {
        let body = json!({
            "model": "auto",
            "input": format!("simulate:{prompt}"),
            "previous_response_id": previous,
        });
        let request = self.request(Method::POST, "/v1/responses");
        let request = request.header("x-flowgpt-chat", chat).json(&body);
        let reply = sent(request).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// What is in a chat.
    async fn read(&self, chat: &str) -> Reply {
        self.get(&format!("/api/chats/{chat}")).await
    }
}

async fn sent(request: RequestBuilder) -> Reply {
    Reply::read(request.send().await.unwrap()).await
}

/// A request with the fields of a form.
fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(fields).finish();
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(body)
}

/// The cookie that a reply sets, as a browser sends it back.
fn cookie_of(reply: &Reply) -> String {
    let cookie = reply.header("set-cookie");
    let (pair, _) = cookie.split_once(';').unwrap_or_default();
    assert!(pair.starts_with("flowgpt_session="), "{cookie}");
    pair.to_owned()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// A gateway where an unknown word opens nothing, as on a network.
fn closed() -> Setup {
    Setup::new().set("AUTO_SEED", "false")
}

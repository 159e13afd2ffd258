//! Requests as they reach the router, and what comes back.

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::request::Builder;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::{KEY, PASSWORD, World};

/// A request to be.
pub(crate) struct Request {
    builder: Builder,
    body: Body,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

pub(crate) fn get(path: &str) -> Request {
    request("GET", path)
}

pub(crate) fn post(path: &str) -> Request {
    request("POST", path)
}

pub(crate) fn request(method: &str, path: &str) -> Request {
    let method = method.to_uppercase();
    let builder = http::Request::builder().method(method.as_str()).uri(path);
    Request {
        builder: builder.header("host", "gateway.example"),
        body: Body::empty(),
    }
}

impl Request {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        let request = self.header("content-type", "application/json");
        request.body(body.to_string())
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(fields).finish();
        let request = self.header("content-type", "application/x-www-form-urlencoded");
        request.body(form)
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// As a script shows a password.
    pub(crate) fn basic(self, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("admin:{password}"));
        self.header("authorization", &format!("Basic {encoded}"))
    }

    /// As a script that knows the password.
    pub(crate) fn script(self) -> Self {
        self.basic(PASSWORD)
    }

    /// As a program with a key of `AUTHORIZATION`.
    pub(crate) fn with_key(self) -> Self {
        self.header("authorization", &format!("Bearer {KEY}"))
    }

    /// As one of our own pages, for somebody who has signed in.
    pub(crate) fn page(self, cookie: &str) -> Self {
        let request = self.header("cookie", cookie);
        request.header("sec-fetch-site", "same-origin")
    }

    pub(crate) async fn send(self, world: &World) -> Reply {
        self.send_to(&world.router).await
    }

    pub(crate) async fn send_to(self, router: &Router) -> Reply {
        let request = self.builder.body(self.body).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        let read = serde_json::from_str(&self.text);
        read.unwrap_or_else(|_| panic!("no JSON ({}): {}", self.status, self.text))
    }

    /// The word for programs of an error.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }

    /// The parameter at fault.
    pub(crate) fn param(&self) -> String {
        self.json()["error"]["param"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The session's cookie, as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        let set = self.header("set-cookie");
        set.split(';').next().unwrap().to_owned()
    }
}

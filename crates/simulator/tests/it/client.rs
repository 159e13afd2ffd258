//! A small client for the tests: it calls the router, does the checks before a conversation, and
//! gathers what comes back.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sha3::{Digest as _, Sha3_512};
use simulator::{Options, Simulator, TokenSpec};
use tower::ServiceExt as _;

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_764_946_800)))
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> simulator::Clock {
        let seconds = Arc::clone(&self.0);
        Arc::new(move || -> SystemTime {
            UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst))
        })
    }
}

/// A reply, gathered.
pub(crate) struct Gathered {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether the body ended with an error.
    pub(crate) broken: bool,
}

impl Gathered {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A client of one simulator with one account.
pub(crate) struct Client {
    pub(crate) simulator: Simulator,
    pub(crate) clock: TestClock,
    pub(crate) token: String,
    /// Headers sent with every request.
    pub(crate) extra: Mutex<Vec<(&'static str, String)>>,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let clock = TestClock::new();
        let mut options = Options::new(clock.clock());
        change(&mut options);
        let simulator = Simulator::new(options);
        let token = simulator.mint_access_token(&TokenSpec::new("alice"));
        Self {
            simulator,
            clock,
            token,
            extra: Mutex::default(),
        }
    }

    /// The same simulator with another token.
    pub(crate) fn signed_in_as(&self, spec: &TokenSpec) -> Self {
        Self {
            simulator: self.simulator.clone(),
            clock: self.clock.clone(),
            token: self.simulator.mint_access_token(spec),
            extra: Mutex::default(),
        }
    }

    pub(crate) fn always_send(&self, name: &'static str, value: &str) {
        self.extra.lock().unwrap().push((name, value.to_owned()));
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Response {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        for (name, value) in self.extra.lock().unwrap().iter() {
            request = request.header(*name, value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let router = self.simulator.router();
        router.oneshot(request.body(body).unwrap()).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Gathered {
        gather(self.send("GET", path, &[], None).await).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Gathered {
        gather(self.send("POST", path, &[], Some(body)).await).await
    }

    /// Does the two calls before a conversation and returns the token.
    pub(crate) async fn requirements(&self) -> String {
        const DOOR: &str = "/backend-api/sentinel/chat-requirements";
        let first = json!({"p": requirements_token()});
        let prepared = self.post(&format!("{DOOR}/prepare"), &first).await.json();
        let proof = prove(&prepared["proofofwork"]);
        let second = json!({"prepare_token": prepared["prepare_token"], "proofofwork": proof});
        let finalized = self.post(&format!("{DOOR}/finalize"), &second).await;
        finalized.json()["token"].as_str().unwrap().to_owned()
    }

    /// A conversation call whose reply is still coming.
    pub(crate) async fn start(&self, body: &Value) -> Response {
        let token = self.requirements().await;
        let header = ("openai-sentinel-chat-requirements-token", token.as_str());
        self.send("POST", "/backend-api/f/conversation", &[header], Some(body))
            .await
    }

    pub(crate) async fn converse(&self, body: &Value) -> Gathered {
        gather(self.start(body).await).await
    }

    /// Asks something new in the delta encoding.
    pub(crate) async fn ask(&self, prompt: &str) -> Gathered {
        self.converse(&question(prompt)).await
    }
}

/// The body of a first turn.
pub(crate) fn question(prompt: &str) -> Value {
    json!({
        "action": "next",
        "messages": [{
            "id": "11111111-1111-4111-8111-111111111111",
            "author": {"role": "user"},
            "content": {"content_type": "text", "parts": [prompt]},
        }],
        "parent_message_id": "client-created-root",
        "model": "auto",
        "supported_encodings": ["v1"],
    })
}

pub(crate) async fn gather(response: Response) -> Gathered {
    let (parts, mut body) = response.into_parts();
    let mut gathered = Gathered {
        status: parts.status,
        headers: parts.headers,
        body: Vec::new(),
        broken: false,
    };
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            gathered.broken = true;
            break;
        };
        gathered.body.extend(frame.into_data().unwrap());
    }
    gathered
}

/// What a client sends first: its configuration, no work done.
pub(crate) fn requirements_token() -> String {
    format!("gAAAAAC{}", STANDARD.encode(config(1).to_string()))
}

/// Solves a demand for proof of work, if it is one.
pub(crate) fn prove(demand: &Value) -> Value {
    if demand["required"] != true {
        return Value::Null;
    }
    let (seed, difficulty) = (
        demand["seed"].as_str().unwrap(),
        demand["difficulty"].as_str().unwrap(),
    );
    let solved = (0..100_000).find_map(|nonce| {
        let encoded = STANDARD.encode(config(nonce).to_string());
        let digest = Sha3_512::digest(format!("{seed}{encoded}"));
        let hex = digest.iter().take(8).fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        (&hex[..difficulty.len()] <= difficulty).then(|| format!("gAAAAAB{encoded}"))
    });
    json!(solved.unwrap())
}

fn config(nonce: u32) -> Value {
    json!([
        3000,
        "Fri Dec 05 2025",
        null,
        nonce,
        "tests",
        null,
        "prod-0",
        "en-US",
        "en-US,en",
        nonce >> 1,
        "",
        "",
        ""
    ])
}

//! A gateway and a simulator for one test, on ports of their own, and a client for them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use flowgpt::app::App;
use flowgpt::lifecycle::Shutdown;
use flowgpt::listener;
use flowgpt::settings::{Settings, Values};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use simulator::{Options, RecordedRequest, RefreshFamily, Simulator, TokenSpec};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use upstream::{Clock, TrafficTap};

/// The gateway key of every test.
pub(crate) const KEY: &str = "sk-test";

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A gateway in front of a simulator.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) simulator: Simulator,
    pub(crate) url: String,
    pub(crate) client: Client,
    shutdown: Shutdown,
    tasks: TaskTracker,
    /// Removed with the test.
    _data: TempDir,
}

/// What to start.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that a test asks for"
)]
pub(crate) struct Setup {
    options: Options,
    tokens: Vec<TokenSpec>,
    values: Vec<(&'static str, String)>,
    beside: Option<String>,
    is_proxied: bool,
    is_refreshable: bool,
    has_key: bool,
    folder: Option<PathBuf>,
    ahead: Duration,
    is_standing: bool,
    tap: Option<Arc<dyn TrafficTap>>,
    around: fn(Router) -> Router,
}

#[expect(clippy::disallowed_methods, reason = "tests run in real time")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

impl Setup {
    pub(crate) fn new() -> Self {
        let mut options = Options::new(Arc::new(now));
        options.record = true;
        Self {
            options,
            tokens: vec![TokenSpec::new("a"), TokenSpec::new("b")],
            // Nothing but what the test asks for goes upstream.
            values: vec![
                ("AUTHORIZATION", KEY.into()),
                ("ACCOUNT_CHECK_HOURS", "0".into()),
                ("DRIVERS", "web".into()),
            ],
            beside: None,
            is_proxied: false,
            is_refreshable: false,
            has_key: false,
            folder: None,
            around: |router| router,
            ahead: Duration::ZERO,
            is_standing: false,
            tap: None,
        }
    }

    /// Changes the simulator.
    pub(crate) fn simulate(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// Takes these accounts instead of two good ones.
    pub(crate) fn accounts(mut self, tokens: Vec<TokenSpec>) -> Self {
        self.tokens = tokens;
        self
    }

    /// Takes accounts by RefreshTokens instead, each good for one use.
    pub(crate) fn refreshable(mut self, tokens: Vec<TokenSpec>) -> Self {
        self.tokens = tokens;
        self.is_refreshable = true;
        self
    }

    /// Keeps what it stores in `folder`, for another one after it.
    pub(crate) fn in_folder(mut self, folder: &TempDir) -> Self {
        self.folder = Some(folder.path().to_owned());
        self
    }

    /// Sets a setting of the gateway.
    /// Adds a key of a server with an API.
    pub(crate) fn with_key(mut self) -> Self {
        self.has_key = true;
        self
    }

    pub(crate) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// Lists another upstream address beside the simulator's.
    pub(crate) fn beside(mut self, url: &str) -> Self {
        self.beside = Some(url.to_owned());
        self
    }

    /// Sets the gateway's clock ahead.
    pub(crate) fn later(mut self, ahead: Duration) -> Self {
        self.ahead = ahead;
        self
    }

    /// Stops the gateway's clock, so that no wait is ever over.
    pub(crate) fn standing(mut self) -> Self {
        self.is_standing = true;
        self
    }

    /// Makes upstream reachable only through proxies: one for requirements, one for the rest.
    pub(crate) fn proxied(mut self) -> Self {
        self.is_proxied = true;
        self
    }

    /// Lets `tap` watch the traffic with upstream.
    pub(crate) fn watched_by(mut self, tap: Arc<dyn TrafficTap>) -> Self {
        self.tap = Some(tap);
        self
    }

    /// Puts something around the simulator.
    pub(crate) fn around(mut self, around: fn(Router) -> Router) -> Self {
        self.around = around;
        self
    }

    pub(crate) async fn start(mut self) -> TestApp {
        let client = client();
        let simulator = Simulator::new(self.options);
        let (upstream, upstream_url) = bound().await;
        let sign_in_url = upstream_url.clone();
        let tokens: Vec<String> = self
            .tokens
            .iter()
            .map(|spec| {
                if self.is_refreshable {
                    simulator.mint_refresh_token(spec, RefreshFamily::Codex)
                } else {
                    simulator.mint_access_token(spec)
                }
            })
            .collect();
        let key = self.has_key.then(|| {
            let key = simulator.mint_platform_key(&TokenSpec::new("key"));
            format!("{key},{upstream_url}{}", simulator::PLATFORM_PATH)
        });
        let accounts: Vec<String> = tokens.into_iter().chain(key).collect();
        self.values.insert(0, ("ACCOUNTS", accounts.join(",")));
        let upstream_urls = if self.is_proxied {
            // A proxy is asked for whole addresses, and the simulator looks only at their paths.
            let proxy =
                |user: &str| upstream_url.replace("http://", &format!("http://{user}:word@"));
            self.values.push(("PROXY_URL", proxy("chat")));
            self.values.push(("SENTINEL_PROXY_URL", proxy("sentinel")));
            "http://upstream.invalid".to_owned()
        } else {
            match self.beside {
                Some(other) => format!("{other},{upstream_url}"),
                None => upstream_url,
            }
        };
        self.values.insert(0, ("CHATGPT_BASE_URL", upstream_urls));
        let data = tempfile::tempdir().unwrap();
        let data_dir = self.folder.as_deref().unwrap_or(data.path());
        let data_dir = data_dir.to_str().unwrap().to_owned();
        self.values.insert(0, ("DATA_DIR", data_dir));
        self.values.push(("AUTH_BASE_URL", sign_in_url));
        let pairs = self
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let settings = Settings::read(&Values::from_pairs(pairs)).unwrap();
        let header_timeout = settings.header_timeout;
        let ahead = self.ahead;
        let start = now();
        let is_standing = self.is_standing;
        let clock = Clock::new(move || if is_standing { start } else { now() } + ahead);
        let shutdown = Shutdown::default();
        let app = App::watched(settings, clock, shutdown.clone(), self.tap)
            .await
            .unwrap();
        let app = Arc::new(app);
        let (listener, url) = bound().await;
        let tasks = TaskTracker::new();
        let router = (self.around)(simulator.router());
        tasks.spawn(listener::serve(
            upstream,
            router,
            header_timeout,
            shutdown.clone(),
        ));
        let served = Arc::clone(&app);
        tasks.spawn(async move { Box::pin(served.serve(listener)).await });
        TestApp {
            app,
            simulator,
            url,
            client,
            shutdown,
            tasks,
            _data: data,
        }
    }
}

pub(crate) async fn bound() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

pub(crate) fn client() -> Client {
    client_with(reqwest::redirect::Policy::default())
}

/// A client that goes nowhere by itself.
pub(crate) fn client_without_redirects() -> Client {
    client_with(reqwest::redirect::Policy::none())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a client of the gateway, not of upstream"
)]
fn client_with(policy: reqwest::redirect::Policy) -> Client {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let builder = Client::builder().redirect(policy).no_proxy();
    builder.build().unwrap()
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Setup::new().start().await
    }

    /// A request for a chat completion with the gateway key.
    pub(crate) fn ask(&self, body: &Value) -> RequestBuilder {
        self.ask_as(KEY, body)
    }

    pub(crate) fn ask_as(&self, credential: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}/v1/chat/completions", self.url);
        self.client.post(url).bearer_auth(credential).json(body)
    }

    /// Asks `prompt`, for a whole answer.
    pub(crate) async fn answer(&self, prompt: &str) -> Reply {
        Reply::read(self.ask(&question(prompt)).send().await.unwrap()).await
    }

    /// Asks `prompt`, for a stream.
    pub(crate) async fn stream(&self, prompt: &str) -> Reply {
        let mut body = question(prompt);
        body["stream"] = true.into();
        Reply::read(self.ask(&body).send().await.unwrap()).await
    }

    /// What upstream saw of conversations.
    pub(crate) fn conversations(&self) -> Vec<RecordedRequest> {
        let all = self.simulator.recorded();
        all.into_iter()
            .filter(|it| it.path.ends_with("/conversation"))
            .collect()
    }

    /// Waits until no answer is under way, here or upstream.
    pub(crate) async fn becomes_quiet(&self) {
        let quiet = async {
            while self.simulator.open_streams() + self.app.leased() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, quiet)
            .await
            .expect("an answer is still under way");
    }

    /// Waits until `count` answers are streamed by upstream.
    pub(crate) async fn has_open_streams(&self, count: usize) {
        let open = async {
            while self.simulator.open_streams() != count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, open)
            .await
            .expect("the streams never opened");
    }

    /// Begins to end it: what runs may finish.
    pub(crate) fn stop_softly(&self) {
        self.shutdown.soft.cancel();
    }

    /// Ends the gateway; fails if anything is left over.
    pub(crate) async fn stop(self) {
        self.becomes_quiet().await;
        self.shutdown.soft.cancel();
        self.shutdown.hard.cancel();
        self.tasks.close();
        tokio::time::timeout(PATIENCE, self.tasks.wait())
            .await
            .expect("a task is left over");
    }
}

/// A question in the shape of a request.
pub(crate) fn question(prompt: &str) -> Value {
    json!({"model": "auto", "messages": [{"role": "user", "content": prompt}]})
}

/// A reply, read to its end.
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: http::HeaderMap,
    pub(crate) text: String,
    /// Whether the body broke instead of ending.
    pub(crate) broke: bool,
}

impl Reply {
    pub(crate) async fn read(mut response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut bytes = Vec::new();
        let broke = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        let text = String::from_utf8(bytes).expect("a reply is UTF-8");
        Self {
            status,
            headers,
            text,
            broke,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The code of an error reply.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The text of a whole answer.
    pub(crate) fn content(&self) -> String {
        self.json()["choices"][0]["message"]["content"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The JSON events of a stream; `[DONE]` is left out.
    pub(crate) fn events(&self) -> Vec<Value> {
        let data = self
            .text
            .split("\n\n")
            .filter_map(|event| event.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.text.ends_with("data: [DONE]\n\n")
    }

    /// The deltas of one field of a stream, put together.
    pub(crate) fn deltas(&self, field: &str) -> String {
        let events = self.events();
        let deltas = events
            .iter()
            .map(|event| event["choices"][0]["delta"][field].as_str());
        deltas.map(Option::unwrap_or_default).collect()
    }

    /// Why a stream ended.
    pub(crate) fn finish_reason(&self) -> String {
        let events = self.events();
        let reasons = events
            .iter()
            .filter_map(|it| it["choices"][0]["finish_reason"].as_str());
        reasons.collect::<Vec<_>>().join(",")
    }
}

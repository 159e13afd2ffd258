//! Invented pages and an invented account, for tests.
//!
//! The pages come in the layouts that the official site has had: A names files on a host of
//! their own, with hashes; B has them on its own host; C hands its bootstrap to the router.

use serde_json::{Value, json};

use crate::context::{Context, Fetched, Secret, Shown};
use crate::flat;
use crate::rules::Rules;
use crate::script_text::{escape_json, quote};

pub(crate) const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJwbGFudGVkIjoidG9rZW4ifQ.c2ln/x+y";
pub(crate) const SESSION: &str = "eyJzZXNzaW9uIjoicGxhbnRlZCJ9..planted-session";
pub(crate) const EMAIL: &str = "wen.real+gpt@mail.example";
pub(crate) const NAME: &str = "Wen Real";
pub(crate) const USER: &str = "user-RealPlanted0001";
pub(crate) const ACCOUNT: &str = "0a1b2c3d-real-4planted";
pub(crate) const PSEUDO: &str = "flow.pseudo.token";

pub(crate) struct Sample {
    pub(crate) rules: Rules,
    pub(crate) shown: Shown,
    pub(crate) secrets: Vec<Secret>,
}

impl Sample {
    pub(crate) fn new() -> Self {
        let shown = Shown {
            user_id: "user-shown".into(),
            name: "Shown Person".into(),
            email: "shown@mirror.example".into(),
            phone: Value::Null,
            picture: Value::Null,
            account_id: "account-shown".into(),
            plan: "plus".into(),
        };
        let secrets = vec![
            Secret::token(TOKEN, PSEUDO).unwrap(),
            Secret::token(SESSION, "").unwrap(),
            Secret::identity(EMAIL, "shown@mirror.example").unwrap(),
            Secret::identity(USER, "user-shown").unwrap(),
            Secret::identity(ACCOUNT, "account-shown").unwrap(),
        ];
        Self {
            rules: Rules::builtin().unwrap(),
            shown,
            secrets,
        }
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            pseudo_token: PSEUDO,
            shown: &self.shown,
            secrets: &self.secrets,
            socket_origins: &["wss://mirror.example"],
            fetched: Fetched::SignedIn,
        }
    }
}

/// What a page says about who is signed in.
pub(crate) fn bootstrap() -> Value {
    let statsig = json!({
        "feature_gates": {"1": {"name": "1", "value": true, "note": "</script><b>&"}},
        "user": {"userID": USER, "email": EMAIL, "custom": {"plan": "plus", "email": EMAIL}},
        "number": 1.0,
    });
    json!({
        "authStatus": "logged_in",
        "session": {
            "user": {"id": USER, "name": NAME, "email": EMAIL, "image": "https://pic.example/a",
                     "picture": "https://pic.example/a", "idp": "auth0", "mfa": false},
            "expires": "2027-02-28T00:00:00.000Z",
            "account": {"id": ACCOUNT, "planType": "plus", "structure": "personal"},
            "accessToken": TOKEN,
            "sessionToken": SESSION,
        },
        "user": {"id": USER, "name": NAME, "email": EMAIL},
        "zulu": {"name": "gpt-5", "id": "model-1", "picture": "kept"},
        "statsigPayload": statsig.to_string(),
        "cluster": "unified-1",
        "alpha": [1, null, 1e2, "https://chatgpt.com/share"],
    })
}

/// Layout A: files on a host of their own, with hashes.
pub(crate) fn layout_a() -> String {
    page(
        r#"<link rel="modulepreload" href="https://cdn.oaistatic.com/assets/root-a1.js" integrity="sha384-a">
<link rel="stylesheet" href="//cdn.oaistatic.com/assets/root-a1.css" integrity="sha384-b">
<meta http-equiv="Content-Security-Policy" content="default-src *">
<script type="importmap" nonce="n0nce+/=">{"imports":{},"integrity":{"https://cdn.oaistatic.com/assets/x.js":"sha384-c"}}</script>
<style>.a{background:url(https://persistent.oaistatic.com/a.svg)}</style>"#,
        r#"<img srcset="https://cdn.oaistatic.com/a.png 1x, https://cdn.oaistatic.com/b.png 2x">
<script type="module" nonce="n0nce+/=" async>import "https://cdn.oaistatic.com/assets/manifest-a1.js";import("https:\/\/cdn.oaistatic.com/assets/(_lang).entry-a1.js")</script>"#,
        &json_bootstrap("client-bootstrap", &bootstrap()),
    )
}

/// Layout B: files on the main host.
pub(crate) fn layout_b() -> String {
    layout_b_with(&json_bootstrap("client-bootstrap", &bootstrap()))
}

/// Layout B with something else for its bootstrap.
pub(crate) fn layout_b_with(bootstrap: &str) -> String {
    page(
        r#"<link rel="stylesheet" href="/cdn/assets/root-b2.css">"#,
        r#"<script nonce="n0nce+/=" src="/cdn/assets/7078.b9.js" defer></script>
<a href="https://chatgpt.com/c/1?x=1&amp;y=2">open</a><a href="https://help.example/">help</a>"#,
        bootstrap,
    )
}

/// Layout C: the bootstrap is handed to the router, in two calls.
pub(crate) fn layout_c() -> String {
    let (first, second) = stream();
    let calls = [first, second].map(|line| {
        format!(
            "<div hidden id=\"S:1\"><script nonce=\"n0nce+/=\">window.__reactRouterContext.\
                 streamController.enqueue({});</script></div>",
            quote(&line)
        )
    });
    layout_b_with(&calls.concat())
}

/// Loader data as two lines, the second of which uses values of the first.
pub(crate) fn stream() -> (String, String) {
    let first = json!([
        {"_1": 2}, "loaderData", {"_3": 4, "_5": 6, "_7": 18}, "session", {"_8": 9, "_10": 11, "_12": 13},
        "authStatus", "logged_in", "statsigPayload", "user", {"_14": 15, "_16": 17, "_19": 20},
        "accessToken", TOKEN, "sessionToken", SESSION, "name", NAME, "email", EMAIL,
        bootstrap()["statsigPayload"], "id", USER,
    ]);
    let second = json!([{"_22": 23, "_14": 15, "_24": -5}, "title", "🦀 </script>", "gone"]);
    (format!("{first}\n"), format!("P1:{second}\n"))
}

/// What a stream says, as one value; only what these tests need of the form is read.
pub(crate) fn read_stream(stream: &str) -> Vec<Value> {
    let mut values = Vec::new();
    for line in stream.lines() {
        let array = &line[line.find('[').unwrap()..];
        values.extend(serde_json::from_str::<Vec<Value>>(array).unwrap());
    }
    let read: Vec<Value> = values.clone();
    read.iter().map(|value| hydrate(value, &values)).collect()
}

fn hydrate(value: &Value, table: &[Value]) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let members = members.iter().map(|(key, index)| {
        let key: usize = key.strip_prefix('_').unwrap().parse().unwrap();
        let value = usize::try_from(index.as_i64().unwrap());
        (
            table[key].as_str().unwrap().to_owned(),
            value.map_or(Value::Null, |at| hydrate(&table[at], table)),
        )
    });
    Value::Object(members.collect())
}

/// A bootstrap as an element with JSON.
pub(crate) fn json_bootstrap(id: &str, value: &Value) -> String {
    let json = escape_json(&value.to_string());
    format!(r#"<script type="application/json" id="{id}" nonce="n0nce+/=">{json}</script>"#)
}

fn page(head: &str, body: &str, bootstrap: &str) -> String {
    format!(
        "<!DOCTYPE html><html data-build=\"prod-0a1b\" lang=\"en\"><head>\
         <meta charset=\"utf-8\">{head}<script nonce=\"n0nce+/=\">!function(){{}}()</script></head>\
         <body><div>{EMAIL}</div>{bootstrap}{body}</body></html>"
    )
}

/// The lines of `stream` patched.
pub(crate) fn patched_stream(stream: &str, sample: &Sample) -> Option<String> {
    let context = sample.context();
    let mut patcher = crate::patch::Patcher::new(&sample.rules.keys, &context);
    flat::patch(stream, &mut patcher).map(|lines| lines.concat())
}

//! The site as a browser sees it, with a folder that is made by hand.

use std::fs;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use simulator::{Simulator, TokenSpec};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tower::ServiceExt as _;

use crate::client::{Client, Gathered, gather};

const CDN: &str = "cdn.oaistatic.test";

/// Writes one layout: two pages, the data of one, a manifest and a file.
fn layout(folder: &Path, name: &str, host: Option<&str>, prefix: &str) {
    let folder = folder.join(name);
    fs::create_dir_all(folder.join("assets")).unwrap();
    let page = |path: &str, kind: &str, file: &str| json!({"path": path, "content_type": kind, "signed_in": file, "signed_out": "out.html"});
    let site = json!({
        "layout": name,
        "assets": {"host": host, "prefix": prefix},
        "link": ["</a.css>; rel=preload; as=style", "</a.js>; rel=modulepreload"],
        "manifest": {"path": "/__manifest", "version": name, "file": "manifest.json"},
        "pages": [
            page("/", "text/html; charset=utf-8", "in.html"),
            page("/_root.data", "text/x-script", "in.txt"),
            page("/c/{id}", "text/html; charset=utf-8", "c.html"),
        ],
    });
    let start = "<p nonce=\"@@NONCE@@\">@@NAME@@ @@PLAN@@</p>{\"e\":\"@@EMAIL:1@@\",\
                 \"t\":\"@@ACCESS_TOKEN:1@@\",\"s\":\"@@SESSION_TOKEN:1@@\"}@@LATE@@late";
    let own = format!("({name}).js");
    for (file, text) in [
        ("site.json", site.to_string().as_str()),
        ("in.html", start),
        ("out.html", "signed out"),
        ("in.txt", "[\"@@EMAIL:1@@\"]"),
        ("c.html", "@@CONVERSATION_ID@@"),
        ("manifest.json", "{}"),
        (&format!("assets/{own}"), "export {}"),
    ] {
        fs::write(folder.join(file), text).unwrap();
    }
}

fn site() -> (TempDir, Client) {
    let folder = TempDir::new().unwrap();
    layout(folder.path(), "A", Some(CDN), "/assets/");
    layout(folder.path(), "B", None, "/cdn/assets/");
    let client = Client::with(|options| {
        options.official_site = Some(folder.path().to_owned());
        options.record = true;
    });
    (folder, client)
}

async fn ask(simulator: &Simulator, uri: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    simulator.router().oneshot(request).await.unwrap()
}

async fn get(simulator: &Simulator, uri: &str, headers: &[(&str, &str)]) -> Gathered {
    gather(ask(simulator, uri, headers).await).await
}

fn session_cookie(simulator: &Simulator, name: &str) -> String {
    let token = simulator.mint_session_token(&TokenSpec::new(name));
    format!("__Secure-next-auth.session-token={token}")
}

#[tokio::test(start_paused = true)]
async fn a_page_is_for_the_account_of_the_session() {
    let (_folder, client) = site();
    let simulator = &client.simulator;
    let cookie = session_cookie(simulator, "O\"Neil <b>");
    let page = get(simulator, "/", &[("cookie", &cookie)]).await;
    let text = page.text();
    assert!(text.contains("O&quot;Neil &lt;b&gt; plus</p>"), "{text}");
    assert!(text.contains("\"e\":\"o.neil..b.@simulator.example\"") && text.ends_with("late"));
    let token = cookie.split_once('=').unwrap().1;
    assert!(text.contains(&format!("\"s\":\"{token}\"")));
    let session = get(simulator, "/api/auth/session", &[("cookie", &cookie)]).await;
    let token = session.json()["accessToken"].as_str().unwrap().to_owned();
    assert!(text.contains(&format!("\"t\":\"{token}\"")));
    let nonce = text.split('"').nth(1).unwrap();
    let header = |name: &str| page.headers[name].to_str().unwrap();
    let policy = header("content-security-policy");
    assert!(policy.contains(&format!("'nonce-{nonce}'")) && policy.contains(CDN));
    assert!(policy.contains("frame-ancestors") && policy.contains("report-uri"));
    assert!(header("link").contains("rel=modulepreload"));
    assert!(header("strict-transport-security").starts_with("max-age"));
    let cookies: Vec<&str> = page
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|it| it.to_str().unwrap())
        .collect();
    for name in ["oai-did=", "__cf_bm=", "__Secure-oai-is="] {
        assert!(cookies.iter().any(|it| it.starts_with(name)), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_will_do_and_without_one_nobody_is_signed_in() {
    let (_folder, client) = site();
    let page = client.get("/").await;
    assert!(page.text().contains("alice plus</p>") && page.text().contains(&client.token));
    let data = client.get("/_root.data?_routes=root").await;
    assert_eq!(data.text(), "[\"alice@simulator.example\"]");
    assert_eq!(data.headers["x-remix-response"], "yes");
    assert_eq!(client.get("/c/123-abc").await.text(), "123-abc");
    for path in ["/c/a.b", "/c/%3Cb%3E", "/c/", "/other"] {
        assert_eq!(
            client.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let simulator = &client.simulator;
    for headers in [
        vec![],
        vec![("cookie", "__Secure-next-auth.session-token=x")],
    ] {
        assert_eq!(get(simulator, "/", &headers).await.text(), "signed out");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_waits_before_what_comes_late() {
    let (_folder, client) = site();
    let mut body = client.send("GET", "/", &[], None).await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.ends_with(b"}"));
    let wait = tokio::time::timeout(Duration::from_millis(300), body.frame());
    assert!(wait.await.is_err());
    let last = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(last, "late");
}

#[tokio::test]
async fn files_are_for_those_who_do_not_say_who_they_are() {
    let (_folder, client) = site();
    let simulator = &client.simulator;
    let url = format!("http://{CDN}/assets/(A).js");
    let file = get(simulator, &url, &[]).await;
    assert_eq!(file.text(), "export {}");
    assert_eq!(
        file.headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        file.headers["content-type"],
        "text/javascript; charset=utf-8"
    );
    for header in [("authorization", "Bearer x"), ("cookie", "a=b")] {
        assert_eq!(
            get(simulator, &url, &[header]).await.status,
            StatusCode::FORBIDDEN
        );
    }
    let by_header = get(simulator, "/assets/%28A%29.js", &[("host", CDN)]).await;
    assert_eq!(by_header.status, StatusCode::OK);
    for (path, host) in [
        ("/assets/(A).js", "chatgpt.test"),
        ("/assets/../site.json", CDN),
        ("/assets/%2e%2e/site.json", CDN),
        ("/assets/", CDN),
        ("/", CDN),
        ("/backend-api/me", CDN),
    ] {
        let found = get(simulator, path, &[("host", host)]).await;
        assert_eq!(found.status, StatusCode::NOT_FOUND, "{host}{path}");
    }
    let recorded = simulator.recorded();
    assert_eq!(
        (recorded[0].host.as_str(), recorded[0].path.as_str()),
        (CDN, "/assets/(A).js")
    );
}

#[tokio::test]
async fn a_switch_of_layouts_takes_the_last_ones_files_away() {
    let (_folder, client) = site();
    let simulator = &client.simulator;
    let old = format!("http://{CDN}/assets/(A).js");
    let new = "http://chatgpt.test/cdn/assets/(B).js";
    assert_eq!(get(simulator, &old, &[]).await.status, StatusCode::OK);
    assert_eq!(get(simulator, new, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        client.get("/__manifest?paths=%2F&version=A").await.text(),
        "{}"
    );
    simulator.serve_official("B").unwrap();
    assert_eq!(
        get(simulator, &old, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(get(simulator, new, &[]).await.status, StatusCode::OK);
    let manifest = client.get("/__manifest?paths=%2F&version=A").await;
    assert_eq!(manifest.status, StatusCode::NO_CONTENT);
    assert_eq!(manifest.headers["x-remix-reload-document"], "true");
    assert!(simulator.serve_official("E").is_err());
    assert_eq!(get(simulator, new, &[]).await.status, StatusCode::OK);
    assert!(Client::new().simulator.serve_official("B").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_browser_check_comes_and_goes() {
    let (_folder, client) = site();
    client.simulator.challenge_official(true);
    for path in ["/", "/c/1", "/_root.data", "/__manifest?version=A"] {
        let page = client.get(path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(page.headers["cf-mitigated"], "challenge");
        assert!(page.text().contains("_cf_chl_opt"));
    }
    assert_eq!(client.get("/backend-api/me").await.status, StatusCode::OK);
    client.simulator.challenge_official(false);
    assert_eq!(client.get("/").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn telemetry_is_taken_and_events_tick() {
    let (_folder, client) = site();
    let told = client.post("/ces/v1/t", &json!({"event": "load"})).await;
    assert_eq!(told.status, StatusCode::ACCEPTED);
    let recorded = client.simulator.recorded();
    assert_eq!(recorded[0].body, b"{\"event\":\"load\"}");
    let events = ask(&client.simulator, "/official/events", &[]).await;
    let mut body = events.into_body().into_data_stream();
    for number in 0..3 {
        let event = body.next().await.unwrap().unwrap();
        let expected = format!("id: {number}\nevent: tick\ndata: {{\"number\":{number}}}\n\n");
        assert_eq!(event, expected);
    }
}

#[tokio::test]
async fn a_socket_answers_commands_and_tells_what_happens() {
    let (_folder, client) = site();
    let given = client.get("/backend-api/celsius/ws/user").await.json();
    let url = given["websocket_url"].as_str().unwrap();
    assert!(url.starts_with("wss://ws.chatgpt.test/p24/ws/user/user-"));
    let url = url.replace("wss:", "ws:");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connect = async |url: &str, origin: &'static str| {
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        tokio_tungstenite::client_async(request, stream).await
    };
    let talk = async {
        assert!(connect(&url, "https://elsewhere.test").await.is_err());
        assert!(
            connect(url.split('?').next().unwrap(), "https://chatgpt.test")
                .await
                .is_err()
        );
        let (mut socket, _) = connect(&url, "https://chatgpt.test").await.unwrap();
        let commands = json!([
            {"id": 1, "command": {"type": "connect"}},
            {"id": 2, "command": {"type": "subscribe", "topic_id": "conversation-turn-7"}},
        ]);
        for text in [commands.to_string(), "hello".to_owned()] {
            socket.send(Message::text(text)).await.unwrap();
        }
        let mut heard = Vec::new();
        while heard.len() < 6 {
            let message = socket.next().await.unwrap().unwrap();
            heard.push(message.into_text().unwrap().to_string());
        }
        assert_eq!(heard[5], "hello");
        let told: Vec<Value> = heard[..5]
            .iter()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect();
        assert_eq!(
            told[0],
            json!({"id": 1, "type": "reply", "reply": {"type": "connect"}})
        );
        assert_eq!(told[1]["reply"]["topic_id"], "conversation-turn-7");
        let item = &told[2]["payload"]["payload"];
        assert!(
            item["encoded_item"]
                .as_str()
                .unwrap()
                .starts_with("event: delta\n")
        );
        assert_eq!(told[4]["payload"]["payload"]["type"], "done");
    };
    tokio::select! {
        _ = async { axum::serve(listener, client.simulator.router()).await } => {}
        () = talk => {}
    }
    assert_eq!(
        client.simulator.recorded().last().unwrap().host,
        "ws.chatgpt.test"
    );
}

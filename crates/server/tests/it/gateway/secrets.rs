//! Nothing of ours goes upstream, whatever a browser sends along: no cookie, no key, no word, no
//! address, no name of a browser. And the account's token goes to its own host only.

use gateway::allowed_routes;
use http::Method;
use serde_json::json;

use super::{ALICE, message, sent, setup, things_of};
use crate::support::KEY;

/// What a browser may have and send along.
const CANARIES: [(&str, &str); 8] = [
    ("user-agent", "Mozilla/5.0 canary-browser"),
    ("x-forwarded-for", "203.0.113.77"),
    ("cf-connecting-ip", "203.0.113.78"),
    ("referer", "https://canary-page.example/"),
    ("x-canary", "canary-header"),
    ("oai-device-id", "canary-device"),
    ("chatgpt-account-id", "canary-account"),
    ("openai-sentinel-turnstile-token", "canary-turnstile"),
];

#[tokio::test]
async fn nothing_of_ours_and_nothing_of_a_browsers_goes_upstream() {
    let app = setup().start().await;
    let things = things_of(&app, ALICE).await;
    let signed_in = app.client.post(format!("{}/api/session", app.url));
    let signed_in = signed_in
        .header("x-flowgpt-ui", "1")
        .json(&json!({"code": ALICE}));
    let session = sent(signed_in).await;
    let session = session
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let (_, secret) = session.split_once('=').unwrap();
    let cookies = format!(
        "{session}; flowgpt_admin=canary-admin; oai-flow-token=canary-flow; prefix=canary-prefix"
    );
    let before = app.simulator.recorded().len();
    let conversation = format!("/backend-api/conversation/{}", things.conversation);
    let mut asked: Vec<(Method, String, Option<serde_json::Value>)> = allowed_routes()
        .filter(|it| it.methods.contains(&Method::GET) && !it.path.contains('{'))
        .map(|it| (Method::GET, it.path.to_owned(), None))
        .collect();
    asked.push((Method::GET, conversation, None));
    asked.push((
        Method::POST,
        "/backend-api/f/conversation".into(),
        Some(message("hi")),
    ));
    let announced = json!({"file_name": "a.txt", "file_size": 1, "use_case": "my_files"});
    asked.push((Method::POST, "/backend-api/files".into(), Some(announced)));
    for (method, path, body) in asked {
        let mut request = app.client.request(method, format!("{}{path}", app.url));
        request = request
            .header("cookie", &cookies)
            .header("sec-fetch-site", "same-origin");
        for (name, value) in CANARIES {
            request = request.header(name, value);
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        let reply = sent(request).await;
        assert!(!reply.text.contains("canary"), "{path}: {}", reply.text);
        assert!(
            !reply.text.contains("eyJhbGciOi") || path.ends_with("conversation"),
            "{path}"
        );
    }
    let seen = app.simulator.recorded().split_off(before);
    assert!(seen.len() > 10, "{}", seen.len());
    let own_host = app.simulator.recorded()[0].host.clone();
    for request in seen {
        let body = std::str::from_utf8(&request.body).unwrap_or_default();
        let headers = format!("{:?}", request.headers);
        let all = format!("{} {headers} {body}", request.path);
        for ours in ["canary", "203.0.113", secret, KEY, ALICE, "flowgpt_session"] {
            assert!(
                !all.contains(ours),
                "{ours} went to {}: {all}",
                request.path
            );
        }
        assert_eq!(request.host, own_host);
        assert!(!request.headers.contains_key("cookie"), "{headers}");
    }
    app.stop().await;
}

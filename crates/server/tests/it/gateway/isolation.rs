//! Nobody reaches what is somebody else's: every route of the table, with every method, by every
//! carrier of a credential, for everybody who may or may not ask.

use gateway::{AllowedRoute, allowed_routes};
use http::Method;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{
    ALICE, BOB, Things, asked, converse, count, get, message, sent, setup, since, things_of,
};
use crate::support::{KEY, Reply, TestApp};

/// How a credential comes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Authorization,
    XAuthorization,
    XApiKey,
    Cookie,
}

const CARRIERS: [Carrier; 4] = [
    Carrier::Authorization,
    Carrier::XAuthorization,
    Carrier::XApiKey,
    Carrier::Cookie,
];

const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// Somebody who asks, with a cookie if they have signed in.
struct Asker {
    word: &'static str,
    cookie: String,
}

impl Asker {
    async fn signed_in(app: &TestApp, word: &'static str) -> Self {
        let url = format!("{}/api/session", app.url);
        let request = app.client.post(url).header("x-flowgpt-ui", "1");
        let reply = sent(request.json(&json!({"code": word}))).await;
        assert_eq!(reply.status, 204, "{}", reply.text);
        let cookie = reply.header("set-cookie").split(';').next().unwrap();
        Self {
            word,
            cookie: cookie.to_owned(),
        }
    }

    fn request(
        &self,
        app: &TestApp,
        carrier: Carrier,
        method: Method,
        path: &str,
    ) -> RequestBuilder {
        let request = app.client.request(method, format!("{}{path}", app.url));
        match carrier {
            Carrier::Authorization => request.bearer_auth(self.word),
            Carrier::XAuthorization => request.header("x-authorization", self.word),
            Carrier::XApiKey => request.header("x-api-key", self.word),
            Carrier::Cookie => request
                .header("cookie", &self.cookie)
                .header("sec-fetch-site", "same-origin"),
        }
    }
}

/// The path and query of a route with somebody's ids in all places.
fn address(route: &AllowedRoute, things: &Things) -> String {
    let path = route
        .path
        .replace("{conversation}", &things.conversation)
        .replace("{file}", &things.file)
        .replace("{share}", &things.share)
        .replace("{word}", "v4-2023-04-27");
    let query: Vec<String> = route
        .query
        .iter()
        .map(|(name, kind)| {
            let value = match kind.word() {
                "conversation" => &things.conversation,
                "message" => &things.answer,
                _ => "1",
            };
            format!("{name}={value}")
        })
        .collect();
    if query.is_empty() {
        return path;
    }
    format!("{path}?{}", query.join("&"))
}

fn names_something(route: &AllowedRoute) -> bool {
    let in_path = ["{conversation}", "{file}", "{share}"];
    in_path.iter().any(|it| route.path.contains(it))
        || route.query.iter().any(|(_, kind)| kind.word() != "word")
}

fn takes_a_body(method: &Method) -> bool {
    *method == Method::POST || *method == Method::PATCH
}

/// Bodies with one of somebody's ids each, in every member that takes one.
fn bodies(things: &Things) -> Vec<Value> {
    let Things {
        conversation,
        question,
        answer,
        file,
        share,
    } = things;
    let mut continued = message("x");
    continued["conversation_id"] = json!(conversation);
    continued["parent_message_id"] = json!(answer);
    let mut hung_on = message("x");
    hung_on["parent_message_id"] = json!(answer);
    let mut repeated = message("x");
    repeated["messages"][0]["id"] = json!(question);
    let mut attached = message("x");
    attached["messages"][0]["metadata"] = json!({"attachments": [{"id": file, "name": "a"}]});
    let mut pictured = message("x");
    pictured["messages"][0]["content"] = json!({
        "content_type": "multimodal_text",
        "parts": [{"asset_pointer": format!("sediment://{file}"), "width": 1}, "x"],
    });
    let mut from_share = message("x");
    from_share["continue_from_shared_conversation_id"] = json!(share);
    let mut hidden = message("x");
    hidden["something_new"] = json!({"deep": [[conversation]]});
    vec![
        continued,
        hung_on,
        repeated,
        attached,
        pictured,
        from_share,
        hidden,
        json!({"conversation_id": conversation}),
        json!({"message_id": answer}),
        json!({"current_node_id": answer}),
        json!({"file_id": file}),
        json!({"library_file_id": file}),
        json!({"file_ids": [file]}),
        json!({"share_id": share}),
        json!({"original_conversation_id": conversation}),
    ]
}

#[tokio::test]
async fn whoever_may_not_ask_is_told_so_on_every_route_and_upstream_hears_nothing() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    let before = count(&app);
    for route in allowed_routes() {
        for method in METHODS {
            let url = format!("{}{}", app.url, address(&route, &alice));
            let anonymous = app.client.request(method.clone(), &url);
            let admin = app
                .client
                .request(method.clone(), &url)
                .header("cookie", "flowgpt_admin=anything")
                .header("sec-fetch-site", "same-origin");
            let wrong = app
                .client
                .request(method.clone(), &url)
                .bearer_auth("sk-wrong");
            let gone = app
                .client
                .request(method.clone(), &url)
                .header("cookie", "flowgpt_session=gone")
                .header("sec-fetch-site", "same-origin");
            for request in [anonymous, admin, wrong, gone] {
                let reply = sent(request).await;
                assert_eq!(reply.status, 401, "{method} {url}: {}", reply.text);
            }
        }
    }
    assert_eq!(since(&app, before).len(), 0);
    app.stop().await;
}

#[tokio::test]
async fn what_is_somebody_elses_looks_like_nothing_on_every_route_by_every_carrier() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    let bob = Asker::signed_in(&app, BOB).await;
    let key = Asker::signed_in(&app, KEY).await;
    let mut asked = 0;
    for other in [&bob, &key] {
        for route in allowed_routes() {
            for method in METHODS {
                for carrier in CARRIERS {
                    asked += check(&app, other, carrier, &route, &method, &alice).await;
                }
            }
        }
    }
    assert!(asked > 1500, "{asked}");
    app.stop().await;
}

/// Asks a route in somebody's name with somebody else's ids; how many requests that were.
async fn check(
    app: &TestApp,
    other: &Asker,
    carrier: Carrier,
    route: &AllowedRoute,
    method: &Method,
    alice: &Things,
) -> usize {
    let path = address(route, alice);
    let mut same = allowed_routes().filter(|it| it.path == route.path);
    let is_listed = same.any(|it| it.methods.contains(method));
    let before = count(app);
    let plain = other.request(app, carrier, method.clone(), &path);
    let plain = if takes_a_body(method) && is_listed {
        plain.json(&json!({"title": "x"}))
    } else {
        plain
    };
    let reply = sent(plain).await;
    let about = format!("{} {carrier:?} {method} {path}", other.word);
    if !is_listed {
        assert_eq!(reply.status, 403, "{about}: {}", reply.text);
        assert_eq!(since(app, before).len(), 0, "{about}");
        return 1;
    }
    if names_something(route) {
        assert_eq!(reply.status, 404, "{about}: {}", reply.text);
        assert_eq!(since(app, before).len(), 0, "{about}");
    }
    nothing_is_shown(&reply, alice, &about);
    // A recording is no JSON, and of its form nothing else goes on.
    if !takes_a_body(method) || names_something(route) || route.path.ends_with("/transcribe") {
        return 1;
    }
    let mut asked = 1;
    for body in bodies(alice) {
        let before = count(app);
        let request = other.request(app, carrier, method.clone(), &path);
        let reply = sent(request.json(&body)).await;
        asked += 1;
        let about = format!("{about} with {body}");
        nothing_is_shown(&reply, alice, &about);
        let went_on = since(app, before);
        assert_eq!(reply.status, 404, "{about}: {}", reply.text);
        assert_eq!(went_on.len(), 0, "{about}");
    }
    asked
}

/// Nothing of somebody else's, and nothing of the account's owner, is in a reply.
fn nothing_is_shown(reply: &Reply, alice: &Things, about: &str) {
    for id in alice.ids() {
        assert!(
            !reply.text.contains(id),
            "{about} shows {id}: {}",
            reply.text
        );
    }
    for own in ["owner@", "user-owner"] {
        assert!(
            !reply.text.contains(own),
            "{about} shows {own}: {}",
            reply.text
        );
    }
}

#[tokio::test]
async fn whoever_made_it_goes_on_with_it() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    for route in allowed_routes().filter(names_something) {
        let method = route.methods.first().unwrap();
        if *method != Method::GET || route.path.ends_with("/resume") {
            continue;
        }
        let reply = get(&app, ALICE, &address(&route, &alice)).await;
        // Some need more than an id; none is refused for whose it is.
        assert_ne!(reply.code(), "not_found", "{}: {}", route.path, reply.text);
        assert_ne!(reply.status, 403, "{}", route.path);
    }
    let mut next = message("and on");
    next["conversation_id"] = json!(alice.conversation);
    next["parent_message_id"] = json!(alice.answer);
    let (conversation, _) = converse(&app, ALICE, &next).await;
    assert_eq!(conversation, alice.conversation);
    app.stop().await;
}

#[tokio::test]
async fn what_upstream_is_asked_for_somebody_names_nothing_of_others() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    let before = count(&app);
    let bob = things_of(&app, BOB).await;
    for route in allowed_routes() {
        if route.methods.contains(&Method::GET) {
            get(&app, BOB, &address(&route, &bob)).await;
        }
    }
    let seen = since(&app, before);
    assert!(seen.len() > 20, "{}", seen.len());
    for request in seen {
        let body = std::str::from_utf8(&request.body).unwrap_or_default();
        for id in alice.ids() {
            assert!(!request.path.contains(id), "{}", request.path);
            assert!(!body.contains(id), "{} {body}", request.path);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_conversation_goes_with_the_seed_that_made_it() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    let removed = asked(&app, KEY, Method::DELETE, "/seedtoken").json(&json!({"seed": ALICE}));
    assert_eq!(sent(removed).await.status, 200);
    let path = format!("/backend-api/conversation/{}", alice.conversation);
    let before = count(&app);
    // The same word again is another seed.
    assert_eq!(get(&app, ALICE, &path).await.status, 404);
    assert_eq!(since(&app, before).len(), 0);
    let list = get(&app, ALICE, "/backend-api/conversations").await;
    assert_eq!(list.json()["total"], 0, "{}", list.text);
    app.stop().await;
}

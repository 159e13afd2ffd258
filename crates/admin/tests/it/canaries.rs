//! No token comes out by any route, and no text that somebody chose is ever taken for HTML.

use admin::ADMIN_ROUTES;
use serde_json::{Value, json};

use crate::support::{KEY, PASSWORD, World, get, post, request};

const SCRIPT: &str = "<script>alert('canary')</script>";

#[tokio::test]
async fn no_answer_holds_a_token_a_password_or_a_key() {
    let world = World::new().await;
    let tokens = [
        world.access("ada"),
        world.refresh("ben"),
        "fk-canary-relay".to_owned(),
    ];
    let mut texts = Vec::new();
    let body = json!({"text": tokens.join("\n")});
    let imported = post("/admin/api/accounts")
        .script()
        .json(&body)
        .send(&world)
        .await;
    let ids: Vec<String> = imported.json()["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["account_id"].as_str().unwrap().to_owned())
        .collect();
    texts.push(imported.text);
    let dry = json!({"text": tokens.join("\n"), "dry_run": true});
    let dry = post("/admin/api/accounts")
        .script()
        .json(&dry)
        .send(&world)
        .await;
    texts.push(dry.text);
    let made = post("/admin/api/keys")
        .script()
        .json(&json!({"name": "friend"}));
    let made = made.send(&world).await.json();
    let key = made["key"].as_str().unwrap().to_owned();
    let seed = json!({"seed": "friend", "account_id": ids[0]});
    post("/admin/api/seeds")
        .script()
        .json(&seed)
        .send(&world)
        .await;

    let ids = ids.iter().map(String::as_str).chain(made["id"].as_str());
    for id in ids {
        for route in ADMIN_ROUTES.iter().filter(|it| it.method != "delete") {
            let path = route.path.replace("{id}", id);
            // What clears would leave nothing to be shown.
            if path.contains("clear") && !path.contains("limits") {
                continue;
            }
            let asked = request(route.method, &path).script().json(&json!({}));
            texts.push(asked.send(&world).await.text);
        }
    }
    let rotated: Vec<String> = world
        .simulator
        .recorded()
        .iter()
        .filter_map(|it| it.headers.get("authorization"))
        .map(|it| {
            it.to_str()
                .unwrap()
                .trim_start_matches("Bearer ")
                .to_owned()
        })
        .collect();
    assert!(!rotated.is_empty());
    for text in &texts {
        for secret in tokens.iter().chain(&rotated) {
            assert!(!text.contains(secret.as_str()), "{text}");
        }
        for secret in [PASSWORD, KEY, key.as_str(), "eyJ", "\"rt_"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    assert!(texts.len() > 100);
}

#[tokio::test]
async fn a_line_that_is_no_token_is_not_repeated() {
    let world = World::new().await;
    let body = json!({"text": format!("{SCRIPT}\nsk-canary,nowhere-canary\nnot a token: canary")});
    let reply = post("/admin/api/accounts")
        .script()
        .json(&body)
        .send(&world)
        .await;
    assert_eq!(reply.json()["rejected"], 3);
    assert!(!reply.text.contains("canary"), "{}", reply.text);
}

#[tokio::test]
async fn what_looks_like_html_is_never_served_as_html() {
    let world = World::new().await;
    let id = world.add(&world.access("ada")).await;
    let label = json!({"label": SCRIPT});
    let path = format!("/admin/api/accounts/{id}");
    request("patch", &path)
        .script()
        .json(&label)
        .send(&world)
        .await;
    let name = json!({"name": SCRIPT});
    post("/admin/api/keys")
        .script()
        .json(&name)
        .send(&world)
        .await;
    let seed = json!({"seed": SCRIPT});
    post("/admin/api/seeds")
        .script()
        .json(&seed)
        .send(&world)
        .await;

    let mut shown = 0;
    for route in ADMIN_ROUTES.iter().filter(|it| it.method == "get") {
        let path = route.path.replace("{id}", &id);
        let query = "?search=%3Cscript%3E&health=%3Cscript%3E&group=%3Cscript%3E";
        for path in [path.clone(), format!("{path}{query}")] {
            let reply = get(&path).script().send(&world).await;
            let kind = reply.header("content-type");
            if kind.starts_with("application/json") {
                shown += usize::from(reply.text.contains("<script>alert"));
                let _is_json: Value = reply.json();
            } else {
                assert!(!reply.text.contains("<script>alert"), "{path}");
            }
            assert_eq!(reply.header("x-content-type-options"), "nosniff");
        }
    }
    assert!(shown >= 4, "{shown}");
    for asked in [
        get("/seedtoken").with_key(),
        post("/admin/tokens/error").script(),
    ] {
        let kind = asked.send(&world).await.header("content-type").to_owned();
        assert_eq!(kind, "application/json");
    }
}

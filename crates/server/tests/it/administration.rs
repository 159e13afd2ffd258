//! The admin: who gets in, and what they can do there.

use admin::ADMIN_ROUTES;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulator::{RefreshFamily, TokenSpec};

use crate::support::{KEY, Reply, Setup, TestApp, question};

const PASSWORD: &str = "correct horse battery";

async fn app() -> TestApp {
    Setup::new().set("ADMIN_PASSWORD", PASSWORD).start().await
}

fn request(app: &TestApp, method: &str, path: &str) -> RequestBuilder {
    let method: Method = method.to_uppercase().parse().unwrap();
    let path = path.replace("{id}", "01a20cfe-f060-789b-8af4-fad8747bc1d6");
    app.client.request(method, format!("{}{path}", app.url))
}

/// As a script asks.
async fn ask(app: &TestApp, method: &str, path: &str, body: Option<Value>) -> Reply {
    let request = request(app, method, path).basic_auth("admin", Some(PASSWORD));
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    Reply::read(request.send().await.unwrap()).await
}

/// The session's cookie of a reply.
fn cookie(reply: &Reply) -> String {
    let cookie = reply.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

async fn login(app: &TestApp, body: Value) -> Reply {
    let request = request(app, "post", "/admin/api/login").json(&body);
    Reply::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn no_route_serves_whoever_is_not_signed_in_and_all_are_private() {
    let app = app().await;
    for route in ADMIN_ROUTES {
        let reply = request(&app, route.method, route.path)
            .send()
            .await
            .unwrap();
        let reply = Reply::read(reply).await;
        // The pages themselves are the same for everybody.
        let is_page = ["/admin", "/admin/bootstrap"].contains(&route.path);
        let caching = if is_page { "no-cache" } else { "no-store" };
        assert_eq!(reply.header("cache-control"), caching, "{}", route.path);
        assert!(
            reply
                .header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        if route.is_open {
            continue;
        }
        assert_eq!(reply.status, 401, "{} {}", route.method, route.path);
        let wrong = request(&app, route.method, route.path).header("cookie", "flowgpt-admin=x");
        assert_eq!(wrong.send().await.unwrap().status(), 401, "{}", route.path);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_cookie_changes_things_only_from_our_own_pages() {
    let app = app().await;
    let cookie = cookie(&login(&app, json!({"password": PASSWORD})).await);
    for route in ADMIN_ROUTES
        .iter()
        .filter(|it| !it.is_open && it.method != "get")
    {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("x-nothing", "x"),
        ] {
            let asked = request(&app, route.method, route.path)
                .header("cookie", &cookie)
                .header(name, value)
                .json(&json!({}));
            let reply = Reply::read(asked.send().await.unwrap()).await;
            assert_eq!(reply.code(), "cross_site_request", "{} {name}", route.path);
        }
    }
    let own = request(&app, "post", "/admin/api/accounts")
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin")
        .json(&json!({"text": "fk-one", "dry_run": true}));
    assert_eq!(own.send().await.unwrap().status(), 200);
    let reading = request(&app, "get", "/admin/api/overview").header("cookie", &cookie);
    let overview = Reply::read(reading.send().await.unwrap()).await.json();
    assert_eq!(overview["accounts"]["usable"], 2);
    let leaving = request(&app, "post", "/admin/api/logout")
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(leaving.send().await.unwrap().status(), 204);
    let replayed = request(&app, "get", "/admin/api/overview").header("cookie", &cookie);
    assert_eq!(replayed.send().await.unwrap().status(), 401);
    app.stop().await;
}

#[tokio::test]
async fn another_password_in_the_settings_ends_all_sessions_and_the_same_one_none() {
    let folder = tempfile::tempdir().unwrap();
    let start = async |password: &str| {
        let setup = Setup::new().in_folder(&folder);
        setup.set("ADMIN_PASSWORD", password).start().await
    };
    let seen = async |app: &TestApp, cookie: &str| {
        let asked = request(app, "get", "/admin/api/session").header("cookie", cookie);
        asked.send().await.unwrap().status().as_u16()
    };
    let app = start(PASSWORD).await;
    let cookie = cookie(&login(&app, json!({"password": PASSWORD})).await);
    app.stop().await;
    for (password, status) in [(PASSWORD, 200), ("another password", 401), (PASSWORD, 401)] {
        let app = start(password).await;
        assert_eq!(seen(&app, &cookie).await, status, "{password}");
        app.stop().await;
    }
}

#[tokio::test]
async fn cookies_and_addresses_of_the_admin_follow_from_public_url_alone() {
    for (name, value, is_secure, base) in [
        (
            "FILE_HOST",
            "files.example",
            false,
            "http://127.0.0.1:5005/v1",
        ),
        (
            "PUBLIC_URL",
            "https://a.example",
            true,
            "https://a.example/v1",
        ),
    ] {
        let setup = Setup::new().set("ADMIN_PASSWORD", PASSWORD);
        let app = setup.set(name, value).start().await;
        let reply = login(&app, json!({"password": PASSWORD})).await;
        let set = reply.header("set-cookie");
        assert_eq!(set.ends_with("; Secure"), is_secure, "{name}: {set}");
        let overview = ask(&app, "get", "/admin/api/overview", None).await.json();
        assert_eq!(overview["api_base"], base, "{name}");
        app.stop().await;
    }
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let app = app().await;
    for _ in 0..5 {
        let reply = login(&app, json!({"password": "wrong password"})).await;
        assert_eq!(reply.code(), "admin_sign_in_required");
    }
    let reply = login(&app, json!({"password": PASSWORD})).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (429, "too_many_attempts")
    );
    assert!(!reply.header("retry-after").is_empty());
    app.stop().await;
}

#[tokio::test]
async fn the_link_of_the_first_start_chooses_the_password_once() {
    let app = TestApp::start().await;
    assert_eq!(login(&app, json!({"password": PASSWORD})).await.status, 401);
    let link = app.app.bootstrap_link().await.unwrap().unwrap();
    let token = link.split_once("#token=").unwrap().1;
    let choose = async |token: &str, password: &str| {
        let body = json!({"token": token, "password": password});
        let request = request(&app, "post", "/admin/api/bootstrap").json(&body);
        Reply::read(request.send().await.unwrap()).await
    };
    assert_eq!(choose(token, "short").await.code(), "password_too_short");
    assert_eq!(
        choose("other", PASSWORD).await.code(),
        "invalid_bootstrap_token"
    );
    assert_eq!(choose(token, PASSWORD).await.status, 204);
    assert_eq!(choose(token, "another password").await.status, 401);
    assert_eq!(login(&app, json!({"password": PASSWORD})).await.status, 204);
    assert_eq!(app.app.bootstrap_link().await.unwrap(), None);
    app.stop().await;
}

#[tokio::test]
async fn a_list_is_taken_in_with_a_verdict_for_each_line_and_cleared_with_a_way_back() {
    let app = app().await;
    let token = app.simulator.mint_access_token(&TokenSpec::new("new"));
    let text = format!("# mine\n{token}\n<script>alert(1)</script>\nsk-key,nowhere\n{token}");
    let body = json!({"text": text});
    let reply = ask(&app, "post", "/admin/api/accounts", Some(body))
        .await
        .json();
    let outcomes: Vec<_> = reply["lines"].as_array().unwrap().iter().collect();
    let of = |index: usize| {
        (
            outcomes[index]["line"].as_u64().unwrap(),
            &outcomes[index]["outcome"],
        )
    };
    assert_eq!(of(0), (2, &json!("added")));
    assert_eq!(of(1), (3, &json!("rejected")));
    assert_eq!(of(2), (4, &json!("rejected")));
    assert_eq!(of(3), (5, &json!("unchanged")));
    let empty = ask(
        &app,
        "post",
        "/admin/api/accounts",
        Some(json!({"text": " "})),
    )
    .await;
    assert_eq!(empty.json()["error"]["message"], "You entered a null value");

    let cleared = ask(&app, "post", "/admin/tokens/clear", None).await.json();
    assert_eq!(cleared["count"], 3);
    assert_eq!(app.answer("simulate:echo hi").await.status, 503);
    let undo = json!({"clearing": cleared["clearing"]});
    let undone = ask(&app, "post", "/admin/api/undo", Some(undo))
        .await
        .json();
    assert_eq!(undone["restored"], 3);
    assert_eq!(app.answer("simulate:echo hi").await.content(), "hi");
    let audit = ask(&app, "get", "/admin/api/audit", None).await.text;
    assert!(
        audit.contains("clear_accounts") && audit.contains("undo_clearing"),
        "{audit}"
    );
    app.stop().await;
}

#[tokio::test]
async fn accounts_are_changed_looked_at_renewed_and_removed_and_no_token_is_ever_shown() {
    let spec = TokenSpec::new("a");
    let app = Setup::new()
        .refreshable(vec![spec])
        .set("ADMIN_PASSWORD", PASSWORD)
        .start()
        .await;
    let account = ask(&app, "get", "/admin/api/accounts", None).await.json();
    let id = account["accounts"][0]["id"].as_str().unwrap().to_owned();
    let path = |what: &str| format!("/admin/api/accounts/{id}{what}");
    let renewed = ask(&app, "post", &path("/refresh"), None).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    let checked = ask(&app, "post", &path("/check"), None).await.json();
    assert_eq!(checked["plan"], "plus");
    let change = json!({"label": "<b>mine</b>", "max_in_use": 2, "is_disabled": true});
    let changed = ask(&app, "patch", &path(""), Some(change)).await.json();
    assert_eq!(
        (&changed["state"], &changed["max_in_use"]),
        (&json!("disabled"), &json!(2))
    );
    assert_eq!(app.answer("simulate:echo hi").await.status, 503);
    ask(&app, "post", &path("/enable"), None).await;
    assert_eq!(app.answer("simulate:echo hi").await.content(), "hi");
    for route in ADMIN_ROUTES.iter().filter(|it| it.method == "get") {
        let shown = ask(&app, "get", &route.path.replace("{id}", &id), None).await;
        assert!(
            !shown.text.contains("eyJ") && !shown.text.contains("rt_"),
            "{}",
            route.path
        );
    }
    assert_eq!(ask(&app, "delete", &path(""), None).await.status, 204);
    assert_eq!(ask(&app, "get", &path(""), None).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn a_key_is_made_shown_once_and_works_until_it_is_removed() {
    let app = app().await;
    let wrong = json!({"name": "x", "policy": {"accounts": ["nobody"]}});
    let refused = ask(&app, "post", "/admin/api/keys", Some(wrong))
        .await
        .json();
    assert_eq!(refused["error"]["param"], "policy.accounts");
    let new = json!({"name": "friend", "policy": {"budgets": [{"period": "day", "requests": 5}]}});
    let made = ask(&app, "post", "/admin/api/keys", Some(new)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (id, key) = (made.json()["id"].clone(), made.json()["key"].clone());
    let key = key.as_str().unwrap();
    let request = app.ask_as(key, &question("simulate:echo hi"));
    assert_eq!(
        Reply::read(request.send().await.unwrap()).await.content(),
        "hi"
    );
    let path = format!("/admin/api/keys/{}", id.as_str().unwrap());
    let usage = ask(&app, "get", &format!("{path}/usage"), None)
        .await
        .json();
    assert_eq!(usage["budgets"][0]["requests"]["used"], 1);
    assert!(
        !ask(&app, "get", "/admin/api/keys", None)
            .await
            .text
            .contains(key)
    );
    assert_eq!(ask(&app, "delete", &path, None).await.status, 204);
    let request = app.ask_as(key, &question("simulate:echo hi"));
    assert_eq!(request.send().await.unwrap().status(), 401);
    app.stop().await;
}

#[tokio::test]
async fn an_account_is_signed_in_by_a_code_and_by_the_address_a_browser_ended_on() {
    let app = app().await;
    let device = json!({"method": "device"});
    let begun = ask(&app, "post", "/admin/api/sign-ins", Some(device))
        .await
        .json();
    let url = begun["verification_url"].as_str().unwrap();
    let form = [
        ("user_code", begun["user_code"].as_str().unwrap()),
        ("account", "ben"),
    ];
    let body = form
        .map(|(name, value)| format!("{name}={value}"))
        .join("&");
    let typed = app.client.post(url).body(body);
    let typed = typed.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(typed.send().await.unwrap().status(), 200);
    let path = format!("/admin/api/sign-ins/{}", begun["id"].as_str().unwrap());
    let done = async {
        loop {
            let state = ask(&app, "get", &path, None).await.json();
            if state["status"] != "pending" {
                break state;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let done = tokio::time::timeout(std::time::Duration::from_secs(20), done)
        .await
        .unwrap();
    assert_eq!(done["account"]["outcome"], "added", "{done}");

    let browser = json!({"method": "browser"});
    let begun = ask(&app, "post", "/admin/api/sign-ins", Some(browser))
        .await
        .json();
    let path = format!(
        "/admin/api/sign-ins/{}/finish",
        begun["id"].as_str().unwrap()
    );
    let nonsense = json!({"address": "https://example.com/"});
    let refused = ask(&app, "post", &path, Some(nonsense)).await;
    assert_eq!(refused.code(), "not_this_sign_in");
    app.stop().await;
}

#[tokio::test]
async fn seed_tokens_are_managed_with_a_key_and_show_no_token() {
    let app = Setup::new().set("AUTO_SEED", "false").start().await;
    let url = format!("{}/seedtoken", app.url);
    let token = app
        .simulator
        .mint_refresh_token(&TokenSpec::new("shared"), RefreshFamily::Codex);
    let send = async |request: RequestBuilder| Reply::read(request.send().await.unwrap()).await;
    assert_eq!(send(app.client.get(&url)).await.status, 401);
    let body = json!({"seed": "friend", "token": token});
    let made = send(app.client.post(&url).bearer_auth(KEY).json(&body)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let request = app.ask_as("friend", &question("simulate:echo hi"));
    assert_eq!(send(request).await.content(), "hi");
    let all = send(app.client.get(&url).bearer_auth(KEY)).await;
    assert_eq!(all.json()["status"], "success");
    assert!(all.json()["data"]["friend"].is_string() && !all.text.contains("rt_"));
    let unknown = send(app.client.get(format!("{url}?seed=other")).bearer_auth(KEY)).await;
    assert_eq!(unknown.status, 404);
    let removed = send(
        app.client
            .delete(&url)
            .bearer_auth(KEY)
            .json(&json!({"seed": "friend"})),
    );
    assert_eq!(removed.await.status, 200);
    let request = app.ask_as("friend", &question("simulate:echo hi"));
    assert_eq!(send(request).await.status, 401);
    app.stop().await;
}

#[tokio::test]
async fn the_description_names_exactly_the_routes_there_are() {
    let app = app().await;
    let reply = request(&app, "get", "/admin/api/openapi.json")
        .send()
        .await
        .unwrap();
    let document = Reply::read(reply).await.json();
    let paths = document["paths"].as_object().unwrap();
    let described: usize = paths.values().map(|it| it.as_object().unwrap().len()).sum();
    assert_eq!(described, ADMIN_ROUTES.len());
    app.stop().await;
}

#[tokio::test]
async fn a_prefix_leads_to_the_admin_and_opens_it_only_when_the_operator_wants_that() {
    for (open, status) in [("false", 401), ("true", 200)] {
        let app = Setup::new()
            .set("API_PREFIX", "team")
            .set("ADMIN_PASSWORD", PASSWORD)
            .set("ADMIN_BY_PREFIX", open)
            .start()
            .await;
        let client = reqwest::redirect::Policy::none();
        #[expect(clippy::disallowed_methods, reason = "a client of the gateway")]
        let client = reqwest::Client::builder()
            .redirect(client)
            .no_proxy()
            .build()
            .unwrap();
        let reply = client
            .get(format!("{}/team", app.url))
            .send()
            .await
            .unwrap();
        let reply = Reply::read(reply).await;
        assert_eq!((reply.status, reply.header("location")), (303, "/admin"));
        let cookie = reply
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let overview = request(&app, "get", "/admin/api/overview").header("cookie", cookie);
        assert_eq!(overview.send().await.unwrap().status(), status);
        app.stop().await;
    }
}

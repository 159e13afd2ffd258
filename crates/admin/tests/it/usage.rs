//! What was used, single requests, settings, the audit and the overview.

use serde_json::{Value, json};
use store::records::RequestRecord;

use crate::support::{NOW, World, get, post};

const DAY: i64 = 24 * 3600;

fn now() -> i64 {
    i64::try_from(NOW).unwrap()
}

fn record(id: &str, at: i64, model: &str, status: i64) -> RequestRecord {
    RequestRecord {
        id: id.to_owned(),
        at,
        owner: "canary-owner".to_owned(),
        key_id: Some(format!("key-of-{model}")),
        account_id: None,
        driver: Some("web".to_owned()),
        route: "chat_completions".to_owned(),
        model: Some(model.to_owned()),
        status,
        code: None,
        prompt_tokens: Some(10),
        completion_tokens: Some(5),
        first_text_ms: Some(70),
        duration_ms: 100,
        attempts: 1,
    }
}

async fn used() -> World {
    let world = World::new().await;
    let records = vec![
        record("1", now() - 2 * DAY, "gpt-5-2", 200),
        record("2", now() - DAY, "gpt-5-2", 200),
        record("3", now(), "o3", 502),
    ];
    world
        .database
        .record_requests(records.into())
        .await
        .unwrap();
    world
}

async fn ask(world: &World, path: &str) -> Value {
    get(path).script().send(world).await.json()
}

/// Names and how many requests.
fn sums(usage: &Value) -> Vec<(String, u64)> {
    let read = |it: &Value| {
        let name = it["name"].as_str().unwrap().to_owned();
        (name, it["requests"].as_u64().unwrap())
    };
    usage["usage"]
        .as_array()
        .unwrap()
        .iter()
        .map(read)
        .collect()
}

#[tokio::test]
async fn sums_are_of_days_models_and_keys_over_the_days_that_were_asked_for() {
    let world = used().await;
    let day = |days: i64| (now() / DAY - days).to_string();
    let all = ask(&world, "/admin/api/usage").await;
    assert_eq!(sums(&all), [(day(2), 1), (day(1), 1), (day(0), 1)]);
    assert_eq!(all["usage"][2]["failures"], 1);
    assert_eq!(all["usage"][0]["prompt_tokens"], 10);
    let models = ask(&world, "/admin/api/usage?group=model").await;
    assert_eq!(
        sums(&models),
        [("gpt-5-2".to_owned(), 2), ("o3".to_owned(), 1)]
    );
    let keys = ask(&world, "/admin/api/usage?group=key").await;
    assert_eq!(sums(&keys)[0].0, "key-of-gpt-5-2");
    // Every day that the time between touches.
    let some = format!("/admin/api/usage?since={}&until={}", now() - DAY, now());
    assert_eq!(sums(&ask(&world, &some).await).len(), 2);
    let midnight = now() / DAY * DAY;
    let none = format!("/admin/api/usage?since={midnight}&until={midnight}");
    assert_eq!(sums(&ask(&world, &none).await), []);
    let wrong = get("/admin/api/usage?group=owner")
        .script()
        .send(&world)
        .await;
    assert_eq!((wrong.status, wrong.param().as_str()), (400, "group"));
}

#[tokio::test]
async fn requests_are_listed_page_by_page_the_newest_first() {
    let world = used().await;
    let ids = |page: &Value| -> Vec<String> {
        let all = page["requests"].as_array().unwrap().iter();
        all.map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = ask(&world, "/admin/api/requests?limit=2").await;
    assert_eq!(ids(&first), ["3", "2"]);
    let next = ask(&world, "/admin/api/requests?limit=2&before=2").await;
    assert_eq!(ids(&next), ["1"]);
    let key = ask(&world, "/admin/api/requests?key_id=key-of-o3").await;
    assert_eq!(ids(&key), ["3"]);
    for (filter, found) in [
        ("status=failed", &["3"][..]),
        ("status=ok", &["2", "1"]),
        ("model=o3", &["3"]),
        ("route=chat_completions&status=ok", &["2", "1"]),
        ("route=responses", &[]),
    ] {
        let page = ask(&world, &format!("/admin/api/requests?{filter}")).await;
        assert_eq!(ids(&page), found, "{filter}");
    }
    let wrong = get("/admin/api/requests?status=bad").script().send(&world);
    assert_eq!(wrong.await.param(), "status");
    assert_eq!(first["requests"][0]["first_text_ms"], 70);
    assert_eq!(first["requests"][0]["driver"], "web");
    assert!(first["requests"][0].get("owner").is_none());
}

#[tokio::test]
async fn the_overview_counts_today_and_the_settings_are_shown_as_they_were_handed_in() {
    let world = used().await;
    world.add(&world.access("ada")).await;
    let overview = ask(&world, "/admin/api/overview").await;
    let today = json!({
        "requests": 1, "failures": 1, "prompt_tokens": 10, "completion_tokens": 5,
    });
    assert_eq!(overview["today"], today);
    let yesterday = json!({
        "requests": 1, "failures": 0, "prompt_tokens": 10, "completion_tokens": 5,
    });
    assert_eq!(overview["yesterday"], yesterday);
    let hours = overview["hours"].as_array().unwrap();
    assert_eq!(hours.len(), 24);
    let this_hour = json!({"hour": now() - now() % 3600, "requests": 1, "failures": 1});
    assert_eq!(hours[23], this_hour);
    assert_eq!(overview["first_text_ms"], 70);
    assert_eq!(overview["capacity"], json!([]));
    let accounts = json!({"total": 1, "usable": 1, "by_state": {"healthy": 1}});
    assert_eq!(overview["accounts"], accounts);
    assert_eq!(overview["warnings"], json!(["a door is open"]));
    assert_eq!(overview["database"], "sqlite");
    let settings = ask(&world, "/admin/api/settings").await;
    let expected = json!([{
        "name": "PORT", "value": "5005", "origin": "default", "default": "5005",
        "help": "Port to listen on.", "group": "server", "is_secret": false,
    }]);
    assert_eq!(settings["settings"], expected);
}

#[tokio::test]
async fn the_audit_is_read_page_by_page() {
    let world = World::new().await;
    for name in ["one", "two", "three"] {
        let body = json!({"name": name});
        post("/admin/api/keys")
            .script()
            .json(&body)
            .send(&world)
            .await;
    }
    let page = ask(&world, "/admin/api/audit?limit=2").await;
    let entries = page["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (&entries[0]["actor"], &entries[0]["at"]),
        (&json!("admin (script)"), &json!(NOW))
    );
    let next = format!("/admin/api/audit?limit=2&before={}", entries[1]["id"]);
    assert_eq!(
        ask(&world, &next).await["entries"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

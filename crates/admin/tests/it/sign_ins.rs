//! Signing accounts in with ChatGPT.

use std::time::Duration;

use http::header::LOCATION;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use simulator::Simulator;
use tower::ServiceExt;
use url::Url;

use crate::support::{Reply, World, get, post};

const SIGN_INS: &str = "/admin/api/sign-ins";

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(40);

async fn begin(world: &World, method: &str) -> Value {
    let body = json!({"method": method});
    let begun = post(SIGN_INS).script().json(&body).send(world).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    begun.json()
}

async fn finish(world: &World, id: &Value, address: &str) -> Reply {
    let path = format!("{SIGN_INS}/{}/finish", id.as_str().unwrap());
    let body = json!({"address": address});
    post(&path).script().json(&body).send(world).await
}

async fn show(world: &World, id: &Value) -> Reply {
    let path = format!("{SIGN_INS}/{}", id.as_str().unwrap());
    get(&path).script().send(world).await
}

/// Posts a form as a browser does; where it is sent.
async fn fill_in(simulator: &Simulator, url: &str, form: &str) -> String {
    let url: Url = url.parse().unwrap();
    let target = &url[url::Position::BeforePath..];
    let request = http::Request::post(target)
        .header("host", url.authority())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(form.to_owned()))
        .unwrap();
    let (head, body) = simulator
        .router()
        .oneshot(request)
        .await
        .unwrap()
        .into_parts();
    assert!(head.status.as_u16() < 400, "{:?}", body.collect().await);
    let location = head.headers.get(LOCATION);
    location.map_or(String::new(), |it| it.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_account_comes_in_by_the_address_that_the_browser_ended_on() {
    let world = World::new().await;
    let begun = begin(&world, "browser").await;
    let id = &begun["id"];
    assert_eq!(
        show(&world, id).await.json(),
        json!({"id": id, "status": "pending"})
    );
    let authorize = begun["authorize_url"].as_str().unwrap();
    let ended_on = fill_in(&world.simulator, authorize, "account=ada").await;

    for wrong in [
        "",
        "https://example.com/?code=x",
        "http://localhost:1455/auth/callback",
    ] {
        let refused = finish(&world, id, wrong).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, "not_this_sign_in")
        );
    }
    let other = begin(&world, "browser").await;
    assert_eq!(
        finish(&world, &other["id"], &ended_on).await.code(),
        "not_this_sign_in"
    );

    let done = finish(&world, id, &format!("  {ended_on}\n")).await.json();
    assert_eq!(
        (&done["status"], &done["account"]["outcome"]),
        (&json!("done"), &json!("added"))
    );
    let account = world.pool.accounts().remove(0);
    assert_eq!(done["account"]["account_id"], account.id.to_string());
    assert_eq!(done["account"]["account"], account.label);
    assert_eq!(
        (account.source.as_str(), account.can_refresh),
        ("sign_in", true)
    );
    // The same again says the same, and asks nobody.
    assert_eq!(finish(&world, id, &ended_on).await.json(), done);
    assert_eq!(show(&world, id).await.json(), done);
    assert_eq!(world.pool.accounts().len(), 1);
    let done: Vec<_> = world.audit().await.into_iter().map(|(_, it)| it).collect();
    assert!(done.contains(&"sign_in_account".to_owned()), "{done:?}");
}

#[tokio::test]
async fn of_two_who_paste_the_address_at_once_one_signs_in_and_nothing_is_lost() {
    let world = World::new().await;
    let begun = begin(&world, "browser").await;
    let authorize = begun["authorize_url"].as_str().unwrap();
    let ended_on = fill_in(&world.simulator, authorize, "account=ada").await;
    let (one, other) = tokio::join!(
        finish(&world, &begun["id"], &ended_on),
        finish(&world, &begun["id"], &ended_on),
    );
    let mut statuses = [one, other].map(|it| it.json()["status"].as_str().unwrap().to_owned());
    statuses.sort_unstable();
    assert_eq!(statuses, ["done", "pending"]);
    assert_eq!(show(&world, &begun["id"]).await.json()["status"], "done");
}

#[tokio::test]
async fn a_sign_in_that_was_declined_is_over_and_says_so() {
    let world = World::new().await;
    let begun = begin(&world, "browser").await;
    let authorize: Url = begun["authorize_url"].as_str().unwrap().parse().unwrap();
    let state = authorize
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap();
    let address = format!("?error=access_denied&state={}", state.1);
    let failed = finish(&world, &begun["id"], &address).await.json();
    assert_eq!(failed["status"], "failed");
    assert!(failed["reason"].as_str().unwrap().contains("declined"));
    assert_eq!(show(&world, &begun["id"]).await.json(), failed);
}

#[tokio::test]
async fn an_account_comes_in_by_a_code_that_is_entered_elsewhere() {
    let world = World::new().await;
    let begun = begin(&world, "device").await;
    let id = &begun["id"];
    assert!(begun["interval"].as_u64().unwrap() >= 1);
    // There is no address to paste.
    assert_eq!(finish(&world, id, "x").await.json()["status"], "pending");
    let form = format!(
        "user_code={}&account=ben",
        begun["user_code"].as_str().unwrap()
    );
    fill_in(
        &world.simulator,
        begun["verification_url"].as_str().unwrap(),
        &form,
    )
    .await;
    let ended = async {
        loop {
            let state = show(&world, id).await.json();
            if state["status"] != "pending" {
                return state;
            }
            tokio::task::yield_now().await;
        }
    };
    let ended = tokio::time::timeout(PATIENCE, ended).await.unwrap();
    assert_eq!(
        (&ended["status"], &ended["account"]["outcome"]),
        (&json!("done"), &json!("added"))
    );
    assert_eq!(world.pool.accounts()[0].source, "sign_in");
    let done: Vec<_> = world.audit().await.into_iter().map(|(_, it)| it).collect();
    assert_eq!(done, ["sign_in_account", "begin_sign_in"]);
}

#[tokio::test]
async fn nobody_waits_for_a_code_when_the_program_ends() {
    let world = World::new().await;
    let others = world.tasks.len();
    begin(&world, "device").await;
    world.tasks.close();
    let ended = async {
        while world.tasks.len() > others {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
}

#[tokio::test]
async fn a_sign_in_is_kept_for_a_quarter_of_an_hour_and_only_so_many_are() {
    let world = World::new().await;
    let first = begin(&world, "browser").await;
    for _ in 1..100 {
        begin(&world, "browser").await;
    }
    let body = json!({"method": "browser"});
    let refused = post(SIGN_INS).script().json(&body).send(&world).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "too_many_sign_ins")
    );
    world.clock.advance(15 * 60 - 1);
    assert_eq!(show(&world, &first["id"]).await.status, 200);
    world.clock.advance(1);
    assert_eq!(show(&world, &first["id"]).await.status, 404);
    assert_eq!(
        finish(&world, &first["id"], "?code=x&state=y").await.status,
        404
    );
    begin(&world, "browser").await;
}

#[tokio::test]
async fn there_are_two_ways_to_sign_in() {
    let world = World::new().await;
    let body = json!({"method": "carrier pigeon"});
    let refused = post(SIGN_INS).script().json(&body).send(&world).await;
    assert_eq!((refused.status, refused.param().as_str()), (400, "method"));
}

//! Codes of an app.

use serde_json::{Value, json};
use tokio::join;
use totp_rs::{Builder, Secret, Totp};

use crate::support::{PASSWORD, Reply, Request, World, get, post, request};

const OVERVIEW: &str = "/admin/api/overview";

const STEP: u64 = 30;

/// The app that was shown an address.
struct App(Totp);

impl App {
    fn read(otpauth_url: &str) -> Self {
        let url: url::Url = otpauth_url.parse().unwrap();
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
        let secret = url
            .query_pairs()
            .find(|(name, _)| name == "secret")
            .unwrap();
        let secret = Secret::try_from_base32(secret.1.as_ref()).unwrap();
        let builder = Builder::new()
            .with_secret(secret)
            .with_issuer(Some("FlowGPT"));
        Self(builder.with_account_name("admin").build().unwrap())
    }

    fn code(&self, world: &World) -> String {
        self.0.generate(world.clock.seconds()).to_string()
    }
}

async fn begin(world: &World) -> Reply {
    post("/admin/api/totp").script().send(world).await
}

async fn confirm(world: &World, code: &str) -> Reply {
    let asked = post("/admin/api/totp/confirm").script();
    asked.json(&json!({"code": code})).send(world).await
}

fn delete_totp(body: &Value) -> Request {
    request("delete", "/admin/api/totp").script().json(body)
}

async fn login(world: &World, code: Option<&str>) -> Reply {
    let body = json!({"password": PASSWORD, "code": code});
    post("/admin/api/login").json(&body).send(world).await
}

/// A world with a second factor, and the app; its first code is used.
async fn set_up() -> (World, App) {
    let world = World::new().await;
    let begun = begin(&world).await.json();
    let app = App::read(begun["otpauth_url"].as_str().unwrap());
    // Not in force yet.
    assert_eq!(login(&world, None).await.status, 204);
    assert_eq!(confirm(&world, "000000").await.code(), "code_required");
    assert_eq!(confirm(&world, &app.code(&world)).await.status, 204);
    (world, app)
}

#[tokio::test]
async fn a_sign_in_needs_a_code_and_each_is_good_once() {
    let (world, app) = set_up().await;
    assert_eq!(login(&world, None).await.code(), "code_required");
    assert_eq!(login(&world, Some("")).await.code(), "code_required");
    let first = app.code(&world);
    assert_eq!(
        login(&world, Some(&first)).await.status,
        401,
        "used to confirm"
    );
    world.clock.advance(STEP);
    let second = app.code(&world);
    assert_eq!(login(&world, Some(&second)).await.status, 204);
    assert_eq!(login(&world, Some(&second)).await.status, 401);
    assert_eq!(login(&world, Some(&first)).await.status, 401);
    // Clocks differ a little.
    let third = app.0.generate(world.clock.seconds() + STEP).to_string();
    assert_eq!(login(&world, Some(&third)).await.status, 204);
    let session = get("/admin/api/session").script().send(&world).await.json();
    assert_eq!(session["has_second_factor"], true);
}

#[tokio::test]
async fn whoever_was_signed_in_without_it_is_not_any_more() {
    let world = World::new().await;
    let old = world.cookie().await;
    let begun = begin(&world).await.json();
    let app = App::read(begun["otpauth_url"].as_str().unwrap());
    let confirmed = confirm(&world, &app.code(&world)).await;
    assert_eq!(get(OVERVIEW).page(&old).send(&world).await.status, 401);
    let new = get(OVERVIEW).page(&confirmed.cookie()).send(&world).await;
    assert_eq!(new.status, 200);
}

#[tokio::test]
async fn a_new_password_is_chosen_with_a_code_as_well() {
    let world = World::fresh().await;
    let link = world.admin.bootstrap().await.unwrap().unwrap();
    let token = link.split_once('=').unwrap().1;
    let body = json!({"token": token, "password": PASSWORD});
    post("/admin/api/bootstrap").json(&body).send(&world).await;
    let begun = begin(&world).await.json();
    let app = App::read(begun["otpauth_url"].as_str().unwrap());
    assert_eq!(confirm(&world, &app.code(&world)).await.status, 204);
    world.clock.advance(STEP);
    let change = async |code: Option<String>| {
        let body = json!({"current": PASSWORD, "new": "another password", "code": code});
        let asked = post("/admin/api/password").script().json(&body);
        asked.send(&world).await
    };
    assert_eq!(change(None).await.code(), "code_required");
    assert_eq!(change(Some(app.code(&world))).await.status, 204);
}

#[tokio::test]
async fn of_two_who_show_a_code_at_once_one_is_let_in() {
    let (world, app) = set_up().await;
    for _ in 0..5 {
        world.clock.advance(STEP);
        let code = app.code(&world);
        let (one, other) = join!(login(&world, Some(&code)), login(&world, Some(&code)));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 401]);
    }
}

#[tokio::test]
async fn whoever_knows_the_password_cannot_go_through_the_codes() {
    let (world, app) = set_up().await;
    world.clock.advance(3600);
    for _ in 0..5 {
        assert_eq!(login(&world, Some("000000")).await.status, 401);
    }
    let code = app.code(&world);
    assert_eq!(login(&world, Some(&code)).await.status, 429);
    world.clock.advance(2);
    assert_eq!(login(&world, Some(&app.code(&world))).await.status, 204);
}

#[tokio::test]
async fn it_is_not_replaced_and_goes_only_with_the_password_and_a_code() {
    let (world, app) = set_up().await;
    assert_eq!(begin(&world).await.code(), "second_factor_is_set");
    world.clock.advance(STEP);
    let code = app.code(&world);
    for body in [
        json!({"password": PASSWORD}),
        json!({"password": PASSWORD, "code": "000000"}),
        json!({"password": "wrong password", "code": code}),
    ] {
        assert_eq!(delete_totp(&body).send(&world).await.status, 401, "{body}");
    }
    let body = json!({"password": PASSWORD, "code": code});
    assert_eq!(delete_totp(&body).send(&world).await.status, 204);
    assert_eq!(login(&world, None).await.status, 204);
    let done: Vec<_> = world.audit().await.into_iter().map(|(_, it)| it).collect();
    assert_eq!(done[1], "remove_second_factor");
}

#[tokio::test]
async fn the_secret_is_sealed_and_shown_once() {
    let (world, _) = set_up().await;
    for name in ["admin.totp", "admin.totp.pending"] {
        assert_eq!(world.database.fact(name).await.unwrap(), None);
    }
    let overrides = world.database.overrides().await.unwrap();
    let names: Vec<_> = overrides.into_iter().map(|(name, _, _)| name).collect();
    assert_eq!(names, ["admin.totp"]);
}

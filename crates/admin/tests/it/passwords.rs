//! Changing the password, and what a changed one ends.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use serde_json::json;

use crate::support::{PASSWORD, Reply, World, get, post};

const OVERVIEW: &str = "/admin/api/overview";
const OTHER: &str = "another password";

/// A world where the password was chosen, and the cookie of whoever chose it.
async fn chosen() -> (World, String) {
    let world = World::fresh().await;
    let link = world.admin.bootstrap().await.unwrap().unwrap();
    let token = link.split_once('=').unwrap().1;
    let body = json!({"token": token, "password": PASSWORD});
    let reply = post("/admin/api/bootstrap").json(&body).send(&world).await;
    (world, reply.cookie())
}

async fn change(world: &World, cookie: &str, current: &str, new: &str) -> Reply {
    let body = json!({"current": current, "new": new});
    let asked = post("/admin/api/password").page(cookie).json(&body);
    asked.send(world).await
}

#[tokio::test]
async fn a_new_password_ends_the_old_one_and_all_sessions_but_one() {
    let (world, cookie) = chosen().await;
    let other = world.cookie().await;
    assert_eq!(get(OVERVIEW).script().send(&world).await.status, 200);

    assert_eq!(
        change(&world, &cookie, "wrong password", OTHER)
            .await
            .status,
        401
    );
    assert_eq!(
        change(&world, &cookie, PASSWORD, "short").await.code(),
        "password_too_short"
    );
    let changed = change(&world, &cookie, PASSWORD, OTHER).await;
    assert_eq!(changed.status, 204, "{}", changed.text);

    for ended in [&cookie, &other] {
        assert_eq!(get(OVERVIEW).page(ended).send(&world).await.status, 401);
    }
    assert_eq!(
        get(OVERVIEW)
            .page(&changed.cookie())
            .send(&world)
            .await
            .status,
        200
    );
    assert_eq!(get(OVERVIEW).script().send(&world).await.status, 401);
    assert_eq!(get(OVERVIEW).basic(OTHER).send(&world).await.status, 200);
}

#[tokio::test]
async fn a_password_that_another_process_has_changed_is_not_remembered_here() {
    let (world, _) = chosen().await;
    assert_eq!(get(OVERVIEW).script().send(&world).await.status, 200);
    let other = world.another_process().await;
    let hash = Argon2::default().hash_password(OTHER.as_bytes()).unwrap();
    other
        .set_fact("admin.password", &hash.to_string())
        .await
        .unwrap();
    assert_eq!(get(OVERVIEW).script().send(&world).await.status, 401);
    assert_eq!(get(OVERVIEW).basic(OTHER).send(&world).await.status, 200);
}

#[tokio::test]
async fn a_password_is_kept_as_a_hash_that_is_slow_to_try() {
    let (world, _) = chosen().await;
    let kept = world
        .database
        .fact("admin.password")
        .await
        .unwrap()
        .unwrap();
    assert!(
        kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{kept}"
    );
}

#[tokio::test]
async fn a_password_of_the_settings_is_changed_there() {
    let world = World::new().await;
    let cookie = world.cookie().await;
    let refused = change(&world, &cookie, PASSWORD, OTHER).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "password_is_given")
    );
    assert_eq!(get(OVERVIEW).page(&cookie).send(&world).await.status, 200);
}

//! Guessing passwords, links and codes is slow, however it is done.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use serde_json::json;

use crate::support::{PASSWORD, Reply, World, get, post};

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(40);

async fn guess(world: &World, password: &str) -> Reply {
    let body = json!({"password": password});
    post("/admin/api/login").json(&body).send(world).await
}

/// Where a password was chosen, so that checking one takes a while.
async fn chosen() -> World {
    let world = World::fresh().await;
    let link = world.admin.bootstrap().await.unwrap().unwrap();
    let token = link.split_once('=').unwrap().1;
    let body = json!({"token": token, "password": PASSWORD});
    let reply = post("/admin/api/bootstrap").json(&body).send(&world).await;
    assert_eq!(reply.status, 204, "{}", reply.text);
    world
}

#[tokio::test]
async fn after_five_failures_each_try_waits_longer_and_the_reply_says_how_long() {
    let world = World::new().await;
    for _ in 0..5 {
        assert_eq!(guess(&world, "wrong password").await.status, 401);
    }
    let mut waits = Vec::new();
    for _ in 0..9 {
        // The right one has to wait as well: otherwise guessing would go on meanwhile.
        let reply = guess(&world, PASSWORD).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (429, "too_many_attempts")
        );
        let wait: u64 = reply.header("retry-after").parse().unwrap();
        waits.push(wait);
        world.clock.advance(wait);
        assert_eq!(guess(&world, "wrong password").await.status, 401);
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300]);
    world.clock.advance(300);
    assert_eq!(guess(&world, PASSWORD).await.status, 204);
    assert_eq!(guess(&world, "wrong password").await.status, 401);
    assert_eq!(guess(&world, PASSWORD).await.status, 204);
}

#[tokio::test]
async fn scripts_are_slowed_down_as_pages_are_and_sessions_are_not() {
    let world = World::new().await;
    let cookie = world.cookie().await;
    for _ in 0..5 {
        let reply = get("/admin/api/overview")
            .basic("wrong password")
            .send(&world)
            .await;
        assert_eq!(reply.status, 401);
    }
    let script = get("/admin/api/overview").script().send(&world).await;
    assert_eq!((script.status, script.header("retry-after")), (429, "2"));
    let page = get("/admin/api/overview").page(&cookie).send(&world).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn a_script_that_asks_all_the_time_does_not_make_others_failures_forgotten() {
    let world = World::new().await;
    for _ in 0..5 {
        let script = get("/admin/api/overview").script().send(&world).await;
        assert_eq!(script.status, 200);
        assert_eq!(guess(&world, "wrong password").await.status, 401);
    }
    assert_eq!(guess(&world, "wrong password").await.status, 429);
}

#[tokio::test]
async fn many_guesses_at_once_are_counted_one_by_one() {
    let world = chosen().await;
    let guesses = (0..30).map(|number| {
        let password = format!("wrong password {number}");
        let world = &world;
        async move { guess(world, &password).await.status }
    });
    let statuses = join_all(guesses).await;
    let tried = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(tried, 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429)));
}

#[tokio::test]
async fn a_guess_counts_though_nobody_waits_for_what_comes_of_it() {
    let world = chosen().await;
    let others = world.tasks.len();
    for _ in 0..5 {
        let mut guess = Box::pin(guess(&world, "wrong password"));
        while world.tasks.len() == others {
            assert!(poll!(guess.as_mut()).is_pending());
        }
        drop(guess);
        let counted = async {
            while world.tasks.len() > others {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, counted).await.unwrap();
    }
    assert_eq!(guess(&world, PASSWORD).await.status, 429);
}

#[tokio::test]
async fn the_reply_does_not_say_whether_there_is_a_password() {
    let mut texts = Vec::new();
    for world in [World::new().await, World::fresh().await, chosen().await] {
        let reply = guess(&world, "wrong password").await;
        assert_eq!(reply.status, 401);
        texts.push(reply.text);
        let basic = get("/admin/api/overview")
            .basic("wrong password")
            .send(&world)
            .await;
        texts.push(basic.text);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[tokio::test]
async fn links_are_guessed_as_slowly_as_passwords() {
    let world = World::fresh().await;
    let link = world.admin.bootstrap().await.unwrap().unwrap();
    let token = link.split_once('=').unwrap().1;
    let choose = async |token: &str| {
        let body = json!({"token": token, "password": PASSWORD});
        post("/admin/api/bootstrap").json(&body).send(&world).await
    };
    for _ in 0..5 {
        assert_eq!(choose("made up").await.code(), "invalid_bootstrap_token");
    }
    assert_eq!(choose(token).await.status, 429);
    world.clock.advance(2);
    assert_eq!(choose(token).await.status, 204);
}

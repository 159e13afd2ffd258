//! The link of the first start.

use serde_json::json;
use tokio::join;

use crate::support::{PASSWORD, Reply, World, get, post};

const DAY: u64 = 24 * 3600;

async fn choose(world: &World, token: &str, password: &str) -> Reply {
    let body = json!({"token": token, "password": password});
    post("/admin/api/bootstrap").json(&body).send(world).await
}

/// The token of a new link.
async fn link(world: &World) -> String {
    let link = world.admin.bootstrap().await.unwrap().unwrap();
    // Behind the #, so that no proxy logs it.
    let token = link.strip_prefix("/admin/bootstrap#token=").unwrap();
    assert_eq!(token.len(), 43);
    token.to_owned()
}

#[tokio::test]
async fn the_password_is_chosen_once_and_whoever_chose_it_is_signed_in() {
    let world = World::fresh().await;
    assert!(!world.admin.has_password().await.unwrap());
    let token = link(&world).await;
    // Looking at the page changes nothing.
    for path in ["/admin/bootstrap", "/admin"] {
        assert_eq!(get(path).send(&world).await.status, 200);
    }
    let chosen = choose(&world, &token, PASSWORD).await;
    assert_eq!(chosen.status, 204, "{}", chosen.text);
    let reply = get("/admin/api/overview")
        .page(&chosen.cookie())
        .send(&world)
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(choose(&world, &token, "another password").await.status, 401);
    assert!(world.admin.has_password().await.unwrap());
    assert_eq!(world.admin.bootstrap().await.unwrap(), None);
    let entry = ("admin".to_owned(), "choose_password".to_owned());
    assert_eq!(world.audit().await, [entry]);
}

#[tokio::test]
async fn of_two_who_follow_the_link_at_once_one_is_served() {
    let world = World::fresh().await;
    let token = link(&world).await;
    let (one, other) = join!(
        choose(&world, &token, "the one's password"),
        choose(&world, &token, "the other's password"),
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 401]);
}

#[tokio::test]
async fn a_link_is_good_for_a_day_and_until_the_next_one() {
    let world = World::fresh().await;
    let first = link(&world).await;
    let second = link(&world).await;
    assert_eq!(
        choose(&world, &first, PASSWORD).await.code(),
        "invalid_bootstrap_token"
    );
    world.clock.advance(DAY);
    assert_eq!(choose(&world, &second, PASSWORD).await.status, 401);
    let third = link(&world).await;
    world.clock.advance(DAY - 1);
    assert_eq!(choose(&world, &third, PASSWORD).await.status, 204);
}

#[tokio::test]
async fn a_password_that_is_too_short_does_not_use_up_the_link() {
    let world = World::fresh().await;
    let token = link(&world).await;
    let refused = choose(&world, &token, "123456789").await;
    assert_eq!(
        (refused.status, refused.param().as_str()),
        (400, "password")
    );
    // Ten characters, of which each takes three bytes.
    assert_eq!(
        choose(&world, &token, "正确的马电池订书钉一").await.status,
        204
    );
}

#[tokio::test]
async fn the_link_is_stored_as_a_digest_and_there_is_none_beside_a_given_password() {
    let world = World::fresh().await;
    let token = link(&world).await;
    let stored = world
        .database
        .fact("admin.bootstrap")
        .await
        .unwrap()
        .unwrap();
    assert!(!stored.contains(&token));
    let given = World::new().await;
    assert_eq!(given.admin.bootstrap().await.unwrap(), None);
}

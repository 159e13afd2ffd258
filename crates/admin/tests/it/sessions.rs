//! Sessions of browsers, and their cookies.

use serde_json::json;

use crate::support::{PASSWORD, World, get, post};

const OVERVIEW: &str = "/admin/api/overview";
const THIRTY_DAYS: u64 = 30 * 24 * 3600;

#[tokio::test]
async fn a_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
    for (is_secure, name, end) in [
        (false, "flowgpt-admin=", ""),
        (true, "__Host-flowgpt-admin=", "; Secure"),
    ] {
        let world = World::with(|settings| {
            settings.password = Some(PASSWORD.into());
            settings.is_secure = is_secure;
        })
        .await;
        let body = json!({"password": PASSWORD});
        let reply = post("/admin/api/login").json(&body).send(&world).await;
        let set = reply.header("set-cookie");
        let (value, attributes) = set.split_once(';').unwrap();
        let token = value.strip_prefix(name).unwrap();
        // 32 bytes.
        assert_eq!(token.len(), 43);
        let expected = format!(" Path=/; HttpOnly; SameSite=Strict; Max-Age={THIRTY_DAYS}{end}");
        assert_eq!(attributes, expected);
        let shown = get(OVERVIEW).header("cookie", &format!("other=1; {value}; more=2"));
        assert_eq!(shown.send(&world).await.status, 200);

        let left = post("/admin/api/logout").page(value).send(&world).await;
        let cleared = left.header("set-cookie").replace("Max-Age=0", "");
        assert_eq!(
            cleared,
            format!("{name};{expected}").replace(&format!("Max-Age={THIRTY_DAYS}"), "")
        );
    }
}

#[tokio::test]
async fn a_session_is_over_after_signing_out_and_after_thirty_days() {
    let world = World::new().await;
    let (left, kept) = (world.cookie().await, world.cookie().await);
    let leaving = post("/admin/api/logout").page(&left).send(&world).await;
    assert_eq!(leaving.status, 204);
    assert_eq!(get(OVERVIEW).page(&left).send(&world).await.status, 401);
    world.clock.advance(THIRTY_DAYS - 1);
    assert_eq!(get(OVERVIEW).page(&kept).send(&world).await.status, 200);
    world.clock.advance(1);
    assert_eq!(get(OVERVIEW).page(&kept).send(&world).await.status, 401);
}

#[tokio::test]
async fn another_site_cannot_sign_anybody_out() {
    let world = World::new().await;
    let cookie = world.cookie().await;
    let leaving = post("/admin/api/logout").header("cookie", &cookie);
    assert_eq!(leaving.send(&world).await.status, 403);
    assert_eq!(get(OVERVIEW).page(&cookie).send(&world).await.status, 200);
}

#[tokio::test]
async fn a_session_of_another_kind_is_none_of_the_admin_s() {
    let world = World::new().await;
    let until = i64::try_from(world.clock.seconds()).unwrap() + 3600;
    let token = "token".into();
    let begun = world.database.create_session(&token, "visitor", 0, until);
    begun.await.unwrap();
    let reply = get(OVERVIEW).page("flowgpt-admin=token").send(&world).await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn a_session_knows_itself_and_what_was_done_is_written_down() {
    let world = World::new().await;
    let cookie = world.cookie().await;
    let shown = get("/admin/api/session").page(&cookie).send(&world).await;
    let expected = json!({
        "actor": "admin",
        "has_second_factor": false,
        "password_is_given_by_settings": true,
    });
    assert_eq!(shown.json(), expected);
    let entry = |action: &str| ("admin".to_owned(), action.to_owned());
    assert_eq!(world.audit().await, [entry("login")]);
}

#[tokio::test]
async fn whoever_may_come_in_by_the_prefix_has_a_session_as_others_have() {
    let world = World::new().await;
    let reply = world.admin.enter().await;
    assert_eq!(reply.status().as_u16(), 303);
    assert_eq!(reply.headers()["location"], "/admin");
    let set = reply.headers()["set-cookie"].to_str().unwrap();
    let cookie = set.split(';').next().unwrap();
    assert_eq!(get(OVERVIEW).page(cookie).send(&world).await.status, 200);
    let entry = ("admin".to_owned(), "login_by_prefix".to_owned());
    assert_eq!(world.audit().await, [entry]);
}

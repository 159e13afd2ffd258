//! What is served beside the API, by `ENABLE_GATEWAY`; and one gateway in front of another.

use super::{ALICE, get, message, post, setup};
use crate::support::{KEY, Setup};

#[tokio::test]
async fn pages_of_upstream_are_served_only_when_the_operator_wants_it() {
    for (value, chat, pages) in [
        ("", true, false),
        ("true", true, true),
        ("false", false, false),
    ] {
        let mut setup = Setup::new();
        if !value.is_empty() {
            setup = setup.set("ENABLE_GATEWAY", value);
        }
        let app = setup.start().await;
        let home = get(&app, ALICE, "/auth/login").await;
        assert_eq!(home.status == 200, chat, "{value}: {}", home.text);
        let me = get(&app, ALICE, "/backend-api/me").await;
        assert_eq!(me.status, if pages { 200 } else { 404 }, "{value}");
        if !pages {
            assert_eq!(me.code(), "gateway_disabled");
        }
        assert_eq!(get(&app, KEY, "/v1/models").await.status, 200);
        assert_eq!(get(&app, KEY, "/seedtoken").await.status, 200);
        let admin = get(&app, KEY, "/admin").await;
        assert_ne!(admin.status, 404, "{value}");
        app.stop().await;
    }
}

#[tokio::test]
async fn one_gateway_serves_another_that_shows_it_a_key() {
    let inner = setup().start().await;
    let own = inner
        .simulator
        .mint_access_token(&simulator::TokenSpec::new("mine"));
    let outer = Setup::new()
        .set("CHATGPT_BASE_URL", inner.url.clone())
        .set("AUTH_KEY", "between-us")
        .set("ENABLE_GATEWAY", "true")
        .start()
        .await;
    // A token of one's own goes through both.
    let me = get(&outer, &own, "/backend-api/me").await;
    assert_eq!(me.status, 200, "{}", me.text);
    let reply = post(&outer, &own, "/backend-api/f/conversation", &message("hi")).await;
    assert!(reply.text.ends_with("data: [DONE]\n\n"), "{}", reply.text);
    let asked = crate::support::question("hello");
    let answer = outer.ask_as(&own, &asked).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    // The key between the two goes no further.
    for seen in inner.simulator.recorded() {
        assert!(!seen.headers.contains_key("authkey"), "{}", seen.path);
    }
    outer.stop().await;
    inner.stop().await;
}

//! Every route with every kind of credential.

use admin::{ADMIN_ROUTES, Route};
use serde_json::json;

use crate::support::{KEY, PASSWORD, Request, World, get, post, request};

/// An id that nothing has.
const NOTHING: &str = "01a20cfe-f060-789b-8af4-fad8747bc1d6";

/// How a credential is shown.
type Show = fn(Request) -> Request;

/// A browser's headers, and whether they say that a page of ours asks.
type Origin = (&'static str, &'static [(&'static str, &'static str)], bool);

fn ask(route: &Route) -> Request {
    request(route.method, &route.path.replace("{id}", NOTHING)).json(&json!({}))
}

fn closed() -> impl Iterator<Item = &'static Route> {
    ADMIN_ROUTES.iter().filter(|it| !it.is_open)
}

fn changes(route: &Route) -> bool {
    route.method != "get"
}

#[tokio::test]
async fn no_route_serves_whoever_shows_nothing_or_the_wrong_thing() {
    let world = World::new().await;
    let cases: [(&str, Show); 8] = [
        ("nothing", |it| it),
        ("a made-up cookie", |it| it.page("flowgpt-admin=made-up")),
        ("an empty cookie", |it| it.page("flowgpt-admin=")),
        ("a wrong password", |it| it.basic("wrong password")),
        ("no password", |it| it.basic("")),
        ("another user", |it| {
            it.header(
                "authorization",
                "Basic cm9vdDpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=",
            )
        }),
        ("a gateway key", Request::with_key),
        ("the password as a key", |it| {
            it.header("authorization", &format!("Bearer {PASSWORD}"))
        }),
    ];
    for route in closed() {
        for (name, shown) in &cases {
            let reply = shown(ask(route)).send(&world).await;
            assert_eq!(
                reply.status, 401,
                "{} {} with {name}",
                route.method, route.path
            );
            assert_eq!(reply.code(), "admin_sign_in_required");
            // So that failures before do not slow this one down.
            world.clock.advance(3600);
        }
    }
    assert_eq!(world.audit().await, [], "nobody did anything");
}

#[tokio::test]
async fn a_session_changes_things_only_from_our_own_pages() {
    let world = World::new().await;
    let cookie = world.cookie().await;
    let cases: [Origin; 9] = [
        ("our own page", &[("sec-fetch-site", "same-origin")], true),
        ("the address bar", &[("sec-fetch-site", "none")], true),
        ("another site", &[("sec-fetch-site", "cross-site")], false),
        ("a sister site", &[("sec-fetch-site", "same-site")], false),
        (
            "our own, an old browser",
            &[("origin", "https://gateway.example")],
            true,
        ),
        (
            "another, an old browser",
            &[("origin", "https://evil.example")],
            false,
        ),
        ("nowhere", &[("origin", "null")], false),
        (
            "another that says it is ours",
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://gateway.example"),
            ],
            false,
        ),
        ("something that does not say", &[], false),
    ];
    for route in closed() {
        for (name, headers, is_ours) in cases {
            let mut asked = ask(route).header("cookie", &cookie);
            for (header, value) in headers {
                asked = asked.header(header, value);
            }
            let reply = asked.send(&world).await;
            let place = format!("{} {} from {name}", route.method, route.path);
            if is_ours || !changes(route) {
                assert!(
                    !matches!(reply.status, 401 | 403),
                    "{place}: {}",
                    reply.text
                );
            } else {
                assert_eq!(reply.status, 403, "{place}");
                assert_eq!(reply.code(), "cross_site_request");
            }
        }
    }
}

#[tokio::test]
async fn a_script_with_the_password_may_do_everything_without_a_cookie() {
    let world = World::new().await;
    for route in closed() {
        let reply = ask(route).script().send(&world).await;
        let place = format!("{} {}", route.method, route.path);
        assert!(
            !matches!(reply.status, 401 | 403 | 415),
            "{place}: {}",
            reply.text
        );
        // A browser that was once told the password sends it along for whoever asks.
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ] {
            let other = ask(route).script().header(name, value);
            assert_eq!(other.send(&world).await.status, 403, "{place}");
        }
    }
}

#[tokio::test]
async fn no_page_of_another_site_signs_anybody_in() {
    let world = World::new().await;
    for (path, body) in [
        ("/admin/api/login", json!({"password": PASSWORD})),
        (
            "/admin/api/bootstrap",
            json!({"token": "x", "password": "long enough for it"}),
        ),
    ] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ] {
            let asked = post(path).header(name, value).json(&body);
            let reply = asked.send(&world).await;
            assert_eq!(reply.status, 403, "{path} {name}");
            assert_eq!(reply.code(), "cross_site_request");
        }
    }
}

#[tokio::test]
async fn an_answer_is_private_whatever_it_is_and_no_other_site_may_read_it() {
    let world = World::new().await;
    for route in ADMIN_ROUTES {
        for asked in [ask(route), ask(route).script()] {
            let asked = asked.header("origin", "https://evil.example");
            let reply = asked.send(&world).await;
            let place = format!("{} {}: {}", route.method, route.path, reply.status);
            for (name, value) in [
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("access-control-allow-origin", ""),
                ("access-control-allow-credentials", ""),
            ] {
                assert_eq!(reply.header(name), value, "{place}");
            }
            let policy = reply.header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'; "),
                "{place}: {policy}"
            );
            assert!(
                policy.contains("frame-ancestors 'none'"),
                "{place}: {policy}"
            );
            assert!(!policy.contains("unsafe"), "{place}: {policy}");
            let kind = reply.header("content-type");
            assert!(kind != "text/html" || route.is_open, "{place}: {kind}");
        }
    }
}

#[tokio::test]
async fn a_key_does_not_open_what_only_looks_like_the_admin_s() {
    let world = World::new().await;
    let both = get("/admin/api/accounts")
        .header("x-authorization", KEY)
        .header("cookie", "flowgpt-admin=x");
    assert_eq!(both.send(&world).await.status, 401);
}

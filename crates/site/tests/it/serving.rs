//! The files as browsers get them, from a small folder in place of the real pages.

use axum::body::Body;
use axum::response::Response;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use rust_embed::Embed;
use site::FrontEnd;
use tower::ServiceExt as _;

#[derive(Embed)]
#[folder = "tests/fixture"]
struct Fixture;

#[derive(Embed)]
#[folder = "tests/fixture/assets"]
struct NoPages;

const SCRIPT: &str = "/assets/app-1a2b3c.js";

async fn asked(front_end: &FrontEnd, request: http::request::Builder) -> Response {
    let request = request.body(Body::empty()).unwrap();
    front_end.routes().oneshot(request).await.unwrap()
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    asked(&FrontEnd::of::<Fixture>(), request).await
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn said<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |it| it.to_str().unwrap())
}

#[tokio::test]
async fn every_address_of_a_page_gives_its_page_to_be_looked_at_anew() {
    for (path, title) in [
        ("/c/chat_1", "chat"),
        ("/g/g-1", "chat"),
        ("/temporary", "chat"),
        ("/archive", "chat"),
        ("/settings", "chat"),
        ("/settings/data", "chat"),
        ("/admin", "admin"),
        ("/admin/bootstrap", "admin"),
        ("/admin/accounts", "admin"),
    ] {
        let page = get(path, &[]).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(said(&page, "content-type"), "text/html; charset=utf-8");
        assert_eq!(said(&page, "cache-control"), "no-cache");
        let policy = said(&page, "content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert_eq!(said(&page, "referrer-policy"), "no-referrer");
        assert_eq!(said(&page, "cross-origin-opener-policy"), "same-origin");
        let html = text(page).await;
        assert!(html.contains(&format!("<title>{title}</title>")), "{path}");
    }
    for path in [
        "/admin/api/nowhere",
        "/admin/tokens/x",
        "/nowhere",
        "/index.html",
    ] {
        assert_eq!(
            get(path, &[]).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_file_is_sent_as_the_browser_takes_it_and_kept_for_ever() {
    for (accepted, coding, content) in [
        ("gzip, deflate, br", "br", "packed by brotli"),
        ("gzip;q=1.0, br;q=0", "gzip", "packed by gzip"),
        ("identity", "", "let as_it_is;\n"),
        ("", "", "let as_it_is;\n"),
    ] {
        let file = get(SCRIPT, &[("accept-encoding", accepted)]).await;
        assert_eq!(said(&file, "content-encoding"), coding, "{accepted}");
        assert_eq!(
            said(&file, "content-type"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            said(&file, "cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(said(&file, "vary"), "accept-encoding");
        assert_eq!(said(&file, "x-content-type-options"), "nosniff");
        assert_eq!(text(file).await, content, "{accepted}");
    }
    for path in [
        "/assets/app-1a2b3c.js.br",
        "/assets/nowhere.js",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
    ] {
        assert_eq!(
            get(path, &[]).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let icon = get("/robots.txt", &[]).await;
    assert_eq!(said(&icon, "cache-control"), "no-cache");
}

#[tokio::test]
async fn the_frame_of_previews_has_no_origin_and_no_way_out() {
    let frame = get("/frame.html", &[]).await;
    let policy = said(&frame, "content-security-policy");
    for rule in [
        "default-src 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-scripts",
    ] {
        assert!(policy.split("; ").any(|it| it == rule), "{rule}: {policy}");
    }
    assert!(!policy.contains("connect-src") && !policy.contains("allow-same-origin"));
    // Its scripts are loaded by nobody's origin; pages themselves are not for others.
    let script = get(SCRIPT, &[("origin", "null")]).await;
    assert_eq!(said(&script, "access-control-allow-origin"), "*");
    assert!(frame.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let page = get("/c/a", &[]).await;
    let tag = said(&page, "etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    for known in [tag.clone(), format!("\"other\", W/{tag}")] {
        let again = get("/c/b", &[("if-none-match", &known)]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(said(&again, "etag"), tag);
        assert_eq!(text(again).await, "");
    }
    let other = get("/c/b", &[("if-none-match", "\"other\"")]).await;
    assert_eq!(other.status(), StatusCode::OK);
    // Each form of a file has a tag of its own.
    let packed = get(SCRIPT, &[("accept-encoding", "br")]).await;
    assert_ne!(said(&packed, "etag"), said(&get(SCRIPT, &[]).await, "etag"));
}

#[tokio::test]
async fn where_the_pages_were_not_built_their_addresses_lead_nowhere() {
    let front_end = FrontEnd::of::<NoPages>();
    for path in ["/c/a", "/admin", "/temporary"] {
        let request = Request::builder().method(Method::GET).uri(path);
        let reply = asked(&front_end, request.header(header::ACCEPT, "*/*")).await;
        assert_eq!(reply.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

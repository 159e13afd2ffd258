//! The pages of the face. Each holds its style and its script, and nothing else runs in it.

use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, header};
use sha2::{Digest, Sha256};
use web::REFERENCE_PAGE;

const SIGN_IN_PAGE: &str = include_str!("page.html");

/// A small page to choose the password and to sign in.
pub(crate) async fn sign_in() -> Response {
    page(SIGN_IN_PAGE)
}

/// The description of the face for people; it reads the one for programs.
pub(crate) async fn reference() -> Response {
    page(REFERENCE_PAGE)
}

fn page(html: &'static str) -> Response {
    let policy: [(HeaderName, String); 1] = [(header::CONTENT_SECURITY_POLICY, policy(html))];
    (policy, Html(html)).into_response()
}

/// Lets the page's own style and script in, by what is in them.
fn policy(html: &str) -> String {
    let digest = |inside: &str| STANDARD.encode(Sha256::digest(inside));
    let style = digest(between(html, "<style>", "</style>"));
    let script = digest(between(html, "<script>", "</script>"));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let inside = text.split_once(start).map_or("", |(_, rest)| rest);
    inside.split_once(end).map_or("", |(inside, _)| inside)
}

#[cfg(test)]
mod tests {
    use web::REFERENCE_PAGE;

    use super::{SIGN_IN_PAGE, between, policy};

    #[test]
    fn each_page_has_one_style_and_one_script_and_no_other_way_to_run_any() {
        for html in [SIGN_IN_PAGE, REFERENCE_PAGE] {
            for tag in ["<style", "<script"] {
                assert_eq!(html.matches(tag).count(), 1);
            }
            assert!(!between(html, "<style>", "</style>").is_empty());
            assert!(!between(html, "<script>", "</script>").is_empty());
            for inline in [
                " style=",
                " onclick=",
                " onsubmit=",
                "innerHTML",
                "http://",
                "https://",
            ] {
                assert!(!html.contains(inline), "{inline}");
            }
        }
    }

    #[test]
    fn the_policy_names_what_is_between_the_tags() {
        // printf a | openssl dgst -sha256 -binary | base64, and the same of b
        let policy = policy("<style>a</style><script>b</script>");
        assert!(policy.contains("style-src 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"));
        assert!(
            policy.contains("script-src 'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='")
        );
    }
}

//! The pages that the program writes itself, so that signing in works before and without the web
//! chat, and without scripts.
//!
//! Each holds its style and its script, and nothing else runs in it. Used by `forms`, `classic`
//! and the router.

use std::sync::LazyLock;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::language::Words;

const STYLE: &str = include_str!("../templates/page.css");
const SCRIPT: &str = include_str!("../templates/page.js");

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Lets the pages' own style and script in, by what is in them.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = |inside: &str| STANDARD.encode(Sha256::digest(inside));
    let (style, script) = (digest(STYLE), digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
});

macro_rules! page {
    ($(#[$about:meta])* $name:ident $path:literal { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(Template)]
        #[template(path = $path)]
        pub(crate) struct $name<'a> {
            pub(crate) words: &'static Words,
            /// This page in the other language.
            pub(crate) other_language: String,
            style: &'static str,
            $(pub(crate) $field: $type),*
        }

        impl<'a> $name<'a> {
            pub(crate) fn new(words: &'static Words, other_language: String, $($field: $type),*) -> Self {
                Self { words, other_language, style: STYLE, $($field),* }
            }
        }
    };
}

page!(
    /// Where a code is entered.
    SignIn "sign_in.html" { form: &'a str, next: &'a str, wrong: Option<String>, script: &'static str }
);
page!(
    /// Whether somebody really wants to sign out.
    SignOut "sign_out.html" { form: &'a str, next: &'a str }
);
page!(
    /// Whether somebody really wants to sign in by a link.
    SharedLink "shared_link.html" { form: &'a str, hint: &'a str }
);
page!(
    /// One sentence and one way on.
    Notice "notice.html" { title: &'a str, message: &'a str, href: &'a str, action: &'a str }
);

impl<'a> SignIn<'a> {
    pub(crate) fn asking(
        words: &'static Words,
        form: &'a str,
        next: &'a str,
        wrong: Option<String>,
    ) -> Self {
        let other = format!(
            "/auth/login?lang={}&next={}",
            words.other_lang,
            escaped(next)
        );
        Self::new(words, other, form, next, wrong, SCRIPT)
    }
}

/// A page as a reply.
pub(crate) fn reply(status: StatusCode, page: &impl Template) -> Response {
    let Ok(html) = page.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
        // A browser that tells nothing at all posts forms as if they were from nowhere.
        (header::REFERRER_POLICY, "strict-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (OPENER, "same-origin"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

/// What a browser is told where there is nothing; `None` for a program, which wants JSON.
pub fn not_found(method: &Method, headers: &HeaderMap) -> Option<Response> {
    let accepted = headers.get(header::ACCEPT)?.to_str().ok()?;
    if *method != Method::GET || !accepted.contains("text/html") {
        return None;
    }
    let words = Words::wanted(None, headers);
    let other = format!("/auth/login?lang={}", words.other_lang);
    let page = Notice::new(
        words,
        other,
        words.lost_title,
        words.lost_lead,
        "/",
        words.home,
    );
    Some(reply(StatusCode::NOT_FOUND, &page))
}

/// What stands in for the web chat where it was not built.
pub(crate) fn unbuilt(headers: &HeaderMap) -> Response {
    let words = Words::wanted(None, headers);
    let other = format!("/auth/login?lang={}", words.other_lang);
    let page = Notice::new(
        words,
        other,
        words.unbuilt_title,
        words.unbuilt_lead,
        "/docs",
        "API",
    );
    reply(StatusCode::OK, &page)
}

/// A path of ours as part of a query.
fn escaped(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            use std::fmt::Write as _;
            let _infallible = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use askama::Template;
    use http::HeaderMap;

    use super::{Notice, POLICY, SCRIPT, STYLE, SharedLink, SignIn, SignOut};
    use crate::language::Words;

    /// Every page with values that try to be more than text.
    fn pages(lang: &str) -> Vec<String> {
        let words = Words::wanted(Some(lang), &HeaderMap::new());
        let evil = r#""><script>alert(1)</script>"#;
        let other = || "/auth/login".to_owned();
        let wrong = Some(evil.to_owned());
        vec![
            SignIn::asking(words, evil, evil, wrong).render().unwrap(),
            SignIn::asking(words, "f", "/", None).render().unwrap(),
            SignOut::new(words, other(), evil, evil).render().unwrap(),
            SharedLink::new(words, other(), evil, evil)
                .render()
                .unwrap(),
            Notice::new(words, other(), evil, evil, evil, evil)
                .render()
                .unwrap(),
        ]
    }

    #[test]
    fn every_page_shows_what_it_is_given_as_text_in_either_language() {
        for lang in ["en", "zh"] {
            for html in pages(lang) {
                assert!(html.starts_with("<!doctype html>"), "{html}");
                assert!(html.contains(&format!("<html lang=\"{lang}\">")));
                assert!(!html.contains("<script>alert"), "{html}");
                assert_eq!(html.matches("<h1>").count(), 1);
                for elsewhere in ["http://", "https://", " style=", " onclick="] {
                    assert!(!html.contains(elsewhere), "{elsewhere} in {html}");
                }
            }
        }
    }

    #[test]
    fn a_page_without_an_error_raises_no_alarm_and_its_script_is_the_one_let_in() {
        let words = Words::wanted(None, &HeaderMap::new());
        let page = SignIn::asking(words, "f", "/c/1?a=b", None);
        let html = page.render().unwrap();
        assert!(!html.contains("role=\"alert\""));
        assert!(html.contains("next=/c/1%3Fa%3Db"), "{html}");
        assert!(html.contains(&format!("<style>{STYLE}</style>")));
        assert!(html.contains(&format!("<script>{SCRIPT}</script>")));
        assert!(POLICY.contains("form-action 'self'"));
    }
}

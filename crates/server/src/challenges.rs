//! The page every challenge error points at: `docs/challenges.md` with anchors for its sections.

use axum::response::Html;

const TEXT: &str = include_str!("../../../docs/challenges.md");

/// `GET /docs/challenges`
pub(crate) async fn page() -> Html<String> {
    Html(rendered(TEXT))
}

/// The text as it is, with each heading a place a link can lead to.
fn rendered(text: &str) -> String {
    let head = "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
                <title>FlowGPT: challenges</title><style>:root{color-scheme:light dark}\
                body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1.25rem;\
                white-space:pre-wrap}h1,h2{line-height:1.2}</style>";
    text.lines().fold(head.to_owned(), |mut page, line| {
        let line = line
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let line = match line.split_once("# ") {
            Some(("", title)) => format!("<h1>{title}</h1>"),
            Some(("#", title)) => format!("<h2 id=\"{title}\">{title}</h2>"),
            _ => line + "\n",
        };
        page.push_str(&line);
        page
    })
}

#[cfg(test)]
mod tests {
    use super::{TEXT, rendered};

    #[test]
    fn every_challenge_has_its_anchor() {
        for name in [
            "turnstile",
            "arkose",
            "cloudflare",
            "proof_of_work",
            "phone_verification",
            "unusual_activity",
        ] {
            assert!(
                rendered(TEXT).contains(&format!("<h2 id=\"{name}\">")),
                "{name}"
            );
        }
    }
}

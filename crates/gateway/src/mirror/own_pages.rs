//! Whose pages there are: what a path names has to be the visitor's before a word of it goes upstream.
//!
//! A page of a conversation, and its data, may say what was said there. Whoever shares an account
//! gets those of their own, and none of the account's projects.

use web::ApiError;

use super::Mirror;
use crate::allow_list::IdKind;
use crate::failure_shape::not_found;
use crate::id_checks::NamedIds;
use crate::visitor::Visitor;

/// What stands before a conversation's id.
const CONVERSATION: &str = "c";

/// How an id begins that a page gives a conversation which upstream does not have yet.
const NOT_YET: &str = "web:";

/// How a project's id begins.
const PROJECT: &str = "g-p-";

/// Fails for a page that is not the visitor's.
pub(super) async fn check(mirror: &Mirror, visitor: &Visitor, path: &str) -> Result<(), ApiError> {
    if !visitor.shares() {
        return Ok(());
    }
    let named = NamedIds {
        own: conversations(path).ok_or_else(not_found)?,
        nobodys: Vec::new(),
    };
    let ownership = &mirror.gateway.ownership;
    ownership.check(&visitor.owner(), &named).await?;
    Ok(())
}

/// The conversations in a path; nothing where it leads to what is the account's own.
fn conversations(path: &str) -> Option<Vec<(IdKind, String)>> {
    let plain = rewrite::plain_path(path)?;
    let plain = plain.strip_suffix(".data").unwrap_or(&plain);
    let segments: Vec<&str> = plain.split('/').filter(|it| !it.is_empty()).collect();
    if segments.iter().any(|it| it.starts_with(PROJECT)) {
        return None;
    }
    let ids = segments.windows(2).filter_map(|pair| match pair {
        [CONVERSATION, id] if !id.starts_with(NOT_YET) => {
            Some((IdKind::Conversation, (*id).to_owned()))
        }
        _ => None,
    });
    Some(ids.collect())
}

#[cfg(test)]
mod tests {
    use super::conversations;

    fn found(path: &str) -> Option<Vec<String>> {
        Some(conversations(path)?.into_iter().map(|it| it.1).collect())
    }

    #[test]
    fn a_conversation_is_found_however_its_path_is_written() {
        for path in [
            "/c/0a1b",
            "/c/0a1b?model=auto",
            "/c/0a1b/",
            "/C/0A1B",
            "/%63/0a%31b",
            "/c%2f0a1b",
            "/c/0a1b.data?_routes=x",
            "/g/g-abc-name/c/0a1b",
            "/en-US/c/0a1b",
        ] {
            assert_eq!(found(path), Some(vec!["0a1b".to_owned()]), "{path}");
        }
    }

    #[test]
    fn pages_without_one_are_everybodys() {
        for path in [
            "/",
            "/explore",
            "/_root.data",
            "/c",
            "/g/g-abc",
            "/c/WEB:1-2",
        ] {
            assert_eq!(found(path), Some(Vec::new()), "{path}");
        }
    }

    #[test]
    fn projects_and_paths_that_lead_elsewhere_are_nobodys() {
        for path in [
            "/g/g-p-abc/project",
            "/g/G-P-abc.data",
            "/c/../x",
            "/%2e%2e/c/1",
        ] {
            assert_eq!(found(path), None, "{path}");
        }
    }
}

//! From a method and a path to a row of the allow-list and the ids it holds; and a query to what
//! of it goes on. Pure.

use http::Method;
use url::form_urlencoded;

use crate::allow_list::{IdKind, ROWS, Row, kind_in_path};
use crate::clean_path::CleanPath;

/// A row that fits, with what stands in its place-holders.
#[derive(Debug)]
pub(crate) struct Matched {
    pub(crate) row: &'static Row,
    pub(crate) ids: Vec<(IdKind, String)>,
}

/// The row for a request. What has words instead of a place-holder goes before what has one.
pub(crate) fn find(method: &Method, path: &CleanPath<'_>) -> Option<Matched> {
    let mut found: Option<Matched> = None;
    for row in ROWS {
        let Some(ids) = fits(row.path, path.segments()) else {
            continue;
        };
        if !row.methods.contains(method) {
            continue;
        }
        if found.as_ref().is_none_or(|it| ids.len() < it.ids.len()) {
            found = Some(Matched { row, ids });
        }
    }
    found
}

/// What stands in the place-holders of a template, if the segments fit it.
fn fits(template: &str, segments: &[&str]) -> Option<Vec<(IdKind, String)>> {
    let parts: Vec<&str> = template.trim_start_matches('/').split('/').collect();
    if parts.len() != segments.len() {
        return None;
    }
    let mut ids = Vec::new();
    for (part, segment) in parts.iter().zip(segments) {
        match part.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(name) => {
                let kind = kind_in_path(name);
                if !kind.has_shape(segment) {
                    return None;
                }
                ids.push((kind, (*segment).to_owned()));
            }
            None if part == segment => {}
            None => return None,
        }
    }
    Some(ids)
}

/// What of a query goes on: the names a row lists, each at most once.
#[derive(Debug, Default)]
pub(crate) struct CheckedQuery {
    pub(crate) pairs: Vec<(&'static str, IdKind, String)>,
}

/// A name that stands in a query twice, of which two readers could take different ones.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Repeated(pub(crate) &'static str);

impl CheckedQuery {
    /// Reads a query by what a row lists.
    pub(crate) fn read(row: &Row, query: Option<&str>) -> Result<Self, Repeated> {
        let mut pairs: Vec<(&'static str, IdKind, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let Some((name, kind)) = row.query.iter().find(|it| it.0 == name) else {
                continue;
            };
            if pairs.iter().any(|it| it.0 == *name) {
                return Err(Repeated(name));
            }
            pairs.push((name, *kind, value.into_owned()));
        }
        Ok(Self { pairs })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|it| it.0 == name);
        found.map(|it| it.2.as_str())
    }

    /// As it is sent, with its question mark; nothing if there is nothing in it.
    pub(crate) fn written(&self) -> String {
        if self.pairs.is_empty() {
            return String::new();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, _, value) in &self.pairs {
            query.append_pair(name, value);
        }
        format!("?{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{CheckedQuery, Repeated, find, fits};
    use crate::allow_list::{IdKind, ROWS};
    use crate::clean_path::CleanPath;

    fn found(method: &Method, path: &str) -> Option<&'static str> {
        find(method, &CleanPath::strict(path)?).map(|it| it.row.path)
    }

    #[test]
    fn every_row_is_found_by_its_own_path_and_by_no_other_method() {
        for row in ROWS {
            let path = row.path.replace("{file}", "file-1");
            let path = path.replace("{share}", "share-01").replace(['{', '}'], "");
            for method in row.methods {
                assert_eq!(found(method, &path), Some(row.path), "{method} {path}");
            }
            assert_eq!(found(&Method::PUT, &path), None, "{path}");
        }
    }

    #[test]
    fn no_two_rows_are_alike() {
        for (at, row) in ROWS.iter().enumerate() {
            let twins = ROWS.iter().skip(at + 1).filter(|it| it.path == row.path);
            let twins: Vec<_> = twins
                .filter(|it| it.methods.iter().any(|one| row.methods.contains(one)))
                .collect();
            assert!(twins.is_empty(), "{}", row.path);
        }
    }

    #[test]
    fn fixed_answers_are_json() {
        for row in ROWS {
            if let crate::allow_list::Act::Fixed(text) = row.act {
                let read: Result<serde_json::Value, _> = serde_json::from_str(text);
                assert!(read.is_ok(), "{}", row.path);
            }
        }
    }

    #[test]
    fn what_is_not_listed_is_not_found() {
        for path in [
            "/backend-api/memories/1",
            "/backend-api/accounts/logout_all",
            "/backend-api/accounts/deactivate",
            "/backend-api/accounts/data_export",
            "/backend-api/payments/customer_portal",
            "/backend-api/subscriptions",
            "/backend-api/settings/account_user_setting",
            "/backend-api/connectors",
            "/backend-api/gizmos/g-1",
            "/backend-api/gizmos/snorlax/upsert",
            "/backend-api/files/library",
            "/backend-api/conversation/init",
            "/backend-api/estuary/content",
            "/public-api/gizmos/discovery/mine",
            "/Backend-Api/me",
            "/me",
        ] {
            assert_eq!(found(&Method::GET, path), None, "{path}");
        }
        let all = "/backend-api/conversations";
        assert_eq!(found(&Method::PATCH, all), None);
    }

    #[test]
    fn ids_are_named_by_their_kind() {
        let (conversation, file) = ("00000000-0000-4000-8000-000000000001", "file_1");
        let segments = [
            "backend-api",
            "conversation",
            conversation,
            "attachment",
            file,
            "download",
        ];
        let template = "/backend-api/conversation/{conversation}/attachment/{file}/download";
        let ids = fits(template, &segments).unwrap();
        let expected = [(IdKind::Conversation, conversation), (IdKind::File, file)];
        assert_eq!(ids, expected.map(|(kind, id)| (kind, id.to_owned())));
    }

    #[test]
    fn of_a_query_only_what_is_listed_goes_on_and_once() {
        let row = ROWS.iter().find(|it| it.path.ends_with("/search")).unwrap();
        let read = CheckedQuery::read(row, Some("query=a%26b&conversation_id=x&cursor="));
        assert_eq!(read.unwrap().written(), "?query=a%26b&cursor=");
        let twice = CheckedQuery::read(row, Some("query=a&query=b"));
        assert_eq!(twice.unwrap_err(), Repeated("query"));
        assert_eq!(CheckedQuery::read(row, None).unwrap().written(), "");
    }
}

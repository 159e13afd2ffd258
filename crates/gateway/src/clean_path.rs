//! A path that means the same to everybody who reads it.
//!
//! Dot segments, empty segments, escapes and parameters are where two readers of one path come to
//! differ, so whoever shares an account may not use them: what is matched is what is sent. Pure.

/// A path's segments, each of plain characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CleanPath<'a> {
    segments: Vec<&'a str>,
}

impl<'a> CleanPath<'a> {
    /// The path, unless there could be two opinions about it.
    pub(crate) fn strict(path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let all_fit = segments.iter().all(|it| is_plain(it) && !is_dots(it));
        all_fit.then_some(Self { segments })
    }

    pub(crate) fn segments(&self) -> &[&'a str] {
        &self.segments
    }
}

/// Whether a path of somebody's own account can be handed through: escapes stay as they are, but
/// nothing in it may lead elsewhere.
pub(crate) fn is_direct(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let lower = rest.to_ascii_lowercase();
    let leads_away = ["%2f", "%5c", "%2e", "%00", "\\", ";", "//"]
        .iter()
        .any(|it| lower.contains(it));
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#');
    !leads_away && rest.bytes().all(fits) && !rest.split('/').any(is_dots)
}

fn is_plain(segment: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    !segment.is_empty() && segment.bytes().all(fits)
}

fn is_dots(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::{CleanPath, is_direct};

    #[test]
    fn a_path_that_could_be_read_in_two_ways_is_none() {
        for path in [
            "",
            "backend-api/me",
            "//backend-api/me",
            "/backend-api//me",
            "/backend-api/me/",
            "/backend-api/./me",
            "/x/../backend-api/me",
            "/x/%2e%2e/backend-api/me",
            "/backend-api%2fme",
            "/backend-api\\me",
            "/backend-api/me;a=b",
            "/backend-api/me%00",
            "/backend-api/mé",
            "/backend-api/\u{0}me",
            "/%62ackend-api/me",
        ] {
            assert_eq!(CleanPath::strict(path), None, "{path}");
        }
    }

    #[test]
    fn a_plain_path_is_its_segments() {
        let path = CleanPath::strict("/backend-api/accounts/check/v4-2023-04-27").unwrap();
        let expected = ["backend-api", "accounts", "check", "v4-2023-04-27"];
        assert_eq!(path.segments(), expected);
    }

    #[test]
    fn ones_own_path_may_hold_escapes_that_lead_nowhere() {
        assert!(is_direct("/backend-api/x/%E4%BD%A0?".trim_end_matches('?')));
        for path in [
            "/backend-api/../x",
            "/backend-api/%2e%2e/x",
            "/backend-api/%2E/x",
            "/backend-api//x",
            "/backend-api/a%2Fb",
            "/backend-api/a;b",
            "backend-api",
            "/backend-api/a?b",
        ] {
            assert!(!is_direct(path), "{path}");
        }
    }
}

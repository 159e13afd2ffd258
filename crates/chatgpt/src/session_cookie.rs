//! The cookie that holds a web session: found in a text, written, and renewed.
//!
//! A long value is split over `….0`, `….1` and so on, because browsers limit a cookie.
//! Protocol: web session.

/// The cookie's name, before the number of a piece.
const NAME: &str = "__Secure-next-auth.session-token";

/// The longest value that is not split, as the library behind the page has it.
const MAX_PIECE_BYTES: usize = 3933;

/// More pieces than this are not a session.
const MAX_PIECES: usize = 16;

/// The session token in the text of a `Cookie` header, or in some of its cookies.
pub fn value_in(cookies: &str) -> Option<String> {
    let cookies = cookies.trim();
    let cookies = match cookies.split_once(':') {
        Some((name, rest)) if name.eq_ignore_ascii_case("cookie") => rest,
        _ => cookies,
    };
    joined(cookies.split(';'))
}

/// The session token that an answer sets; each item is the value of a `Set-Cookie` header.
pub fn newest<'a>(set_cookies: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let first = |cookie: &'a str| cookie.split(';').next().unwrap_or_default();
    joined(set_cookies.into_iter().map(first))
}

/// The value of a `Cookie` header for a session token.
pub fn header(session_token: &str) -> String {
    if session_token.len() <= MAX_PIECE_BYTES || !session_token.is_ascii() {
        return format!("{NAME}={session_token}");
    }
    let mut pieces = Vec::new();
    let mut rest = session_token;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(MAX_PIECE_BYTES));
        pieces.push(format!("{NAME}.{}={piece}", pieces.len()));
        rest = after;
    }
    pieces.join("; ")
}

/// The whole value, or its pieces put together; a cookie that is emptied counts as absent.
fn joined<'a>(pairs: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut pieces: [Option<&str>; MAX_PIECES] = [None; MAX_PIECES];
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let (Some(piece), value) = (name.trim().strip_prefix(NAME), value.trim()) else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        if piece.is_empty() {
            return Some(value.to_owned());
        }
        let number = piece.strip_prefix('.').and_then(|it| it.parse().ok());
        if let Some(place) = number.and_then(|number: usize| pieces.get_mut(number)) {
            *place = Some(value);
        }
    }
    let whole: String = pieces.into_iter().map_while(|piece| piece).collect();
    (!whole.is_empty()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::{MAX_PIECE_BYTES, header, newest, value_in};

    #[test]
    fn a_session_is_found_among_other_cookies() {
        for text in [
            "__Secure-next-auth.session-token=abc",
            "Cookie: oai-did=1; __Secure-next-auth.session-token=abc; _puid=x=y",
            "__Secure-next-auth.session-token.1=c; __Secure-next-auth.session-token.0=ab",
            "__Secure-next-auth.session-token=; __Secure-next-auth.session-token.0=abc",
        ] {
            assert_eq!(value_in(text).as_deref(), Some("abc"), "{text}");
        }
        for text in [
            "",
            "abc",
            "__Secure-next-auth.session-token",
            "__Secure-next-auth.session-token=",
            "__Secure-next-auth.session-token.1=c",
            "__Secure-next-auth.session-token.99=c",
            "__Secure-next-auth.callback-url=abc",
        ] {
            assert_eq!(value_in(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_session_is_split_and_found_again() {
        for length in [1, MAX_PIECE_BYTES, MAX_PIECE_BYTES + 1, 3 * MAX_PIECE_BYTES] {
            let token = "0123456789".repeat(length)[..length].to_owned();
            let header = header(&token);
            let pieces = header.split("; ").count();
            assert_eq!(pieces, length.div_ceil(MAX_PIECE_BYTES), "{length}");
            assert_eq!(value_in(&header), Some(token));
        }
    }

    #[test]
    fn the_newest_session_is_what_an_answer_sets() {
        let set = [
            "__cf_bm=1; path=/; HttpOnly",
            "__Secure-next-auth.session-token.0=; Max-Age=0",
            "__Secure-next-auth.session-token=new; Path=/; Secure; HttpOnly",
        ];
        assert_eq!(newest(set).as_deref(), Some("new"));
        assert_eq!(newest(["__cf_bm=1"]), None);
    }
}

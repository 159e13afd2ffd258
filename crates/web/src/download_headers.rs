//! What a browser is told of a stranger's file: its name and type, and that nothing in it runs.
//!
//! Used by `api` and `gateway`, for the files of callers and for what upstream made.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a parameter of a header may hold as it is (RFC 8187).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// What a type is when its own cannot be stated.
pub const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Pictures that may be shown in place; they hold nothing that runs.
const SHOWN: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// How a file may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// Pictures are shown, everything else is downloaded.
    AsItIs,
    /// It is only downloaded.
    AsDownload,
}

/// Sets what every file is sent with.
pub fn describe(headers: &mut HeaderMap, name: &str, mime: &str, opened: Opened) {
    put(headers, header::CONTENT_TYPE, UNKNOWN_TYPE);
    put(headers, header::CONTENT_TYPE, mime);
    let is_shown = opened == Opened::AsItIs && SHOWN.contains(&mime);
    let way = if is_shown { "inline" } else { "attachment" };
    put(
        headers,
        header::CONTENT_DISPOSITION,
        &disposition(way, name),
    );
    put(headers, header::ACCEPT_RANGES, "bytes");
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    let policy = "default-src 'none'; sandbox";
    put(headers, header::CONTENT_SECURITY_POLICY, policy);
    put(headers, header::REFERRER_POLICY, "no-referrer");
}

/// Leaves a header as it was when its value is one no header can carry.
pub fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The name twice: plainly for old clients, and as it is for the others.
fn disposition(way: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|it| match it {
            '"' | '\\' | '%' => '_',
            ' '..='~' => it,
            _ => '_',
        })
        .collect();
    let exact = utf8_percent_encode(name, ENCODED);
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn any_name_fits_into_a_header() {
        assert_eq!(
            disposition("attachment", "notes.txt"),
            "attachment; filename=\"notes.txt\"; filename*=UTF-8''notes.txt"
        );
        assert_eq!(
            disposition("attachment", "a \"b\"\\\r\n%é.txt"),
            "attachment; filename=\"a _b______.txt\"; filename*=UTF-8''a%20%22b%22%5C%0D%0A%25%C3%A9.txt"
        );
    }
}

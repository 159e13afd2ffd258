//! Writes requests as bytes, once per run where possible. It knows HTTP/1.1 and no path of its
//! own. Used by the chats and the scenarios.

use std::net::SocketAddr;

/// A GET request.
pub(crate) fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").into_bytes()
}

/// A POST request with a JSON body and a bearer token.
pub(crate) fn post(
    address: SocketAddr,
    path: &str,
    bearer: &str,
    header: Option<(&str, &str)>,
    body: &str,
) -> Vec<u8> {
    let extra = header.map_or_else(String::new, |(name, value)| format!("{name}: {value}\r\n"));
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {bearer}\r\n\
         content-type: application/json\r\n{extra}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_written_as_they_should() {
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        let text = String::from_utf8(post(address, "/p", "t", Some(("x-a", "b")), "{}")).unwrap();
        assert_eq!(
            text,
            "POST /p HTTP/1.1\r\nhost: 127.0.0.1:80\r\nauthorization: Bearer t\r\n\
             content-type: application/json\r\nx-a: b\r\ncontent-length: 2\r\n\r\n{}"
        );
        assert!(get(address, "/q").starts_with(b"GET /q HTTP/1.1\r\n"));
    }
}

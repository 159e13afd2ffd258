//! The content security policy of a mirrored document. It replaces the official one.
//!
//! Under it a visitor's browser talks to the mirror and to nobody else.

/// The policy for a document whose scripts carry `nonce`. `sockets` are the mirror's own
/// origins, such as `wss://mirror.example`; what is no plain origin is left out.
pub fn policy(nonce: &str, sockets: &[&str]) -> String {
    let mut connect = String::from("'self'");
    for socket in sockets.iter().filter(|socket| is_origin(socket)) {
        connect.push(' ');
        connect.push_str(socket);
    }
    format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'self' 'wasm-unsafe-eval'; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src {connect}; \
         worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
}

/// Whether `nonce` cannot say anything else in a policy or an attribute.
pub(crate) fn is_nonce(nonce: &str) -> bool {
    !nonce.is_empty()
        && nonce
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte))
}

fn is_origin(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-[]/".contains(&byte);
    (text.starts_with("ws://") || text.starts_with("wss://")) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::{is_nonce, policy};

    #[test]
    fn the_policy_lets_the_page_talk_to_the_mirror_only() {
        assert_eq!(
            policy("abc", &["wss://mirror.example", "wss://x; script-src *"]),
            "default-src 'self'; script-src 'nonce-abc' 'self' 'wasm-unsafe-eval'; \
             style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
             connect-src 'self' wss://mirror.example; worker-src 'self' blob:; \
             frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        );
    }

    #[test]
    fn a_nonce_holds_nothing_but_base64() {
        assert!(is_nonce("aB0+/-_="));
        for nonce in ["", "a'b", "a;b", "a b", "a\"b"] {
            assert!(!is_nonce(nonce), "{nonce}");
        }
    }
}

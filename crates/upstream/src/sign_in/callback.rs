//! Reads the address that a browser ended on after a sign-in.
//!
//! Whoever pastes it may paste all of it or only what follows the question mark. Called by
//! `authorization_code`.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::sign_in_error::SignInError;

/// The authorisation code, if the address belongs to the sign-in with this `state`.
pub(super) fn code_in(text: &str, state: &SecretString) -> Result<SecretString, SignInError> {
    let text = text.trim();
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let find = |key: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let (_, value) = pairs.find(|(name, _)| name == key)?;
        (!value.is_empty()).then(|| value.into_owned())
    };
    let (code, error, stated) = (find("code"), find("error"), find("state"));
    if code.is_none() && error.is_none() {
        return Err(SignInError::NotACallback);
    }
    let is_ours = |stated: &String| {
        let ours = state.expose_secret().as_bytes();
        bool::from(stated.as_bytes().ct_eq(ours))
    };
    match (error.as_deref(), code) {
        _ if stated.as_ref().is_some_and(|stated| !is_ours(stated)) => {
            Err(SignInError::OtherSignIn)
        }
        (Some("access_denied"), _) => Err(SignInError::Declined),
        (Some(_), _) => Err(SignInError::Ended),
        (None, Some(code)) if stated.is_some() => Ok(code.into()),
        (None, _) => Err(SignInError::NotACallback),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::code_in;
    use crate::sign_in::SignInError;

    fn read(text: &str) -> Result<String, SignInError> {
        code_in(text, &"st-1".into()).map(|code| code.expose_secret().to_owned())
    }

    #[test]
    fn a_code_is_read_from_the_whole_address_or_its_query() {
        for text in [
            "http://localhost:1455/auth/callback?code=ac_1%2B2&state=st-1",
            "  http://localhost:1455/auth/callback?state=st-1&scope=openid&code=ac_1%2B2#done\n",
            "/auth/callback?code=ac_1%2B2&state=st-1",
            "?code=ac_1%2B2&state=st-1",
            "code=ac_1%2B2&state=st-1",
        ] {
            assert_eq!(read(text).as_deref(), Ok("ac_1+2"), "{text}");
        }
    }

    #[test]
    fn an_address_that_is_not_the_answer_to_this_sign_in_is_refused() {
        for (text, error) in [
            ("", SignInError::NotACallback),
            ("ac_1", SignInError::NotACallback),
            (
                "http://localhost:1455/auth/callback",
                SignInError::NotACallback,
            ),
            ("?code=&state=st-1", SignInError::NotACallback),
            ("?code=ac_1", SignInError::NotACallback),
            ("?code=ac_1&state=st-2", SignInError::OtherSignIn),
            ("?code=ac_1&state=st-10", SignInError::OtherSignIn),
            ("?error=access_denied&state=st-2", SignInError::OtherSignIn),
            (
                "?error=access_denied&error_description=no&state=st-1",
                SignInError::Declined,
            ),
            ("?error=access_denied", SignInError::Declined),
            ("?error=server_error&state=st-1", SignInError::Ended),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
    }
}

//! Names for accounts that do not say yet who they are, because they have no AccessToken.
//!
//! A stand-in can be told from an identity, so that it is replaced as soon as a token says
//! more, by whichever process sees it first and also after a crash.

/// What a stand-in ends with; no identity does, but for one in four thousand million.
const END: [u8; 4] = [0; 4];

/// The name of an account that is known by a digest of its RefreshToken only.
pub(crate) fn stand_in(digest: [u8; 16]) -> [u8; 16] {
    let mut name = digest;
    name[12..].copy_from_slice(&END);
    name
}

/// Whether this is no identity, but stands in for one.
pub(crate) fn is_stand_in(identity: [u8; 16]) -> bool {
    identity.ends_with(&END)
}

#[cfg(test)]
mod tests {
    use super::{is_stand_in, stand_in};

    #[test]
    fn a_stand_in_is_told_from_an_identity_and_differs_with_its_token() {
        assert!(is_stand_in(stand_in([7; 16])));
        assert!(!is_stand_in([7; 16]));
        assert_ne!(stand_in([7; 16]), stand_in([8; 16]));
    }
}

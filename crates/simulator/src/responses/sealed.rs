//! Sealed thoughts: what a client sends back so that the model remembers them. They are good for the
//! account they were made for and for no other; nothing is hidden in them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::errors;
use crate::account::Account;
use crate::ids;
use crate::reply::Reply;
use crate::signatures::{self, Signed};

/// How everything sealed begins.
const PREFIX: &str = "gAAAAAB";

/// The sealed form of what an account's item holds.
pub(crate) fn seal(account: &Account, item: &str) -> String {
    let filler = ids::opaque(&["sealed", item]);
    let signed = signatures::sign(Signed::Sealed, &format!("{} {item} {filler}", account.id));
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(signed))
}

/// The id of the account something was sealed for.
fn opened(sealed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed.strip_prefix(PREFIX)?).ok()?;
    let signed = String::from_utf8(bytes).ok()?;
    let text = signatures::verified(Signed::Sealed, &signed)?;
    text.split(' ').next().map(str::to_owned)
}

/// Refuses input that holds something sealed which is damaged or another account's.
pub(crate) fn check(account: &Account, input: &[Value]) -> Result<(), Reply> {
    for item in input {
        let Some(sealed) = item["encrypted_content"].as_str() else {
            continue;
        };
        let reason = match opened(sealed) {
            Some(id) if id == account.id => continue,
            Some(_) => "Encrypted content organization_id did not match the target organization.",
            None => "Encrypted content could not be decrypted or parsed.",
        };
        let shown: String = sealed.chars().take(12).collect();
        return Err(errors::invalid(
            Some("invalid_encrypted_content"),
            None,
            &format!("The encrypted content {shown}... could not be verified. Reason: {reason}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_sealed_is_good_for_its_account_alone() {
        let (alice, bob) = (
            Account::named("alice", "plus"),
            Account::named("bob", "plus"),
        );
        let sealed = seal(&alice, "rs_1");
        let item = |text: &str| vec![json!({"type": "reasoning", "encrypted_content": text})];
        assert!(check(&alice, &item(&sealed)).is_ok());
        let refused = check(&bob, &item(&sealed)).unwrap_err();
        assert!(format!("{refused:?}").contains("organization_id did not match"));
        let refused = check(&alice, &item(&sealed[..sealed.len() - 2])).unwrap_err();
        assert!(format!("{refused:?}").contains("could not be decrypted"));
    }
}

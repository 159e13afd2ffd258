//! Reading a list of accounts: `AccessTokens`, each with or without its workspace.
//!
//! Called by the program with the text of `ACCOUNTS` or of the file it names.

use upstream::{Credential, CredentialError};
use uuid::Uuid;

/// An entry that is not an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {number}: {reason}")]
pub struct RejectedAccount {
    /// Counted from 1.
    pub number: usize,
    /// What is wrong with it.
    pub reason: CredentialError,
}

/// Reads entries separated by line ends or commas; `token,account_id` belongs together.
///
/// Empty lines and lines that begin with `#` are passed over; an account named twice
/// counts once.
pub fn parse_accounts(text: &str) -> (Vec<Credential>, Vec<RejectedAccount>) {
    let lines = text.lines().map(str::trim);
    let items = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .flat_map(|line| line.split(',').map(str::trim))
        .filter(|item| !item.is_empty());
    let mut entries: Vec<String> = Vec::new();
    for item in items {
        match entries.last_mut() {
            Some(token) if Uuid::parse_str(item).is_ok() && !token.contains(',') => {
                token.push(',');
                token.push_str(item);
            }
            _ => entries.push(item.to_owned()),
        }
    }
    let mut accepted: Vec<Credential> = Vec::new();
    let mut rejected = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let number = index + 1;
        match Credential::parse(entry, format!("account-{number}")) {
            Ok(credential) if accepted.iter().any(|it| it.key() == credential.key()) => {}
            Ok(credential) => accepted.push(credential),
            Err(reason) => rejected.push(RejectedAccount { number, reason }),
        }
    }
    (accepted, rejected)
}

#[cfg(test)]
mod tests {
    use upstream::CredentialError;

    use super::parse_accounts;

    fn labels(text: &str) -> Vec<String> {
        let (accepted, rejected) = parse_accounts(text);
        assert_eq!(rejected, []);
        accepted.iter().map(|it| it.label().to_owned()).collect()
    }

    #[test]
    fn commas_and_lines_separate_and_a_uuid_belongs_to_the_token_before_it() {
        let text = "# mine\nfk-one, fk-two,11111111-2222-4333-8444-555555555555\n\nfk-three";
        assert_eq!(labels(text), ["account-1", "account-2", "account-3"]);
    }

    #[test]
    fn an_account_named_twice_counts_once() {
        assert_eq!(labels("fk-one,fk-one"), ["account-1"]);
    }

    #[test]
    fn an_entry_that_is_no_account_is_named_by_its_number_and_never_shown() {
        let (accepted, rejected) = parse_accounts("fk-one,rt_secret,what");
        assert_eq!(accepted.len(), 1);
        assert_eq!(rejected[0].number, 2);
        assert_eq!(rejected[0].reason, CredentialError::NeedsExchange);
        assert_eq!(rejected[1].reason, CredentialError::NotAnAccessToken);
        assert!(!format!("{rejected:?}").contains("secret"));
    }
}

//! The list of `ACCOUNTS`: separated by commas or line ends, where a workspace or the
//! address of a server belongs to the token before it. Pure; called by the program's settings.

use secrecy::SecretString;
use uuid::Uuid;

use super::Source;
use super::reading::{self, Rejection};

/// The entries of a list, each on a line of its own.
pub fn one_per_line(list: &str) -> SecretString {
    if list.trim_start().starts_with('{') {
        return SecretString::from(list);
    }
    let lines = list.lines().map(str::trim);
    let items = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .flat_map(|line| line.split(',').map(str::trim))
        .filter(|item| !item.is_empty());
    let mut entries: Vec<String> = Vec::new();
    for item in items {
        match entries.last_mut() {
            Some(token) if belongs_to_token(item) && !token.contains(',') => {
                token.push(',');
                token.push_str(item);
            }
            _ => entries.push(item.to_owned()),
        }
    }
    SecretString::from(entries.join("\n"))
}

fn belongs_to_token(item: &str) -> bool {
    Uuid::parse_str(item).is_ok() || item.contains("://")
}

/// The entries that can be no account whatever the time, with their numbers counted from 1.
pub fn check_accounts(listed: &SecretString) -> Vec<(usize, Rejection)> {
    let lines = reading::read(listed, Source::Settings, 0, |_| [0; 16]);
    let rejected = lines.into_iter().filter_map(|line| {
        let reason = line.account.err()?;
        Some((line.number, reason))
    });
    rejected.collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{Rejection, check_accounts, one_per_line};

    #[test]
    fn commas_and_lines_separate_and_a_uuid_belongs_to_the_token_before_it() {
        let text = "# mine\nfk-one, fk-two,11111111-2222-4333-8444-555555555555\n\nfk-three";
        let listed = one_per_line(text);
        let lines: Vec<&str> = listed.expose_secret().lines().collect();
        assert_eq!(
            lines,
            [
                "fk-one",
                "fk-two,11111111-2222-4333-8444-555555555555",
                "fk-three"
            ]
        );
    }

    #[test]
    fn an_entry_that_is_no_account_is_named_by_its_number() {
        let listed = one_per_line("fk-one,rt_secret,what,sk-key,ftp://host");
        let expected = [(3, Rejection::NotAToken), (4, Rejection::NotABaseUrl)];
        assert_eq!(check_accounts(&listed), expected);
    }
}

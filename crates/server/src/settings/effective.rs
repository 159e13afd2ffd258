//! The settings as they are in effect, for `flowgpt check-config` and the admin; secrets are not
//! shown.

use std::fmt::Write;

use super::sources::Values;
use super::table::ALL;

/// One line a setting: its value and who set it.
pub fn effective(values: &Values) -> String {
    let width = ALL.iter().map(|it| it.name.len()).max().unwrap_or(0);
    let rows = rows(values).into_iter();
    rows.fold(String::new(), |mut text, (name, value, origin)| {
        let _infallible = writeln!(text, "{name:width$}  {value}  [{origin}]");
        text
    })
}

/// Each setting's name, its value if that is no secret, and who set it.
pub(super) fn rows(values: &Values) -> Vec<(String, String, String)> {
    let row = |setting: &&super::Setting| {
        let shown = match values.text(setting) {
            "" => "(not set)",
            _ if setting.is_secret => "(set, not shown)",
            value => value,
        };
        let origin = values.origin(setting).unwrap_or("default");
        (setting.name.to_owned(), shown.to_owned(), origin.to_owned())
    };
    ALL.iter().map(row).collect()
}

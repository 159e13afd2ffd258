//! The settings as they are in effect, for `flowgpt check-config`; secrets are not shown.

use std::fmt::Write;

use super::sources::Values;
use super::table::ALL;

/// One line a setting: its value and who set it.
pub fn effective(values: &Values) -> String {
    let width = ALL.iter().map(|it| it.name.len()).max().unwrap_or(0);
    ALL.iter().fold(String::new(), |mut text, setting| {
        let value = values.text(setting);
        let shown = match value {
            "" => "(not set)",
            _ if setting.is_secret => "(set, not shown)",
            value => value,
        };
        let origin = values.origin(setting).unwrap_or("default");
        let _infallible = writeln!(text, "{:width$}  {shown}  [{origin}]", setting.name);
        text
    })
}

//! The settings as they are in effect, for `flowgpt check-config` and the admin; secrets are not
//! shown.

use std::fmt::Write;

use admin::EffectiveSetting;

use super::sources::Values;
use super::table::{GROUPS, Setting, all};

/// One line a setting: its value and who set it.
pub fn effective(values: &Values) -> String {
    let width = all().map(|it| it.name.len()).max().unwrap_or(0);
    all().fold(String::new(), |mut text, it| {
        let (value, origin) = (shown(values, it), origin(values, it));
        let _infallible = writeln!(text, "{:width$}  {value}  [{origin}]", it.name);
        text
    })
}

/// The settings as the admin shows them.
pub(super) fn rows(values: &Values) -> Vec<EffectiveSetting> {
    let of_group = |(group, settings): &(&'static str, &'static [&'static Setting])| {
        let group = *group;
        settings.iter().map(move |it| EffectiveSetting {
            name: it.name,
            value: shown(values, it).to_owned(),
            origin: origin(values, it).to_owned(),
            default: it.default,
            help: it.doc,
            group,
            is_secret: it.is_secret,
        })
    };
    GROUPS.iter().flat_map(of_group).collect()
}

/// Its value, if that is no secret.
fn shown<'a>(values: &'a Values, setting: &Setting) -> &'a str {
    match values.text(setting) {
        "" => "(not set)",
        _ if setting.is_secret => "(set, not shown)",
        value => value,
    }
}

/// Who set it.
fn origin<'a>(values: &'a Values, setting: &Setting) -> &'a str {
    values.origin(setting).unwrap_or("default")
}

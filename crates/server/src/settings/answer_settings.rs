//! Settings of answers: how they are shown, and what is done about limits and downgrades.

use api::DowngradePolicy;
use transcode::driver_kind::DriverKind;
use transcode::model_alias::ModelAliases;
use transcode::parameter_table::Emulation;
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::request::chat_completion::{ACTIVITY_FORMATS, REASONING_FORMATS};

use super::sources::{Problems, Values};
use super::{parse, table as t};

const DOWNGRADE_POLICIES: &[(&str, DowngradePolicy)] = &[
    ("warn", DowngradePolicy::Warn),
    ("retry", DowngradePolicy::Retry),
    ("fail", DowngradePolicy::Fail),
];

/// The validated settings of answers.
#[derive(Debug, Clone)]
pub struct AnswerSettings {
    /// `REASONING_FORMAT`
    pub reasoning_format: ReasoningFormat,
    /// `TOOL_ACTIVITY`
    pub tool_activity: ActivityFormat,
    /// `ANTHROPIC_MODELS`
    pub anthropic_models: ModelAliases,
    /// `MODEL_DOWNGRADE`
    pub downgrade: DowngradePolicy,
    /// `DRIVERS`
    pub drivers: Vec<DriverKind>,
    /// `EMULATE_TOOLS`
    pub emulation: Emulation,
    /// `CONTINUITY`
    pub continues_chats: bool,
    /// `ENABLE_LIMIT`
    pub honours_limits: bool,
    /// `DELETE_AFTER_MINUTES`; `None` never.
    pub delete_after_minutes: Option<u32>,
}

impl AnswerSettings {
    pub(super) fn read(values: &Values, problems: &mut Problems) -> Option<Self> {
        let reasoning = values.read(&t::REASONING_FORMAT, problems, |text| {
            parse::word(text, REASONING_FORMATS)
        });
        let activity = values.read(&t::TOOL_ACTIVITY, problems, |text| {
            parse::word(text, ACTIVITY_FORMATS)
        });
        let anthropic_models = values.read(&t::ANTHROPIC_MODELS, problems, |text| {
            ModelAliases::read(text).map_err(|error| error.to_string())
        });
        let downgrade = values.read(&t::MODEL_DOWNGRADE, problems, |text| {
            parse::word(text, DOWNGRADE_POLICIES)
        });
        let drivers = values.read(&t::DRIVERS, problems, drivers);
        let emulates = values.read(&t::EMULATE_TOOLS, problems, parse::boolean);
        let continues_chats = values.read(&t::CONTINUITY, problems, parse::boolean);
        let honours_limits = values.read(&t::ENABLE_LIMIT, problems, parse::boolean);
        let delete_after = values.read(&t::DELETE_AFTER_MINUTES, problems, parse::delete_after);
        Some(Self {
            reasoning_format: reasoning?,
            tool_activity: activity?,
            anthropic_models: anthropic_models?,
            downgrade: downgrade?,
            drivers: drivers?,
            emulation: if emulates? {
                Emulation::Allowed
            } else {
                Emulation::Off
            },
            continues_chats: continues_chats?,
            honours_limits: honours_limits?,
            delete_after_minutes: delete_after?,
        })
    }
}

/// Names of drivers, each once.
fn drivers(text: &str) -> Result<Vec<DriverKind>, String> {
    let mut drivers = Vec::new();
    for name in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let Some(driver) = DriverKind::of_name(name) else {
            let known = DriverKind::ALL.map(DriverKind::name).join(", ");
            return Err(format!(
                "there is no driver \"{name}\"; use some of {known}"
            ));
        };
        if !drivers.contains(&driver) {
            drivers.push(driver);
        }
    }
    if drivers.is_empty() {
        return Err("name at least one driver".to_owned());
    }
    Ok(drivers)
}

//! `flowgpt check-config`: the settings in effect, and everything that is wrong with them.

use std::path::Path;

use anyhow::bail;

use crate::settings::{Settings, Values, effective};

/// Looks at the settings of the folder `at`; an error when something is wrong.
#[expect(clippy::print_stdout, reason = "the command's own output")]
pub(crate) fn run(at: &Path) -> anyhow::Result<()> {
    let values = Values::from_environment(at);
    print!("{}", effective(&values));
    for warning in values.warnings() {
        println!("warning: {warning}");
    }
    match Settings::read(&values) {
        Ok(_) => {
            println!("\nAll settings are valid.");
            Ok(())
        }
        Err(problems) => bail!("the settings are wrong:\n{problems}"),
    }
}

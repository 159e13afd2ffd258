//! The data folder and the database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::ExposeSecret;
use store::DatabaseTarget;

use super::{Beside, Finding};
use crate::settings::Settings;

const WHAT: &str = "data folder";
const MASTER_KEY: &str = "master.key";

/// Whether others may look into the data folder.
pub(super) fn of_folder(settings: &Settings) -> Vec<Finding> {
    let folder = &settings.files.data_dir;
    let name = folder.display();
    let mut findings = Vec::new();
    match mode(folder) {
        // It is made for its owner only when the database is opened.
        None => {}
        Some(mode) if mode & 0o077 != 0 => findings.push(Finding::warning(
            WHAT,
            format!("others may look into {name} (mode {mode:o})"),
            format!("`chmod 700 {name}`"),
        )),
        Some(_) => findings.push(Finding::good(WHAT, format!("{name} is private"))),
    }
    let key = folder.join(MASTER_KEY);
    if let Some(mode) = mode(&key).filter(|mode| mode & 0o077 != 0) {
        let key = key.display();
        findings.push(Finding::problem(
            "master key",
            format!("others may read {key} (mode {mode:o})"),
            format!("`chmod 600 {key}`, then `flowgpt keys rotate --master`"),
        ));
    }
    findings
}

/// Whether the database, which is open, can be written to, and how large it is.
pub(super) async fn of_database(beside: &Beside) -> Vec<Finding> {
    let database = &beside.services.database;
    let size = size(&beside.settings);
    let size = size.map_or_else(String::new, |size| format!(", {} KiB", size.div_ceil(1024)));
    let opened = format!(
        "{} opens, its tables are up to date, and the master key fits{size}",
        database.kind()
    );
    match database.probe().await {
        Ok(()) => vec![Finding::good("database", opened)],
        Err(error) => vec![Finding::problem(
            "database",
            error.to_string(),
            "make room, or let FlowGPT write there",
        )],
    }
}

fn mode(path: &Path) -> Option<u32> {
    let metadata = fs::metadata(path).ok()?;
    Some(metadata.permissions().mode() & 0o777)
}

/// In bytes, of an embedded one.
fn size(settings: &Settings) -> Option<u64> {
    let url = settings.accounts.database_url.as_ref();
    let url = url.map_or("", |url| url.expose_secret());
    match DatabaseTarget::parse(url, &settings.files.data_dir) {
        Ok(DatabaseTarget::Sqlite(file)) => Some(fs::metadata(file).ok()?.len()),
        _ => None,
    }
}

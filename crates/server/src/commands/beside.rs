//! What commands open that work with what is stored, perhaps beside a program that serves.
//!
//! Such a program sees their changes within about a second.

use std::path::Path;

use accounts::AccountView;
use anyhow::bail;
use store::DataFolder;
use tokio_util::task::TaskTracker;
use upstream::Clock;

use super::running::{now, runtime};
use crate::services::{Role, Services};
use crate::settings::{LogFormat, Settings, Values};
use crate::telemetry;

/// Everything behind the faces, for one command.
pub(super) struct Beside {
    pub(super) services: Services,
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    tasks: TaskTracker,
}

/// Runs `work` with what is stored, and closes it.
pub(super) fn with<T>(work: impl AsyncFnOnce(&Beside) -> anyhow::Result<T>) -> anyhow::Result<T> {
    telemetry::start("error", LogFormat::Text)?;
    let settings = settings()?;
    run(async {
        let beside = Beside::open(settings).await?;
        let done = work(&beside).await;
        beside.close().await;
        done
    })
}

/// Runs work of a command to its end.
pub(super) fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = runtime()?;
    let done = runtime.block_on(work);
    // A thread may still wait for a line that nobody will write.
    runtime.shutdown_background();
    done
}

/// The settings of the folder the command runs in.
pub(super) fn settings() -> anyhow::Result<Settings> {
    let values = Values::from_environment(Path::new("."));
    match Settings::read(&values) {
        Ok(settings) => Ok(settings),
        Err(problems) => bail!("the settings are wrong:\n{problems}"),
    }
}

impl Beside {
    /// Opens everything, beside a program that may hold it.
    pub(super) async fn open(settings: Settings) -> anyhow::Result<Self> {
        let clock = Clock::new(now);
        let tasks = TaskTracker::new();
        let folder = DataFolder::beside(&settings.files.data_dir)?;
        let services =
            Services::open(&settings, &folder, &clock, &tasks, None, Role::Command).await?;
        Ok(Self {
            services,
            settings,
            clock,
            tasks,
        })
    }

    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        i64::try_from(self.clock.since_epoch().as_secs()).unwrap_or(i64::MAX)
    }

    /// The one account that a name means.
    pub(super) fn account(&self, name: &str) -> anyhow::Result<AccountView> {
        let mut found = self.services.pool.named(name);
        match (found.pop(), found.is_empty()) {
            (Some(account), true) => Ok(account),
            (None, _) => bail!("there is no account \"{name}\"; `flowgpt account list` shows all"),
            (Some(last), false) => {
                let all = found.iter().chain([&last]);
                let all: Vec<String> = all.map(|it| format!("{} ({})", it.label, it.id)).collect();
                bail!("\"{name}\" may be {}; name one by its id", all.join(" or "))
            }
        }
    }

    /// Writes down what is left to be written.
    pub(super) async fn close(self) {
        self.services.pool.close();
        self.services.admission.close();
        self.tasks.close();
        self.tasks.wait().await;
        self.services.database.close().await;
    }
}

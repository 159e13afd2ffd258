//! All drivers together. Made once by the program; used by `accounts` and `api`.

use std::sync::Arc;

use crate::codex::{CodexDriver, CodexSettings};
use crate::platform::{PlatformDriver, PlatformSettings};
use crate::web::{WebDriver, WebSettings};
use crate::{Clock, Credential, DriverKind, Failure, Question, Started};

/// What names the program to the codex backend.
const ORIGINATOR: &str = "flowgpt";

/// The version of the codex protocol spoken here: upstream lists the models that it can serve.
const CODEX_PROTOCOL: &str = "0.144.1";

/// All drivers; cheap to share.
#[derive(Debug, Clone)]
pub struct Drivers {
    /// The `web` driver.
    pub web: Arc<WebDriver>,
    /// The `codex` driver.
    pub codex: Arc<CodexDriver>,
    /// The `platform` driver.
    pub platform: Arc<PlatformDriver>,
}

impl Drivers {
    /// The drivers of one set of settings; opens no connection yet.
    pub fn new(settings: WebSettings, clock: &Clock) -> Self {
        let codex = CodexSettings {
            base_urls: settings.base_urls.clone(),
            egresses: settings.egresses.clone(),
            relay_key: settings.relay_key.clone(),
            user_agent: settings.user_agent.clone(),
            originator: ORIGINATOR.to_owned(),
            client_version: CODEX_PROTOCOL.to_owned(),
            connect_timeout: settings.connect_timeout,
            first_byte_timeout: settings.first_byte_timeout,
            idle_timeout: settings.idle_timeout,
            tap: settings.tap.clone(),
        };
        let platform = PlatformSettings {
            egresses: settings.egresses.clone(),
            user_agent: settings.user_agent.clone(),
            connect_timeout: settings.connect_timeout,
            first_byte_timeout: settings.first_byte_timeout,
            idle_timeout: settings.idle_timeout,
            tap: settings.tap.clone(),
        };
        Self {
            web: WebDriver::new(settings, clock.clone()),
            codex: CodexDriver::new(codex, clock.clone()),
            platform: PlatformDriver::new(platform, clock.clone()),
        }
    }

    /// Starts a turn on one of them; the answer follows in the stream.
    ///
    /// Dropping the future or the stream cancels the request upstream.
    pub async fn converse(
        &self,
        driver: DriverKind,
        credential: &Credential,
        question: Question<'_>,
    ) -> Result<Started, Failure> {
        match driver {
            DriverKind::Web => self.web.converse(credential, question).await,
            DriverKind::Codex => self.codex.converse(credential, question).await,
            DriverKind::Platform => self.platform.converse(credential, question).await,
        }
    }
}

//! The drivers, and the order they are preferred in. Called where attempts are made.

use std::sync::Arc;

use upstream::web::WebDriver;
use upstream::{Credential, DriverKind, Failure, Question, Started};

/// All drivers.
#[derive(Debug)]
pub struct Drivers {
    /// The `web` driver.
    pub web: Arc<WebDriver>,
    /// `DRIVERS`: those that may be asked, the preferred one first.
    pub order: Vec<DriverKind>,
}

impl Drivers {
    /// Starts a turn on one of them.
    pub(crate) async fn converse(
        &self,
        driver: DriverKind,
        credential: &Credential,
        question: Question<'_>,
    ) -> Result<Started, Failure> {
        match driver {
            DriverKind::Web => self.web.converse(credential, question).await,
            DriverKind::Codex | DriverKind::Platform => todo!(),
        }
    }
}

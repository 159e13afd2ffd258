//! The face for people as the settings want it.

use std::sync::Arc;

use api::Api;
use site::{FrontEnd, SiteParts};
use tokio_util::task::TaskTracker;
use upstream::Clock;

use crate::services::{Services, chance};
use crate::settings::{Pages, Settings};

pub(crate) fn parts(
    settings: &Settings,
    services: &Services,
    api: &Api,
    clock: &Clock,
    tasks: &TaskTracker,
) -> SiteParts {
    let public_url = settings.files.link_base.as_ref();
    SiteParts {
        callers: api.callers.clone(),
        door: api.door,
        drivers: services.drivers.clone(),
        fetcher: Arc::clone(&api.fetcher),
        database: services.database.clone(),
        clock: clock.clone(),
        chance: chance(),
        tasks: tasks.clone(),
        is_secure: public_url.is_some_and(|url| url.scheme() == "https"),
        api_base: format!("{}/v1", api.path_prefix),
        url_sign_in: settings.accounts.url_sign_in,
        is_on: settings.gateway.pages != Pages::None,
        front_end: FrontEnd::built(),
    }
}

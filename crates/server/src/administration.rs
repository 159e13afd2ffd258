//! The admin face as the settings want it, and the doors it must not leave open.

use std::sync::Arc;

use admin::{Admin, AdminParts, AdminSettings, MirrorReport};
use anyhow::bail;
use api::Api;
use tokio_util::task::TaskTracker;
use upstream::Clock;

use crate::services::{Services, chance};
use crate::settings::Settings;

pub(crate) fn parts(
    settings: &Settings,
    services: &Services,
    api: &Api,
    clock: &Clock,
    tasks: &TaskTracker,
    mirror: MirrorReport,
) -> AdminParts {
    let accounts = &settings.accounts;
    let public_url = settings.files.public_url.as_ref();
    let base = match public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{}:{}", settings.host, settings.port),
    };
    AdminParts {
        settings: AdminSettings {
            password: accounts.admin_password.clone(),
            is_secure: public_url.is_some_and(|url| url.scheme() == "https"),
            exposes_seed_tokens: accounts.exposes_seed_tokens,
            api_base: format!("{base}{}/v1", api.path_prefix),
            egresses: settings.egresses.clone(),
            effective: settings.effective.clone(),
            warnings: warnings(settings),
        },
        pool: services.pool.clone(),
        keys: Arc::clone(&services.keys),
        seeds: Arc::clone(&services.seeds),
        admission: Arc::clone(&services.admission),
        callers: api.callers.clone(),
        sign_in: Arc::clone(&services.sign_in),
        database: services.database.clone(),
        mirror,
        clock: clock.clone(),
        chance: chance(),
        tasks: tasks.clone(),
    }
}

/// Doors that are open on purpose.
fn warnings(settings: &Settings) -> Vec<String> {
    let open = [
        (
            settings.accounts.is_seed_open,
            "SEED_OPEN: whoever reaches the gateway uses an account",
        ),
        (
            settings.accounts.exposes_seed_tokens,
            "EXPOSE_SEED_TOKENS: whoever is signed in here reads AccessTokens at /seedtoken",
        ),
        (
            settings.accounts.admin_by_prefix,
            "ADMIN_BY_PREFIX: whoever calls the API is an admin",
        ),
        (
            !settings.host.is_loopback(),
            "the gateway listens on a network, in plain HTTP; put a TLS proxy in front",
        ),
    ];
    let open = open.into_iter().filter(|(is_open, _)| *is_open);
    open.map(|(_, warning)| warning.to_owned()).collect()
}

/// Nobody may find a gateway on a network that has neither an admin's password nor a path of
/// its own.
pub(crate) async fn refuse_open_door(settings: &Settings, admin: &Admin) -> anyhow::Result<()> {
    let is_public = !settings.host.is_loopback() && settings.api_prefix.is_empty();
    if is_public && !admin.has_password().await? {
        bail!(
            "HOST={} can be reached from other machines, but there is no admin password; set \
             ADMIN_PASSWORD or API_PREFIX, or start once with HOST=127.0.0.1 and choose a \
             password at the link it prints",
            settings.host
        );
    }
    Ok(())
}

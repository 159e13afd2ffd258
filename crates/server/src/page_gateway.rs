//! The face for upstream's own pages as the settings want it.

use std::sync::Arc;
use std::time::Duration;

use api::Api;
use gateway::{Gateway, GatewayParts};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use upstream::public_asset::{PublicAssetSettings, PublicAssets};
use upstream::{Clock, Egress};

use crate::app::user_agent;
use crate::services::Services;
use crate::settings::Settings;

/// A picture takes no longer.
const ASSET_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn build(
    settings: &Settings,
    services: &Services,
    api: &Api,
    link_key: [u8; 32],
    clock: &Clock,
    tasks: &TaskTracker,
    stopping: CancellationToken,
) -> Arc<Gateway> {
    let assets = PublicAssetSettings {
        avatar_url: settings.gateway.avatar_url.clone(),
        // Nobody's: the first way out is as good as any.
        egress: settings.egresses.first().cloned().unwrap_or(Egress::Direct),
        user_agent: user_agent(&settings.user_agent_suffix),
        connect_timeout: settings.connect_timeout,
        timeout: ASSET_TIMEOUT,
    };
    Arc::new(Gateway::new(GatewayParts {
        pool: services.pool.clone(),
        callers: api.callers.clone(),
        door: api.door,
        admission: Arc::clone(&services.admission),
        drivers: services.drivers.clone(),
        assets: PublicAssets::new(assets),
        database: services.database.clone(),
        clock: clock.clone(),
        tasks: tasks.clone(),
        stopping,
        link_key,
        public_url: settings.files.public_url.clone(),
        forces_temporary: settings.gateway.forces_temporary,
        reply_mark: settings.gateway.reply_mark.clone(),
        honours_limits: settings.answers.honours_limits,
        counts_usage: settings.accounts.counts_usage,
        body_limit_bytes: settings.body_limit_bytes,
        file_limit_bytes: settings.files.limit_bytes,
    }))
}

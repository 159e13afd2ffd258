//! The mirror of the official interface as the settings want it: its routes, its origin, and the
//! rules that are read anew when their file changes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use admin::MirrorReport;
use anyhow::Context;
use axum::Router;
use axum::middleware::from_fn;
use gateway::{Gateway, Mirror, MirrorParts, mirror_routes};
use rewrite::Rules;
use serde_json::json;
use site::Site;
use store::{AssetCache, DataFolder};
use tower_http::catch_panic::CatchPanicLayer;
use upstream::Clock;

use crate::middleware::{answer_panic, identify_and_log};
use crate::settings::Settings;

/// How often it is looked whether the rules have changed.
const RULES_PERIOD: Duration = Duration::from_secs(2);

/// Files of builds that are gone are kept so long for pages that are still open.
const UNUSED: Duration = Duration::from_hours(7 * 24);

/// How often those are looked for.
const LOOKS_BETWEEN_PURGES: u32 = 1800;

/// The mirror, ready to serve.
#[derive(Debug)]
pub(crate) struct MirrorServer {
    pub(crate) router: Router,
    /// `MIRROR_LISTEN`
    pub(crate) listen: Option<SocketAddr>,
    /// `MIRROR_HOST`
    pub(crate) host: Option<String>,
    mirror: Arc<Mirror>,
    cache: AssetCache,
    clock: Clock,
    rules_file: Option<PathBuf>,
}

impl MirrorServer {
    /// Nothing unless the operator wants one.
    pub(crate) fn open(
        settings: &Settings,
        gateway: &Arc<Gateway>,
        site: &Arc<Site>,
        folder: &DataFolder,
        clock: &Clock,
    ) -> anyhow::Result<Option<Self>> {
        let wanted = &settings.gateway;
        if wanted.mirror_listen.is_none() && wanted.mirror_host.is_none() {
            return Ok(None);
        }
        let rules = match &wanted.mirror_rules {
            Some(path) => rules_in(path)?,
            None => Rules::builtin().context("the built-in rules of the mirror cannot be read")?,
        };
        let cache = AssetCache::open(folder).context("files of the mirror cannot be kept")?;
        let main_origin = settings.base_urls.first().cloned();
        let mirror = Arc::new(Mirror::new(MirrorParts {
            gateway: Arc::clone(gateway),
            cache: cache.clone(),
            rules,
            main_origin: main_origin.context("CHATGPT_BASE_URL is empty")?,
            native_url: settings.files.public_url.clone(),
        }));
        let router = mirror_routes(Arc::clone(&mirror))
            .merge(site::sign_in_routes(Arc::clone(site)))
            .layer(CatchPanicLayer::custom(answer_panic))
            .layer(from_fn(identify_and_log));
        Ok(Some(Self {
            router,
            listen: wanted.mirror_listen,
            host: wanted.mirror_host.clone(),
            mirror,
            cache,
            clock: clock.clone(),
            rules_file: wanted.mirror_rules.clone(),
        }))
    }

    /// How it stands with pages, for the admin.
    pub(crate) fn report(&self) -> MirrorReport {
        let mirror = Arc::clone(&self.mirror);
        MirrorReport::new(move || json!(mirror.standings()))
    }

    /// Reads the rules when they change, and removes files that nobody wants any more, for ever.
    pub(crate) async fn keep_up(&self) -> Infallible {
        let mut period = tokio::time::interval(RULES_PERIOD);
        let mut read = self.rules_file.as_deref().and_then(changed_at);
        let mut looks = 0_u32;
        loop {
            period.tick().await;
            let changed = self.rules_file.as_deref().and_then(changed_at);
            if changed.is_some() && changed != read {
                read = changed;
                self.read_rules();
            }
            if looks.is_multiple_of(LOOKS_BETWEEN_PURGES) {
                self.purge().await;
            }
            looks = looks.wrapping_add(1);
        }
    }

    fn read_rules(&self) {
        let Some(path) = &self.rules_file else {
            return;
        };
        match rules_in(path) {
            Ok(rules) => {
                self.mirror.set_rules(rules);
                tracing::info!("the rules of the mirror were read anew");
            }
            Err(error) => tracing::error!("{error:#}; the rules stay as they were"),
        }
    }

    async fn purge(&self) {
        let now = UNIX_EPOCH + self.clock.since_epoch();
        if let Err(error) = self.cache.purge(now, UNUSED).await {
            tracing::warn!("old files of the mirror were not removed: {error}");
        }
    }
}

fn rules_in(path: &Path) -> anyhow::Result<Rules> {
    let name = path.display();
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("MIRROR_RULES: {name} cannot be read"))?;
    Rules::parse(&text).with_context(|| format!("MIRROR_RULES: {name} is not as it should be"))
}

fn changed_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|it| it.modified()).ok()
}

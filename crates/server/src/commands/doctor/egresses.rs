//! Whether every way out reaches upstream and the sign-in service, and whether the clock is
//! right. Sends no token.

use std::time::Duration;

use upstream::reach::{Reach, reach};
use upstream::{Clock, Egress};

use super::{Finding, Grade};
use crate::settings::Settings;

/// How far the clock may be off before signed times go wrong.
const MAX_SKEW: Duration = Duration::from_secs(30);

pub(super) async fn look(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    let direct = [Egress::Direct];
    let egresses = match settings.egresses.as_slice() {
        [] => &direct[..],
        several => several,
    };
    let mut targets = settings.base_urls.clone();
    targets.push(settings.accounts.auth_base_url.clone());
    let mut looks = Vec::new();
    for egress in egresses {
        for target in &targets {
            looks.push(async move { (egress, target, reach(egress, target).await) });
        }
    }
    let mut findings = Vec::new();
    let mut skew = None;
    for (egress, target, reached) in futures_util::future::join_all(looks).await {
        let what = format!("egress {egress}");
        let host = target.host_str().unwrap_or_default();
        match reached {
            Ok(Reach { date }) => {
                findings.push(Finding::good(&what, format!("reaches {host}")));
                skew = skew.or(date);
            }
            Err(reason) => findings.push(Finding::bad(
                Grade::Problem,
                &what,
                format!("does not reach {host}: {reason}"),
                "check the network, PROXY_URL, CHATGPT_BASE_URL and AUTH_BASE_URL",
            )),
        }
    }
    if let Some(theirs) = skew {
        let ours = clock.since_epoch();
        let off = ours.abs_diff(theirs);
        findings.push(if off <= MAX_SKEW {
            Finding::good("clock", format!("{} s from upstream's", off.as_secs()))
        } else {
            Finding::bad(
                Grade::Warning,
                "clock",
                format!("{} s from upstream's", off.as_secs()),
                "set the clock, or let NTP do it",
            )
        });
    }
    findings
}

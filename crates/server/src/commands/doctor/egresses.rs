//! Whether every way out reaches upstream and the sign-in service, and whether the clock is
//! right. Sends no token.

use std::time::Duration;

use upstream::reach::reach;
use upstream::{Clock, Egress};

use super::Finding;
use crate::settings::Settings;

/// How far the clock may be off before signed times go wrong.
const MAX_SKEW: Duration = Duration::from_secs(30);

pub(super) async fn look(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    let direct = [Egress::Direct];
    let egresses = match settings.egresses.as_slice() {
        [] => &direct[..],
        several => several,
    };
    let mut pairs = Vec::new();
    for egress in egresses {
        pairs.extend(settings.base_urls.iter().map(|it| (egress, it)));
        pairs.push((egress, &settings.accounts.auth_base_url));
    }
    for egress in &settings.sentinel_egresses {
        pairs.extend(settings.base_urls.iter().map(|it| (egress, it)));
    }
    let looks = pairs
        .into_iter()
        .map(async |(egress, target)| (egress, target, reach(egress, target).await));
    let mut findings = Vec::new();
    let mut date = None;
    for (egress, target, reached) in futures_util::future::join_all(looks).await {
        let what = format!("egress {egress}");
        let host = target.host_str().unwrap_or_default();
        findings.push(match reached {
            Ok(reach) => {
                date = date.or(reach.date);
                Finding::good(&what, format!("reaches {host}"))
            }
            Err(reason) => Finding::problem(
                &what,
                format!("does not reach {host}: {reason}"),
                "check the network, PROXY_URL, CHATGPT_BASE_URL and AUTH_BASE_URL",
            ),
        });
    }
    findings.extend(date.map(|theirs| of_clock(clock.since_epoch(), theirs)));
    findings
}

fn of_clock(ours: Duration, theirs: Duration) -> Finding {
    let off = ours.abs_diff(theirs);
    let said = format!("{} s from upstream's", off.as_secs());
    if off <= MAX_SKEW {
        return Finding::good("clock", said);
    }
    Finding::warning("clock", said, "set the clock, or let NTP do it")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Grade;
    use super::of_clock;

    #[test]
    fn a_clock_may_be_half_a_minute_off_in_either_direction() {
        let grade = |ours, theirs| {
            let seconds = Duration::from_secs;
            of_clock(seconds(ours), seconds(theirs)).grade
        };
        assert_eq!(grade(1030, 1000), Grade::Good);
        assert_eq!(grade(1000, 1030), Grade::Good);
        assert_eq!(grade(1031, 1000), Grade::Warning);
        assert_eq!(grade(1000, 1031), Grade::Warning);
    }
}

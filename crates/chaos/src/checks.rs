//! What must be true when a pass is over, by the simulator's log and the database. A last gateway
//! is started for it, asked through every account, and ended. Called by `pass`.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use simulator::{Exchange, ExchangeOutcome, Simulator};
use tokio::time::{Instant, sleep};

use crate::database::Backend;
use crate::fleet::Fleet;
use crate::http_client::{self, Asked};
use crate::importing::{Importing, LIST};
use crate::pass::Ending;
use crate::program::Program;
use crate::sealed;
use crate::traffic::{Counts, question};
use crate::verdict::{Verdict, Verdicts};

/// How long what is written behind answers may take.
const PATIENCE: Duration = Duration::from_secs(20);

const ACCOUNTS: &str = "SELECT COUNT(*) FROM account WHERE cleared_at IS NULL";
const IDENTITIES: &str = "SELECT COUNT(DISTINCT identity) FROM account WHERE cleared_at IS NULL";
const IDS: &str = "SELECT id FROM account WHERE cleared_at IS NULL ORDER BY id";
const UNHEALTHY: &str = "SELECT state FROM account_health WHERE state <> 'healthy'";
const CLAIMS: &str = "SELECT COUNT(*) FROM credential \
     WHERE lease_owner IS NOT NULL OR intent_at_ms IS NOT NULL";
const LOGGED: &str = "SELECT COUNT(*) FROM request_log WHERE key_id = $1";
const COUNTED: &str =
    "SELECT CAST(COALESCE(SUM(requests), 0) AS BIGINT) FROM key_spend WHERE key_id = $1";
const SET_ASIDE: &str = "SELECT CAST(COALESCE(SUM(reserved_tokens), 0) AS BIGINT) FROM key_spend";
const RESERVATIONS: &str = "SELECT COUNT(*) FROM reservation";
const DAYS: &str = "SELECT day, key_id, account_id, model, requests, failures, prompt_tokens, \
     completion_tokens FROM usage_day";
const LOG_BY_DAY: &str = "SELECT at / 86400, COALESCE(key_id, ''), COALESCE(account_id, ''), \
     COALESCE(model, ''), COUNT(*), \
     CAST(SUM(CASE WHEN status >= 400 OR code IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT), \
     CAST(SUM(COALESCE(prompt_tokens, 0)) AS BIGINT), \
     CAST(SUM(COALESCE(completion_tokens, 0)) AS BIGINT) \
     FROM request_log GROUP BY 1, 2, 3, 4";

/// What a pass leaves.
pub(crate) struct Aftermath<'a> {
    pub(crate) name: &'a str,
    pub(crate) ending: Ending,
    pub(crate) endings: u32,
    pub(crate) upstream: &'a Simulator,
    pub(crate) backend: &'a Backend,
    pub(crate) program: &'a Program,
    pub(crate) importing: &'a Importing,
    pub(crate) fleet: &'a Fleet,
    pub(crate) key_id: &'a str,
    pub(crate) requests: Counts,
    /// What was said of the database's file when it was not whole.
    pub(crate) damage: &'a [String],
}

/// Looks at everything.
pub(crate) async fn check(after: Aftermath<'_>) -> Result<Vec<Verdict>> {
    let mut verdicts = Verdicts::of(after.name);
    if let Backend::Sqlite(_) = after.backend {
        let figures = format!("{} files looked at {:?}", after.endings, after.damage);
        let holds = after.damage.is_empty();
        verdicts.add("the database is whole after every ending", holds, figures);
    }
    let mut gateway = after.program.serve()?;
    let (url, took) = gateway.ready().await?;
    let is_quick = took < Duration::from_secs(5);
    let figures = format!("{} times, last in {} ms", after.endings, took.as_millis());
    verdicts.add("the gateway starts again", is_quick, figures);
    after.check_counting(&mut verdicts).await?;
    after.check_imports(&mut verdicts).await?;
    after.check_accounts(&mut verdicts, &url).await?;
    gateway.terminate().await?;
    after.check_sealed(&mut verdicts).await?;
    after.check_exchanges(&mut verdicts);
    Ok(verdicts.into_all())
}

impl Aftermath<'_> {
    /// Requests and budgets; before anything else is asked, and while the gateway runs.
    async fn check_counting(&self, verdicts: &mut Verdicts) -> Result<()> {
        let backend = self.backend;
        let deadline = Instant::now() + PATIENCE;
        let left = loop {
            let left = backend.number(RESERVATIONS).await?;
            if left == 0 || Instant::now() > deadline {
                break left;
            }
            sleep(Duration::from_millis(50)).await;
        };
        let sent = i64::try_from(self.requests.sent)?;
        let answered = i64::try_from(self.requests.answered())?;
        let logged = backend.number_for(LOGGED, self.key_id).await?;
        let is_same = backend.sums(DAYS).await? == backend.sums(LOG_BY_DAY).await?;
        let figures = format!(
            "{sent} sent, {:?} replied, {} broken off; {logged} logged, days {} the log",
            self.requests.replies,
            self.requests.unanswered,
            if is_same { "equal" } else { "do not equal" }
        );
        let holds = logged <= sent && logged > 0 && is_same;
        verdicts.add("no request is counted twice", holds, figures);
        // A budget has a row for each of its periods, and this one has one period.
        let counted = backend.number_for(COUNTED, self.key_id).await?;
        let set_aside = backend.number(SET_ASIDE).await?;
        let is_between = (answered..=sent).contains(&counted);
        let figures = format!(
            "{answered} answered, {counted} counted, {sent} sent; {left} reservations of \
             {set_aside} tokens left"
        );
        let holds = is_between && left == 0 && set_aside == 0 && answered > 0;
        verdicts.add("the budget counts what was asked, once", holds, figures);
        Ok(())
    }

    /// Imports once more, and counts.
    async fn check_imports(&self, verdicts: &mut Verdicts) -> Result<()> {
        let import = async |tokens: &str, options: &[&str]| -> Result<Value> {
            fs::write(self.program.folder.join(LIST), tokens)?;
            let arguments = [&["account", "import", LIST, "--json"], options].concat();
            Ok(serde_json::from_str(&self.program.run(&arguments).await?)?)
        };
        let known = &self.importing.acknowledged;
        ensure!(!known.is_empty(), "no import was acknowledged");
        let text: Vec<&str> = known.iter().map(String::as_str).collect();
        let seen = import(&text.join("\n"), &["--dry-run"]).await?;
        let (lost, rejected) = (&seen["added"], &seen["rejected"]);
        let figures = format!("{lost} of {} lost, {rejected} rejected", known.len());
        let holds = *lost == 0 && *rejected == 0;
        verdicts.add("what was imported stays", holds, figures);
        import(&self.importing.all(), &[]).await?;
        let accounts = self.backend.number(ACCOUNTS).await?;
        let identities = self.backend.number(IDENTITIES).await?;
        let expected = i64::try_from(self.fleet.len())?;
        let figures = format!(
            "{accounts} accounts, {expected} tokens; {} imports, {} broken off",
            self.importing.begun, self.importing.broken_off
        );
        let holds = accounts == expected && identities == expected;
        verdicts.add("each token is one account", holds, figures);
        Ok(())
    }

    /// Asks through every account, then renews all of them.
    async fn check_accounts(&self, verdicts: &mut Verdicts, url: &str) -> Result<()> {
        let log = self.upstream.sign_in_log();
        let (held, newest) =
            sealed::newest_stored(self.backend, &self.program.folder.join("data"), &log).await?;
        let accounts = self.backend.texts(IDS).await?;
        let mut silent = Vec::new();
        for id in &accounts {
            let status = ask_through(url, id).await?;
            if status != 200 {
                silent.push(format!("{id}: {status}"));
            }
        }
        let unhealthy = self.backend.texts(UNHEALTHY).await?;
        let figures = format!(
            "{} of {} answer {silent:?} {unhealthy:?}",
            accounts.len() - silent.len(),
            accounts.len()
        );
        let holds = silent.is_empty() && unhealthy.is_empty() && !accounts.is_empty();
        verdicts.add("every account answers", holds, figures);
        let renewed = self.program.run(&["account", "refresh", "--all"]).await;
        let figures = match &renewed {
            Ok(printed) => format!(
                "{} renewed; before, {held} of {newest} had the newest RefreshToken",
                printed.lines().count()
            ),
            Err(error) => failures(&format!("{error:#}")),
        };
        verdicts.add(
            "every account is renewed once more",
            renewed.is_ok(),
            figures,
        );
        Ok(())
    }

    /// What is stored, when nothing runs any more.
    async fn check_sealed(&self, verdicts: &mut Verdicts) -> Result<()> {
        let log = self.upstream.sign_in_log();
        let folder = self.program.folder.join("data");
        let (held, newest) = sealed::newest_stored(self.backend, &folder, &log).await?;
        let claims = self.backend.number(CLAIMS).await?;
        let spooled = fs::read_dir(folder.join("rotations"))?.count();
        let figures = format!(
            "{held} of {newest} newest RefreshTokens; {claims} claims and {spooled} files left"
        );
        let holds = held == newest && newest == Fleet::rotating() && claims == 0 && spooled == 0;
        verdicts.add("the newest RefreshTokens are stored", holds, figures);
        Ok(())
    }

    /// What the simulator saw.
    fn check_exchanges(&self, verdicts: &mut Verdicts) {
        let log = self.upstream.sign_in_log();
        let revoked = log.revoked_families.len();
        let figures = format!("{} exchanges, {} revoked", log.begun, revoked);
        let is_enough = log.begun > u64::from(self.endings);
        verdicts.add("no account is lost", revoked == 0 && is_enough, figures);
        let figures = format!("{} overlapped", log.overlapping);
        verdicts.add("one exchange at a time", log.overlapping == 0, figures);
        let is_again = |it: &&Exchange| it.outcome == Some(ExchangeOutcome::RefreshedAgain);
        let again = log.exchanges.iter().filter(is_again).count();
        let again = u64::try_from(again).unwrap_or(u64::MAX);
        // A token is shown again when its answer was lost on the way, or came just when the
        // gateway was killed, before it was on disk.
        let most = match self.ending {
            Ending::Kill => log.lost + u64::from(self.endings),
            Ending::Terminate => 0,
        };
        let is_lost = self.ending == Ending::Terminate && log.lost > 0;
        let figures = format!(
            "{} reused, {} answers lost, {again} tokens shown again",
            log.reused, log.lost
        );
        let holds = log.reused == 0 && again <= most && !is_lost;
        verdicts.add("no token is spent in vain", holds, figures);
    }
}

/// What a command printed, without the accounts that were renewed.
fn failures(printed: &str) -> String {
    let lines = printed.lines().filter(|line| !line.ends_with(": renewed"));
    lines.collect::<Vec<_>>().join("; ")
}

/// Asks with a key that may use one account only; the status.
async fn ask_through(url: &str, account: &str) -> Result<u16> {
    let policy = json!({"accounts": [account]});
    let new = json!({"name": account, "policy": policy});
    let Asked::Replied { body, .. } = http_client::admin(url, "/admin/api/keys", &new).await?
    else {
        return Ok(0);
    };
    let made: Value = serde_json::from_slice(&body.context("no key was made")?)?;
    let key = made["key"].as_str().context("no key was made")?;
    match http_client::chat(url, key, &question(false)).await? {
        Asked::Replied { status, .. } => Ok(status),
        _ => Ok(0),
    }
}

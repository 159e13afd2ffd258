//! One pass: a gateway is started and ended again and again, with requests and imports meanwhile;
//! in the end it is checked what is left. Called by `run`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use fastrand::Rng;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::checks::{self, Aftermath};
use crate::database::Backend;
use crate::fleet::Fleet;
use crate::http_client::ADMIN_PASSWORD;
use crate::importing::Importing;
use crate::program::{Gateway, Program};
use crate::traffic::Traffic;
use crate::upstream::Upstream;
use crate::verdict::Verdict;

/// As Auth0 has it, a spent RefreshToken is honoured for a while, until its successor is used. It is
/// longer than a pass takes, so that the speed of the machine decides nothing.
const OVERLAP: Duration = Duration::from_mins(5);

/// How long a gateway serves, at most, before it is ended.
const LONGEST_LIFE: Duration = Duration::from_millis(1200);

/// One in so many gateways is ended while it starts, within this.
const ENDED_YOUNG: u32 = 6;
const YOUTH: Duration = Duration::from_millis(50);

/// A pass may take this long, and so much more for each ending.
const PASS: Duration = Duration::from_mins(2);
const EACH_ENDING: Duration = Duration::from_secs(2);

/// How gateways end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By SIGKILL, with a sign-in service that honours a spent token for a while.
    Kill,
    /// By SIGTERM, with one that revokes the account when a spent token comes again.
    Terminate,
}

/// What a pass is.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) ending: Ending,
    pub(crate) endings: u32,
    pub(crate) binary: PathBuf,
    /// The PostgreSQL server; the embedded database without one.
    pub(crate) server: Option<String>,
    pub(crate) seed: u64,
}

/// A pass under way.
struct Pass {
    plan: Plan,
    upstream: Upstream,
    backend: Backend,
    program: Program,
    chance: Rng,
    importing: Importing,
    /// Where the gateway is, while it is ready.
    place: watch::Sender<Option<String>>,
    damage: Vec<String>,
    slowest_start: Duration,
    slowest_end: Duration,
}

/// Runs a pass; its folder goes unless something fails.
pub(crate) async fn run(plan: Plan) -> Result<Vec<Verdict>> {
    let folder = TempDir::with_prefix("flowgpt-chaos-")?;
    let path = folder.path().to_owned();
    let backend = match &plan.server {
        Some(server) => Backend::postgres(server).await?,
        None => Backend::sqlite(&path.join("data")),
    };
    let limit = PASS + EACH_ENDING * plan.endings;
    let done = timeout(limit, begin(plan, backend.clone(), path.clone())).await;
    let late = |_| Err(anyhow!("it takes longer than {} s", limit.as_secs()));
    let done = done.unwrap_or_else(late);
    let holds = matches!(&done, Ok(verdicts) if verdicts.iter().all(Verdict::holds));
    if holds {
        backend.drop_database().await?;
    } else {
        let _kept = folder.keep();
        eprintln!("kept for a look: {} and {}", path.display(), backend.name());
    }
    done
}

async fn begin(plan: Plan, backend: Backend, folder: PathBuf) -> Result<Vec<Verdict>> {
    let overlap = match plan.ending {
        Ending::Kill => OVERLAP,
        Ending::Terminate => Duration::ZERO,
    };
    let upstream = Upstream::start(overlap).await?;
    let fleet = Fleet::mint(&upstream.simulator);
    let program = program(&plan, &backend, &upstream, &fleet, folder);
    let (place, _) = watch::channel(None);
    let pass = Pass {
        chance: Rng::with_seed(plan.seed),
        importing: Importing::of(fleet.imported.clone()),
        plan,
        upstream,
        backend,
        program,
        place,
        damage: Vec::new(),
        slowest_start: Duration::ZERO,
        slowest_end: Duration::ZERO,
    };
    pass.play(&fleet).await
}

fn program(
    plan: &Plan,
    backend: &Backend,
    upstream: &Upstream,
    fleet: &Fleet,
    folder: PathBuf,
) -> Program {
    Program {
        binary: plan.binary.clone(),
        folder,
        environment: vec![
            ("CHATGPT_BASE_URL", upstream.url.clone()),
            ("AUTH_BASE_URL", upstream.url.clone()),
            ("ACCOUNTS", fleet.listed.join(",")),
            ("AUTHORIZATION", "sk-chaos".to_owned()),
            ("DATABASE_URL", backend.setting().to_owned()),
            ("ADMIN_PASSWORD", ADMIN_PASSWORD.to_owned()),
            ("SCHEDULED_REFRESH", "true".to_owned()),
            ("RANDOM_TOKEN", "false".to_owned()),
            ("LOG_LEVEL", "warn".to_owned()),
        ],
    }
}

impl Pass {
    async fn play(mut self, fleet: &Fleet) -> Result<Vec<Verdict>> {
        let arguments = ["key", "create", "chaos", "--json"];
        let budgets = ["--budget", "1Mreq/day", "--budget", "1000Mtok/day"];
        let made = self
            .program
            .run(&[&arguments[..], &budgets].concat())
            .await?;
        let made: Value = serde_json::from_str(&made)?;
        let text = |name: &str| made[name].as_str().map(str::to_owned);
        let key = text("key").context("the key was not shown")?;
        let key_id = text("id").context("the key has no id")?;
        let traffic = Traffic::start(&key, &self.place.subscribe(), self.plan.seed);
        let begun = Instant::now();
        for number in 1..=self.plan.endings {
            let ended = self.start_and_end().await;
            ended.with_context(|| format!("at the ending {number}"))?;
        }
        self.place.send_replace(None);
        let requests = traffic.stop().await?;
        println!(
            "{}: {} endings in {:.0} s; slowest start {} ms, slowest end {} ms",
            self.plan.name,
            self.plan.endings,
            begun.elapsed().as_secs_f64(),
            self.slowest_start.as_millis(),
            self.slowest_end.as_millis(),
        );
        let aftermath = Aftermath {
            name: &self.plan.name,
            ending: self.plan.ending,
            endings: self.plan.endings,
            upstream: &self.upstream.simulator,
            backend: &self.backend,
            program: &self.program,
            importing: &self.importing,
            fleet,
            key_id: &key_id,
            requests,
            damage: &self.damage,
        };
        checks::check(aftermath).await
    }

    /// One gateway's life.
    async fn start_and_end(&mut self) -> Result<()> {
        let mut gateway = self.program.serve()?;
        if self.chance.u32(0..ENDED_YOUNG) == 0 {
            sleep(YOUTH.mul_f64(self.chance.f64())).await;
        } else {
            let (url, took) = gateway.ready().await?;
            self.slowest_start = self.slowest_start.max(took);
            self.place.send_replace(Some(url.clone()));
            return self.live_and_end(gateway, &url).await;
        }
        self.end(gateway).await
    }

    /// Some imports, some time, and the end.
    async fn live_and_end(&mut self, gateway: Gateway, url: &str) -> Result<()> {
        let life = LONGEST_LIFE.mul_f64(self.chance.f64());
        let mut own_chance = self.chance.fork();
        let kind = self.chance.u32(0..10);
        if kind < 3 {
            let command = self.importing.by_command(&self.program, &mut own_chance)?;
            sleep(life).await;
            let is_killed = self.plan.ending == Ending::Kill && self.chance.bool();
            if is_killed {
                self.importing
                    .finish(command, true, &mut own_chance)
                    .await?;
                return self.end(gateway).await;
            }
            self.end(gateway).await?;
            return self.importing.finish(command, false, &mut own_chance).await;
        }
        if kind < 7 {
            // Answered or not, the gateway ends after its time.
            let (ending, place) = (self.plan.ending, self.place.clone());
            let (imported, ended) =
                tokio::join!(self.importing.by_admin(url, &mut own_chance), async {
                    sleep(life).await;
                    let ended = end(gateway, ending).await;
                    place.send_replace(None);
                    ended
                },);
            imported?;
            return self.look_at(ended?).await;
        }
        sleep(life).await;
        self.end(gateway).await
    }

    async fn end(&mut self, gateway: Gateway) -> Result<()> {
        let took = end(gateway, self.plan.ending).await?;
        // Only now: requests are to be under way when it ends.
        self.place.send_replace(None);
        self.look_at(took).await
    }

    /// Looks at what the end left.
    async fn look_at(&mut self, took: Duration) -> Result<()> {
        self.slowest_end = self.slowest_end.max(took);
        let integrity = self.backend.integrity().await?;
        if integrity != "ok" {
            self.damage.push(integrity);
            ensure!(self.damage.len() < 10, "the database is damaged every time");
        }
        Ok(())
    }
}

async fn end(gateway: Gateway, ending: Ending) -> Result<Duration> {
    match ending {
        Ending::Kill => {
            let begun = Instant::now();
            gateway.kill().await?;
            Ok(begun.elapsed())
        }
        Ending::Terminate => gateway.terminate().await,
    }
}

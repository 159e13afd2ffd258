//! A world for a test: a database, the simulator as upstream and sign-in service, a clock, and
//! any number of processes that share them.

mod backend;
mod clock;
mod node;

use std::time::Duration;

use accounts::{Caller, GatewayKeys, Mode, PoolSettings, Rotation, Scope, Source, Wanted};
use secrecy::SecretString;
use simulator::{Options, RefreshFamily, Simulator, TokenSpec};
use store::records::AccountId;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;

pub(crate) use backend::{Backend, on_both};
pub(crate) use clock::{NOW, TestClock};
pub(crate) use node::{Node, PATIENCE};

/// A key that opens the pool.
pub(crate) const KEY: &str = "the-gateway-key";

/// The model that most tests ask for.
pub(crate) const MODEL: &str = "gpt-5-2";

/// What all processes of a test share.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) clock: TestClock,
    pub(crate) backend: Backend,
    pub(crate) base: Url,
    /// How long an exchange of tokens may take.
    pub(crate) exchange_timeout: Duration,
    _server: JoinSet<()>,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        Self::on(Backend::sqlite()).await
    }

    pub(crate) async fn on(backend: Backend) -> Self {
        Self::with(backend, |_| {}).await
    }

    /// A world whose upstream is not the usual one.
    pub(crate) async fn with(backend: Backend, change: impl FnOnce(&mut Options)) -> Self {
        let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = TestClock::new();
        let mut options = Options::new(clock.system());
        options.record = true;
        change(&mut options);
        let simulator = Simulator::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = simulator.router();
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            simulator,
            clock,
            backend,
            base: base.parse().unwrap(),
            exchange_timeout: Duration::from_secs(15),
            _server: server,
        }
    }

    /// A process with this name and the usual settings.
    pub(crate) async fn node(&self, name: &str) -> Node {
        self.node_with(name, |_| {}).await
    }

    pub(crate) async fn node_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut PoolSettings),
    ) -> Node {
        let mut settings = self.settings(name);
        change(&mut settings);
        Node::open(self, settings).await
    }

    fn settings(&self, name: &str) -> PoolSettings {
        PoolSettings {
            rotation: Rotation::RoundRobin,
            max_in_use: None,
            queue_limit: 1000,
            queue_wait: Duration::from_mins(1),
            egresses: Vec::new(),
            node: name.to_owned(),
            renewal_margin: Duration::from_hours(1),
            base_url: self.base.clone(),
            data_folder: self.backend.folder().join(name),
        }
    }

    /// An AccessToken of the account with this name.
    pub(crate) fn access(&self, name: &str) -> String {
        self.simulator.mint_access_token(&TokenSpec::new(name))
    }

    /// An AccessToken that runs into a fault.
    pub(crate) fn faulty_access(&self, name: &str, fault: &str) -> String {
        self.simulator.mint_access_token(&faulty(name, fault))
    }

    /// A RefreshToken of a Codex sign-in: each is good for one use.
    pub(crate) fn codex(&self, spec: &TokenSpec) -> String {
        self.simulator
            .mint_refresh_token(spec, RefreshFamily::Codex)
    }

    /// The file of a Codex sign-in with this AccessToken, in one line.
    pub(crate) fn signed_in(&self, spec: &TokenSpec, access: &str) -> String {
        let refresh = self.codex(spec);
        format!(r#"{{"tokens":{{"access_token":"{access}","refresh_token":"{refresh}"}}}}"#)
    }

    /// Ends the sign-in of a RefreshToken, as its owner does elsewhere.
    pub(crate) async fn revoke(&self, refresh: &str) {
        let settings = node::sign_in_settings(self);
        let sign_in = upstream::sign_in::SignIn::new(settings, self.clock.clock());
        let grant = upstream::sign_in::RefreshGrant {
            token: refresh.into(),
            family: None,
            egress: upstream::Egress::Direct,
        };
        assert!(sign_in.revoke(&grant).await);
    }

    /// How often upstream was asked for a path.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let recorded = self.simulator.recorded();
        recorded
            .iter()
            .filter(|it| it.path.starts_with(path))
            .count()
    }

    /// How often the sign-in service was asked for tokens.
    pub(crate) fn exchanges(&self) -> u64 {
        self.simulator.sign_in_log().begun
    }

    /// Fails if a token was sent twice, or two of one account at once.
    pub(crate) fn assert_each_token_was_sent_once(&self) {
        let log = self.simulator.sign_in_log();
        assert_eq!((log.overlapping, log.reused, log.lost), (0, 0, 0));
    }
}

/// An account that runs into a fault.
pub(crate) fn faulty(name: &str, fault: &str) -> TokenSpec {
    TokenSpec {
        fault: Some(fault.to_owned()),
        ..TokenSpec::new(name)
    }
}

/// Names with numbers.
pub(crate) fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("account-{number:04}"))
        .collect()
}

/// Whoever has the gateway key.
pub(crate) fn key_holder(node: &Node) -> Caller {
    let keys = GatewayKeys::new(&[KEY.into()], node.database.clone());
    let key = keys.identify(&KEY.into(), 0).unwrap().unwrap();
    Caller::GatewayKey(key)
}

/// Any account will do.
pub(crate) fn any(caller: &Caller) -> Wanted<'_> {
    Wanted {
        caller,
        driver: upstream::DriverKind::Web,
        tried: &[],
        conversation_id: None,
        scopes: &[],
        affinity: None,
    }
}

/// The scope of the usual model.
pub(crate) fn scopes() -> [Scope; 1] {
    [Scope::Model(MODEL.to_owned())]
}

impl Node {
    /// Takes in what must all be accounts; their ids.
    pub(crate) async fn import(&self, lines: &[String]) -> Vec<AccountId> {
        self.import_from(Source::Admin, lines).await
    }

    pub(crate) async fn import_from(&self, source: Source, lines: &[String]) -> Vec<AccountId> {
        let text = SecretString::from(lines.join("\n"));
        let verdicts = self.pool.import(&text, source, Mode::Write).await.unwrap();
        let ids: Result<Vec<_>, _> = verdicts.into_iter().map(|it| it.result).collect();
        ids.unwrap().into_iter().map(|it| it.id).collect()
    }

    /// Adds accounts with AccessTokens, by these names.
    pub(crate) async fn add(&self, world: &World, names: &[&str]) -> Vec<AccountId> {
        let lines: Vec<String> = names.iter().map(|it| world.access(it)).collect();
        self.import(&lines).await
    }
}

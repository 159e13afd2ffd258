//! A network made up for a test: its names, where its addresses really are, and a trap.
//!
//! Every connection is written down. One to an address that nobody announced ends in the
//! trap, a listener that counts, so that a forbidden connection is seen on a real socket.

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use upstream::Egress;
use upstream::fetch::{Connection, FetchSettings, Fetcher, Network, is_global};

use crate::server::{Script, Server};

/// A name that leads to `PUBLIC`.
pub(crate) const HOST: &str = "files.example";

/// A public address; in the world of a test it leads to a server of the test's.
pub(crate) const PUBLIC: &str = "93.184.215.14";

/// What a fetcher sees of the network.
pub(crate) struct World {
    /// What a name means, look-up by look-up, from the start again at the end.
    names: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    places: Mutex<HashMap<SocketAddr, Place>>,
    lookups: Mutex<Vec<String>>,
    connections: Mutex<Vec<SocketAddr>>,
    trap: Server,
}

/// What is at an address.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// A listener of the test's.
    Really(SocketAddr),
    /// Nobody listens.
    Refuses,
    /// Nobody even says so.
    Silent,
}

impl World {
    /// A world in which `HOST` leads to `PUBLIC`, and that to nothing yet.
    pub(crate) async fn new() -> Arc<Self> {
        let world = Self {
            names: Mutex::default(),
            places: Mutex::default(),
            lookups: Mutex::default(),
            connections: Mutex::default(),
            trap: Server::start(|_| Script::Say(b"HTTP/1.1 200 OK\r\n\r\ntrapped".into())).await,
        };
        world.name(HOST, &[&[PUBLIC]]);
        Arc::new(world)
    }

    /// A world in which `HOST` leads to `server`, on both ports.
    pub(crate) async fn with(server: &Server) -> Arc<Self> {
        let world = Self::new().await;
        for port in [80, 443] {
            world.place(PUBLIC, port, Place::Really(server.address));
        }
        world
    }

    /// Says what `name` means at each look-up.
    pub(crate) fn name(&self, name: &str, answers: &[&[&str]]) {
        let parse = |answer: &&[&str]| answer.iter().map(|it| it.parse().unwrap()).collect();
        let answers = answers.iter().map(parse).collect();
        self.names.lock().unwrap().insert(name.to_owned(), answers);
    }

    /// Says what is at an address.
    pub(crate) fn place(&self, ip: &str, port: u16, place: Place) {
        let address = SocketAddr::new(ip.parse().unwrap(), port);
        self.places.lock().unwrap().insert(address, place);
    }

    /// Every address that was connected to.
    pub(crate) fn connections(&self) -> Vec<SocketAddr> {
        self.connections.lock().unwrap().clone()
    }

    /// Every name that was looked up.
    pub(crate) fn lookups(&self) -> Vec<String> {
        self.lookups.lock().unwrap().clone()
    }

    /// Fails unless all connections went to public addresses and none into the trap.
    pub(crate) fn assert_only_public(&self, about: &str) {
        for address in self.connections() {
            assert!(is_global(address.ip()), "{about}: connected to {address}");
        }
        assert_eq!(self.trap.connections(), 0, "{about}: into the trap");
    }

    /// A fetcher in this world that trusts no certificate.
    pub(crate) fn fetcher(self: &Arc<Self>, change: impl FnOnce(&mut FetchSettings)) -> Fetcher {
        self.fetcher_that_trusts(RootCertStore::empty(), change)
    }

    /// A fetcher in this world that trusts what `roots` have signed.
    pub(crate) fn fetcher_that_trusts(
        self: &Arc<Self>,
        roots: RootCertStore,
        change: impl FnOnce(&mut FetchSettings),
    ) -> Fetcher {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut settings = settings();
        change(&mut settings);
        Fetcher::with_network(settings, Arc::clone(self) as Arc<dyn Network>, tls)
    }
}

/// Settings that let a test take its time.
pub(crate) fn settings() -> FetchSettings {
    FetchSettings {
        egress: Egress::Direct,
        relay: None,
        allowed_hosts: Vec::new(),
        user_agent: "the-user-agent".to_owned(),
        max_bytes: 4 << 20,
        timeout: Duration::from_mins(1),
        connect_timeout: Duration::from_mins(1),
    }
}

impl Network for World {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            if let Ok(ip) = host.parse() {
                return Ok(vec![ip]);
            }
            let mut lookups = self.lookups.lock().unwrap();
            let earlier = lookups.iter().filter(|it| *it == host).count();
            lookups.push(host.to_owned());
            match self.names.lock().unwrap().get(host) {
                Some(answers) => Ok(answers[earlier % answers.len()].clone()),
                None => Err(io::ErrorKind::NotFound.into()),
            }
        })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Connection>>> {
        self.connections.lock().unwrap().push(address);
        let place = self.places.lock().unwrap().get(&address).copied();
        Box::pin(async move {
            let real = match place {
                Some(Place::Really(real)) => real,
                Some(Place::Refuses) => return Err(io::ErrorKind::ConnectionRefused.into()),
                Some(Place::Silent) => pending().await,
                None => self.trap.address,
            };
            let stream = TcpStream::connect(real).await?;
            Ok(Box::new(stream) as Box<dyn Connection>)
        })
    }
}

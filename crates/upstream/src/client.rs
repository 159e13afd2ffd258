//! The HTTP clients, one small set per egress, and nothing else that opens a connection.
//!
//! No total timeout: answers stream for as long as the model talks. No system proxy, no
//! redirects, no cookies. Called by the drivers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Proxy, redirect, retry};

use crate::egress::Egress;
use crate::failure::{Failure, FailureKind, Retry};

/// An HTTP/2 connection carries about a hundred streams, and a client makes one a host.
const CLIENTS_PER_EGRESS: usize = 4;

/// How long an idle connection is kept.
const IDLE_CONNECTION: Duration = Duration::from_secs(90);

/// More idle connections than this are closed: each holds some ten kilobytes.
const MAX_IDLE_CONNECTIONS: usize = 64;

/// A stream nobody reads must not stall the others of its connection.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;

/// What the clients are for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    /// Many answers at once, on connections that are kept.
    Streams,
    /// Requests that must not be sent twice, each on a connection of its own.
    SingleRequests,
}

/// All clients, made when first needed.
#[derive(Debug)]
pub(crate) struct Clients {
    user_agent: String,
    connect_timeout: Duration,
    purpose: Purpose,
    sets: Mutex<HashMap<(Egress, bool), Vec<Client>>>,
    turn: AtomicUsize,
}

impl Clients {
    pub(crate) fn new(user_agent: String, connect_timeout: Duration) -> Self {
        Self {
            user_agent,
            connect_timeout,
            purpose: Purpose::Streams,
            sets: Mutex::default(),
            turn: AtomicUsize::new(0),
        }
    }

    /// Clients that send a request once, whatever happens to it.
    ///
    /// A connection that is kept can break at the moment it is used again, and then nobody
    /// knows whether the request arrived.
    pub(crate) fn for_single_requests(user_agent: String, connect_timeout: Duration) -> Self {
        Self {
            purpose: Purpose::SingleRequests,
            ..Self::new(user_agent, connect_timeout)
        }
    }

    /// A client that leaves by `egress`; plain HTTP needs only one.
    pub(crate) fn get(&self, egress: &Egress, is_tls: bool) -> Result<Client, Failure> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (egress.clone(), is_tls);
        if let Some(set) = sets.get(&place) {
            return Ok(self.pick(set));
        }
        let size = match self.purpose {
            Purpose::Streams if is_tls => CLIENTS_PER_EGRESS,
            Purpose::Streams | Purpose::SingleRequests => 1,
        };
        let set: Vec<Client> = (0..size)
            .map(|_| self.build(egress))
            .collect::<Result<_, _>>()
            .map_err(|_| {
                Failure::new(
                    FailureKind::Proxy,
                    Retry::Never,
                    format!("the egress \"{egress}\" cannot be used"),
                )
            })?;
        let client = self.pick(&set);
        sets.insert(place, set);
        Ok(client)
    }

    fn pick(&self, set: &[Client]) -> Client {
        let turn = match set.len() {
            1 => 0,
            _ => self.turn.fetch_add(1, Ordering::Relaxed),
        };
        set[turn % set.len()].clone()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that builds clients"
    )]
    fn build(&self, egress: &Egress) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .user_agent(&self.user_agent)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE_CONNECTION)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            .referer(false)
            .http2_initial_stream_window_size(STREAM_WINDOW_BYTES)
            .http2_initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .no_proxy();
        let builder = match self.purpose {
            Purpose::Streams => builder,
            Purpose::SingleRequests => builder
                .http1_only()
                .pool_max_idle_per_host(0)
                .retry(retry::never()),
        };
        match egress {
            Egress::Direct => builder,
            Egress::Proxy(url) => builder.proxy(Proxy::all(url.clone())?),
        }
        .build()
    }
}

//! A sign-in in a browser: its last request comes here, or its last address is pasted, whichever
//! is first.

mod callback;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use upstream::Egress;
use upstream::sign_in::{
    DEVICE_SIGN_IN_LIFETIME, FreshTokens, LOCAL_REDIRECT, PendingSignIn, SignIn, SignInError,
};

use crate::commands::shown;
use crate::lifecycle::Shutdown;
use crate::listener;
use callback::Came;

/// The port of [`LOCAL_REDIRECT`].
const PORT: u16 = 1455;

const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the browser may take to read what it is told at last.
const LAST_PAGE: Duration = Duration::from_secs(2);

/// Addresses that wait to be looked at.
const AT_ONCE: usize = 4;

pub(super) async fn sign_in(sign_in: &SignIn, egress: &Egress) -> anyhow::Result<FreshTokens> {
    let mut chance = [0; 64];
    getrandom::fill(&mut chance)?;
    let pending = sign_in.begin(LOCAL_REDIRECT, &chance);
    shown::line(&format!(
        "Open this address in a browser and sign in:\n\n{}\n\nIf the browser then shows an error, \
         paste the address it ended on here.",
        pending.authorize_url
    ));
    let mut listeners = Vec::new();
    // `localhost` is either of them.
    for host in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
        listeners.extend(TcpListener::bind(SocketAddr::new(host, PORT)).await.ok());
    }
    if listeners.is_empty() {
        shown::aside("note: another program has port 1455, so the address has to be pasted");
    }
    let (addresses, came) = mpsc::channel(AT_ONCE);
    read_lines(addresses.clone());
    let ended = received(sign_in, &pending, egress, listeners, (addresses, came));
    timeout(DEVICE_SIGN_IN_LIFETIME, ended)
        .await
        .context("nobody signed in in time; begin again")?
}

/// Waits for the address of this sign-in, from a browser at `listeners` or from elsewhere.
async fn received(
    sign_in: &SignIn,
    pending: &PendingSignIn,
    egress: &Egress,
    listeners: Vec<TcpListener>,
    (addresses, came): (mpsc::Sender<Came>, mpsc::Receiver<Came>),
) -> anyhow::Result<FreshTokens> {
    let (tasks, shutdown) = (TaskTracker::new(), Shutdown::default());
    for listener in listeners {
        let router = callback::router(addresses.clone());
        tasks.spawn(listener::serve(
            listener,
            router,
            HEADER_TIMEOUT,
            shutdown.clone(),
        ));
    }
    drop(addresses);
    let tokens = first(sign_in, pending, egress, came).await;
    shutdown.soft.cancel();
    tasks.close();
    let _a_slow_browser = timeout(LAST_PAGE, tasks.wait()).await;
    shutdown.hard.cancel();
    tokens
}

/// The tokens for the first address that belongs to this sign-in.
async fn first(
    sign_in: &SignIn,
    pending: &PendingSignIn,
    egress: &Egress,
    mut addresses: mpsc::Receiver<Came>,
) -> anyhow::Result<FreshTokens> {
    while let Some(came) = addresses.recv().await {
        let finished = sign_in.finish(pending, came.address.trim(), egress).await;
        came.tell(finished.as_ref().err());
        match finished {
            Ok(tokens) => return Ok(tokens),
            Err(
                error @ (SignInError::NotACallback
                | SignInError::OtherSignIn
                | SignInError::Unreachable(_)),
            ) => shown::line(&format!("Not yet: {error}.")),
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("there is nowhere for the address to come from; begin again in a terminal")
}

/// Takes lines of standard input for addresses, until it ends.
fn read_lines(addresses: mpsc::Sender<Came>) {
    tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if !line.trim().is_empty() && addresses.blocking_send(Came::pasted(line)).is_err() {
                break;
            }
        }
    });
}

#[cfg(test)]
mod tests;

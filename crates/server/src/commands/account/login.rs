//! `flowgpt account login`: a sign-in with ChatGPT, by a code for another device or in a
//! browser on this one.

use std::io::IsTerminal;
use std::time::Duration;

use accounts::Verdict;
use anyhow::{Context, bail};
use clap::Args;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, timeout};
use upstream::Egress;
use upstream::sign_in::{
    DEVICE_SIGN_IN_LIFETIME, DevicePoll, FreshTokens, LOCAL_REDIRECT, PendingSignIn, SignIn,
    SignInError,
};

use super::Beside;
use crate::commands::shown;

/// Where the browser ends; see [`LOCAL_REDIRECT`].
const CALLBACK: &str = "127.0.0.1:1455";

/// How long the head of a request of the browser may be.
const MAX_HEAD_BYTES: u64 = 16 << 10;

const DONE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\n\
     connection: close\r\n\r\nSigned in. You can close this page and go back to the terminal.\n";

/// How to sign in.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// In a browser on this machine, or by pasting the address it ended on.
    #[arg(long)]
    browser: bool,
}

pub(super) async fn run(beside: &Beside, login: &Login) -> anyhow::Result<()> {
    let sign_in = &beside.services.sign_in;
    let egress = beside
        .settings
        .egresses
        .first()
        .cloned()
        .unwrap_or(Egress::Direct);
    let tokens = if login.browser {
        in_browser(sign_in, &egress).await?
    } else {
        with_code(sign_in, &egress).await?
    };
    let Some(Verdict { result, .. }) = beside.services.pool.take_signed_in(&tokens).await? else {
        bail!("the sign-in brought no tokens");
    };
    let taken = result?;
    let account = beside.services.pool.account(taken.id);
    let label = account.map_or_else(String::new, |it| it.label);
    shown::line(&format!("{label}: signed in"));
    Ok(())
}

/// By a code that is typed on any device.
async fn with_code(sign_in: &SignIn, egress: &Egress) -> anyhow::Result<FreshTokens> {
    let device = sign_in.begin_device(egress).await?;
    shown::line(&format!(
        "Open {} on any device and enter the code\n\n  {}\n\nWaiting; stop with Ctrl-C.",
        device.verification_url, device.user_code
    ));
    let deadline = Instant::now() + DEVICE_SIGN_IN_LIFETIME;
    while Instant::now() < deadline {
        sleep(device.interval).await;
        match sign_in.poll_device(&device, egress).await {
            Ok(DevicePoll::Done(tokens)) => return Ok(tokens),
            Ok(DevicePoll::Pending)
            | Err(SignInError::Unreachable(_) | SignInError::Unavailable { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("nobody entered the code in time; begin again")
}

/// In a browser: its last request comes here, or its last address is pasted.
async fn in_browser(sign_in: &SignIn, egress: &Egress) -> anyhow::Result<FreshTokens> {
    let mut chance = [0; 64];
    getrandom::fill(&mut chance)?;
    let pending = sign_in.begin(LOCAL_REDIRECT, &chance);
    shown::line(&format!(
        "Open this address in a browser and sign in:\n\n{}\n\nIf the browser then shows an error, \
         paste the address it ended on here.",
        pending.authorize_url
    ));
    // Another program may have the port; pasting works all the same.
    let listener = TcpListener::bind(CALLBACK).await.ok();
    if listener.is_none() && !std::io::stdin().is_terminal() {
        shown::aside("note: nothing can be received on port 1455; paste the address");
    }
    let ended = async {
        loop {
            let address = tokio::select! {
                address = received(listener.as_ref()) => address?,
                address = pasted() => address?,
            };
            match finished(sign_in, &pending, &address, egress).await {
                Err(SignInError::NotACallback | SignInError::OtherSignIn) => {
                    shown::line("That is not the address of this sign-in; try again.");
                }
                ended => return ended.map_err(anyhow::Error::from),
            }
        }
    };
    timeout(DEVICE_SIGN_IN_LIFETIME, ended)
        .await
        .context("nobody signed in in time; begin again")?
}

async fn finished(
    sign_in: &SignIn,
    pending: &PendingSignIn,
    address: &str,
    egress: &Egress,
) -> Result<FreshTokens, SignInError> {
    sign_in.finish(pending, address.trim(), egress).await
}

/// The address of the browser's last request.
async fn received(listener: Option<&TcpListener>) -> anyhow::Result<String> {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    loop {
        let (mut stream, _) = listener.accept().await?;
        let (reading, mut writing) = stream.split();
        let mut line = String::new();
        let mut head = BufReader::new(reading.take(MAX_HEAD_BYTES));
        let read = timeout(Duration::from_secs(5), head.read_line(&mut line)).await;
        let path = line
            .strip_prefix("GET ")
            .and_then(|it| it.split(' ').next());
        if let (Ok(Ok(_)), Some(path)) = (read, path)
            && path.starts_with("/auth/callback")
        {
            let _browser_is_gone = writing.write_all(DONE.as_bytes()).await;
            return Ok(format!("http://localhost:1455{path}"));
        }
    }
}

/// A line of standard input; waits for ever when there is none.
async fn pasted() -> anyhow::Result<String> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .map(|bytes| (bytes, line))
    });
    match read.await? {
        Ok((0, _)) => std::future::pending().await,
        Ok((_, line)) => Ok(line),
        Err(error) => Err(error.into()),
    }
}

//! `flowgpt account login`: a sign-in with ChatGPT, by a code for another device or in a
//! browser.

mod browser;

use accounts::Verdict;
use anyhow::bail;
use clap::Args;
use tokio::time::{Instant, sleep};
use upstream::Egress;
use upstream::sign_in::{
    DEVICE_SIGN_IN_LIFETIME, DevicePoll, DeviceSignIn, FreshTokens, SignIn, SignInError,
};

use super::Beside;
use crate::commands::shown;

/// How to sign in.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// By a code that is entered on any device, which is the usual way.
    #[arg(long)]
    device: bool,
    /// In a browser on this machine, or by pasting the address it ended on.
    #[arg(long, conflicts_with = "device")]
    browser: bool,
}

pub(super) async fn run(beside: &Beside, login: &Login) -> anyhow::Result<()> {
    let sign_in = &beside.services.sign_in;
    let egress = beside.settings.egresses.first();
    let egress = egress.cloned().unwrap_or(Egress::Direct);
    let tokens = tokens(sign_in, &egress, login).await?;
    let Some(Verdict { result, .. }) = beside.services.pool.take_signed_in(&tokens).await? else {
        bail!("the sign-in brought no tokens");
    };
    let taken = result?;
    let account = beside.services.pool.account(taken.id);
    let label = account.map_or_else(String::new, |it| it.label);
    shown::line(&format!("{label}: signed in"));
    Ok(())
}

async fn tokens(sign_in: &SignIn, egress: &Egress, login: &Login) -> anyhow::Result<FreshTokens> {
    if login.browser {
        return browser::sign_in(sign_in, egress).await;
    }
    match sign_in.begin_device(egress).await {
        Err(SignInError::NoDeviceCodes) if !login.device => {
            shown::line("There are no codes for other devices, so this goes by a browser.\n");
            browser::sign_in(sign_in, egress).await
        }
        device => with_code(sign_in, &device?, egress).await,
    }
}

/// By a code that is typed on any device.
async fn with_code(
    sign_in: &SignIn,
    device: &DeviceSignIn,
    egress: &Egress,
) -> anyhow::Result<FreshTokens> {
    shown::line(&format!(
        "Open {} on any device and enter the code\n\n  {}\n\nWaiting; stop with Ctrl-C.",
        device.verification_url, device.user_code
    ));
    let deadline = Instant::now() + DEVICE_SIGN_IN_LIFETIME;
    while Instant::now() < deadline {
        sleep(device.interval).await;
        match sign_in.poll_device(device, egress).await {
            Ok(DevicePoll::Done(tokens)) => return Ok(tokens),
            Ok(DevicePoll::Pending)
            | Err(
                SignInError::Unreachable(_)
                | SignInError::Unavailable { .. }
                | SignInError::Lost(_),
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("nobody entered the code in time; begin again")
}

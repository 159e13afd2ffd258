//! The end of a sign-in in a browser, with the simulator's pages and a port of its own.

use std::sync::Arc;

use reqwest::Client;
use reqwest::redirect::Policy;
use secrecy::ExposeSecret;
use simulator::{Options, Simulator};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use upstream::sign_in::{CODEX_CLIENT_ID, LOCAL_REDIRECT, PendingSignIn, SignIn, SignInSettings};
use upstream::{Clock, Egress};

use super::{Came, HEADER_TIMEOUT, received};
use crate::commands::running::now;
use crate::lifecycle::Shutdown;
use crate::listener;

#[expect(clippy::disallowed_methods, reason = "the browser of the test")]
fn browser() -> Client {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::builder().redirect(Policy::none()).no_proxy();
    client.build().unwrap()
}

async fn bound() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// A sign-in service, and what stops it.
async fn service() -> (SignIn, TaskTracker, Shutdown) {
    let (listener, url) = bound().await;
    let (tasks, shutdown) = (TaskTracker::new(), Shutdown::default());
    let simulator = Simulator::new(Options::new(Arc::new(now)));
    let router = simulator.router();
    let served = listener::serve(listener, router, HEADER_TIMEOUT, shutdown.clone());
    tasks.spawn(served);
    let settings = SignInSettings {
        auth_base_url: url.parse().unwrap(),
        oauth_client_id: CODEX_CLIENT_ID.to_owned(),
        user_agent: "FlowGPT/test".to_owned(),
        connect_timeout: HEADER_TIMEOUT,
        total_timeout: HEADER_TIMEOUT,
    };
    (SignIn::new(settings, Clock::new(now)), tasks, shutdown)
}

/// Chooses an account on the page; where that leads, at `own` instead of the usual port.
async fn choose(pending: &PendingSignIn, own: &str) -> String {
    let request = browser().post(pending.authorize_url.clone());
    let form = "application/x-www-form-urlencoded";
    let request = request.header("content-type", form).body("account=ben");
    let reply = request.send().await.unwrap();
    let location = reply.headers()["location"].to_str().unwrap();
    location.replace("http://localhost:1455", own)
}

#[tokio::test]
async fn the_browsers_last_request_ends_the_sign_in_and_another_pages_does_not() {
    let (sign_in, tasks, shutdown) = service().await;
    let pending = sign_in.begin(LOCAL_REDIRECT, &[7; 64]);
    let (listener, own) = bound().await;
    let last = choose(&pending, &own).await;
    let browsing = async {
        for strange in ["?error=access_denied", "?code=ac_1&state=other"] {
            let reply = browser().get(format!("{own}/auth/callback{strange}"));
            assert_eq!(reply.send().await.unwrap().status(), 400, "{strange}");
        }
        let reply = browser().get(last).send().await.unwrap();
        assert_eq!(reply.status(), 200);
        reply.text().await.unwrap()
    };
    let ending = received(
        &sign_in,
        &pending,
        &Egress::Direct,
        vec![listener],
        mpsc::channel(4),
    );
    let (tokens, page) = tokio::join!(ending, browsing);
    assert!(tokens.unwrap().refresh_token.is_some());
    assert!(page.starts_with("Signed in."), "{page}");
    // Nobody listens there any more.
    assert!(browser().get(own).send().await.is_err());
    shutdown.soft.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn a_pasted_address_ends_it_as_well_and_a_wrong_one_may_be_followed_by_the_right_one() {
    let (sign_in, tasks, shutdown) = service().await;
    let pending = sign_in.begin(LOCAL_REDIRECT, &[8; 64]);
    let (addresses, came) = mpsc::channel(4);
    let right = choose(&pending, "http://localhost:1455").await;
    for pasted in ["nonsense", &right] {
        let pasted = Came::pasted(pasted.to_owned());
        addresses.send(pasted).await.unwrap();
    }
    let egress = Egress::Direct;
    let ended = received(&sign_in, &pending, &egress, Vec::new(), (addresses, came)).await;
    assert!(!ended.unwrap().access_token.expose_secret().is_empty());
    shutdown.soft.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn without_a_port_and_without_input_it_ends_at_once() {
    let (sign_in, tasks, shutdown) = service().await;
    let pending = sign_in.begin(LOCAL_REDIRECT, &[9; 64]);
    let egress = Egress::Direct;
    let ended = received(&sign_in, &pending, &egress, Vec::new(), mpsc::channel(4)).await;
    let said = ended.unwrap_err().to_string();
    assert!(said.contains("begin again in a terminal"), "{said}");
    shutdown.soft.cancel();
    tasks.close();
    tasks.wait().await;
}

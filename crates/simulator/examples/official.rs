//! Serves the site that browsers see, on a port of its own, for tests in a browser: `official
//! FOLDER`, where `ui/fixtures/official/build.mjs` made the folder. Each line it reads is a command,
//! and each is answered with a line of JSON; the first line says where it is.
//!
//! - `layout NAME` serves another layout.
//! - `challenge on` and `challenge off` switch the browser check.
//! - `sign-in NAME` gives the tokens of an account.
//! - `requests` tells what has been asked so far.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of its own, with a clock and an output"
)]

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use simulator::{Options, Pace, SentinelOptions, Simulator, TokenSpec};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("which folder?")?;
    let options = Options::new(Arc::new(SystemTime::now));
    let simulator = Simulator::new(Options {
        official_site: Some(PathBuf::from(folder)),
        pace: Pace::Every(Duration::from_millis(30)),
        record: true,
        sentinel: SentinelOptions {
            difficulty: None,
            ..options.sentinel.clone()
        },
        ..options
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tell(&json!({"port": listener.local_addr()?.port()}))?;
    let router = simulator.router();
    let commands = tokio::task::spawn_blocking(move || obey(&simulator));
    tokio::select! {
        served = axum::serve(listener, router) => served?,
        obeyed = commands => obeyed??,
    }
    Ok(())
}

/// Does what it is told until nobody is left to tell it.
fn obey(simulator: &Simulator) -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
        tell(&match command {
            "layout" => match simulator.serve_official(argument) {
                Ok(()) => json!({"ok": true}),
                Err(error) => json!({"ok": false, "error": error.to_string()}),
            },
            "challenge" => {
                simulator.challenge_official(argument == "on");
                json!({"ok": true})
            }
            "sign-in" => signed_in(simulator, argument),
            "requests" => requests(simulator),
            _ => json!({"ok": false, "error": "no such command"}),
        })?;
    }
    Ok(())
}

fn tell(line: &Value) -> io::Result<()> {
    println!("{line}");
    io::stdout().flush()
}

fn signed_in(simulator: &Simulator, name: &str) -> Value {
    let spec = TokenSpec::new(name);
    json!({
        "session_token": simulator.mint_session_token(&spec),
        "access_token": simulator.mint_access_token(&spec),
    })
}

fn requests(simulator: &Simulator) -> Value {
    let told = simulator.recorded().into_iter().map(|request| {
        json!({
            "method": request.method,
            "host": request.host,
            "path": request.path,
            "has_cookie": request.headers.contains_key("cookie"),
            "has_token": request.headers.contains_key("authorization"),
        })
    });
    told.collect()
}

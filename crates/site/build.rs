//! Builds the pages of `ui/` when their sources changed, and lays them out for embedding.
//!
//! `FLOWGPT_UI` says how: `auto` builds where Node is there, `build` fails where it is not,
//! `prebuilt` takes `ui/dist` as it is, `off` embeds nothing. Run by cargo; what it does is in
//! `build/`, where tests reach it.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to a build script by the environment"
)]

#[path = "build/packing.rs"]
mod packing;
#[path = "build/sources.rs"]
mod sources;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Older ones cannot build the pages.
const NODE: (u32, u32) = (20, 19);

fn main() -> Result<()> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let ui = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../ui");
    println!("cargo::rerun-if-env-changed=FLOWGPT_UI");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let wanted = env::var("FLOWGPT_UI").unwrap_or_else(|_| "auto".to_owned());
    let wanted = match env::var("CARGO_FEATURE_UI") {
        Ok(_) => wanted.as_str(),
        Err(_) => "off",
    };
    let dist = match wanted {
        "off" => None,
        "prebuilt" => {
            let dist = ui.join("dist");
            println!("cargo::rerun-if-changed={}", dist.display());
            if !dist.join("index.html").is_file() {
                bail!("FLOWGPT_UI=prebuilt, but there is no ui/dist/index.html");
            }
            Some(dist)
        }
        "build" => Some(built(&ui, &out)?),
        "auto" => match built(&ui, &out) {
            Ok(dist) => Some(dist),
            Err(error) => {
                println!("cargo::warning=the web chat is not in this build: {error:#}");
                None
            }
        },
        other => bail!("FLOWGPT_UI={other} is none of auto, prebuilt, build and off"),
    };
    packing::pack(dist.as_deref(), &out.join("ui"))?;
    let is_off = if wanted == "off" { "off" } else { "on" };
    println!("cargo::rustc-env=FLOWGPT_UI_PAGES={is_off}");
    Ok(())
}

/// The folder of the built pages; they are built anew only when their sources are others.
fn built(ui: &Path, out: &Path) -> Result<PathBuf> {
    // One that is not there counts as changed, so that it is seen as soon as it is.
    println!(
        "cargo::rerun-if-changed={}",
        ui.join("package.json").display()
    );
    if !ui.join("package.json").is_file() {
        bail!("there is no folder ui/");
    }
    for source in sources::roots(ui)? {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    let stamp = sources::stamp(ui)?;
    // Beside the profiles, so that all of them share one build of the pages.
    let target = out.ancestors().nth(4).context("an odd OUT_DIR")?;
    let place = target.join("flowgpt-ui");
    let (dist, noted) = (place.join("dist"), place.join("stamp"));
    let is_fresh = fs::read_to_string(&noted).is_ok_and(|it| it == stamp);
    if is_fresh && dist.join("index.html").is_file() {
        return Ok(dist);
    }
    check_node()?;
    fs::create_dir_all(&place)?;
    // A build that is cut short leaves no stamp.
    let _was_there = fs::remove_file(&noted);
    npm(ui, &["ci", "--no-audit", "--no-fund"])?;
    let into = dist.display().to_string();
    npm(
        ui,
        &["run", "build", "--", "--outDir", &into, "--emptyOutDir"],
    )?;
    if !dist.join("index.html").is_file() {
        bail!("`npm run build` made no index.html");
    }
    fs::write(&noted, stamp)?;
    Ok(dist)
}

fn check_node() -> Result<()> {
    let output = Command::new("node").arg("--version").output();
    let output = output.context("there is no Node; install Node 20.19 or newer and build again")?;
    let version = String::from_utf8(output.stdout)?;
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    let mut number = || numbers.next().and_then(|it| it.parse::<u32>().ok());
    if (number(), number()) < (Some(NODE.0), Some(NODE.1)) {
        bail!(
            "Node {} is too old; 20.19 or newer is needed",
            version.trim()
        );
    }
    Ok(())
}

fn npm(ui: &Path, arguments: &[&str]) -> Result<()> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(program)
        .args(arguments)
        .current_dir(ui)
        .output()
        .context("npm cannot be started")?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8(output.stderr).unwrap_or_default();
    let last = told.lines().rev().find(|line| !line.trim().is_empty());
    bail!(
        "npm {} failed: {}",
        arguments[0],
        last.unwrap_or("it does not say why")
    )
}

//! Accounts in every state that can be simulated, and a few keys and seeds, so that there is
//! something to see in the admin.
//!
//! Each comes to its state as a real one does: it is checked, renewed or asked, and the simulator
//! answers as it would. Nothing is written into records by hand.

use std::time::Duration;

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};
use simulator::{CodexUsage, RefreshFamily, Simulator, TokenSpec};

use super::PASSWORD;
use super::inside::{ask, ask_well};

/// How a sample comes to its state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The operator does this with it.
    Work(&'static str),
    /// It is asked something, by a key for it alone.
    Chat,
}

const CHECK: Way = Way::Work("check");
const RENEW: Way = Way::Work("refresh");
const DISABLE: Way = Way::Work("disable");

struct Sample {
    name: &'static str,
    plan: &'static str,
    fault: Option<&'static str>,
    /// Percent that are used of the shorter and of the longer span of time.
    used: (f64, f64),
    has_refresh: bool,
    way: Way,
}

const SAMPLES: [Sample; 8] = [
    sample("Ada", "pro", None, (38.0, 21.0), CHECK),
    sample("Lin", "plus", None, (72.0, 55.0), CHECK),
    sample("Noor", "plus", None, (100.0, 84.0), CHECK),
    sample("Mei", "team", None, (4.0, 61.0), DISABLE),
    Sample {
        has_refresh: false,
        ..sample("Omar", "plus", Some("access-expired"), (0.0, 0.0), CHECK)
    },
    sample(
        "Irene",
        "plus",
        Some("refresh-invalidated"),
        (0.0, 0.0),
        RENEW,
    ),
    Sample {
        has_refresh: false,
        ..sample("Jonas", "free", Some("turnstile"), (0.0, 0.0), Way::Chat)
    },
    Sample {
        has_refresh: false,
        ..sample(
            "Tess",
            "plus",
            Some("access-deactivated"),
            (0.0, 0.0),
            CHECK,
        )
    },
];

const fn sample(
    name: &'static str,
    plan: &'static str,
    fault: Option<&'static str>,
    used: (f64, f64),
    way: Way,
) -> Sample {
    Sample {
        name,
        plan,
        fault,
        used,
        has_refresh: true,
        way,
    }
}

/// The tokens of the samples, for the settings.
pub(super) fn tokens(simulator: &Simulator) -> Vec<String> {
    let token = |it: &Sample| {
        let mut spec = TokenSpec::new(it.name);
        it.plan.clone_into(&mut spec.plan);
        spec.fault = it.fault.map(str::to_owned);
        let usage = CodexUsage {
            primary_percent: it.used.0,
            secondary_percent: it.used.1,
            secondary_resets_in: Duration::from_hours(76),
            ..CodexUsage::default()
        };
        simulator.set_codex_usage(it.name, usage);
        if it.has_refresh {
            simulator.mint_refresh_token(&spec, RefreshFamily::Codex)
        } else {
            simulator.mint_access_token(&spec)
        }
    };
    SAMPLES.iter().map(token).collect()
}

/// An operator of the demo.
struct Operator<'a> {
    router: &'a Router,
    authorization: String,
}

/// Brings every sample to its state; they are the last of the accounts.
pub(super) async fn play(router: &Router) -> anyhow::Result<()> {
    let password = STANDARD.encode(format!("admin:{PASSWORD}"));
    let operator = Operator {
        router,
        authorization: format!("Basic {password}"),
    };
    let listed = operator.send(Method::GET, "/accounts", None).await?;
    let ids = listed["accounts"].as_array().into_iter().flatten();
    let ids: Vec<&str> = ids.filter_map(|it| it["id"].as_str()).collect();
    for (id, sample) in ids.iter().rev().zip(SAMPLES.iter().rev()) {
        operator.bring(id, sample).await?;
    }
    for (id, label) in ids.iter().zip(["Demo web", "Demo codex", "Demo platform"]) {
        operator.name(id, label).await?;
    }
    for (name, policy) in [
        (
            "Laptop",
            json!({"budgets": [{"period": "day", "requests": 200}]}),
        ),
        ("Notes app", json!({"models": ["gpt-5*"], "max_in_use": 2})),
    ] {
        operator.key(name, &policy).await?;
    }
    for seed in ["lin-from-the-lab", "mei-at-home"] {
        let body = json!({"seed": seed});
        operator.send(Method::POST, "/seeds", Some(&body)).await?;
    }
    Ok(())
}

impl Operator<'_> {
    async fn bring(&self, id: &str, sample: &Sample) -> anyhow::Result<()> {
        self.name(id, sample.name).await?;
        if sample.has_refresh && sample.way != RENEW {
            for work in ["refresh", "check"] {
                let path = format!("/accounts/{id}/{work}");
                self.send(Method::POST, &path, None).await?;
            }
        }
        match sample.way {
            Way::Work(work) => {
                let path = format!("/accounts/{id}/{work}");
                if sample.fault.is_none() {
                    self.send(Method::POST, &path, None).await?;
                } else {
                    // That it is refused is what brings the sample to its state.
                    let path = admin(&path);
                    ask(self.router, Method::POST, &path, &self.headers(), None).await?;
                }
                Ok(())
            }
            Way::Chat => self.chat(id).await,
        }
    }

    async fn name(&self, id: &str, label: &str) -> anyhow::Result<()> {
        let body = json!({"label": label});
        let path = format!("/accounts/{id}");
        self.send(Method::PATCH, &path, Some(&body)).await?;
        Ok(())
    }

    /// Asks an account something, which is refused.
    async fn chat(&self, id: &str) -> anyhow::Result<()> {
        let policy = json!({"accounts": [id], "max_in_use": 1});
        let key = self.key("first try", &policy).await?;
        let bearer = format!("Bearer {}", key["key"].as_str().unwrap_or_default());
        let body = json!({"model": "auto", "messages": [{"role": "user", "content": "Hello"}]});
        let headers = [("authorization", bearer.as_str())];
        let path = "/v1/chat/completions";
        ask(self.router, Method::POST, path, &headers, Some(&body)).await?;
        let path = format!("/keys/{}", key["id"].as_str().unwrap_or_default());
        self.send(Method::DELETE, &path, None).await?;
        Ok(())
    }

    async fn key(&self, name: &str, policy: &Value) -> anyhow::Result<Value> {
        let body = json!({"name": name, "policy": policy});
        self.send(Method::POST, "/keys", Some(&body)).await
    }

    /// The JSON of a good answer; null for an empty one.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let path = admin(path);
        let (_, text) = ask_well(self.router, method, &path, &self.headers(), body).await?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_str(&text)?)
    }

    fn headers(&self) -> [(&str, &str); 1] {
        [("authorization", &self.authorization)]
    }
}

fn admin(path: &str) -> String {
    format!("/admin/api{path}")
}

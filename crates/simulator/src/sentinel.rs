//! The checks before a conversation: what they ask for, the tokens they give out, and whether a
//! conversation call has earned its answer. Tokens belong to an account, are good once and for a
//! while. The rule of the proof itself is in `proof_of_work`.

mod ledger;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::account::Account;
use crate::faults;
use crate::ids;
use crate::options::SentinelOptions;
use crate::proof_of_work;
use crate::reply::Reply;
use crate::timestamps;

use ledger::{Grant, Kind, Ledger, Refusal};

/// A difficulty nobody should try to meet.
const TOO_HARD: &str = "0000000001";

/// The checks of one simulator.
pub(crate) struct Sentinel {
    options: SentinelOptions,
    ledger: Mutex<Ledger>,
    /// Faults that an account's next visit runs into.
    awaiting: Mutex<HashMap<String, &'static str>>,
}

/// Who asks, when, and with which fault.
#[derive(Clone, Copy)]
pub(crate) struct Visit<'a> {
    pub(crate) account: &'a Account,
    pub(crate) fault: Option<&'a str>,
    pub(crate) now: SystemTime,
}

impl Sentinel {
    pub(crate) fn new(options: SentinelOptions) -> Self {
        Self {
            options,
            ledger: Mutex::default(),
            awaiting: Mutex::default(),
        }
    }

    /// Makes the account's next visit run into `fault`.
    pub(crate) fn await_visit(&self, account: &Account, fault: &'static str) {
        let mut awaiting = self.awaiting.lock().unwrap_or_else(PoisonError::into_inner);
        awaiting.insert(account.id.clone(), fault);
    }

    /// The fault this visit runs into, if one awaits it.
    pub(crate) fn awaited(&self, account: &Account) -> Option<&'static str> {
        let mut awaiting = self.awaiting.lock().unwrap_or_else(PoisonError::into_inner);
        awaiting.remove(&account.id)
    }

    /// The older way: one call gives the token, the proof comes with the conversation.
    pub(crate) fn requirements(&self, visit: Visit<'_>, body: &[u8]) -> Reply {
        if let Some(refusal) = refused_at_once(visit, body) {
            return refusal;
        }
        let grant = self.grant(visit);
        let mut reply = asked_of(visit, &grant);
        let token = self.give_out(Kind::Conversation, visit, grant);
        reply["token"] = json!(token);
        self.add_expiry(&mut reply, visit.now);
        Reply::ok(&reply)
    }

    /// The newer way, first call: what is asked for.
    pub(crate) fn prepare(&self, visit: Visit<'_>, body: &[u8]) -> Reply {
        if !self.options.two_step {
            return Reply::not_found();
        }
        if let Some(refusal) = refused_at_once(visit, body) {
            return refusal;
        }
        let grant = self.grant(visit);
        let mut reply = asked_of(visit, &grant);
        reply["prepare_token"] = json!(self.give_out(Kind::Finalize, visit, grant));
        Reply::ok(&reply)
    }

    /// The newer way, second call: the proof for the token.
    pub(crate) fn finalize(&self, visit: Visit<'_>, body: &[u8]) -> Reply {
        if !self.options.two_step {
            return Reply::not_found();
        }
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(prepared) = body["prepare_token"].as_str() else {
            return missing("prepare_token");
        };
        let grant = match self.spend(Kind::Finalize, prepared, visit) {
            Ok(grant) => grant,
            Err(refusal) => return refusal,
        };
        let answer = body["proofofwork"].as_str().unwrap_or_default();
        if !grant.proven_by(answer) {
            return Reply::unusual_activity();
        }
        let earned = Grant {
            proof: None,
            ..grant
        };
        let token = self.give_out(Kind::Conversation, visit, earned);
        let mut reply = json!({"persona": persona(visit.account), "token": token});
        self.add_expiry(&mut reply, visit.now);
        Reply::ok(&reply)
    }

    /// Whether a conversation call has what the checks asked for; spends its token.
    pub(crate) fn admit(&self, visit: Visit<'_>, headers: &HeaderMap) -> Result<(), Reply> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let token =
            text("openai-sentinel-chat-requirements-token").ok_or_else(Reply::unusual_activity)?;
        let grant = self.spend(Kind::Conversation, token, visit)?;
        let proof = text("openai-sentinel-proof-token").unwrap_or_default();
        if grant.browser_check || !grant.proven_by(proof) {
            return Err(Reply::unusual_activity());
        }
        Ok(())
    }

    /// What this visit is going to be asked for.
    fn grant(&self, visit: Visit<'_>) -> Grant {
        let difficulty = match visit.fault {
            Some("pow-hard") => Some(TOO_HARD.to_owned()),
            _ => self.options.difficulty.clone(),
        };
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let number = ledger.next_number();
        let seed = ids::number(&format!("seed {number} {}", visit.account.id)) % 10_000_000;
        Grant {
            account_id: visit.account.id.clone(),
            expires: visit.now + self.options.lifetime,
            proof: difficulty.map(|difficulty| (format!("0.{seed:07}"), difficulty)),
            browser_check: matches!(visit.fault, Some("turnstile" | "arkose" | "force-login")),
        }
    }

    fn give_out(&self, kind: Kind, visit: Visit<'_>, grant: Grant) -> String {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.give_out(kind, visit.now, grant)
    }

    fn spend(&self, kind: Kind, token: &str, visit: Visit<'_>) -> Result<Grant, Reply> {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger
            .spend(kind, token, &visit.account.id, visit.now)
            .map_err(|refusal| match refusal {
                Refusal::Unknown => Reply::unusual_activity(),
                Refusal::Expired => expired(),
            })
    }

    fn add_expiry(&self, reply: &mut Value, now: SystemTime) {
        let lifetime: Duration = self.options.lifetime;
        reply["expire_after"] = json!(lifetime.as_secs());
        reply["expire_at"] = json!((timestamps::since_epoch(now) + lifetime).as_secs());
    }
}

/// The reply to a requirements token that was good and is no longer.
pub(crate) fn expired() -> Reply {
    Reply::detail(
        StatusCode::FORBIDDEN,
        "The chat requirements token has expired. Please try again.",
    )
}

/// What is wrong with a first call before anything is looked up.
fn refused_at_once(visit: Visit<'_>, body: &[u8]) -> Option<Reply> {
    if visit.fault == Some("sentinel-cloudflare") {
        return Some(faults::http::cloudflare_challenge(StatusCode::FORBIDDEN));
    }
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(_) if body.is_empty() => Value::Null,
        Err(_) => return Some(Reply::detail(StatusCode::BAD_REQUEST, "Bad Request")),
    };
    let shaped = match &body["p"] {
        Value::Null => true,
        Value::String(text) => proof_of_work::looks_like_requirements(text),
        _ => false,
    };
    (!shaped).then(|| Reply::detail(StatusCode::BAD_REQUEST, "Invalid requirements token"))
}

/// The parts of a reply that say what is asked for.
fn asked_of(visit: Visit<'_>, grant: &Grant) -> Value {
    let opaque = |required: bool, what: &str| {
        if required {
            json!(ids::opaque(&[what, &visit.account.id]))
        } else {
            Value::Null
        }
    };
    let proof = match &grant.proof {
        Some((seed, difficulty)) => {
            json!({"required": true, "seed": seed, "difficulty": difficulty})
        }
        None => json!({"required": false}),
    };
    let turnstile = visit.fault == Some("turnstile");
    let arkose = visit.fault == Some("arkose");
    json!({
        "persona": persona(visit.account),
        "arkose": {"required": arkose, "dx": opaque(arkose, "arkose")},
        "turnstile": {"required": turnstile, "dx": opaque(turnstile, "turnstile")},
        "proofofwork": proof,
        "so": {"required": false},
        "force_login": visit.fault == Some("force-login"),
    })
}

fn persona(account: &Account) -> &'static str {
    match account.plan.as_str() {
        _ if account.is_device() => "chatgpt-noauth",
        "free" => "chatgpt-freeaccount",
        _ => "chatgpt-paid",
    }
}

fn missing(field: &str) -> Reply {
    Reply::detail(
        StatusCode::UNPROCESSABLE_ENTITY,
        json!([{"loc": ["body", field], "msg": "field required", "type": "value_error.missing"}]),
    )
}

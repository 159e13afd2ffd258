//! Signing accounts in with ChatGPT, for a wizard in a browser: by a code for another device, or
//! by the address that a browser ended on.
//!
//! Kept in memory for a quarter of an hour; the tokens go straight to where they are stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use accounts::Mode;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use store::DatabaseError;
use tokio::time::{Instant, sleep_until};
use upstream::Egress;
use upstream::sign_in::{
    DEVICE_SIGN_IN_LIFETIME, DevicePoll, DeviceSignIn, FreshTokens, LOCAL_REDIRECT, PendingSignIn,
    SignInError,
};
use web::{ApiError, ErrorClass};

use crate::Admin;
use crate::accounts_list::verdict;
use crate::body::{self, SMALL, invalid, not_found, stored};
use crate::guard::{BROWSER, Operator, audit};

/// A sign-in in a browser is kept for so long, and what came of any.
const LIFETIME_SECONDS: i64 = 15 * 60;

/// Longer than a code for another device is asked about.
const DEVICE_SECONDS: i64 = LIFETIME_SECONDS + 60;

const MAX_PENDING: usize = 100;

/// How often a wait looks whether the program ends.
const GLANCE: Duration = Duration::from_millis(500);

/// All that are under way, and those that have just ended.
#[derive(Debug, Default)]
pub(crate) struct SignIns(Mutex<HashMap<String, Pending>>);

#[derive(Debug)]
struct Pending {
    /// Kept until then, in unix seconds.
    until: i64,
    state: Progress,
}

#[derive(Debug)]
enum Progress {
    /// A person is to open this and paste where it ended.
    Browser(Box<PendingSignIn>),
    /// A person is to enter a code somewhere, or has pasted an address just now.
    Waiting,
    /// What came of it, as the reply says it.
    Ended(Value),
}

impl SignIns {
    /// Those that are not too old.
    fn lock(&self, now: i64) -> MutexGuard<'_, HashMap<String, Pending>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, it| it.until > now);
        all
    }

    fn insert(&self, id: String, now: i64, state: Progress) -> Result<(), ApiError> {
        let mut all = self.lock(now);
        if all.len() >= MAX_PENDING {
            return Err(ApiError::new(
                StatusCode::TOO_MANY_REQUESTS,
                ErrorClass::RateLimit,
                "too_many_sign_ins",
                "too many sign-ins are under way; wait a quarter of an hour",
            ));
        }
        let seconds = match state {
            Progress::Waiting => DEVICE_SECONDS,
            _ => LIFETIME_SECONDS,
        };
        let until = now + seconds;
        all.insert(id, Pending { until, state });
        Ok(())
    }

    /// Another address may be tried.
    fn give_back(&self, id: &str, now: i64, pending: PendingSignIn) {
        if let Some(it) = self.lock(now).get_mut(id) {
            it.state = Progress::Browser(Box::new(pending));
        }
    }

    fn end(&self, id: &str, now: i64, result: Value) {
        if let Some(it) = self.lock(now).get_mut(id) {
            it.state = Progress::Ended(result);
            it.until = now + LIFETIME_SECONDS;
        }
    }

    /// Takes what a sign-in in a browser waits with, so that an address is used once.
    fn take(&self, id: &str, now: i64) -> Result<Box<PendingSignIn>, Option<Value>> {
        let mut all = self.lock(now);
        let it = all.get_mut(id).ok_or(None)?;
        match std::mem::replace(&mut it.state, Progress::Waiting) {
            Progress::Browser(pending) => Ok(pending),
            Progress::Ended(result) => {
                it.state = Progress::Ended(result.clone());
                Err(Some(result))
            }
            Progress::Waiting => Err(Some(json!({"id": id, "status": "pending"}))),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Begin {
    method: String,
}

pub(crate) async fn begin(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let asked: Begin = body::read(&headers, body, SMALL).await?;
    let chance: std::io::Result<[u8; 80]> = admin.parts.chance.bytes();
    let chance = chance.map_err(|it| stored(DatabaseError::Other(it.to_string())))?;
    let (for_id, rest) = chance.split_at(16);
    let id = uuid::Uuid::from_slice(for_id)
        .unwrap_or_default()
        .simple()
        .to_string();
    let reply = match asked.method.as_str() {
        "browser" => {
            let mut secret = [0; 64];
            secret.copy_from_slice(rest);
            let pending = admin.parts.sign_in.begin(LOCAL_REDIRECT, &secret);
            let url = pending.authorize_url.to_string();
            let state = Progress::Browser(Box::new(pending));
            admin.sign_ins.insert(id.clone(), admin.now(), state)?;
            json!({"id": id, "status": "pending", "authorize_url": url})
        }
        "device" => {
            let egress = egress(&admin);
            let device = admin.parts.sign_in.begin_device(&egress).await;
            let device = device.map_err(|it| failed(&it))?;
            admin
                .sign_ins
                .insert(id.clone(), admin.now(), Progress::Waiting)?;
            let reply = json!({
                "id": id,
                "status": "pending",
                "user_code": device.user_code,
                "verification_url": device.verification_url.to_string(),
                "interval": device.interval.as_secs(),
            });
            let waiting = wait_for_device(Arc::clone(&admin), id, device, egress);
            admin.parts.tasks.spawn(waiting);
            reply
        }
        _ => {
            let message = "method is browser or device";
            return Err(invalid("invalid_value", message).with_param("method"));
        }
    };
    operator
        .did(&admin, "begin_sign_in", None, Some(asked.method))
        .await;
    Ok((StatusCode::CREATED, Json(reply)))
}

pub(crate) async fn show(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let all = admin.sign_ins.lock(admin.now());
    let it = all.get(&id).ok_or_else(unknown)?;
    Ok(Json(match &it.state {
        Progress::Ended(result) => result.clone(),
        _ => json!({"id": id, "status": "pending"}),
    }))
}

#[derive(Deserialize)]
pub(crate) struct Finish {
    address: String,
}

pub(crate) async fn finish(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let asked: Finish = body::read(&headers, body, SMALL).await?;
    let pending = match admin.sign_ins.take(&id, admin.now()) {
        Ok(pending) => pending,
        Err(Some(result)) => return Ok(Json(result)),
        Err(None) => return Err(unknown()),
    };
    let finishing = Arc::clone(&admin);
    // A code is good once: what it bought must be stored though nobody waits for it.
    let result = admin
        .to_its_end(async move { finish_browser(&finishing, &id, *pending, &asked.address).await })
        .await?;
    operator.did(&admin, "finish_sign_in", None, None).await;
    Ok(Json(result))
}

async fn finish_browser(
    admin: &Admin,
    id: &str,
    pending: PendingSignIn,
    address: &str,
) -> Result<Value, ApiError> {
    let egress = egress(admin);
    let tokens = admin
        .parts
        .sign_in
        .finish(&pending, address.trim(), &egress);
    let result = match tokens.await {
        Ok(tokens) => take_in(admin, id, &tokens).await,
        // Another address may be pasted.
        Err(error @ (SignInError::NotACallback | SignInError::OtherSignIn)) => {
            admin.sign_ins.give_back(id, admin.now(), pending);
            return Err(invalid("not_this_sign_in", error.to_string()).with_param("address"));
        }
        // The code was not sent: the same address may be pasted again.
        Err(error @ SignInError::Unreachable(_)) => {
            admin.sign_ins.give_back(id, admin.now(), pending);
            return Err(failed(&error));
        }
        Err(error) => broken_off(id, &error.to_string()),
    };
    admin.sign_ins.end(id, admin.now(), result.clone());
    Ok(result)
}

async fn wait_for_device(admin: Arc<Admin>, id: String, device: DeviceSignIn, egress: Egress) {
    let deadline = Instant::now() + DEVICE_SIGN_IN_LIFETIME;
    let mut result = broken_off(&id, "nobody entered the code");
    while Instant::now() < deadline {
        if !waited(&admin, device.interval).await {
            return;
        }
        match admin.parts.sign_in.poll_device(&device, &egress).await {
            Ok(DevicePoll::Done(tokens)) => {
                result = take_in(&admin, &id, &tokens).await;
                break;
            }
            // These may pass.
            Ok(DevicePoll::Pending)
            | Err(
                SignInError::Unreachable(_)
                | SignInError::Unavailable { .. }
                | SignInError::Lost(_),
            ) => {}
            Err(error) => {
                result = broken_off(&id, &error.to_string());
                break;
            }
        }
    }
    admin.sign_ins.end(&id, admin.now(), result);
}

/// Waits; whether the program goes on.
async fn waited(admin: &Admin, interval: Duration) -> bool {
    let until = Instant::now() + interval;
    while Instant::now() < until {
        if admin.parts.tasks.is_closed() {
            return false;
        }
        sleep_until(until.min(Instant::now() + GLANCE)).await;
    }
    true
}

async fn take_in(admin: &Admin, id: &str, tokens: &FreshTokens) -> Value {
    match admin.parts.pool.take_signed_in(tokens).await {
        Ok(Some(it)) => {
            let Ok(taken) = it.result else {
                return broken_off(id, "the sign-in brought no account");
            };
            let subject = Some(taken.id.to_string());
            audit(admin, BROWSER, "sign_in_account", subject, None).await;
            let account = admin.parts.pool.account(taken.id);
            let labels = account.map(|it| (it.id, it.label)).into_iter().collect();
            let account = verdict(&it, &labels, Mode::Write);
            json!({"id": id, "status": "done", "account": account})
        }
        Ok(None) => broken_off(id, "the sign-in brought no account"),
        Err(error) => broken_off(id, &error.to_string()),
    }
}

fn broken_off(id: &str, reason: &str) -> Value {
    json!({"id": id, "status": "failed", "reason": reason})
}

/// Nobody is signed in yet, so there is no account whose egress it could be.
fn egress(admin: &Admin) -> Egress {
    let first = admin.parts.settings.egresses.first();
    first.cloned().unwrap_or(Egress::Direct)
}

fn unknown() -> ApiError {
    not_found("there is no such sign-in, or it is too old; begin again")
}

fn failed(error: &SignInError) -> ApiError {
    ApiError::new(
        StatusCode::BAD_GATEWAY,
        ErrorClass::Upstream,
        "sign_in_failed",
        error.to_string(),
    )
}

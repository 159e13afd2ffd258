//! Signing accounts in with ChatGPT, for a wizard in a browser: by a code for another device, or
//! by the address that a browser ended on.
//!
//! Kept in memory for a quarter of an hour; the tokens go straight to where they are stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use store::DatabaseError;
use tokio::time::{Instant, sleep};
use upstream::Egress;
use upstream::sign_in::{
    DEVICE_SIGN_IN_LIFETIME, DevicePoll, DeviceSignIn, FreshTokens, LOCAL_REDIRECT, PendingSignIn,
    SignInError,
};
use web::{ApiError, ErrorClass};

use crate::Admin;
use crate::accounts_list::verdict;
use crate::body::{self, SMALL, invalid, not_found, stored};
use crate::guard::Operator;

const LIFETIME_SECONDS: i64 = 15 * 60;
const MAX_PENDING: usize = 100;

/// All that are under way, and those that have just ended.
#[derive(Debug, Default)]
pub(crate) struct SignIns(Mutex<HashMap<String, Pending>>);

#[derive(Debug)]
struct Pending {
    /// Unix seconds.
    begun: i64,
    state: Progress,
}

#[derive(Debug)]
enum Progress {
    /// A person is to open this and paste where it ended.
    Browser(Box<PendingSignIn>),
    /// A person is to enter a code somewhere.
    Device,
    /// What came of it, as the reply says it.
    Ended(Value),
}

impl SignIns {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, id: String, begun: i64, state: Progress) -> Result<(), ApiError> {
        let mut all = self.lock();
        all.retain(|_, it| it.begun + LIFETIME_SECONDS > begun);
        if all.len() >= MAX_PENDING {
            return Err(invalid(
                "too_many_sign_ins",
                "too many sign-ins are under way",
            ));
        }
        all.insert(id, Pending { begun, state });
        Ok(())
    }

    fn end(&self, id: &str, result: Value) {
        if let Some(it) = self.lock().get_mut(id) {
            it.state = Progress::Ended(result);
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
                .insert(id.clone(), admin.now(), Progress::Device)?;
            let reply = json!({
                "id": id,
                "status": "pending",
                "user_code": device.user_code,
                "verification_url": device.verification_url.to_string(),
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
    let all = admin.sign_ins.lock();
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
    let pending = {
        let all = admin.sign_ins.lock();
        match all.get(&id).map(|it| &it.state) {
            Some(Progress::Browser(pending)) => pending.clone(),
            Some(Progress::Ended(result)) => return Ok(Json(result.clone())),
            _ => return Err(unknown()),
        }
    };
    let egress = egress(&admin);
    let tokens = admin
        .parts
        .sign_in
        .finish(&pending, asked.address.trim(), &egress)
        .await;
    let result = match tokens {
        Ok(tokens) => take_in(&admin, &id, &tokens).await,
        // Another address may be pasted.
        Err(error @ (SignInError::NotACallback | SignInError::OtherSignIn)) => {
            return Err(invalid("not_this_sign_in", error.to_string()).with_param("address"));
        }
        Err(error) => json!({"id": id, "status": "failed", "reason": error.to_string()}),
    };
    admin.sign_ins.end(&id, result.clone());
    operator.did(&admin, "finish_sign_in", None, None).await;
    Ok(Json(result))
}

async fn wait_for_device(admin: Arc<Admin>, id: String, device: DeviceSignIn, egress: Egress) {
    let deadline = Instant::now() + DEVICE_SIGN_IN_LIFETIME;
    let mut result = json!({"id": id, "status": "failed", "reason": "nobody entered the code"});
    while Instant::now() < deadline && admin.sign_ins.lock().contains_key(&id) {
        sleep(device.interval).await;
        match admin.parts.sign_in.poll_device(&device, &egress).await {
            Ok(DevicePoll::Done(tokens)) => {
                result = take_in(&admin, &id, &tokens).await;
                break;
            }
            Ok(DevicePoll::Pending)
            | Err(SignInError::Unreachable(_) | SignInError::Unavailable { .. }) => {}
            Err(error) => {
                result = json!({"id": id, "status": "failed", "reason": error.to_string()});
                break;
            }
        }
    }
    admin.sign_ins.end(&id, result);
}

async fn take_in(admin: &Admin, id: &str, tokens: &FreshTokens) -> Value {
    match admin.parts.pool.take_signed_in(tokens).await {
        Ok(Some(taken)) if taken.result.is_ok() => {
            json!({"id": id, "status": "done", "account": verdict(&taken)})
        }
        Ok(_) => json!({"id": id, "status": "failed", "reason": "the sign-in brought no account"}),
        Err(error) => json!({"id": id, "status": "failed", "reason": error.to_string()}),
    }
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

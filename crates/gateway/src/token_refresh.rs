//! `POST /auth/refresh`: an AccessToken for a RefreshToken, and what its account can do; for whoever
//! shows a gateway key. Contract: R18.
//!
//! The RefreshToken is exchanged and kept as everywhere: whoever goes on showing an old one is
//! recognised.

use std::sync::Arc;

use accounts::{Caller, Door};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use upstream::Credential;
use web::{ApiError, ErrorClass, caller_auth, error_for};

use crate::failure_shape::invalid;
use crate::{Gateway, answers, failure_shape};

#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    refresh_token: Option<SecretString>,
    #[serde(alias = "accessToken")]
    access_token: Option<SecretString>,
}

pub(crate) async fn refresh(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    sent: Result<Form<Sent>, FormRejection>,
) -> Response {
    let told = tell(&gateway, &headers, sent).await;
    told.unwrap_or_else(failure_shape::reply)
}

async fn tell(
    gateway: &Gateway,
    headers: &HeaderMap,
    sent: Result<Form<Sent>, FormRejection>,
) -> Result<Response, ApiError> {
    let callers = &gateway.parts.callers;
    let who = caller_auth::authenticate(headers, callers, Door::Closed).await?;
    if !matches!(who.caller, Caller::GatewayKey(_)) {
        return Err(key_required());
    }
    let Form(sent) = sent.map_err(|_| invalid("send a form with refresh_token or access_token"))?;
    let given = |it: Option<SecretString>| it.filter(|it| !it.expose_secret().is_empty());
    let (shown, token) = match (given(sent.refresh_token), given(sent.access_token)) {
        (Some(refresh), _) => {
            let token = callers.bought_with(&refresh).await;
            let token = token.map_err(|error| caller_auth::refused(&error))?;
            (refresh, token)
        }
        (None, Some(access)) => (access.clone(), access),
        (None, None) => return Err(invalid("send refresh_token or access_token")),
    };
    let caller = callers.identify(shown.expose_secret(), Door::Closed).await;
    let caller = caller.map_err(|error| caller_auth::refused(&error))?;
    let Caller::OwnToken(credential) = &caller else {
        return Err(invalid("that is neither a RefreshToken nor an AccessToken"));
    };
    let mut reply = facts(gateway, &caller, credential).await;
    reply["accessToken"] = token.expose_secret().into();
    reply["access_token"] = token.expose_secret().into();
    Ok(answers::json(StatusCode::OK, &reply))
}

/// What the account can do. A token that was bought is told even if that cannot be found out.
async fn facts(gateway: &Gateway, caller: &Caller, credential: &Credential) -> Value {
    let web = &gateway.parts.drivers.web;
    let checked = match web.check_account(credential).await {
        Ok(checked) => checked,
        Err(failure) => {
            let error = error_for(caller, failure);
            return json!({"check_error": {"code": error.code(), "message": error.message()}});
        }
    };
    let catalogue = web.catalogue(credential).await;
    let models = catalogue.map_or(Value::Null, |it| {
        it.models.iter().map(|it| it.slug.as_str()).collect()
    });
    let teams = checked.workspaces.iter();
    let teams = teams.filter(|it| it.structure.as_deref() == Some("workspace"));
    let team_ids: Vec<&str> = teams.map(|it| it.id.as_str()).collect();
    let accounts: Vec<Value> = checked
        .workspaces
        .iter()
        .map(|it| {
            json!({
                "account_id": it.id,
                "plan_type": it.plan,
                "structure": it.structure,
                "is_deactivated": it.is_deactivated,
            })
        })
        .collect();
    json!({
        "plan_type": checked.plan(),
        "is_deactivated": checked.is_deactivated(),
        "team_ids": team_ids,
        "accounts": accounts,
        "models": models,
    })
}

fn key_required() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::Authentication,
        "key_required",
        "tokens are renewed for whoever shows a gateway key",
    )
}

//! The classic forms below `/admin/tokens`, for scripts that were written for older programs.

use std::sync::Arc;

use accounts::Mode;
use axum::Form;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use web::ApiError;

use crate::Admin;
use crate::accounts_list::{self, summary, take_in};
use crate::accounts_work::{clear_all, clear_all_seeds};
use crate::body::invalid;
use crate::guard::Operator;

#[derive(Deserialize)]
pub(crate) struct Upload {
    #[serde(default)]
    text: String,
}

pub(crate) async fn upload(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
    form: Result<Form<Upload>, FormRejection>,
) -> Result<Json<Value>, ApiError> {
    let Form(form) = form.map_err(|_| {
        invalid(
            "invalid_body",
            "send a form with the field text, one token on each line",
        )
    })?;
    let text = SecretString::from(form.text);
    let verdicts = take_in(&admin, &operator, &text, Mode::Write).await?;
    Ok(Json(summary(&admin, &verdicts, Mode::Write)))
}

pub(crate) async fn clear(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(clear_all(&admin, &operator).await?))
}

pub(crate) async fn clear_seeds(
    State(admin): State<Arc<Admin>>,
    operator: Operator,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(clear_all_seeds(&admin, &operator).await?))
}

pub(crate) async fn errors(admin: State<Arc<Admin>>, operator: Operator) -> Json<Value> {
    accounts_list::errors(admin, operator).await
}

//! Which drivers can serve a request, in the order they are asked.
//!
//! By the model's name, the parameters, the key's policy and the accounts there are; a request that
//! none can serve is refused with what is missing, and who has it. Called by `answering`.

use std::sync::Arc;

use accounts::{Caller, NoAccount, NotAdmitted};
use http::StatusCode;
use openai::error::InvalidRequest;
use transcode::driver_kind::DriverKind;
use transcode::emulation::{self, EmulatedTurn};
use transcode::model_name;
use transcode::parameter_table::{AskedParameter, FaceKind, Refusal, Verdict, judge};
use transcode::turn::Turn;
use web::{ApiError, ErrorClass};

use crate::Api;

/// A driver that can serve a request.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) driver: DriverKind,
    /// Parameters that have no effect on it.
    pub(crate) dropped: Vec<String>,
    /// Parameters that are done with what it has.
    pub(crate) emulated: Vec<String>,
    /// The turn in words, for a driver without tools and forms of answers.
    pub(crate) in_words: Option<Arc<EmulatedTurn>>,
}

impl Route {
    /// A driver that is asked whatever the parameters.
    pub(crate) fn to(driver: DriverKind) -> Self {
        Self {
            driver,
            dropped: Vec::new(),
            emulated: Vec::new(),
            in_words: None,
        }
    }
}

/// What routing looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Routed<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) face: FaceKind,
    /// The driver that the model's name begins with.
    pub(crate) named: Option<DriverKind>,
    pub(crate) turn: &'a Turn,
    pub(crate) asked: &'a [AskedParameter],
}

/// All drivers that can serve a request, the preferred one first.
pub(crate) fn plan(api: &Api, request: Routed<'_>) -> Result<Vec<Route>, ApiError> {
    let judged = |driver| {
        let Routed {
            face, turn, asked, ..
        } = request;
        judge(driver, face, turn, asked, api.emulation)
    };
    let mut drivers = at_hand(api, request)?;
    let is_strange = |driver: &DriverKind| !model_name::is_known_to(*driver, &request.turn.model);
    // The order of the settings stays among those that know the name, and among the others.
    drivers.sort_by_key(is_strange);
    let mut refused = None;
    let mut routes = Vec::new();
    for driver in drivers {
        let Verdict {
            refused: cannot,
            dropped,
            emulated,
        } = judged(driver);
        match cannot.into_iter().next() {
            None => routes.push(Route {
                in_words: in_words(request.turn, &emulated)?,
                driver,
                dropped,
                emulated,
            }),
            Some(refusal) => _ = refused.get_or_insert((driver, refusal)),
        }
    }
    match refused {
        Some((driver, refusal)) if routes.is_empty() => {
            let able = DriverKind::ALL.into_iter().filter(|other| {
                let cannot = judged(*other).refused;
                !cannot.iter().any(|it| it.name == refusal.name)
            });
            Err(unsupported(driver, &refusal, &able.collect::<Vec<_>>()))
        }
        _ => Ok(routes),
    }
}

/// The one driver that has what no other has.
pub(crate) fn only(api: &Api, caller: &Caller, driver: DriverKind) -> Result<Route, ApiError> {
    enabled(api, driver)?;
    if !is_allowed(caller, driver) {
        return Err(NotAdmitted::Driver(driver.name()).into());
    }
    Ok(Route::to(driver))
}

fn is_allowed(caller: &Caller, driver: DriverKind) -> bool {
    let policy = caller.policy();
    policy.is_none_or(|policy| policy.allows_driver(driver.name()))
}

/// Fails if the operator does not want a driver to be used.
fn enabled(api: &Api, driver: DriverKind) -> Result<(), ApiError> {
    if api.driver_order.contains(&driver) {
        return Ok(());
    }
    let name = driver.name();
    let message = format!("this needs the driver {name}, which is not in the gateway's DRIVERS");
    Err(ApiError::new(
        StatusCode::BAD_REQUEST,
        ErrorClass::InvalidRequest,
        "driver_not_enabled",
        message,
    ))
}

/// The turn in words, if anything is to be emulated.
fn in_words(turn: &Turn, emulated: &[String]) -> Result<Option<Arc<EmulatedTurn>>, ApiError> {
    if emulated.is_empty() {
        return Ok(None);
    }
    let prepared = emulation::prepare(turn).map_err(|unusable| {
        let param = unusable
            .tool
            .as_ref()
            .map_or("response_format", |_| "tools");
        InvalidRequest::parameter(param, format!("{param}: {unusable}"))
    })?;
    Ok(Some(Arc::new(prepared)))
}

/// The drivers that the caller may use and the gateway has accounts for.
fn at_hand(api: &Api, request: Routed<'_>) -> Result<Vec<DriverKind>, ApiError> {
    let wanted: Vec<DriverKind> = match request.named {
        Some(named) => {
            enabled(api, named)?;
            vec![named]
        }
        None => api.driver_order.clone(),
    };
    let allowed = wanted.iter().copied();
    let allowed: Vec<DriverKind> = allowed
        .filter(|driver| is_allowed(request.caller, *driver))
        .collect();
    if let (true, Some(driver)) = (allowed.is_empty(), wanted.first()) {
        return Err(NotAdmitted::Driver(driver.name()).into());
    }
    let with_accounts = allowed.iter().copied();
    let with_accounts: Vec<_> = with_accounts
        .filter(|driver| api.pool.has_accounts_for(request.caller, *driver))
        .collect();
    if with_accounts.is_empty() {
        return Err(nobody(api, request.caller, &allowed));
    }
    Ok(with_accounts)
}

/// Why none of the drivers has an account: there is none at all, or none of the kind.
fn nobody(api: &Api, caller: &Caller, drivers: &[DriverKind]) -> ApiError {
    let others = DriverKind::ALL.into_iter();
    let mut others = others.filter(|it| !drivers.contains(it));
    if !others.any(|driver| api.pool.has_accounts_for(caller, driver)) {
        return NoAccount::EmptyPool.into();
    }
    let names: Vec<&str> = drivers.iter().map(|it| it.name()).collect();
    let message = format!(
        "no account that you may use can be asked through the driver {}",
        names.join(" or ")
    );
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ErrorClass::Gateway,
        "no_account_available",
        message,
    )
}

fn unsupported(driver: DriverKind, refusal: &Refusal, able: &[DriverKind]) -> ApiError {
    let Refusal { name, about } = refusal;
    let driver = driver.name();
    let able: Vec<&str> = able.iter().map(|it| it.name()).collect();
    let advice = match able.as_slice() {
        [] => "leave it out".to_owned(),
        able => format!(
            "leave it out, or add an account for the driver {}, which can",
            able.join(" or ")
        ),
    };
    let message = format!("{name}: the driver {driver} does not have this ({about}); {advice}");
    let error = ApiError::new(
        StatusCode::BAD_REQUEST,
        ErrorClass::InvalidRequest,
        "unsupported_parameter",
        message,
    );
    error.with_param(name.as_str()).with_fact("drivers", able)
}

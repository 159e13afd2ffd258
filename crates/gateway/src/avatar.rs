//! `GET /avatar/{md5}`: pictures of people by the hash of their address, fetched for a page so that
//! the host that has them does not learn who looks. Contract: R29.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use web::ApiError;
use web::download_headers::{Opened, describe, put};

use crate::Gateway;
use crate::failure_shape::{self, invalid};

/// No picture is larger.
const MAX_BYTES: usize = 512 << 10;

/// How many are remembered, and how long.
const MAX_REMEMBERED: usize = 64;
const LIFETIME_SECONDS: u64 = 3600;

const LARGEST_SIZE: u16 = 512;

/// What may stand for a picture that there is not: names, and no addresses.
const STAND_INS: [&str; 8] = [
    "404",
    "mp",
    "identicon",
    "monsterid",
    "wavatar",
    "retro",
    "robohash",
    "blank",
];
const RATINGS: [&str; 4] = ["g", "pg", "r", "x"];

/// Pictures that were fetched lately.
#[derive(Debug, Default)]
pub(crate) struct Avatars(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    pictures: HashMap<String, Picture>,
    order: VecDeque<String>,
}

#[derive(Debug, Clone)]
struct Picture {
    mime: String,
    bytes: Bytes,
    until: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    s: Option<u16>,
    r: Option<String>,
    d: Option<String>,
}

pub(crate) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Path(digest): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let shown = picture(&gateway, &digest, &wanted).await;
    match shown {
        Ok(Some(picture)) => {
            let mut headers = HeaderMap::new();
            describe(&mut headers, "avatar", &picture.mime, Opened::AsItIs);
            let cached = format!("public, max-age={LIFETIME_SECONDS}");
            put(&mut headers, header::CACHE_CONTROL, &cached);
            (headers, picture.bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failure_shape::reply(error),
    }
}

async fn picture(
    gateway: &Gateway,
    digest: &str,
    wanted: &Wanted,
) -> Result<Option<Picture>, ApiError> {
    let name = name(digest, wanted)?;
    let now = gateway.now();
    if let Some(picture) = gateway.avatars.fresh(&name, now) {
        return Ok(Some(picture));
    }
    let fetched = gateway.parts.assets.avatar(&name, MAX_BYTES).await?;
    let Some(asset) = fetched.filter(|it| it.mime.starts_with("image/")) else {
        return Ok(None);
    };
    let picture = Picture {
        mime: asset.mime,
        bytes: asset.bytes,
        until: now + LIFETIME_SECONDS,
    };
    gateway.avatars.remember(name, picture.clone());
    Ok(Some(picture))
}

/// The picture's path and query at the host that has it.
fn name(digest: &str, wanted: &Wanted) -> Result<String, ApiError> {
    let is_digest =
        matches!(digest.len(), 32 | 64) && digest.bytes().all(|it| it.is_ascii_hexdigit());
    if !is_digest {
        return Err(invalid("an avatar is named by the hash of an address"));
    }
    let chosen = |given: &Option<String>, among: &[&str], usual: &str, name: &str| match given {
        None => Ok(usual.to_owned()),
        Some(it) if among.contains(&it.as_str()) => Ok(it.clone()),
        Some(_) => Err(invalid(format!(
            "{name} has to be one of {}",
            among.join(", ")
        ))),
    };
    let size = wanted.s.unwrap_or(80).clamp(1, LARGEST_SIZE);
    let rating = chosen(&wanted.r, &RATINGS, "g", "r")?;
    let stand_in = chosen(&wanted.d, &STAND_INS, "mp", "d")?;
    let digest = digest.to_ascii_lowercase();
    Ok(format!("{digest}?s={size}&r={rating}&d={stand_in}"))
}

impl Avatars {
    fn fresh(&self, name: &str, now: u64) -> Option<Picture> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .pictures
            .get(name)
            .filter(|it| it.until > now)
            .cloned()
    }

    fn remember(&self, name: String, picture: Picture) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.pictures.insert(name.clone(), picture).is_none() {
            known.order.push_back(name);
        }
        while known.order.len() > MAX_REMEMBERED {
            if let Some(oldest) = known.order.pop_front() {
                known.pictures.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, name};

    fn named(digest: &str, d: Option<&str>) -> Option<String> {
        let d = d.map(str::to_owned);
        name(
            digest,
            &Wanted {
                s: Some(9000),
                r: None,
                d,
            },
        )
        .ok()
    }

    #[test]
    fn an_avatar_has_a_hash_a_bounded_size_and_no_address_to_lead_elsewhere() {
        let digest = "0123456789abcdef0123456789ABCDEF";
        let expected = "0123456789abcdef0123456789abcdef?s=512&r=g&d=retro";
        assert_eq!(named(digest, Some("retro")).as_deref(), Some(expected));
        assert_eq!(named(digest, Some("https://evil.example/x.png")), None);
        assert_eq!(named("../../x", None), None);
    }
}

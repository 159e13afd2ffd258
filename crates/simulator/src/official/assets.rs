//! The files of a layout: the same for everybody, kept for ever, and refused to those who send
//! along who they are.

use std::path::{Component, Path};

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE,
};
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::site_folder::Site;
use crate::reply::Reply;

/// The answer to a request for a file.
pub(super) fn asset(site: &Site, parts: &Parts) -> Response {
    if parts.headers.contains_key(AUTHORIZATION) || parts.headers.contains_key(COOKIE) {
        let text = "<!DOCTYPE html><title>403 Forbidden</title>";
        return Reply::html(StatusCode::FORBIDDEN, text).into_response();
    }
    let Some((name, content)) = read(site, parts.uri.path()) else {
        return Reply::not_found()
            .with("cache-control", "no-store")
            .into_response();
    };
    let headers = [
        (CONTENT_TYPE, content_type(&name)),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, content).into_response()
}

/// A file's name and content.
fn read(site: &Site, path: &str) -> Option<(String, Vec<u8>)> {
    let name = path.strip_prefix(&site.assets.prefix)?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    let is_inside = Path::new(&*name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !is_inside {
        return None;
    }
    let content = std::fs::read(site.files.join(&*name)).ok()?;
    Some((name.into_owned(), content))
}

fn content_type(name: &str) -> &'static str {
    let extension = Path::new(name).extension().and_then(|it| it.to_str());
    match extension {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

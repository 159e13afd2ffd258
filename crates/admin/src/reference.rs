//! The description of the face for programs, made from the route table.

use axum::Json;
use serde_json::{Map, Value, json};

use crate::routes::{ADMIN_ROUTES, Route};

const DESCRIPTION: &str = "What an operator does, as JSON. Sign in with `POST /admin/api/login` and \
     send the cookie, or let a script send `Authorization: Basic` with the user `admin` and the \
     password. Errors are `{\"error\": {message, type, param, code}}`. Times are Unix seconds. No \
     token is ever in an answer.";

pub(crate) async fn openapi() -> Json<Value> {
    Json(document())
}

/// The document, made from the route table.
fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ADMIN_ROUTES {
        let methods = paths.entry(route.path).or_insert_with(|| json!({}));
        methods[route.method] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "FlowGPT admin",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
        },
        "servers": [{"url": "/"}],
        "components": {"securitySchemes": {
            "cookie": {"type": "apiKey", "in": "cookie", "name": "flowgpt-admin"},
            "basic": {"type": "http", "scheme": "basic"},
        }},
        "security": [{"cookie": []}, {"basic": []}],
        "paths": paths,
    })
}

fn operation(route: &Route) -> Value {
    let body = match route.body {
        "" => String::new(),
        body => format!("Body: {body}."),
    };
    let mut operation = json!({
        "summary": route.summary,
        "description": body,
        "responses": {"2XX": {"description": route.reply}},
    });
    if route.is_open {
        operation["security"] = json!([]);
    } else {
        operation["responses"]["401"] = json!({"description": "Nobody is signed in."});
    }
    let parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
        })
        .collect();
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    operation
}

//! `GET /capabilities`: what each driver does with each parameter, as the gateway itself goes by.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};
use transcode::driver_kind::DriverKind;
use transcode::parameter_table::{Emulation, FaceKind, NEEDS, Treatments, parameters};

use crate::Api;
use crate::passing::{DRIVER_OF_PASSED, PASSED_ROUTES};

pub(crate) async fn show(State(api): State<Arc<Api>>) -> Json<Value> {
    let parameters = parameters().map(|row| {
        let names = FaceKind::ALL.map(|face| (face.name().to_owned(), json!(row.names(face))));
        json!({
            "about": row.about,
            "names": Map::from_iter(names),
            "drivers": drivers(row.treatments),
        })
    });
    let needs = NEEDS.iter().map(|need| {
        json!({
            "about": need.about,
            "name": need.name,
            "drivers": drivers(need.treatments),
        })
    });
    let passed = PASSED_ROUTES.map(|route| {
        json!({
            "route": route,
            "drivers": [DRIVER_OF_PASSED.name()],
        })
    });
    let order = api.driver_order.iter().map(|it| it.name());
    Json(json!({
        "object": "capabilities",
        "drivers": order.collect::<Vec<_>>(),
        "emulates_tools": api.emulation == Emulation::Allowed,
        "parameters": parameters.collect::<Vec<_>>(),
        "passed_routes": passed,
        "needs": needs.collect::<Vec<_>>(),
    }))
}

fn drivers(treatments: Treatments) -> Map<String, Value> {
    let pairs = DriverKind::ALL.map(|it| (it.name().to_owned(), json!(treatments.of(it).name())));
    Map::from_iter(pairs)
}

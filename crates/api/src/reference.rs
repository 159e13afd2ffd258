//! The description of the API, for programs and for people; works offline.

use axum::response::{Html, IntoResponse};
use http::header;
use web::REFERENCE_PAGE;

const OPENAPI: &str = include_str!("reference/openapi.json");

pub(crate) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

pub(crate) async fn page() -> impl IntoResponse {
    Html(REFERENCE_PAGE)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::OPENAPI;
    use crate::API_ROUTES;
    use crate::passing::PASSED_ROUTES;

    #[test]
    fn the_document_describes_exactly_the_routes_there_are() {
        let document: Value = serde_json::from_str(OPENAPI).unwrap();
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(|method| (method.clone(), path.clone()))
            })
            .collect();
        let served = API_ROUTES
            .iter()
            .map(|(method, path)| ((*method).into(), (*path).into()));
        let passed = PASSED_ROUTES.into_iter();
        let passed = passed.map(|path| ("post".into(), path.into()));
        assert_eq!(described, served.chain(passed).collect());
    }
}

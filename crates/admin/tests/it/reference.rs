//! The description of the face.

use std::collections::BTreeSet;

use admin::ADMIN_ROUTES;
use serde_json::Value;

use crate::support::{World, get, request};

#[tokio::test]
async fn the_document_describes_exactly_the_routes_there_are() {
    let world = World::new().await;
    let document = get("/admin/api/openapi.json").send(&world).await.json();
    let paths = document["paths"].as_object().unwrap();
    let described: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(|method| (method.clone(), path.clone()))
        })
        .collect();
    let named = ADMIN_ROUTES.iter();
    let named: BTreeSet<_> = named.map(|it| (it.method.into(), it.path.into())).collect();
    assert_eq!(described, named);
    assert_eq!(named.len(), ADMIN_ROUTES.len(), "a route is named twice");
}

#[tokio::test]
async fn what_is_described_is_served_and_no_method_besides() {
    let world = World::new().await;
    let paths: BTreeSet<&str> = ADMIN_ROUTES.iter().map(|it| it.path).collect();
    for path in paths {
        for method in ["get", "post", "put", "patch", "delete"] {
            let is_named = |it: &&admin::Route| it.path == path && it.method == method;
            let is_named = ADMIN_ROUTES.iter().any(|it| is_named(&it));
            let reply = request(method, path).send(&world).await;
            assert_eq!(
                reply.status != 405,
                is_named,
                "{method} {path}: {}",
                reply.status
            );
        }
    }
}

#[tokio::test]
async fn the_document_is_what_it_was() {
    let world = World::new().await;
    let mut document = get("/admin/api/openapi.json").send(&world).await.json();
    document["info"]["version"] = Value::from("…");
    insta::assert_json_snapshot!("openapi", document);
}

#[tokio::test]
async fn every_route_is_in_the_table_for_people() {
    let table = include_str!("../../../../docs/admin.md");
    for route in ADMIN_ROUTES {
        let row = format!("| `{} {}` |", route.method.to_uppercase(), route.path);
        assert!(table.contains(&row), "docs/admin.md does not name {row}");
    }
}

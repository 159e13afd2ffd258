//! The GPTs and projects of an account.
//!
//! Read by `upstream`, listed by `api` as models. Protocol: GPTs and projects.

use serde_json::Value;

/// A GPT or a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gizmo {
    /// `g-…`, or `g-p-…` of a project.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
}

/// More than these in one answer are not read.
const MAX_GIZMOS: usize = 1000;

/// All GPTs and projects in an answer, whichever of the lists it is.
///
/// The lists nest them differently (`resource.gizmo`, `gizmo.gizmo`, bare), and have changed.
pub fn gizmos_in(answer: &Value) -> Vec<Gizmo> {
    let rows = ["gizmos", "items"].into_iter().filter_map(|key| {
        let rows = answer.get(key)?.as_array()?;
        Some(rows.iter())
    });
    rows.flatten().filter_map(gizmo).take(MAX_GIZMOS).collect()
}

fn gizmo(row: &Value) -> Option<Gizmo> {
    let places = ["/resource/gizmo", "/gizmo/gizmo", "/gizmo", ""];
    let mut found = places.into_iter().filter_map(|place| {
        let object = row.pointer(place)?;
        let id = object.get("id")?.as_str()?;
        id.starts_with("g-").then_some((object, id))
    });
    let (object, id) = found.next()?;
    let name = object.pointer("/display/name").and_then(Value::as_str);
    Some(Gizmo {
        id: id.to_owned(),
        name: name.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::gizmos_in;

    #[test]
    fn every_list_is_read_however_it_nests() {
        let display = json!({"name": "Coach"});
        let bootstrap =
            json!({"gizmos": [{"resource": {"gizmo": {"id": "g-a", "display": display}}}, {}, 7]});
        let sidebar = json!({"items": [{"gizmo": {"gizmo": {"id": "g-p-b"}}}], "cursor": null});
        assert_eq!(gizmos_in(&bootstrap)[0].name.as_deref(), Some("Coach"));
        assert_eq!(gizmos_in(&bootstrap).len(), 1);
        assert_eq!(gizmos_in(&sidebar)[0].id, "g-p-b");
        assert_eq!(gizmos_in(&json!([])), []);
    }
}

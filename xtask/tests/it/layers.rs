//! `check-layers`, rule by rule.

use crate::support::{Tree, assert_says};
use xtask::check_layers::check;

const HEADER: &str = "//! A crate.\n";

#[test]
fn allowed_edges_pass() {
    let tree = Tree::workspace("layers_pass")
        .with_crate("sse", "", HEADER)
        .with_crate("openai", "[dev-dependencies]\ntokio = \"1\"\n", HEADER)
        .with_crate("chatgpt", "", "//! Says `SystemTime::now`.\n")
        .with_crate(
            "transcode",
            "[dependencies]\nsse = { path = \"../sse\" }\nopenai = { path = \"../openai\" }\n",
            "//! A crate.\nconst TEXT: &str = \"SystemTime::now std::env::var\";\n",
        )
        .with_crate(
            "upstream",
            "[dependencies]\nreqwest = \"0.13\"\ntranscode = { path = \"../transcode\" }\n\
             [dev-dependencies]\nopenai = { path = \"../openai\" }\n",
            HEADER,
        )
        .with_crate(
            "flowgpt",
            "",
            "//! A crate.\nfn f() { std::env::var(\"A\"); }\n",
        );
    assert_eq!(check(&tree.root).unwrap(), []);
}

#[test]
fn an_edge_up_the_layers_fails() {
    let tree = Tree::workspace("layers_up")
        .with_crate(
            "sse",
            "[dependencies]\nopenai = { path = \"../openai\" }\n",
            HEADER,
        )
        .with_crate("openai", "", HEADER);
    let findings = check(&tree.root).unwrap();
    assert_says(
        &findings,
        &[
            "crates/sse/Cargo.toml",
            "sse -> openai",
            "layers below",
            "table.rs",
        ],
    );
}

#[test]
fn a_build_dependency_counts_as_an_edge() {
    let tree = Tree::workspace("layers_build")
        .with_crate(
            "sse",
            "[build-dependencies]\nopenai = { path = \"../openai\" }\n",
            HEADER,
        )
        .with_crate("openai", "", HEADER);
    assert_says(&check(&tree.root).unwrap(), &["sse -> openai"]);
}

#[test]
fn an_edge_that_is_renamed_optional_and_for_one_target_counts() {
    let dependency = "[target.'cfg(windows)'.dependencies]\n\
        o = { package = \"openai\", path = \"../openai\", optional = true }\n";
    let tree = Tree::workspace("layers_renamed")
        .with_crate("sse", dependency, HEADER)
        .with_crate("openai", "", HEADER);
    assert_says(&check(&tree.root).unwrap(), &["sse -> openai"]);
}

#[test]
fn wire_formats_that_see_each_other_break_i1() {
    for (kind, name) in [("", "layers_i1"), ("dev-", "layers_i1_dev")] {
        let tree = Tree::workspace(name)
            .with_crate("openai", "", HEADER)
            .with_crate(
                "chatgpt",
                &format!("[{kind}dependencies]\nopenai = {{ path = \"../openai\" }}\n"),
                HEADER,
            );
        let findings = check(&tree.root).unwrap();
        assert_says(&findings, &["chatgpt -> openai", "I1", "transcode"]);
    }
}

#[test]
fn a_simulator_that_shares_code_breaks_i6() {
    let tree = Tree::workspace("layers_i6")
        .with_crate("sse", "", HEADER)
        .with_crate(
            "simulator",
            "[dependencies]\nsse = { path = \"../sse\" }\n",
            HEADER,
        );
    assert_says(&check(&tree.root).unwrap(), &["simulator -> sse", "I6"]);
}

#[test]
fn tests_may_use_the_simulator_but_nothing_above_their_crate() {
    let simulator = "[dev-dependencies]\nsimulator = { path = \"../simulator\" }\n";
    let tree = Tree::workspace("layers_dev")
        .with_crate("simulator", "", HEADER)
        .with_crate("api", simulator, HEADER)
        .with_crate("sse", simulator, HEADER)
        .with_crate(
            "web",
            "[dev-dependencies]\napi = { path = \"../api\" }\n",
            HEADER,
        );
    assert_says(&check(&tree.root).unwrap(), &["web -> api", "(dev)"]);
}

#[test]
fn a_crate_outside_the_table_fails() {
    let tree = Tree::workspace("layers_unknown").with_crate("gadget", "", HEADER);
    let findings = check(&tree.root).unwrap();
    assert_says(&findings, &["`gadget` is not in the table", "table.rs"]);
}

#[test]
fn a_pure_crate_with_a_runtime_breaks_i2() {
    for pure in ["sse", "openai", "chatgpt", "transcode"] {
        for foreign in ["tokio", "reqwest", "sqlx", "hyper", "axum"] {
            let tree = Tree::workspace(&format!("layers_i2_{pure}_{foreign}")).with_crate(
                pure,
                &format!("[dependencies]\n{foreign} = \"1\"\n"),
                HEADER,
            );
            let findings = check(&tree.root).unwrap();
            assert_says(&findings, &[&format!("{pure} -> {foreign}"), "I2"]);
        }
    }
}

#[test]
fn a_second_crate_with_a_client_or_a_database_breaks_i3() {
    for (foreign, owner) in [("reqwest", "upstream"), ("sqlx", "store")] {
        let tree = Tree::workspace(&format!("layers_i3_{foreign}")).with_crate(
            "api",
            &format!("[dependencies]\n{foreign} = \"1\"\n"),
            HEADER,
        );
        let findings = check(&tree.root).unwrap();
        assert_says(&findings, &[&format!("api -> {foreign}"), "I3", owner]);
    }
}

#[test]
fn the_ambient_clock_and_environment_are_banned_below_the_server() {
    for call in [
        "SystemTime::now()",
        "std::env::var(\"A\")",
        "env::var_os(\"A\")",
    ] {
        let name = format!("layers_ambient_{}", call.len());
        let code = format!("//! A crate.\nfn f() {{\n    {call};\n}}\n");
        let tree = Tree::workspace(&name).with_crate("web", "", &code);
        assert_says(
            &check(&tree.root).unwrap(),
            &["crates/web/src/lib.rs:3", "`web`"],
        );
    }
}

#[test]
fn a_pure_crate_with_a_clock_or_chance_breaks_i2() {
    for (call, name) in [
        ("use std::time::SystemTime;", "layers_clock"),
        ("fn f() { Uuid::new_v4(); }", "layers_chance"),
    ] {
        let code = format!("//! A crate.\n{call}\n");
        let tree = Tree::workspace(name).with_crate("transcode", "", &code);
        let findings = check(&tree.root).unwrap();
        assert_says(&findings, &["crates/transcode/src/lib.rs:2", "I2"]);
    }
}

//! The layers as a table: every crate, its rank and the crates it may use.
//! This is the one place to change when a crate is added; `ARCHITECTURE.md`
//! explains the rules I1 to I6. Read by `edges` and `source_scan`.

/// One crate's place in the layers.
pub(crate) struct Layer {
    /// The package name.
    pub(crate) name: &'static str,
    /// Its height. Tests of a crate may use any crate of a lower rank.
    pub(crate) rank: u8,
    /// The workspace crates that its normal and build dependencies may name.
    pub(crate) uses: &'static [&'static str],
    /// Same input, same output: no runtime, no network, no clock, no chance.
    pub(crate) is_pure: bool,
    /// Whether it may read the clock and the environment itself.
    pub(crate) is_program: bool,
}

/// Every crate of the workspace, lowest first.
pub(crate) const LAYERS: &[Layer] = &[
    pure("sse", 0, &[]),
    pure("openai", 0, &[]),
    pure("anthropic", 0, &[]),
    pure("chatgpt", 0, &[]),
    pure("transcode", 1, &["openai", "anthropic", "chatgpt", "sse"]),
    pure("rewrite", 1, &[]),
    library("simulator", 1, &[]),
    pure("capture", 2, &["chatgpt", "sse"]),
    library("upstream", 2, &["transcode", "chatgpt", "sse"]),
    library("store", 2, &[]),
    library("accounts", 3, &["upstream", "store", "chatgpt"]),
    library(
        "web",
        4,
        &[
            "accounts",
            "upstream",
            "openai",
            "anthropic",
            "sse",
            "store",
            "transcode",
        ],
    ),
    library(
        "api",
        5,
        &[
            "sse",
            "web",
            "accounts",
            "upstream",
            "store",
            "transcode",
            "chatgpt",
            "openai",
            "anthropic",
        ],
    ),
    library(
        "gateway",
        5,
        &[
            "sse",
            "web",
            "accounts",
            "upstream",
            "store",
            "transcode",
            "rewrite",
        ],
    ),
    library("admin", 5, &["web", "accounts", "upstream", "store"]),
    library(
        "site",
        5,
        &["web", "accounts", "upstream", "store", "transcode"],
    ),
    program(
        "flowgpt",
        6,
        &[
            "admin",
            "gateway",
            "rewrite",
            "capture",
            "sse",
            "openai",
            "chatgpt",
            "transcode",
            "simulator",
            "site",
            "upstream",
            "store",
            "accounts",
            "web",
            "api",
        ],
    ),
    program("flowgpt-bench", 7, &["simulator"]),
    program("flowgpt-chaos", 7, &["simulator", "store"]),
    program("xtask", 0, &[]),
];

/// Crates that the tests of any crate may use, whatever their rank.
pub(crate) const FOR_TESTS: &[&str] = &["simulator", "flowgpt"];

/// Foreign crates that a pure crate may not use.
pub(crate) const IMPURE: &[&str] = &["tokio", "reqwest", "sqlx", "hyper", "axum"];

/// Foreign crates that one crate alone may use: the foreign crate, its owner.
pub(crate) const OWNED: &[(&str, &str)] = &[("reqwest", "upstream"), ("sqlx", "store")];

/// Who may use them too. The chaos harness is no part of the product, and checks what is stored
/// with statements of its own.
pub(crate) const ALSO_ALLOWED: &[(&str, &str)] = &[("sqlx", "flowgpt-chaos")];

/// The wire formats, which never see each other.
pub(crate) const WIRE_FORMATS: &[&str] = &["openai", "anthropic", "chatgpt"];

/// The place of the crate called `name`, if the table has one.
pub(crate) fn layer(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name)
}

const fn library(name: &'static str, rank: u8, uses: &'static [&'static str]) -> Layer {
    Layer {
        name,
        rank,
        uses,
        is_pure: false,
        is_program: false,
    }
}

const fn pure(name: &'static str, rank: u8, uses: &'static [&'static str]) -> Layer {
    Layer {
        is_pure: true,
        ..library(name, rank, uses)
    }
}

const fn program(name: &'static str, rank: u8, uses: &'static [&'static str]) -> Layer {
    Layer {
        is_program: true,
        ..library(name, rank, uses)
    }
}

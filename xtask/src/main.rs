//! The `cargo xtask` entry point. Everything it does is in the library beside
//! it, so that the checks can be tested; this file only hands over.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::run()
}

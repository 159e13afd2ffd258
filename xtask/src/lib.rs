//! The project's own tasks: the checks of layers and sizes, the generated docs,
//! the one test command. It is not part of the product and nothing else uses it;
//! `cargo xtask` calls [`run`]. Read the modules in the order below.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod cli;
mod project;

pub mod check_layers;
pub mod check_size;
pub mod finding;
pub mod generate;
pub mod junit;
pub mod postgres;

mod apt;
mod bench;
mod chaos;
mod deny;
mod fuzz;
mod process;
mod rust_code;
mod source_files;
mod test_run;

pub use cli::run;

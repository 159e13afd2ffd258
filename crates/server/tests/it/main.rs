//! The program against the simulator, over real sockets.

mod accounts_and_callers;
mod cancel;
mod chat;
mod command_line;
mod fault_matrix;
mod http_errors;
mod lifecycle;
mod proof_of_work;
mod retry;
mod secrets;
mod support;

//! The admin face: everything an operator does, as JSON below `/admin/api` and as the classic
//! forms below `/admin`.
//!
//! Thin: reads the request, checks who asks, calls `accounts` or `store`, writes the reply.
//! Knows no other face. Used by the program's router.

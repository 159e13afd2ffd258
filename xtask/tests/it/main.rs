//! The checks against small trees that are broken on purpose: for each rule one
//! test that breaks it and sees the failure, and one tree that passes.

mod generate;
mod junit;
mod layers;
mod postgres;
mod size;
mod support;

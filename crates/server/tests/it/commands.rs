//! The commands as an operator runs them: the real program in a folder of its own, with a
//! simulator as upstream.

mod accounts;
mod doctor;
mod folders;
mod keys_and_seeds;
mod moving;
mod sign_in;
mod workplace;

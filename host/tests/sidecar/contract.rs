//! LAW (acknowledged): what every source and sink of the sidecar promises, adapter by adapter and case by case, on the real process.
//! Whoever adds an adapter adds a row; every case runs on every row.

mod requests;
pub(crate) mod streams;

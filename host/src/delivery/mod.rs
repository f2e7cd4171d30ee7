//! What becomes of events behind the filter: receipts, lanes, branches, memory, rates of tenants and the disk buffer.
//!
//! Nothing here reads a clock, draws chance or touches a disk or a socket: time is a `Duration` since the start, chance an argument,
//! the disk a trait. So the same code runs in `tamis run` and in the simulation (`host/tests/simulation.rs`), which has every
//! fault in every order.
//!
//! One delivery's way: a source opens its position in its [`Lane`], makes a [`Receipt`] and gives each branch a [`Part`]. A
//! [`Branch`] (or its [`Buffer`](buffer::Buffer)) resolves the part when its events are final. When the last part is gone the receipt
//! tells the lane, and [`Lane::advance`] tells how far the source may acknowledge.

pub mod branch;
mod budget;
pub mod buffer;
mod lane;
mod rate;
mod receipt;
mod repeats;

pub use branch::Branch;
pub use budget::{Budget, Reservation};
pub use lane::{Lane, Ticket};
pub use rate::Rates;
pub use receipt::{Fate, Part, Receipt, Verdict};
pub use repeats::{EACH, Mark, Repeats};

/// What receipts and the budget share between threads. The test under `loom` compiles them against loom's own.
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(super) use std::sync::{Arc, Mutex};
}

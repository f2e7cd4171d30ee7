//! What a branch sends.

use crate::delivery::Part;
use std::time::Duration;

/// Filtered events that came together and go to one sink.
pub trait Payload: Sized {
    /// How many events there are.
    fn events(&self) -> usize;
    /// How many bytes they hold in memory.
    fn bytes(&self) -> usize;
    /// Takes out the events of these numbers, which ascend; those that are left close up. Order stays, in both.
    #[must_use]
    fn take(&mut self, events: &[usize]) -> Self;
    /// The number of what was in force when they were filtered; it grows with each change.
    fn made(&self) -> u64;
}

/// A payload with its part of a receipt.
#[derive(Debug)]
pub struct Parcel<T> {
    /// The events.
    pub payload: T,
    /// What is resolved when they are final.
    pub part: Part,
    /// When it was offered.
    pub came: Duration,
}

impl<T: Payload> Parcel<T> {
    /// Takes out the events of these numbers.
    pub(super) fn take(&mut self, events: &[usize]) -> Self {
        Self { payload: self.payload.take(events), part: self.part.split(), came: self.came }
    }

    /// Takes out the events from this number on.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        self.take(&(at..self.payload.events()).collect::<Vec<_>>())
    }
}

/// Events and bytes of some parcels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) events: usize,
    pub(super) bytes: usize,
}

impl Load {
    pub(super) fn of<T: Payload>(payload: &T) -> Self {
        Self { events: payload.events(), bytes: payload.bytes() }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.bytes += other.bytes;
    }

    pub(super) fn sub(&mut self, other: Self) {
        self.events -= other.events;
        self.bytes -= other.bytes;
    }
}

/// What goes to the sink as one call.
#[derive(Debug)]
pub struct Request<T> {
    pub(super) id: u64,
    pub(super) parcels: Vec<Parcel<T>>,
    /// How often it was sent.
    pub(super) attempts: u32,
    pub(super) sent: Duration,
    /// Not sent before.
    pub(super) due: Duration,
}

impl<T: Payload> Request<T> {
    pub(super) fn new(parcels: Vec<Parcel<T>>) -> Self {
        Self { id: 0, parcels, attempts: 0, sent: Duration::ZERO, due: Duration::ZERO }
    }

    /// By which it is answered. Every attempt has another, so that late and repeated answers find nothing.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The payloads, in the order in which they were offered. Items of a sink's answer count their events through.
    pub fn payloads(&self) -> impl Iterator<Item = &T> {
        self.parcels.iter().map(|parcel| &parcel.payload)
    }

    /// How many events there are.
    pub fn events(&self) -> usize {
        self.payloads().map(Payload::events).sum()
    }

    /// How often it was sent, this time included.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

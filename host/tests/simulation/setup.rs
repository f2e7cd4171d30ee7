//! What a seed decides: who takes part, and which faults there are.

use fastrand::Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tamis::delivery::Reservation;
use tamis::delivery::branch::{Batch, Breaking, Options, Payload, Retry};

/// An event: its source in the upper eight bits, its number there in the rest.
pub type Event = u32;

pub fn event(source: usize, number: u32) -> Event {
    (source as u32) << 24 | number
}

pub fn source(event: Event) -> usize {
    (event >> 24) as usize
}

pub fn number(event: Event) -> u32 {
    event & 0x00ff_ffff
}

pub fn size(event: Event) -> usize {
    40 + (event as usize * 7) % 60
}

/// A rule withholds it.
pub fn is_suppressed(event: Event) -> bool {
    number(event) % 17 == 3
}

/// No plan can treat it.
pub fn is_untreatable(event: Event) -> bool {
    number(event) % 23 == 5
}

/// No sink takes it.
pub fn is_poison(event: Event) -> bool {
    number(event) % 19 == 7
}

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Filtered events with the memory they take.
#[derive(Clone, Debug)]
pub struct Events {
    pub ids: Vec<Event>,
    /// Under which policy they were filtered.
    pub filtered: u64,
    /// What the branch is told of that.
    pub made: u64,
    pub memory: Arc<Memory>,
}

impl Events {
    pub fn new(ids: Vec<Event>, made: u64, reservation: Option<Reservation>, live: &Arc<AtomicUsize>) -> Self {
        let bytes = ids.iter().map(|id| size(*id)).sum();
        live.fetch_add(bytes, Ordering::Relaxed);
        Self {
            ids,
            filtered: made,
            made,
            memory: Arc::new(Memory { _reservation: reservation, bytes, live: live.clone() }),
        }
    }
}

/// Bytes that are used until the last payload with them is gone.
#[derive(Debug)]
pub struct Memory {
    _reservation: Option<Reservation>,
    bytes: usize,
    live: Arc<AtomicUsize>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.live.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Payload for Events {
    fn events(&self) -> usize {
        self.ids.len()
    }

    fn bytes(&self) -> usize {
        self.ids.iter().map(|id| size(*id)).sum()
    }

    fn take(&mut self, events: &[usize]) -> Self {
        let ids = events.iter().map(|event| self.ids[*event]).collect();
        let mut at = 0;
        self.ids.retain(|_| {
            at += 1;
            events.binary_search(&(at - 1)).is_err()
        });
        Self { ids, memory: self.memory.clone(), ..*self }
    }

    fn made(&self) -> u64 {
        self.made
    }
}

/// Classes of faults that a seed has.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    pub network: bool,
    pub disk: bool,
    pub crash: bool,
    pub jump: bool,
    pub reload: bool,
    pub rot: bool,
    /// Policies narrow.
    pub narrow: bool,
}

#[derive(Clone, Debug)]
pub struct SourceSetup {
    pub events: u32,
    /// Between two events.
    pub gap: Duration,
    /// Most deliveries that are not settled.
    pub window: usize,
    /// Most events of a delivery.
    pub chunk: u32,
}

#[derive(Clone, Debug)]
pub struct BranchSetup {
    pub options: Options,
    pub buffer: Option<tamis::delivery::buffer::Options>,
    /// Whether the sink answers item by item.
    pub items: bool,
    /// After which a request counts as lost.
    pub timeout: Duration,
}

#[derive(Clone, Debug)]
pub struct Setup {
    pub sources: Vec<SourceSetup>,
    pub branches: Vec<BranchSetup>,
    pub faults: Faults,
    /// Exact repeats are suppressed for so long, and so many events are known at most.
    pub repeats: Option<(Duration, usize)>,
    /// When faults end.
    pub end: Duration,
    pub memory: usize,
}

/// Of memory, what the reading of each buffer has for itself.
pub const READING: usize = 1000;

impl Setup {
    pub fn of(rng: &mut Rng) -> Self {
        let calm = rng.u8(0..8) == 0;
        let mut fault = || !calm && rng.bool();
        let faults = Faults {
            network: fault(),
            disk: fault(),
            crash: fault(),
            jump: fault(),
            reload: fault(),
            rot: fault() && fault() && fault(),
            narrow: fault(),
        };
        let sources = (0..rng.usize(1..=3))
            .map(|_| SourceSetup {
                events: rng.u32(4..40),
                gap: ms(rng.u64(0..200)),
                window: rng.usize(1..8),
                chunk: rng.u32(1..=5),
            })
            .collect();
        let branches = (0..rng.usize(1..=3)).map(|_| branch(rng)).collect();
        let repeats = rng.bool().then(|| (ms(rng.u64(0..4000)), rng.usize(1..60)));
        Self { sources, branches, faults, repeats, end: ms(rng.u64(1000..8000)), memory: rng.usize(3600..6000) }
    }
}

fn branch(rng: &mut Rng) -> BranchSetup {
    let buffered = rng.bool();
    let buffer = buffered.then(|| tamis::delivery::buffer::Options {
        size: rng.u64(600..4000),
        segment: rng.u64(60..600),
        sync: ms(rng.u64(0..20)),
    });
    BranchSetup { options: options(rng, buffered), buffer, items: rng.bool(), timeout: ms(400) }
}

pub fn options(rng: &mut Rng, buffered: bool) -> Options {
    Options {
        batch: Batch { events: rng.usize(1..12), bytes: rng.usize(100..900), age: ms(rng.u64(0..100)) },
        in_flight: rng.usize(1..4),
        ordered: rng.bool(),
        retry: Retry {
            first: ms(rng.u64(1..50)),
            most: ms(rng.u64(50..500)),
            until: ms(if rng.u8(0..4) == 0 { rng.u64(500..3000) } else { 3_600_000 }),
        },
        capacity: rng.usize(500..3000),
        required: buffered || rng.u8(0..4) > 0,
        breaker: Breaking { failures: rng.u32(1..5), first: ms(rng.u64(10..200)), most: ms(800) },
    }
}

//! Exact repeats of a route's events: each goes once, while it is on its way and for a while after.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ring::hmac;

use super::book::Told;
use crate::config;
use crate::delivery::{Budget, EACH, Fate, Mark, Part, Receipt, Repeats, Reservation, Verdict};
use crate::event::frame::Batch;
use crate::kill;

/// What a route knows of its events. Nothing of it is ever written: the key is made up for each run.
pub(super) struct Repeated {
    key: hmac::Key,
    state: Mutex<Repeats>,
    began: Instant,
    events: AtomicU64,
    told: Told,
    _memory: Reservation,
}

impl Repeated {
    /// Knows as many as the configuration says, and takes the memory for it.
    ///
    /// # Errors
    ///
    /// There is not so much memory, or no random number.
    pub(super) fn new(said: config::Repeats, budget: &Budget) -> Result<Arc<Self>, String> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| format!("no random numbers: {error}"))?;
        let memory = budget.reserve(said.events.saturating_mul(EACH)).ok_or_else(|| {
            let (events, bytes) = (said.events, said.events.saturating_mul(EACH) >> 10);
            format!("`repeats` of {events} events take {bytes} KiB, and [memory] has no room for them")
        })?;
        Ok(Arc::new(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            state: Mutex::new(Repeats::new(said.window, said.events)),
            began: Instant::now(),
            events: AtomicU64::new(0),
            told: Told::default(),
            _memory: memory,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Repeats> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, event: &[u8]) -> Mark {
        let mut mark = Mark::default();
        mark.iter_mut().zip(hmac::sign(&self.key, event).as_ref()).for_each(|(to, from)| *to = *from);
        mark
    }

    /// A delivery begins: which of its events are repeats, and the part that everything else of it hangs on. What is then done with
    /// those is told by [`Repeated::count`].
    pub(super) fn begin(self: &Arc<Self>, batch: &Batch, part: Part) -> (Part, Vec<bool>) {
        let marks: Vec<_> = (0..batch.events.len()).map(|index| self.mark(batch.event(index))).collect();
        let (number, again) = self.lock().begin(self.began.elapsed(), &marks, &part);
        let me = self.clone();
        let receipt = Receipt::new(move |verdict| {
            kill::point("repeated", "told");
            let repeats = me.lock().end(me.began.elapsed(), number, verdict);
            if verdict == Verdict::Ack {
                part.resolve(Fate::Delivered);
            }
            Repeats::settle(repeats, verdict);
        });
        let own = receipt.part();
        receipt.close();
        (own, again)
    }

    /// Nothing that was seen until now is known any more: what comes again goes.
    pub(super) fn forget(&self) {
        self.lock().forget();
    }

    /// So many events were repeats and would have gone. What a rule withheld is not among them: of what lists protect, nothing tells the
    /// minute.
    pub(super) fn count(&self, events: u64) {
        self.events.fetch_add(events, Ordering::Relaxed);
    }

    /// Tells how many they were.
    pub(super) fn tell(&self, tell: impl FnOnce(u64) -> bool) {
        self.told.tell(self.events.load(Ordering::Relaxed), tell);
    }
}

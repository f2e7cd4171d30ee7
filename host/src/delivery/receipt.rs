//! Receipts: whether a source may forget a delivery.

use super::sync::{Arc, AtomicBool, Mutex, Ordering};

/// What a branch ended with for its part of a delivery. Each is final: the source need not give these events again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// The sink confirmed it.
    Delivered,
    /// It is synced in the branch's buffer.
    Buffered,
    /// A rule withheld it.
    Suppressed,
    /// The branch is not required and had no room.
    Dropped,
    /// It is sealed and synced in quarantine.
    Quarantined,
    /// The sink refused it for good, and the configuration wants it discarded.
    Rejected,
    /// The branch's gate is closed, and the configuration skips it.
    Withheld,
}

/// What a delivery ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every part is final: acknowledge it.
    Ack,
    /// Some part was given up: have the source give it again.
    Nack,
}

struct Shared {
    unresolved: AtomicBool,
    /// Behind a lock only so that parts may travel between threads: nobody ever waits for it.
    done: Mutex<Option<Box<dyn FnOnce(Verdict) + Send>>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        let verdict = if self.unresolved.load(Ordering::Relaxed) { Verdict::Nack } else { Verdict::Ack };
        if let Some(done) = self.done.get_mut().ok().and_then(Option::take) {
            done(verdict);
        }
    }
}

/// One delivery of a source: what it acknowledges as a whole.
///
/// `done` is called exactly once, when the receipt and its last [`Part`] are gone, on the thread that let the last one go: with
/// [`Verdict::Ack`] if the receipt was closed and every part resolved, else with [`Verdict::Nack`].
///
/// ```
/// use std::sync::mpsc::channel;
/// use tamis::delivery::{Fate, Receipt, Verdict};
/// let (tell, told) = channel();
/// let receipt = Receipt::new(move |verdict| tell.send(verdict).unwrap());
/// let (security, reports) = (receipt.part(), receipt.part());
/// receipt.close();
/// security.resolve(Fate::Delivered);
/// assert!(told.try_recv().is_err());
/// reports.resolve(Fate::Suppressed);
/// assert_eq!(told.try_recv(), Ok(Verdict::Ack));
/// ```
#[must_use = "a receipt that is dropped unclosed is a nack"]
pub struct Receipt(Part);

impl Receipt {
    /// A receipt that has no parts yet. `done` must neither block nor panic.
    pub fn new(done: impl FnOnce(Verdict) + Send + 'static) -> Self {
        let done: Box<dyn FnOnce(Verdict) + Send> = Box::new(done);
        Self(Part(Some(Arc::new(Shared { unresolved: AtomicBool::new(false), done: Mutex::new(Some(done)) }))))
    }

    /// A part for one branch.
    pub fn part(&self) -> Part {
        self.0.split()
    }

    /// All parts are handed out. A task that is cancelled or fails before it comes here acknowledges nothing.
    pub fn close(self) {
        self.0.settle();
    }
}

/// A branch's share in a receipt. Dropped unresolved, however it came to that, it makes the delivery a nack.
#[must_use = "a part that is dropped unresolved is a nack"]
pub struct Part(Option<Arc<Shared>>);

impl Part {
    /// The events of this part are final. Who resolves says by which fate, and counts it: the verdict is the same for all.
    pub fn resolve(self, _fate: Fate) {
        self.settle();
    }

    /// A further part of the same delivery, for events that go another way from here.
    pub fn split(&self) -> Self {
        Self(self.0.clone())
    }

    fn settle(mut self) {
        self.0 = None;
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.unresolved.store(true, Ordering::Relaxed);
        }
    }
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receipt")
    }
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Part")
    }
}

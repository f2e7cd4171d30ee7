//! The memory budget.

use super::sync::{Arc, AtomicUsize, Ordering};

/// One number of bytes that everything which holds events takes from: bodies, columns, batches, requests. It is never overrun:
/// who gets no more refuses with the retryable answer of its protocol. Clones are the same budget.
///
/// ```
/// use tamis::delivery::Budget;
/// let budget = Budget::new(100);
/// let mut body = budget.reserve(60).unwrap();
/// assert!(budget.reserve(41).is_none());
/// assert!(!body.grow(41));
/// assert!(body.grow(40));
/// let part = body.split(30);
/// assert_eq!((body.bytes(), part.bytes(), budget.used()), (70, 30, 100));
/// drop(part);
/// assert!(body.grow(30));
/// body.shrink(90);
/// assert_eq!((body.bytes(), budget.used()), (10, 10));
/// drop(body);
/// assert_eq!(budget.used(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Budget(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    used: AtomicUsize,
    most: usize,
}

impl Pool {
    fn take(&self, bytes: usize) -> bool {
        let more = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.most);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Pool { used: AtomicUsize::new(0), most }))
    }

    /// Takes bytes until the reservation is dropped; none where they are not there.
    #[must_use]
    pub fn reserve(&self, bytes: usize) -> Option<Reservation> {
        self.0.take(bytes).then(|| Reservation { pool: self.0.clone(), bytes })
    }

    /// Bytes that are taken.
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Bytes that there are.
    pub fn most(&self) -> usize {
        self.0.most
    }
}

/// Bytes that were taken from a budget. Dropped, it gives them back.
#[derive(Debug)]
pub struct Reservation {
    pool: Arc<Pool>,
    bytes: usize,
}

impl Reservation {
    /// Takes more, as a body inflates. False where they are not there: nothing is taken then.
    #[must_use]
    pub fn grow(&mut self, more: usize) -> bool {
        let granted = self.pool.take(more);
        self.bytes += if granted { more } else { 0 };
        granted
    }

    /// Gives bytes back, at most all.
    pub fn shrink(&mut self, less: usize) {
        let less = less.min(self.bytes);
        self.bytes -= less;
        self.pool.used.fetch_sub(less, Ordering::Relaxed);
    }

    /// A reservation of its own for some of the bytes, at most all.
    #[must_use]
    pub fn split(&mut self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Self { pool: self.pool.clone(), bytes }
    }

    /// Bytes that the budget has in all.
    pub fn most(&self) -> usize {
        self.pool.most
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shrink(self.bytes);
    }
}

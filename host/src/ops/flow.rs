//! Holding back tenants that give more than `[limits] tenant-rate`. Sources of one tenant wait; a batch in which one of many tenants is
//! above its rate is given back, so that its sources give it again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::log::{Level, Said, say};
use crate::delivery::Rates;

/// A tenant that floods is told this often, in seconds.
const TELL: u64 = 60;

/// Bounds on the flow of tenants.
pub(super) struct Flow {
    rates: Rates,
    began: Instant,
    /// The second from which on it is told again.
    tell: AtomicU64,
}

impl Flow {
    /// So many bytes a second for each.
    pub(super) fn new(rate: u64) -> Self {
        Self { rates: Rates::new(rate), began: Instant::now(), tell: AtomicU64::new(0) }
    }

    /// Whether a tenant gave more than it may for now.
    pub(super) fn is_over(&self, tenant: &str) -> bool {
        let is_over = self.rates.is_over(tenant, self.began.elapsed());
        if is_over {
            self.tell(tenant);
        }
        is_over
    }

    /// Takes bytes that were read of one tenant: its sources wait for those to come.
    pub(super) fn read(&self, tenant: &str, bytes: u64) {
        self.rates.add(tenant, bytes, self.began.elapsed());
    }

    /// Takes bytes of many tenants; `false`: one of them gave more than it may, and nothing is taken.
    pub(super) fn takes(&self, volumes: &[(String, u64)]) -> bool {
        let over = self.rates.take(volumes, self.began.elapsed()).err();
        over.inspect(|tenant| self.tell(tenant)).is_none()
    }

    fn tell(&self, tenant: &str) {
        let now = self.began.elapsed().as_secs();
        let due = |at: u64| (at <= now).then_some(now + TELL);
        if self.tell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok() {
            say(Level::Warn, "tenant-over-rate", &[("tenant", Said::Name(tenant))]);
        }
    }
}

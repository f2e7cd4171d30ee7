//! How much each tenant may give: one that floods leaves room to the others.

use std::collections::HashMap;
use std::time::Duration;

use super::sync::Mutex;

/// A tenant may be ahead of its rate by so much: what comes in bursts is not held back.
const AHEAD: Duration = Duration::from_secs(1);

/// Bounds on the flow of tenants, in bytes a second.
///
/// ```
/// use std::time::Duration;
/// use tamis::delivery::Rates;
/// let rates = Rates::new(1000);
/// let (zero, later) = (Duration::ZERO, Duration::from_secs(2));
/// let both = [("b".to_owned(), 10), ("a".to_owned(), 10)];
/// rates.add("a", 3000, zero);
/// assert_eq!(rates.take(&both, zero), Err("a"));
/// assert!(rates.take(&both, later).is_ok());
/// ```
#[derive(Debug)]
pub struct Rates {
    rate: u64,
    /// Until when what a tenant gave takes, at its rate.
    until: Mutex<HashMap<String, Duration>>,
}

impl Rates {
    /// So many bytes a second for each.
    pub fn new(rate: u64) -> Self {
        Self { rate: rate.max(1), until: Mutex::default() }
    }

    /// Whether a tenant gave more than it may for now.
    pub fn is_over(&self, tenant: &str, now: Duration) -> bool {
        self.until.lock().is_ok_and(|until| until.get(tenant).is_some_and(|until| *until > now + AHEAD))
    }

    /// Takes bytes of tenants. They may be more than there is room for: who has some takes what it brings whole.
    ///
    /// # Errors
    ///
    /// One of them gave more than it may: nothing is taken of any.
    pub fn take<'t>(&self, volumes: &'t [(String, u64)], now: Duration) -> Result<(), &'t str> {
        // What is asked and what is taken are one step: of two batches at a time one is held back.
        let Ok(mut until) = self.until.lock() else { return Ok(()) };
        let over = |(tenant, _): &&(String, u64)| until.get(tenant).is_some_and(|until| *until > now + AHEAD);
        if let Some((tenant, _)) = volumes.iter().find(over) {
            return Err(tenant);
        }
        volumes.iter().for_each(|(tenant, bytes)| self.count(&mut until, tenant, *bytes, now));
        Ok(())
    }

    /// Takes bytes of a tenant that may be above its rate already.
    pub fn add(&self, tenant: &str, bytes: u64, now: Duration) {
        if let Ok(mut until) = self.until.lock() {
            self.count(&mut until, tenant, bytes, now);
        }
    }

    fn count(&self, until: &mut HashMap<String, Duration>, tenant: &str, bytes: u64, now: Duration) {
        let takes = u128::from(bytes) * 1_000_000_000 / u128::from(self.rate);
        let takes = Duration::from_nanos(u64::try_from(takes).unwrap_or(u64::MAX));
        let of = until.entry(tenant.to_owned()).or_default();
        *of = (*of).max(now).saturating_add(takes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// LAW (rate): in no span of time is more taken of a tenant than its rate allows, a second ahead and one batch; a tenant that stays
        /// below its rate is never held back, whatever others do.
        #[test]
        fn nobody_is_above_and_nobody_below_is_held_back(
            batches in proptest::collection::vec((0..3000u64, 0..5000u64, 0..400u64), 1..60),
        ) {
            const RATE: u64 = 1000;
            let rates = Rates::new(RATE);
            let (mut now, mut taken, mut fair) = (0, Vec::new(), 0);
            for (pause, flood, modest) in batches {
                now += pause;
                let at = Duration::from_millis(now);
                if rates.take(&[("flood".to_owned(), flood)], at).is_ok() {
                    taken.push((now, flood));
                }
                // It gives what its rate allows since its last batch, and not more than that.
                let modest = modest.min((now - fair) * RATE / 1000);
                fair = now;
                prop_assert!(rates.take(&[("modest".to_owned(), modest)], at).is_ok());
            }
            for from in 0..taken.len() {
                for to in from..taken.len() {
                    let all: u64 = taken[from..to].iter().map(|(_, bytes)| bytes).sum();
                    let span = taken[to].0 - taken[from].0;
                    let one = taken[from..=to].iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
                    prop_assert!(all <= RATE * (span + 1000) / 1000 + one + 2, "{all} in {span} ms");
                }
            }
        }
    }

    #[test]
    fn who_is_over_takes_nothing_of_its_neighbours() {
        let rates = Rates::new(10);
        let now = Duration::from_secs(5);
        rates.add("a", 1000, now);
        assert!(rates.is_over("a", now) && !rates.is_over("b", now));
        let both = [("b".to_owned(), 1000), ("a".to_owned(), 1)];
        for _ in 0..100 {
            assert_eq!(rates.take(&both, now), Err("a"));
        }
        assert!(!rates.is_over("b", now), "what was given back was not counted");
    }
}

//! Which requests are safe, until they are asked for.

use std::collections::BTreeMap;

/// Requests that are remembered. The oldest is forgotten first: whoever asks for it is told that it is not safe, and sends it again.
const MOST: usize = 20_000;

/// Requests by number, each with its channel.
pub(in crate::edge) struct Acks {
    next: u64,
    open: BTreeMap<u64, (String, bool)>,
}

impl Acks {
    /// Numbers begin anywhere behind `least`, at most 2⁵²: what was sent to another run of this process must not be told to be safe.
    pub(in crate::edge) fn new(least: u64) -> Result<Self, String> {
        let first = getrandom::u64().map_err(|error| format!("the system gives no random numbers: {error}"))?;
        // JSON holds 53 bits in every language.
        Ok(Self { next: least + (first >> 16), open: BTreeMap::new() })
    }

    /// A number for a request that is under way.
    pub(in crate::edge) fn open(&mut self, channel: String) -> u64 {
        let id = self.next;
        self.next += 1;
        self.open.insert(id, (channel, false));
        if self.open.len() > MOST {
            self.open.pop_first();
        }
        id
    }

    /// It is safe.
    pub(in crate::edge) fn safe(&mut self, id: u64) {
        if let Some((_, is_safe)) = self.open.get_mut(&id) {
            *is_safe = true;
        }
    }

    /// Whether it is safe. That is told once.
    pub(in crate::edge) fn ask(&mut self, channel: &str, id: u64) -> bool {
        let is_safe = self.open.get(&id).is_some_and(|(of, is_safe)| of == channel && *is_safe);
        if is_safe {
            self.open.remove(&id);
        }
        is_safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_safe_is_told_to_be_to_its_channel_and_once() {
        let mut acks = Acks::new(0).unwrap();
        let (first, second) = (acks.open("a".to_owned()), acks.open("a".to_owned()));
        assert!(first != second && !acks.ask("a", first));
        acks.safe(first);
        assert!(!acks.ask("b", first) && !acks.ask("a", second));
        assert!(acks.ask("a", first) && !acks.ask("a", first));
        acks.safe(u64::MAX);
        assert!(!acks.ask("a", u64::MAX));
    }

    #[test]
    fn another_run_has_other_numbers() {
        assert_ne!(Acks::new(0).unwrap().open("a".to_owned()), Acks::new(0).unwrap().open("a".to_owned()));
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let mut acks = Acks::new(0).unwrap();
        let ids: Vec<_> = (0..=MOST).map(|_| acks.open("a".to_owned())).collect();
        ids.iter().for_each(|id| acks.safe(*id));
        assert!(!acks.ask("a", ids[0]) && acks.ask("a", ids[1]));
    }
}

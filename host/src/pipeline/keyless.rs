//! Tenants of one stream whose key is not there: each is closed alone, and open again as soon as it is.
//!
//! A key was there when its plan was loaded. It is asked for once more when the first event of its tenant comes, and, while it is
//! missing, once for each batch with events of it.

use std::collections::BTreeMap;

use super::keys::KeyError;

/// Which plans have no key.
#[derive(Debug, Default)]
pub(super) struct Keyless {
    by_plan: Vec<Standing>,
    /// Since somebody asked: plans that closed, and why, or that are open.
    news: BTreeMap<u32, Option<KeyError>>,
    /// Plans that are taken to be open in this batch: that their key can be made is known when it is done.
    taken: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    /// Nothing of it came yet.
    #[default]
    New,
    Open,
    /// Its key is missing; whether it was asked for in this batch.
    Closed {
        is_asked: bool,
    },
}

impl Keyless {
    /// Another batch comes.
    pub(super) fn next(&mut self) {
        self.taken.clear();
        for standing in &mut self.by_plan {
            if let Standing::Closed { is_asked } = standing {
                *is_asked = false;
            }
        }
    }

    /// Whether a plan is closed. `ask` asks for its key, which may have to be made: where it is missing, that decides.
    #[inline]
    pub(super) fn is_closed(&mut self, plan: u32, ask: impl FnOnce(bool) -> Result<(), KeyError>) -> bool {
        match self.by_plan.get(plan as usize) {
            Some(Standing::Open) => false,
            Some(Standing::Closed { is_asked: true }) => true,
            standing => match ask(matches!(standing, Some(Standing::Closed { .. }))) {
                Ok(()) => {
                    self.open(plan);
                    false
                }
                Err(error) => {
                    self.close(plan, error);
                    true
                }
            },
        }
    }

    /// A plan has no key.
    pub(super) fn close(&mut self, plan: u32, why: KeyError) {
        let before = std::mem::replace(self.of(plan), Standing::Closed { is_asked: true });
        if !matches!(before, Standing::Closed { .. }) {
            self.news.insert(plan, Some(why));
        }
    }

    /// A plan has its key.
    pub(super) fn open(&mut self, plan: u32) {
        let before = std::mem::replace(self.of(plan), Standing::Open);
        if before != Standing::Open {
            self.news.insert(plan, None);
        }
        if before == Standing::New {
            self.taken.push(plan);
        }
    }

    /// Nothing came of the batch: what was taken to be open is not known to be.
    pub(super) fn take_back(&mut self) {
        for plan in std::mem::take(&mut self.taken) {
            if *self.of(plan) == Standing::Open {
                *self.of(plan) = Standing::New;
                self.news.remove(&plan);
            }
        }
    }

    /// Whether some plan is closed.
    pub(super) fn any(&self) -> bool {
        self.by_plan.iter().any(|standing| matches!(standing, Standing::Closed { .. }))
    }

    /// Plans that closed since the last call, and why; `None`: that are open.
    pub(super) fn take_news(&mut self) -> BTreeMap<u32, Option<KeyError>> {
        std::mem::take(&mut self.news)
    }

    fn of(&mut self, plan: u32) -> &mut Standing {
        let number = plan as usize;
        if self.by_plan.len() <= number {
            self.by_plan.resize(number + 1, Standing::New);
        }
        &mut self.by_plan[number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: who has no key is asked for it once a batch, told once, and is open as soon as it is there, or can be made.
    #[test]
    fn a_missing_key_is_asked_for_once_a_batch() {
        let (mut keyless, missing) = (Keyless::default(), || Err(KeyError("gone".to_owned())));
        assert!(!keyless.is_closed(3, |has_to_be_made| if has_to_be_made { missing() } else { Ok(()) }));
        assert!(!keyless.is_closed(3, |_| unreachable!()) && !keyless.any());
        // A code of it was asked for, and its key could not be made.
        keyless.close(3, KeyError("no room".to_owned()));
        assert!(keyless.is_closed(3, |_| unreachable!()) && !keyless.is_closed(1, |_| Ok(())));
        for _ in 0..2 {
            keyless.next();
            assert!(keyless.is_closed(3, |has_to_be_made| if has_to_be_made { missing() } else { Ok(()) }));
            assert!(keyless.is_closed(3, |_| unreachable!()) && keyless.any());
        }
        assert_eq!(keyless.take_news(), BTreeMap::from([(1, None), (3, Some(KeyError("no room".to_owned())))]));
        keyless.next();
        assert!(!keyless.is_closed(3, |_| Ok(())) && !keyless.any());
        assert_eq!(keyless.take_news(), BTreeMap::from([(3, None)]));
        assert!(!keyless.is_closed(3, |_| unreachable!()) && keyless.take_news().is_empty());
        // Nothing came of a batch: only whose key could not be made is known to be closed.
        keyless.next();
        assert!(!keyless.is_closed(4, |_| Ok(())) && !keyless.is_closed(5, |_| Ok(())));
        keyless.close(5, KeyError("no room".to_owned()));
        keyless.take_back();
        assert_eq!(keyless.take_news(), BTreeMap::from([(5, Some(KeyError("no room".to_owned())))]));
        let mut is_asked = false;
        assert!(!keyless.is_closed(4, |_| {
            is_asked = true;
            Ok(())
        }));
        assert!(is_asked);
    }
}

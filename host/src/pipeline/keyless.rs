//! Tenants of one stream whose key is not there: each is closed alone, and open again as soon as it is.
//!
//! A key was there when its plan was loaded. It is asked for once more when the first event of its tenant comes, and, while it is
//! missing, once for each batch with events of it.

use super::keys::KeyError;

/// Which plans have no key.
#[derive(Debug, Default)]
pub(super) struct Keyless {
    by_plan: Vec<Standing>,
    /// Since somebody asked: plans that closed, and why.
    news: Vec<(u32, KeyError)>,
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
                    *self.of(plan) = Standing::Open;
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
            self.news.push((plan, why));
        }
    }

    /// Whether some plan is closed.
    pub(super) fn any(&self) -> bool {
        self.by_plan.iter().any(|standing| matches!(standing, Standing::Closed { .. }))
    }

    pub(super) fn take_news(&mut self) -> Vec<(u32, KeyError)> {
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
        assert_eq!(keyless.take_news(), [(3, KeyError("no room".to_owned()))]);
        keyless.next();
        assert!(!keyless.is_closed(3, |_| Ok(())) && !keyless.any() && keyless.take_news().is_empty());
    }
}

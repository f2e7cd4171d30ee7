//! Entities of an officer's own: automata that the host compiled.

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton as _, sparse};
use regex_automata::util::start;

use crate::check::{before, byte};
use crate::entities::Hit;
use crate::types::{Confidence, Failure};

/// Longest value of an own entity, in bytes. Keeps the work linear whatever the pattern.
const MOST: usize = 1024;

/// A sparse DFA that is run anchored at the beginning of every word.
#[derive(Debug)]
pub(crate) struct Automaton {
    dfa: sparse::DFA<Vec<u8>>,
    /// Of what its findings are sure before a keyword is considered.
    confidence: Confidence,
    /// It finds nothing: values of its entity are found by the host.
    is_empty: bool,
}

impl Automaton {
    /// Reads what `sparse::DFA::to_bytes_little_endian` wrote.
    pub(crate) fn read(bytes: &[u8], keywords: bool) -> Result<Self, Failure> {
        let (dfa, _) = sparse::DFA::from_bytes(bytes).map_err(|_| Failure::SettingsRejected)?;
        let dfa = dfa.to_owned();
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes));
        let start = start.map_err(|_| Failure::SettingsRejected)?;
        let is_empty = (0..=u8::MAX).all(|byte| dfa.is_dead_state(dfa.next_state(start, byte)));
        let confidence = if keywords { Confidence::Possible } else { Confidence::Likely };
        Ok(Automaton { dfa, confidence, is_empty })
    }

    /// All values of this entity in a row, none overlapping another.
    pub(crate) fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let mut at = if self.is_empty { text.len() } else { 0 };
        while at < text.len() {
            match is_boundary(text, at).then(|| self.longest(text, at)).flatten() {
                Some(end) if end > at => {
                    hits.push(Hit::new(at, end, self.confidence));
                    at = end;
                }
                _ => at += 1,
            }
        }
    }

    /// The end of the longest match from `at` that ends with a word and on a character.
    fn longest(&self, text: &[u8], at: usize) -> Option<usize> {
        let look = at.checked_sub(1).and_then(|at| text.get(at)).copied();
        let config = start::Config::new().anchored(Anchored::Yes).look_behind(look);
        let mut state = self.dfa.start_state(&config).ok()?;
        let ends = |end: usize| is_boundary(text, end);
        let mut found = None;
        let stop = text.len().min(at + MOST);
        for (place, &next) in text.iter().enumerate().take(stop).skip(at) {
            state = self.dfa.next_state(state, next);
            if self.dfa.is_special_state(state) {
                // A match is reported one byte late.
                if self.dfa.is_match_state(state) && ends(place) {
                    found = Some(place);
                } else if self.dfa.is_dead_state(state) || self.dfa.is_quit_state(state) {
                    return found;
                }
            }
        }
        let last = if stop == text.len() {
            self.dfa.next_eoi_state(state)
        } else {
            self.dfa.next_state(state, byte(text, stop))
        };
        if self.dfa.is_match_state(last) && ends(stop) { Some(stop) } else { found }
    }
}

/// Whether a character begins at `at`, or the text ends, and no word of ASCII goes on there: `社員B-1234様` holds a number.
fn is_boundary(text: &[u8], at: usize) -> bool {
    let wordy = |byte: u8| byte.is_ascii_alphanumeric();
    let goes_on = at < text.len() && wordy(before(text, at)) && wordy(byte(text, at));
    byte(text, at) & 0xc0 != 0x80 && !goes_on
}

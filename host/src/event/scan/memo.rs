//! Guessing the next key: events of one source name the same members in the same order.
//!
//! A memo remembers how a key was written (`key":`, as bytes) and where it leads, and which memo came next the last
//! time. Comparing 32 bytes with the guess replaces finding the key's end, unescaping, folding and hashing. A wrong
//! guess costs time only: a memo holds exactly what a look-up of the same bytes gives.

use super::super::automaton::{Automaton, Step};
use super::track::Tracks;

/// Longest key, in bytes, that can be guessed: 32 less the quote and the colon.
const KEY_MAX: usize = 30;
/// Most memos of keys that no pattern names, per automaton.
const UNNAMED_MAX: usize = 4096;
/// Most automata whose memos a scanner keeps.
const AUTOMATA_MAX: usize = 256;

/// Most places of all tracks together.
const PLACES_MAX: usize = 32_768;

/// The number of no memo.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(super) struct Memo {
    pub(super) raw: [u8; 32],
    /// Which bytes of `raw` count.
    pub(super) mask: u32,
    /// How many they are.
    pub(super) len: u32,
    /// The guess for the key behind this one.
    pub(super) next: u32,
    /// The memo of a key behind this one that no pattern names.
    unnamed: u32,
    pub(super) step: Step,
}

impl Memo {
    /// Fits no valid event: a key cannot hold the control character 1.
    const NEVER: Memo = Memo { raw: [1; 32], mask: u32::MAX, len: 0, next: 0, unnamed: NONE, step: Step::DEAD };
}

/// The memos of one automaton: one per state (where its objects begin), one per named member, then unnamed ones.
#[derive(Debug)]
pub(super) struct Memos {
    automaton: u64,
    entries: u32,
    unnamed_from: usize,
    pub(super) list: Vec<Memo>,
    /// Tracks of documents, by the state in which they are walked and how many documents are around them.
    pub(super) tracks: Vec<((u32, u8), Option<Box<Tracks>>)>,
    /// Shapes of lines: for each place that holds some, and each template of it, the number; 0 where it has none yet.
    lines: Vec<Box<[u32]>>,
}

impl Memos {
    fn new(automaton: &Automaton) -> Self {
        let entries = automaton.nodes.len();
        let unnamed_from = entries + automaton.entries.len();
        let mut list = vec![Memo::NEVER; unnamed_from];
        for (memo, step) in list[entries..].iter_mut().zip(&automaton.entries) {
            memo.step = *step;
        }
        Memos {
            automaton: automaton.id(),
            entries: entries as u32,
            unnamed_from,
            list,
            tracks: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Takes down that `key`, which stands with its quote and a colon behind it, came after memo `from` in an object of
    /// state `node` and leads to `step`. Answers the memo to go on from. `plain` says whether the key can be guessed: no
    /// escapes, ASCII, the colon directly behind the quote.
    pub(super) fn learn(
        &mut self,
        automaton: &Automaton,
        from: u32,
        node: u32,
        step: Step,
        key: &[u8],
        plain: bool,
    ) -> u32 {
        let known = step.index() != Step::UNNAMED;
        let number = if known {
            let first = automaton.nodes.get(node as usize).map_or(0, |node| node.entries);
            self.entries + first + u32::from(step.index())
        } else if plain && key.len() <= KEY_MAX {
            self.unnamed_behind(from)
        } else {
            NONE
        };
        let Some(memo) = self.list.get_mut(number as usize) else { return from };
        memo.step = step;
        if plain && key.len() <= KEY_MAX {
            memo.raw = [0; 32];
            memo.raw[..key.len()].copy_from_slice(key);
            memo.raw[key.len()..key.len() + 2].copy_from_slice(b"\":");
            memo.len = key.len() as u32 + 2;
            memo.mask = u32::MAX >> (32 - memo.len);
        }
        if let Some(before) = self.list.get_mut(from as usize) {
            before.next = number;
        }
        number
    }

    /// Which of [`Memos::tracks`] are those of a state at a depth.
    #[inline(always)]
    pub(super) fn tracks_of(&mut self, of: (u32, u8)) -> usize {
        let found = self.tracks.iter().position(|(known, _)| *known == of);
        found.unwrap_or_else(|| {
            self.tracks.push((of, Some(Box::default())));
            self.tracks.len() - 1
        })
    }

    /// The number of the shape of lines that fit a template, `new` if it has none; `inside` is the place that holds them.
    pub(super) fn line(&mut self, automaton: &Automaton, (inside, template): (usize, usize), new: u32) -> u32 {
        if self.lines.is_empty() {
            let templates = automaton.insides.iter().map(|inside| vec![0; inside.holes.len()].into());
            self.lines.extend(templates);
        }
        let Some(number) = self.lines.get_mut(inside).and_then(|lines| lines.get_mut(template)) else { return 0 };
        if *number == 0 {
            *number = new;
        }
        *number
    }

    fn places(&self) -> usize {
        self.tracks.iter().filter_map(|(_, tracks)| tracks.as_ref()).map(|tracks| tracks.len()).sum()
    }

    fn unnamed_behind(&mut self, from: u32) -> u32 {
        let Some(found) = self.list.get(from as usize).map(|memo| memo.unnamed) else { return NONE };
        if found != NONE {
            return found;
        }
        if self.list.len() - self.unnamed_from >= UNNAMED_MAX {
            return NONE;
        }
        let number = self.list.len() as u32;
        self.list.push(Memo::NEVER);
        self.list[from as usize].unnamed = number;
        number
    }
}

/// The memos of the automata a scanner meets.
#[derive(Debug, Default)]
pub(super) struct Library {
    all: Vec<Memos>,
    last: usize,
}

impl Library {
    /// The memos of an automaton, new or known.
    pub(super) fn of(&mut self, automaton: &Automaton) -> &mut Memos {
        let id = automaton.id();
        if self.all.get(self.last).is_none_or(|memos| memos.automaton != id) {
            self.last = self.all.iter().position(|memos| memos.automaton == id).unwrap_or_else(|| {
                if self.all.len() >= AUTOMATA_MAX {
                    self.all.clear();
                }
                self.all.push(Memos::new(automaton));
                self.all.len() - 1
            });
        }
        &mut self.all[self.last]
    }

    /// Forgets all tracks if they have become too many.
    pub(super) fn trim(&mut self) {
        if self.all.iter().map(Memos::places).sum::<usize>() > PLACES_MAX {
            self.all.iter_mut().for_each(|memos| memos.tracks.clear());
        }
    }
}

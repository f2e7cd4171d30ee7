//! Officers' own detectors: patterns that run in linear time, made ready, and tried out on their examples.

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

use super::diagnostic::Diagnostic;
use super::document::{Entity, KnownBy, Text};
use super::exact::{ExactList, Words};
use super::maps::unknown;
use super::plan::Plan;

/// Most bytes that one automaton may take.
const AUTOMATON_BYTES_MAX: usize = 1 << 20;
/// Longest value, in bytes: as the detector has it.
const VALUE_BYTES_MAX: usize = 1024;

/// No byte is in this class.
const NOTHING: &str = r"[^\x00-\xff]";

type Dense = dense::DFA<Vec<u32>>;

/// The pattern as a serialised sparse automaton, which the detector runs at the beginning of every word.
///
/// # Errors
///
/// Why there is none.
///
/// ```
/// use tamis::policy::entity::automaton;
/// assert!(automaton("B-[0-9]{6}").is_ok());
/// assert_eq!(automaton("B-[0-9").unwrap_err(), "unclosed character class");
/// ```
pub fn automaton(pattern: &str) -> Result<Vec<u8>, String> {
    let sparse = dense(pattern)?.to_sparse().map_err(|error| error.to_string())?;
    Ok(sparse.to_bytes_little_endian())
}

fn dense(pattern: &str) -> Result<Dense, String> {
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::All)
        .determinize_size_limit(Some(AUTOMATON_BYTES_MAX))
        .dfa_size_limit(Some(AUTOMATON_BYTES_MAX));
    let built =
        dense::Builder::new().configure(config).syntax(syntax::Config::new().unicode(false).utf8(false)).build(pattern);
    built.map_err(|error| {
        // The cause says what is wrong; its last line says it in words, the others draw the pattern.
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let told = cause.to_string();
        let last = told.lines().last().unwrap_or_default();
        last.strip_prefix("error: ").unwrap_or(last).to_owned()
    })
}

/// The detector step's automaton of an entity. One that is known by a list has one that finds nothing: its values are found by
/// the host.
///
/// # Errors
///
/// Why there is none.
pub fn prepared(entity: &Entity) -> Result<Vec<u8>, String> {
    match &entity.by {
        KnownBy::Pattern(pattern) => automaton(&pattern.value),
        KnownBy::List(_) => automaton(NOTHING),
    }
}

/// What treatments of a plan look for and no detector knows: `known` are names and sets of entities.
pub fn unheard<'k>(plan: &Plan, known: impl Iterator<Item = &'k str> + Clone) -> Vec<Diagnostic> {
    unknown_among(&plan.finds, known)
}

/// Names of entities or sets that are not among the known ones.
pub fn unknown_among<'k>(sought: &[Text], known: impl Iterator<Item = &'k str> + Clone) -> Vec<Diagnostic> {
    let sought = sought.iter().filter(|sought| !known.clone().any(|name| name == sought.value));
    sought.map(|sought| unknown("P0506", "entity or set", sought, known.clone())).collect()
}

/// What is wrong with a detector: a pattern that is none, an example that it misses, a counter-example that it finds.
/// A list is tried where there is one.
pub(super) fn try_out(entity: &Entity, list: Option<&ExactList>) -> Vec<Diagnostic> {
    match &entity.by {
        KnownBy::Pattern(pattern) => match dense(&pattern.value) {
            Ok(dense) => try_examples(entity, (pattern, "pattern"), |text| finds(&dense, text)),
            Err(why) => {
                let message = format!("the pattern of `{}` cannot be used", entity.name.value);
                let help = "a pattern is a regular expression without look-around and back-references; letters and digits are ASCII";
                vec![Diagnostic::error("P0502", message, pattern.span, why).help(help)]
            }
        },
        KnownBy::List(name) => list.map_or_else(Vec::new, |list| {
            try_examples(entity, (name, "list"), |text| {
                let (mut words, mut is_found) = (Words::default(), false);
                words.read(text);
                list.find(&words, |_| is_found = true);
                is_found
            })
        }),
    }
}

fn try_examples(entity: &Entity, (by, what): (&Text, &str), finds: impl Fn(&[u8]) -> bool) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let label = format!("by this {what}");
    for example in entity.examples.iter().filter(|example| !finds(example.value.as_bytes())) {
        let message = format!("`{}` does not find its example", entity.name.value);
        let problem = Diagnostic::error("P0503", message, example.span, "not found");
        problems.push(problem.and(by.span, &label).help("a value begins and ends with a word"));
    }
    for counter in entity.counter_examples.iter().filter(|counter| finds(counter.value.as_bytes())) {
        let message = format!("`{}` finds its counter-example", entity.name.value);
        problems.push(Diagnostic::error("P0504", message, counter.span, "found").and(by.span, &label));
    }
    problems
}

/// Whether the detector would find something in a text.
fn finds(dense: &Dense, text: &[u8]) -> bool {
    (0..text.len()).any(|at| is_edge(text, at) && matches_at(dense, text, at))
}

/// Whether a value of at least one byte begins at `at` and ends with a word.
fn matches_at(dense: &Dense, text: &[u8], at: usize) -> bool {
    let look = at.checked_sub(1).and_then(|before| text.get(before)).copied();
    let config = start::Config::new().anchored(Anchored::Yes).look_behind(look);
    let Ok(mut state) = dense.start_state(&config) else { return false };
    let stop = text.len().min(at + VALUE_BYTES_MAX);
    for (place, &next) in text.iter().enumerate().take(stop).skip(at) {
        state = dense.next_state(state, next);
        // A match is reported one byte late.
        if dense.is_match_state(state) && place > at && is_edge(text, place) {
            return true;
        }
        if dense.is_dead_state(state) || dense.is_quit_state(state) {
            return false;
        }
    }
    let last = match text.get(stop) {
        Some(&next) => dense.next_state(state, next),
        None => dense.next_eoi_state(state),
    };
    dense.is_match_state(last) && is_edge(text, stop)
}

/// Whether a character begins at `at`, or the text ends, and no word of ASCII goes on there: as in the detector (`custom.rs`).
fn is_edge(text: &[u8], at: usize) -> bool {
    let wordy = u8::is_ascii_alphanumeric;
    let (before, here) = (at.checked_sub(1).and_then(|at| text.get(at)), text.get(at));
    here.is_none_or(|byte| byte & 0xc0 != 0x80) && !(before.is_some_and(wordy) && here.is_some_and(wordy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_where_words_begin_and_end() {
        let badge = dense("B-[0-9]{6}").unwrap();
        for text in ["B-123456", "no. B-123456.", "(B-123456)", "B-12345 B-123456", "社員B-123456様", "_B-123456é"]
        {
            assert!(finds(&badge, text.as_bytes()), "{text}");
        }
        for text in ["", "B-12345", "B-1234567", "AB-123456", "B-123456x"] {
            assert!(!finds(&badge, text.as_bytes()), "{text}");
        }
        // The longest end that is the end of a word counts.
        assert!(finds(&dense("a+|a+-x").unwrap(), b"aaa-x"));
        assert!(!finds(&dense("a*").unwrap(), b"b"), "nothing is no value");
    }

    #[test]
    fn a_pattern_that_is_none_says_why() {
        for (pattern, why) in [("(", "unclosed group"), ("a(?=b)", "look-around"), (r"(a)\1", "backreferences")] {
            assert!(dense(pattern).unwrap_err().contains(why), "{pattern}: {:?}", dense(pattern));
        }
        assert!(dense("([0-9]{1,400}x){1,400}").is_err(), "too large");
    }
}

//! What can be found, and the tables that `build.rs` makes of `entities/*.toml`.
//!
//! An entity is found by code of its own ([`Finder`]), by how its values are written ([`Written`]), or by what its tokens begin
//! with ([`Token`]), or by what they stand beside ([`KEYED`]), or by what the event itself says elsewhere (`known/`). To add one: write it into the file of its family, with a source, examples and
//! counter-examples. The tests of the table hold it to them.

use std::ops::Range;

use crate::entities::Finder;
use crate::examples::Example;
use crate::form::{Form, Look, MOST_AHEAD, Next, SEEN};
use crate::types::Confidence;

include!("filter.rs");

/// A bit for each key's hash.
#[derive(Debug)]
pub(crate) struct Filter([u64; 1 << (FILTER_BITS - 6)]);

impl Filter {
    /// Whether it may be one of the keys. `false` is certain.
    #[inline]
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        let slot = slot(mixed(key));
        self.0.get(slot >> 6).is_some_and(|bits| bits >> (slot & 63) & 1 == 1)
    }
}

/// What may be seen at the first digit of some forms.
#[derive(Debug)]
pub(crate) struct Looks {
    /// By the number of the word: which row of the others it has; the first has none.
    words: [u16; SEEN],
    /// By the letters ahead: a bit for each word that may follow.
    rows: &'static [[u64; MOST_AHEAD + 1]],
}

impl Looks {
    /// Whether this may be seen, or less of it: the words beside that of the digit may belong to something else.
    #[inline]
    pub(crate) fn may_hold(&self, Look { word, ahead, next }: Look) -> bool {
        let row = self.words.get(word.number()).and_then(|row| self.rows.get(usize::from(*row)));
        let nexts = row.map_or(0, |row| row.first().unwrap_or(&0) | row.get(ahead).unwrap_or(&0));
        nexts & (Next::default().bit() | next.bit()) != 0
    }
}

/// Rows that are looked up by a key.
#[derive(Debug)]
pub(crate) struct Table<T: 'static> {
    filter: Filter,
    /// Where the rows of each bucket begin, and where the last one's end.
    index: [u16; (1 << INDEX_BITS) + 1],
    rows: &'static [T],
}

impl<T> Table<T> {
    /// Whether there may be rows of a key. `false` is certain.
    #[inline]
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        self.filter.may_hold(key)
    }

    /// All rows.
    #[cfg(test)]
    pub(crate) fn rows(&self) -> &'static [T] {
        self.rows
    }

    /// Rows among which those of a key are.
    #[inline]
    pub(crate) fn near(&self, key: u64) -> &'static [T] {
        let bucket = bucket(mixed(key));
        let bounds = self.index.get(bucket).zip(self.index.get(bucket + 1));
        bounds.and_then(|(from, to)| self.rows.get(usize::from(*from)..usize::from(*to))).unwrap_or_default()
    }
}

/// An entity.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Dotted name.
    pub(crate) name: &'static str,
    /// Sets it belongs to.
    pub(crate) sets: &'static [&'static str],
    /// What a person calls it.
    pub(crate) title: &'static str,
    /// Words right before a finding that make it weak, unless it is certain.
    pub(crate) against: &'static [&'static str],
    /// Code of its own.
    pub(crate) find: Option<&'static Finder>,
    /// Its rows in [`WRITTEN`].
    pub(crate) forms: Range<usize>,
    /// Its rows in [`KEYED`].
    pub(crate) keyed: Range<usize>,
    /// Bits a character that the bodies of its tokens have, at least.
    pub(crate) entropy: f32,
    /// Whether it is what the event's reference rows say.
    pub(crate) reference: bool,
    /// Whether some of its tokens have a check.
    pub(crate) proves: bool,
    /// Whether too many random values pass for one alone to be likely.
    pub(crate) weak: bool,
    #[cfg(test)]
    pub(crate) told: Told,
}

/// What tests hold an entity to. A plugin carries none of it.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Told {
    /// The standard or register that says what its values look like.
    pub(crate) source: &'static str,
    /// The share of random values of its forms that pass.
    pub(crate) acceptance: f64,
    /// What the reference rows of all examples say.
    pub(crate) references: &'static [&'static str],
    /// Texts in which it is found, at least as likely.
    pub(crate) examples: &'static [&'static str],
    /// Texts in which nothing likely is found.
    pub(crate) counter_examples: &'static [&'static str],
}

impl Listed {
    /// How sure a value is alone that is written so and passes the check.
    pub(crate) fn alone(&self) -> Confidence {
        if self.weak { Confidence::Possible } else { Confidence::Likely }
    }
}

/// How values of an entity are written: a [`Form`], and a check of their letters and digits.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) form: Form,
    pub(crate) check: Option<fn(&[u8]) -> bool>,
    pub(crate) entity: u32,
}

/// A literal, and so many bytes of a class behind it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) literal: &'static str,
    pub(crate) body: u128,
    pub(crate) least: u16,
    pub(crate) most: u16,
}

impl Part {
    /// Whether a byte is of its class.
    #[inline]
    pub(crate) fn holds(&self, byte: u8) -> bool {
        byte < 128 && self.body >> byte & 1 == 1
    }
}

/// What a token is made of.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) head: Part,
    pub(crate) tail: &'static [Part],
    /// Says whether a whole token adds up.
    pub(crate) check: Option<fn(&[u8]) -> bool>,
    pub(crate) entity: u32,
}

/// So many bytes of a class in front of a literal.
#[derive(Debug)]
pub(crate) struct Ahead {
    pub(crate) body: u128,
    pub(crate) least: u16,
    pub(crate) most: u16,
}

/// A token that begins with a literal, or has one behind its first part.
#[derive(Debug)]
pub(crate) struct Token {
    /// The first three bytes.
    pub(crate) key: u64,
    /// Signs in front of them.
    pub(crate) lead: &'static str,
    /// What stands in front of these.
    pub(crate) before: Option<Ahead>,
    pub(crate) shape: Shape,
}

/// A keyword of an entity.
#[derive(Debug)]
pub(crate) struct Keyword {
    /// The first bytes of its first word, letters without case: eight, or four where longer words count too.
    pub(crate) key: u64,
    pub(crate) word: &'static str,
    /// Words that must follow.
    pub(crate) rest: &'static [&'static str],
    /// [`follows`] of the words that may follow it in all rows of its key.
    pub(crate) then: u64,
    pub(crate) entity: u32,
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Redact;
    use crate::entities::{ANCHORS, Anchor};
    use crate::tests::{found, found_by, likely};
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    /// A threshold that an entity never reaches leaves it out: so it must never be surer than it says.
    #[test]
    fn no_entity_is_surer_than_it_says() {
        for entity in LISTED {
            let words = ["", "call ", "mac ", "ssn: ", "ip=", "telephone +", "to "];
            for example in entity.told.examples.iter().flat_map(|example| words.map(|word| format!("{word}{example}")))
            {
                let surest = entity.find.map_or(Confidence::Certain, |finder| finder.surest);
                for finding in found(entity.name, "possible", &[], &example) {
                    assert!(finding.confidence <= surest as u32, "{}: {example}", entity.name);
                }
            }
        }
    }

    /// What is wrong with an entity's examples.
    fn wrong(entity: &Listed) -> Vec<String> {
        let mut wrong = Vec::new();
        let name = entity.name;
        let texts = |of: &str| -> Vec<String> {
            let found = likely(name, of);
            found.iter().map(|finding| of[finding.start as usize..finding.end as usize].to_owned()).collect()
        };
        if entity.told.examples.is_empty() || entity.told.counter_examples.is_empty() || entity.told.source.is_empty() {
            wrong.push(format!("{name} needs a source, examples and counter-examples"));
        }
        for example in entity.told.examples {
            let sentence = format!("Über {example} steht hier ü");
            let (here, there) = (texts(example), texts(&sentence));
            if here.is_empty() {
                wrong.push(format!("{name} does not find {example:?}"));
            } else if here != there {
                wrong.push(format!("{name} in a sentence: {here:?} are {there:?}"));
            }
        }
        for counter in entity.told.counter_examples {
            let found = texts(counter);
            if !found.is_empty() {
                wrong.push(format!("{name} finds {found:?} in {counter:?}"));
            }
        }
        wrong
    }

    #[test]
    fn every_entity_finds_its_examples_and_nothing_in_its_counter_examples() {
        let wrong: Vec<String> = LISTED.iter().flat_map(wrong).collect();
        assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// What is looked for besides takes nothing away.
    #[test]
    fn an_entity_is_found_among_all_others_too() {
        let lost = |(number, entity): (u32, &'static Listed)| {
            let missed = entity.told.examples.iter().filter(move |example| !found_by_all(example).contains(&number));
            missed.map(|example| format!("{} in {example:?}", entity.name))
        };
        let lost: Vec<String> = (0..).zip(LISTED).flat_map(lost).collect();
        assert!(lost.is_empty(), "{} are lost:\n{}", lost.len(), lost.join("\n"));
    }

    #[test]
    fn names_are_unique_and_say_their_set() {
        for (number, entity) in LISTED.iter().enumerate() {
            assert!(LISTED.iter().skip(number + 1).all(|other| other.name != entity.name), "{}", entity.name);
            assert!(entity.name.split('.').count() >= 2 && !entity.sets.is_empty(), "{}", entity.name);
            if let Some(finder) = entity.find {
                assert!(finder.anchors.contains(&Anchor::Digits) == (finder.digits != 0), "{}", entity.name);
                assert!(finder.anchors.iter().all(|&anchor| (anchor as usize) < ANCHORS));
            }
        }
    }

    /// The share of random values that pass stands in the file and decides what a value alone is worth.
    #[test]
    fn as_many_random_values_pass_as_is_said() {
        let wrong = |entity: &Listed| {
            let rows = WRITTEN.get(entity.forms.clone())?;
            let forms: Vec<Form> = rows.iter().map(|row| row.form).collect();
            let (share, said) = (crate::checks::tests::share(&forms, rows.first()?.check), entity.told.acceptance);
            // What is said may be more: then a value alone is worth less than it could be.
            (share > said * 1.25 + 0.0001).then(|| format!("{}: {share:.2e} pass, not {said}", entity.name))
        };
        let wrong: Vec<String> = LISTED.iter().filter_map(wrong).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Numbers and names of programs: fewer than one in a thousand may be taken for something else.
    #[test]
    fn times_digests_and_versions_are_nobodys_numbers() {
        let mut state = 1_u64;
        let mut dice = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 16
        };
        let mut counts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        const ROUNDS: usize = 4000;
        for _ in 0..ROUNDS {
            let [a, b, c, d] = [(); 4].map(|()| dice());
            let seconds = 1_000_000_000 + a % 1_000_000_000;
            let texts = [
                format!("{seconds}"),
                format!("{seconds}{:03}", b % 1000),
                format!("{seconds}{:06}", b % 1_000_000),
                format!("{seconds}{:09}", b % 1_000_000_000),
                format!("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", a as u32, b as u16, c % 4096, d % 4096, a ^ b << 8),
                format!("{:08x}{:08x}{:08x}{:08x}", a as u32, b as u32, c as u32, d as u32),
                format!(
                    "{:010X}{:010X}{:010X}{:010X}",
                    a & 0xff_ffff_ffff,
                    b & 0xff_ffff_ffff,
                    c & 0xff_ffff_ffff,
                    d & 0xff_ffff_ffff
                ),
                format!("{:07x}", a & 0xfff_ffff),
                format!("{}.{}.{}", a % 20, b % 30, c % 10_000),
                format!("v{}.{}.{}-rc{}", a % 20, b % 30, c % 100, d % 10),
                format!("10.0.{}", b % 30_000),
                format!("{}", a % 1_000_000_000),
                format!("{}", a % 1_000_000_000_000),
            ];
            for text in texts {
                for finding in found_by_all(&text) {
                    counts.entry(LISTED[finding as usize].name).or_default().push(text.clone());
                }
            }
        }
        counts.retain(|_, texts| texts.len() * 1000 > ROUNDS * 13);
        let shown: Vec<_> =
            counts.iter().map(|(name, texts)| format!("{name}: {} as {}", texts.len(), texts[0])).collect();
        assert!(shown.is_empty(), "{}", shown.join("\n"));
    }

    /// The entities that are likely in a text, everything on.
    fn found_by_all(text: &str) -> Vec<u32> {
        thread_local!(static ALL: RefCell<Redact> = RefCell::new({
            let names: Vec<_> = LISTED.iter().map(|entity| entity.name).collect();
            let fields = serde_json::json!([{"find": names}, {"find": [], "reference": true}]);
            Redact::configure(&serde_json::json!({"fields": fields}).to_string(), &[]).unwrap()
        }));
        let references: Vec<&str> = LISTED.iter().flat_map(|entity| entity.told.references).copied().collect();
        let found = ALL.with_borrow_mut(|all| found_by(all, text, &references));
        found.iter().map(|finding| finding.entity).collect()
    }

    #[test]
    fn an_entity_that_is_off_finds_nothing() {
        assert_eq!(found("payment.iban", "possible", &[], "anna@example.com 4111 1111 1111 1111 192.0.2.1"), []);
    }
}

//! What happens to one value: a point in the lattice of forms.
//!
//! A form is `(H, G, P, X)`: hidden ranges of the source value, a rung on the ladder of its type, a code, an end. Forms
//! only ever join ([`Form::join`]): the join is commutative, associative and idempotent, so neither the order of layers nor
//! naming a treatment twice can change an output, and a layer can only tighten.
//!
//! # Example
//!
//! ```
//! use tamis::policy::form::{Code, Form};
//! use tamis::policy::document::{UrlRung, Verb};
//! let host = Form::of(&Verb::GeneraliseUrl { rung: UrlRung::Host });
//! let code = Form::of(&Verb::Pseudonymise { escrow: true, preserve: false });
//! let both = host.clone().join(code);
//! assert_eq!(both.code, Code::Escrow);
//! assert_eq!(both.rung(), host.rung());
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::document::{Confidence, TimeUnit, UrlRung, ValueType, Verb};
use super::part::Part;

/// What happens to one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Form {
    /// H: what of the source value is hidden.
    pub hide: Hide,
    /// G: how coarse it becomes: the rungs that were asked for. [`Form::rung`] is their join. They stay apart until then,
    /// so that rungs without a declared join are seen in whatever order they came.
    pub rungs: BTreeSet<Rung>,
    /// P: whether a code stands in its place.
    pub code: Code,
    /// A code or label keeps the type that a store expects.
    pub preserve: bool,
    /// Transformers of vendors that rewrite what would leave in clear: numbers of plugins in the plan. Of two no order is
    /// declared, so then nothing leaves.
    pub rewrite: BTreeSet<u16>,
    /// X: whether it leaves at all.
    pub end: End,
}

/// H: hidden byte ranges of the source value, joined by union.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Hide {
    /// Everything.
    pub whole: Option<Cover>,
    /// What detectors find.
    pub found: BTreeSet<Found>,
    /// All but what these show.
    pub mask: BTreeSet<Mask>,
    /// Everything behind so many characters.
    pub text: Option<u32>,
    /// What detectors of vendors find: numbers of plugins in the plan.
    pub plugins: BTreeSet<u16>,
}

/// What stands in the place of a hidden value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Cover {
    /// That many `*`.
    Stars(u16),
    /// A label; empty: the default label.
    Label(String),
}

/// One detector treatment with the thresholds of the layer that declares it: they act inside this entry only.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Found {
    /// Sets or entities.
    pub find: Vec<String>,
    /// Findings below are not hidden by this entry.
    pub threshold: Confidence,
    /// Values or globs that this entry leaves alone.
    pub except: Vec<String>,
    /// It leaves values alone that documents use as examples.
    pub except_examples: bool,
    /// Entity → the part of its values that this entry does not hide. Another entry may: hidden is what any hides.
    pub keep: BTreeMap<String, Part>,
    /// Label of a run; empty: `[entity]`.
    pub label: String,
}

impl Found {
    /// Whether those whom the event itself names are looked for: the entity `person.known`, by its name or by one of its sets.
    pub fn names_known(&self) -> bool {
        self.find.iter().any(|name| matches!(name.as_str(), "personal" | "person" | "person.known"))
    }
}

/// What a mask shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs)]
pub enum Mask {
    Card,
    Domain,
    Extension,
    Ends { first: u16, last: u16 },
}

/// G: a rung on the ladder of a type, from fine to coarse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs)]
pub enum Rung {
    /// Bits kept.
    Ip {
        ipv4: u8,
        ipv6: u8,
    },
    Time {
        unit: TimeUnit,
        zone: Option<String>,
    },
    /// Width of a bucket as a decimal number.
    Number {
        width: String,
    },
    /// Decimals kept.
    Geo {
        decimals: u8,
    },
    Url {
        rung: UrlRung,
    },
    /// Folders kept, and whether the type of file stays.
    Path {
        depth: u8,
        extension: bool,
    },
    Agent,
    Title,
}

/// P: clear < code with escrow < code without < random token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[allow(missing_docs)]
pub enum Code {
    #[default]
    Clear,
    Escrow,
    Plain,
    Random,
}

/// X: keep < replace < drop < forbid.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum End {
    /// It leaves as H, G and P made it.
    #[default]
    Keep,
    /// A constant (JSON text) leaves in its place.
    Replace(String),
    /// It does not leave.
    Drop,
    /// It should not have been collected: dropped, and an alarm is counted.
    Forbid,
}

impl Form {
    /// The form of a single treatment. `suppress` concerns events, not values: it counts as `drop` here.
    pub fn of(verb: &Verb) -> Self {
        let mut form = Self::default();
        match verb {
            Verb::Keep => {}
            Verb::Drop | Verb::Suppress => form.end = End::Drop,
            Verb::Forbid => form.end = End::Forbid,
            Verb::Replace { with } => form.end = End::Replace(with.clone()),
            Verb::Redact { label, fixed } => {
                form.hide.whole = Some(match (fixed, label) {
                    (Some(stars), _) => Cover::Stars(*stars),
                    (None, label) => Cover::Label(label.clone().unwrap_or_default()),
                });
            }
            Verb::RedactFound { find, threshold, except, except_examples, keep, label } => {
                let (mut find, mut except, keep) = (find.clone(), except.clone(), keep.clone());
                find.sort();
                except.sort();
                let label = label.clone().unwrap_or_default();
                let (threshold, except_examples) = (*threshold, *except_examples);
                form.hide.found.insert(Found { find, threshold, except, except_examples, keep, label });
            }
            Verb::MaskCard => {
                form.hide.mask.insert(Mask::Card);
            }
            Verb::MaskDomain => {
                form.hide.mask.insert(Mask::Domain);
            }
            Verb::MaskExtension => {
                form.hide.mask.insert(Mask::Extension);
            }
            Verb::MaskEnds { first, last } => {
                form.hide.mask.insert(Mask::Ends { first: *first, last: *last });
            }
            Verb::TruncateText { text } => form.hide.text = Some(*text),
            Verb::TruncateIp { ipv4, ipv6 } => {
                form.rungs.insert(Rung::Ip { ipv4: *ipv4, ipv6: *ipv6 });
            }
            Verb::GeneraliseTime { unit, zone } => {
                form.rungs.insert(Rung::Time { unit: *unit, zone: zone.clone() });
            }
            Verb::GeneraliseNumber { width } => {
                form.rungs.insert(Rung::Number { width: width.clone() });
            }
            Verb::GeneraliseGeo { decimals } => {
                form.rungs.insert(Rung::Geo { decimals: *decimals });
            }
            Verb::GeneraliseUrl { rung } => {
                form.rungs.insert(Rung::Url { rung: *rung });
            }
            Verb::GeneralisePath { depth, extension } => {
                form.rungs.insert(Rung::Path { depth: *depth, extension: *extension });
            }
            Verb::GeneraliseAgent => {
                form.rungs.insert(Rung::Agent);
            }
            Verb::GeneraliseTitle => {
                form.rungs.insert(Rung::Title);
            }
            Verb::Pseudonymise { escrow, preserve } => {
                form.code = if *escrow { Code::Escrow } else { Code::Plain };
                form.preserve = *preserve;
            }
            Verb::Tokenise { preserve } => {
                form.code = Code::Random;
                form.preserve = *preserve;
            }
        }
        form
    }

    /// The form of what nobody keeps.
    pub fn dropped() -> Self {
        Self { end: End::Drop, ..Self::default() }
    }

    /// The stricter of both, component by component.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let (mut rungs, mut rewrite) = (self.rungs, self.rewrite);
        rungs.extend(other.rungs);
        rewrite.extend(other.rewrite);
        Self {
            hide: self.hide.join(other.hide),
            rungs,
            code: self.code.max(other.code),
            preserve: self.preserve || other.preserve,
            rewrite,
            end: self.end.max(other.end),
        }
    }

    /// The coarsest rung that was asked for.
    ///
    /// # Errors
    ///
    /// Two rungs that have no declared join. The compiler reports them where it can see them; where only an event
    /// brings them together, the value does not leave.
    pub fn rung(&self) -> Result<Option<Rung>, (&Rung, &Rung)> {
        for (i, a) in self.rungs.iter().enumerate() {
            for b in self.rungs.iter().skip(i + 1) {
                if a.clone().join(b.clone()).is_none() {
                    return Err((a, b));
                }
            }
        }
        Ok(self.rungs.iter().cloned().reduce(|a, b| a.clone().join(b).unwrap_or(a)))
    }

    /// The lowest form that a floor lets stand: visible, or a code that can be reversed. What must not be collected stays so.
    #[must_use]
    pub fn raised(self) -> Self {
        match self.end {
            End::Forbid => self,
            _ => Self { code: self.code.min(Code::Escrow), end: End::Keep, ..self },
        }
    }

    /// The value leaves as it came.
    pub fn is_clear(&self) -> bool {
        *self == Self::default()
    }

    /// Something of the value, or in its place, leaves.
    pub fn leaves(&self) -> bool {
        matches!(self.end, End::Keep | End::Replace(_)) && self.rung().is_ok() && self.rewrite.len() < 2
    }
}

impl Hide {
    fn join(mut self, other: Self) -> Self {
        self.found.extend(other.found);
        self.mask.extend(other.mask);
        self.plugins.extend(other.plugins);
        Self {
            whole: self.whole.max(other.whole),
            found: self.found,
            mask: self.mask,
            plugins: self.plugins,
            text: match (self.text, other.text) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (one, None) | (None, one) => one,
            },
        }
    }

    /// Nothing is hidden.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Rung {
    /// The coarser of two rungs of one ladder. Buckets join only if one width is a multiple of the other; times only in
    /// one zone, or where one of them names none.
    pub fn join(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Rung::Ip { ipv4: a, ipv6: b }, Rung::Ip { ipv4: c, ipv6: d }) => {
                Rung::Ip { ipv4: a.min(c), ipv6: b.min(d) }
            }
            (Rung::Time { unit: a, zone: z }, Rung::Time { unit: b, zone: y }) => {
                let zone = match (z, y) {
                    (Some(z), Some(y)) if z != y => return None,
                    (z, y) => z.or(y),
                };
                Rung::Time { unit: a.max(b), zone }
            }
            (Rung::Number { width: a }, Rung::Number { width: b }) => Rung::Number { width: wider(a, b)? },
            (Rung::Geo { decimals: a }, Rung::Geo { decimals: b }) => Rung::Geo { decimals: a.min(b) },
            (Rung::Url { rung: a }, Rung::Url { rung: b }) => Rung::Url { rung: a.max(b) },
            (Rung::Path { depth: a, extension: x }, Rung::Path { depth: b, extension: y }) => {
                Rung::Path { depth: a.min(b), extension: x && y }
            }
            (Rung::Agent, Rung::Agent) => Rung::Agent,
            (Rung::Title, Rung::Title) => Rung::Title,
            _ => return None,
        })
    }

    /// The type whose ladder this is on.
    pub fn value_type(&self) -> ValueType {
        match self {
            Rung::Ip { .. } => ValueType::Ip,
            Rung::Time { .. } => ValueType::Time,
            Rung::Number { .. } => ValueType::Number,
            Rung::Geo { .. } => ValueType::Geo,
            Rung::Url { .. } => ValueType::Url,
            Rung::Path { .. } => ValueType::Path,
            Rung::Agent => ValueType::Agent,
            Rung::Title => ValueType::Title,
        }
    }
}

impl fmt::Display for Rung {
    /// As a message names it: `the day in Europe/Berlin`, `buckets of 10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rung::Ip { ipv4, ipv6 } => write!(f, "networks of {ipv4} and {ipv6} bits"),
            Rung::Time { unit, zone } => {
                write!(f, "the {}", format!("{unit:?}").to_lowercase())?;
                zone.iter().try_for_each(|zone| write!(f, " in {zone}"))
            }
            Rung::Number { width } => write!(f, "buckets of {width}"),
            Rung::Geo { decimals } => write!(f, "coordinates of {decimals} decimals"),
            Rung::Url { rung: UrlRung::Page } => f.write_str("the page"),
            Rung::Url { rung: UrlRung::Host } => f.write_str("the host"),
            Rung::Path { depth, .. } => write!(f, "the first {depth} folders"),
            Rung::Agent => f.write_str("the family of the program"),
            Rung::Title => f.write_str("the name of the application"),
        }
    }
}

/// The wider bucket, if the other divides it.
fn wider(a: String, b: String) -> Option<String> {
    let (x, y): (f64, f64) = (a.parse().ok()?, b.parse().ok()?);
    let (small, large, text) = if x <= y { (x, y, b) } else { (y, x, a) };
    let ratio = large / small;
    ((ratio - ratio.round()).abs() < 1e-9).then_some(text)
}

/// Why a treatment does not go with a type, if it does not.
pub fn misfit(verb: &Verb, value_type: ValueType) -> Option<&'static str> {
    use ValueType as T;
    let fits = match verb {
        Verb::RedactFound { .. } | Verb::TruncateText { .. } => matches!(value_type, T::Text | T::Email | T::Card),
        Verb::MaskCard => matches!(value_type, T::Card | T::Text),
        Verb::MaskDomain => matches!(value_type, T::Email | T::Text),
        Verb::MaskExtension => matches!(value_type, T::Text | T::Path),
        Verb::MaskEnds { .. } => matches!(value_type, T::Text | T::Card | T::Email),
        Verb::TruncateIp { .. } => value_type == T::Ip,
        Verb::GeneraliseTime { .. } => value_type == T::Time,
        Verb::GeneraliseNumber { .. } => matches!(value_type, T::Number | T::Text),
        Verb::GeneraliseGeo { .. } => value_type == T::Geo,
        Verb::GeneraliseUrl { .. } => value_type == T::Url,
        Verb::GeneralisePath { .. } => value_type == T::Path,
        Verb::GeneraliseAgent => value_type == T::Agent,
        Verb::GeneraliseTitle => value_type == T::Title,
        _ => true,
    };
    if fits {
        return None;
    }
    Some(match verb {
        Verb::RedactFound { .. } | Verb::TruncateText { .. } | Verb::MaskEnds { .. } => "is for text",
        Verb::MaskCard => "is for card numbers",
        Verb::MaskDomain => "is for e-mail addresses",
        Verb::MaskExtension => "is for names of files",
        Verb::TruncateIp { .. } => "is for addresses of type `ip`",
        Verb::GeneraliseTime { .. } => "is for times",
        Verb::GeneraliseNumber { .. } => "is for numbers",
        Verb::GeneraliseGeo { .. } => "is for coordinates",
        Verb::GeneraliseUrl { .. } => "is for web addresses",
        Verb::GeneralisePath { .. } => "is for paths",
        Verb::GeneraliseAgent => "is for user agents",
        _ => "is for titles of windows",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verb() -> impl Strategy<Value = Verb> {
        prop_oneof![
            Just(Verb::Keep),
            Just(Verb::Drop),
            Just(Verb::Forbid),
            Just(Verb::MaskCard),
            (0u16..4, 0u16..4).prop_map(|(first, last)| Verb::MaskEnds { first, last }),
            (8u8..32, 8u8..64).prop_map(|(ipv4, ipv6)| Verb::TruncateIp { ipv4, ipv6 }),
            prop_oneof![Just("2"), Just("3"), Just("4"), Just("12")]
                .prop_map(|w| Verb::GeneraliseNumber { width: w.into() }),
            (0u32..9).prop_map(|text| Verb::TruncateText { text }),
            prop_oneof![Just(None), Just(Some("Asia/Seoul")), Just(Some("Europe/Berlin"))]
                .prop_map(|z| Verb::GeneraliseTime { unit: TimeUnit::Hour, zone: z.map(String::from) }),
            (any::<bool>(), any::<bool>()).prop_map(|(escrow, preserve)| Verb::Pseudonymise { escrow, preserve }),
            prop_oneof![Just(None), Just(Some("x".to_owned()))].prop_map(|label| Verb::Redact { label, fixed: None }),
            Just(Verb::Replace { with: "1".into() }),
            Just(Verb::Replace { with: "2".into() }),
            (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(except_examples, keeps, sure)| {
                let keep = keeps.then(|| ("person.email".to_owned(), Part::Domain)).into_iter().collect();
                let threshold = if sure { Confidence::Certain } else { Confidence::Likely };
                let find = vec!["personal".to_owned()];
                Verb::RedactFound { find, threshold, except: Vec::new(), except_examples, keep, label: None }
            }),
        ]
    }

    fn form() -> impl Strategy<Value = Form> {
        proptest::collection::vec(verb(), 0..4).prop_map(|v| v.iter().map(Form::of).fold(Form::default(), Form::join))
    }

    proptest! {
        #[test]
        fn join_is_commutative_and_idempotent(a in form(), b in form()) {
            prop_assert_eq!(a.clone().join(b.clone()), b.clone().join(a.clone()));
            prop_assert_eq!(a.clone().join(a.clone()), a);
        }

        #[test]
        fn join_is_associative(a in form(), b in form(), c in form()) {
            prop_assert_eq!(a.clone().join(b.clone()).join(c.clone()), a.join(b.join(c)));
        }

        #[test]
        fn join_never_lowers(a in form(), b in form()) {
            let joined = a.clone().join(b);
            prop_assert!(joined.end >= a.end && joined.code >= a.code);
            prop_assert!(joined.hide.found.is_superset(&a.hide.found) && joined.hide.mask.is_superset(&a.hide.mask));
            prop_assert!(joined.hide.whole >= a.hide.whole);
        }
    }

    #[test]
    fn rungs_without_a_declared_join_let_nothing_through() {
        let a = Form::of(&Verb::GeneraliseNumber { width: "3".into() });
        let b = Form::of(&Verb::GeneraliseNumber { width: "4".into() });
        let both = a.join(b);
        assert!(both.rung().is_err() && !both.leaves());
        let all = both.join(Form::of(&Verb::GeneraliseNumber { width: "12".into() }));
        assert!(!all.leaves());
    }
}

//! A file of rules, as typed values.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::key::Public;
use super::{Confidence, Date, Field, Notice, Obligation, Role, Span, Spanned, Text, Treatment};

/// A file of rules.
#[derive(Clone, Debug)]
pub struct Layer {
    /// `policy.id`.
    pub id: Text,
    /// `policy.title`.
    pub title: String,
    /// Which layer it is.
    pub level: Level,
    /// The layer it continues.
    pub inherits: Option<Text>,
    /// `policy.revision`.
    pub revision: u32,
    /// First day it holds.
    pub in_force: Option<Spanned<Date>>,
    /// `policy.owner`.
    pub owner: Option<String>,
    /// `policy.guard`: a second detector pass over what leaves whole.
    pub guard: Option<Spanned<bool>>,
    /// Who reviewed it and when, as written; empty `by` is warned about.
    pub review: Option<Review>,
    /// Laws by short name.
    pub laws: BTreeMap<String, Law>,
    /// Further treatments.
    pub treatments: Vec<Treatment>,
    /// Rules in the order of the file.
    pub rules: Vec<Rule>,
    /// What becomes of values that no step could treat.
    pub failure: Option<FailureRule>,
    /// Protect lists and others.
    pub lists: Vec<List>,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Purposes allowed; `None` where the layer is silent.
    pub purposes: Option<(Vec<Text>, Reason)>,
    /// How long.
    pub retention: Vec<Retention>,
    /// What must stay attributable.
    pub attributable: Vec<Attributable>,
    /// Notices that are owed.
    pub notices: Vec<Notice>,
    /// What is asked of others.
    pub obligations: Vec<Obligation>,
    /// Officers' own detectors.
    pub entities: Vec<Entity>,
    /// Plugins of vendors.
    pub plugins: Vec<VendorPlugin>,
    /// Working hours.
    pub hours: Option<Hours>,
    /// Codes: how they change and who shares one.
    pub codes: Option<Codes>,
    /// Who may reverse a code.
    pub escrow: Option<Escrow>,
    /// Public keys of those who sign evidence, by name.
    pub officers: BTreeMap<String, Vec<OfficerKey>>,
    /// Which laws hold for whom.
    pub workforce: Vec<Workforce>,
    /// Schema maps that are opted into, or the only ones allowed.
    pub schemas: Schemas,
    /// Fields that a tenant adds to schema maps.
    pub classify: Vec<Classify>,
    /// Controller and recipients as flat text, for the notice.
    pub about: BTreeMap<String, String>,
    /// Purposes for which recipients get events.
    pub recipient_purposes: Vec<Text>,
}

/// A public key of an officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficerKey {
    /// The key.
    pub key: Public,
    /// The last day of signatures that count; `None`: there is none.
    pub until: Option<Date>,
}

/// `[failure]`.
#[derive(Clone, Debug)]
pub struct FailureRule {
    /// The word `failure`, where it stands.
    pub name: Text,
    /// Why.
    pub reason: Reason,
    /// Category or family, and what becomes of its values.
    pub rows: Vec<(Text, OnFailure)>,
    /// What becomes of values that no row names; `None` where nothing is said.
    pub otherwise: Option<OnFailure>,
}

/// What becomes of a value that no step could treat, from the least strict to the strictest. Of itself it never leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum OnFailure {
    /// `null` stands in its place; in text, or for a key, a hyphen.
    #[default]
    Null,
    /// A constant of the policy (JSON text) stands in its place.
    Replace(String),
    /// Nothing stands in its place.
    Drop,
    /// Its event does not leave: it is quarantined.
    Quarantine,
    /// Neither its event nor any behind it leaves: the route stops.
    Stop,
}

/// Where a file of rules stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Level {
    Base,
    Jurisdiction,
    Sector,
    Tenant,
}

/// `[review]`.
#[derive(Clone, Debug)]
pub struct Review {
    /// Who; empty while nobody did.
    pub by: Text,
    /// When, as written.
    pub on: String,
    /// The law as of.
    pub law_as_of: Option<Date>,
}

/// One law.
#[derive(Clone, Debug)]
pub struct Law {
    /// How it is cited.
    pub cite: Text,
    /// `high`, `medium`, `low`.
    pub sure: String,
    /// `text`, `secondary`, `memory`.
    pub seen: String,
    /// First day it holds.
    pub from: Option<Date>,
}

/// Why a rule stands.
#[derive(Clone, Debug, Default)]
pub struct Reason {
    /// One sentence.
    pub because: String,
    /// Short names of laws.
    pub cite: Vec<Text>,
}

/// `[rule.NAME]`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: Text,
    /// Why.
    pub reason: Reason,
    /// `if = "fact"`.
    pub fact: Option<Text>,
    /// When.
    pub when: When,
    /// `event = "suppress"`, with its place.
    pub suppress: Option<Span>,
    /// Category or family → treatment.
    pub rows: Vec<Row>,
}

/// `"category" = treatment`.
#[derive(Clone, Debug)]
pub struct Row {
    /// A category, or a family that ends in `.*`.
    pub category: Text,
    /// What is done, by purpose.
    pub what: ByPurpose,
}

/// Treatments by purpose.
#[derive(Clone, Debug)]
pub struct ByPurpose {
    /// Purpose → names of treatments.
    pub named: BTreeMap<String, Vec<Text>>,
    /// For every purpose that is not named; `None`: this row says nothing about them.
    pub otherwise: Option<Vec<Text>>,
    /// The purposes that are named, with their places.
    pub purposes: Vec<Text>,
}

/// Conditions, all of which have to hold.
#[derive(Clone, Debug, Default)]
pub struct When {
    /// Kinds or families of kinds.
    pub kind: Vec<Text>,
    /// Systems by name or tag.
    pub system: Vec<Text>,
    /// Purposes.
    pub purpose: Vec<Text>,
    /// Roles.
    pub role: Vec<Spanned<Role>>,
    /// `attributable = …`.
    pub attributable: Option<Spanned<bool>>,
    /// `outside-hours = …`.
    pub outside_hours: Option<Spanned<bool>>,
    /// Names of lists, one of which has to match.
    pub listed: Vec<Text>,
    /// Category → values.
    pub equals: Vec<(Text, Vec<String>)>,
    /// Category → globs.
    pub matches: Vec<(Text, Vec<String>)>,
}

impl When {
    /// What only an event can answer: purpose, system and attribution are decided before any comes.
    #[must_use]
    pub fn of_event(&self) -> Self {
        Self { purpose: Vec::new(), system: Vec::new(), attributable: None, ..self.clone() }
    }

    /// Nothing is asked.
    pub fn is_empty(&self) -> bool {
        let Self { kind, system, purpose, role, attributable, outside_hours, listed, equals, matches } = self;
        let texts = [kind, system, purpose, listed].into_iter().all(Vec::is_empty);
        let values = equals.is_empty() && matches.is_empty();
        texts && values && role.is_empty() && attributable.is_none() && outside_hours.is_none()
    }
}

/// `[list.NAME]`.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name.
    pub name: Text,
    /// Categories whose values are looked at.
    pub look_in: Vec<Text>,
    /// Roles whose values are looked at.
    pub about: Vec<Spanned<Role>>,
    /// Words or globs; for a secret list they come from outside.
    pub words: Vec<Text>,
    /// The words are not in this file.
    pub secret: bool,
    /// Who holds it.
    pub held_by: Option<String>,
    /// No list, no flow.
    pub closed_if_empty: bool,
}

/// `[gate.NAME]`.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Its name.
    pub name: Text,
    /// Purposes it stands before; empty: all.
    pub purposes: Vec<Text>,
    /// `if = "fact"`: the gate stands only where the fact holds.
    pub fact: Option<Text>,
    /// Keys that the evidence must have.
    pub ask: Vec<Text>,
    /// Alternatives: facts that open it when answered with yes, gates whose evidence opens it as well.
    pub or: Vec<Text>,
    /// Representatives of those concerned are asked or sign: the notice tells it under who was consulted.
    pub consults: bool,
    /// Why.
    pub reason: Reason,
}

/// `[fact.NAME]`.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its name.
    pub name: Text,
    /// The question.
    pub ask: String,
    /// What holds while nobody answered.
    pub unknown: bool,
    /// By which law.
    pub cite: Vec<Text>,
}

/// `[retention.NAME]`.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Its name.
    pub name: Text,
    /// `if = "fact"`.
    pub fact: Option<Text>,
    /// For which events.
    pub when: When,
    /// Cap.
    pub at_most: Option<Spanned<Duration>>,
    /// Floor.
    pub at_least: Option<Spanned<Duration>>,
    /// Immediately available.
    pub at_hand: Option<Spanned<Duration>>,
    /// Why.
    pub reason: Reason,
}

/// A length of time as written; compared by days (a month is 30, a year 365 days).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    /// Days.
    pub days: u32,
    /// As written.
    pub text: String,
}

/// `[attributable.NAME]`.
#[derive(Clone, Debug)]
pub struct Attributable {
    /// Its name.
    pub name: Text,
    /// `if = "fact"`.
    pub fact: Option<Text>,
    /// For which events.
    pub when: When,
    /// Categories that must stay visible or reversible.
    pub show: Vec<Text>,
    /// Why.
    pub reason: Reason,
}

/// `[[entity]]`.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Its name.
    pub name: Text,
    /// Title in plain words.
    pub title: String,
    /// Sets it belongs to.
    pub sets: Vec<Text>,
    /// What its values are known by.
    pub by: KnownBy,
    /// Words that must stand nearby.
    pub keywords: Vec<String>,
    /// Must be found.
    pub examples: Vec<Text>,
    /// Must not be found.
    pub counter_examples: Vec<Text>,
}

/// What the values of an entity are known by.
#[derive(Clone, Debug)]
pub enum KnownBy {
    /// A linear-time regular expression.
    Pattern(Text),
    /// An exact list of this name: its values stand elsewhere, sealed.
    List(Text),
}

impl Entity {
    /// The exact list that its values stand in.
    pub fn list(&self) -> Option<&Text> {
        match &self.by {
            KnownBy::List(list) => Some(list),
            KnownBy::Pattern(_) => None,
        }
    }

    /// Whether a treatment that looks for this name, or set, looks for it.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.value == name || self.sets.iter().any(|set| set.value == name)
    }

    /// Whether both find the same, under the same name.
    pub fn finds_like(&self, other: &Entity) -> bool {
        let sets = |entity: &Entity| entity.sets.iter().map(|set| set.value.clone()).collect::<Vec<_>>();
        let same = match (&self.by, &other.by) {
            (KnownBy::Pattern(one), KnownBy::Pattern(other)) | (KnownBy::List(one), KnownBy::List(other)) => {
                one.value == other.value
            }
            _ => false,
        };
        self.name.value == other.name.value && same && self.keywords == other.keywords && sets(self) == sets(other)
    }
}

/// `[plugin.NAME]`.
#[derive(Clone, Debug)]
pub struct VendorPlugin {
    /// Its name.
    pub name: Text,
    /// Why.
    pub reason: Reason,
    /// File of the component, relative to the folder of this file.
    pub component: Text,
    /// SHA-256 of the component.
    pub digest: Spanned<[u8; 32]>,
    /// Settings, as JSON.
    pub settings: Spanned<String>,
    /// What it does with values.
    pub does: Work,
    /// Categories whose values it is given.
    pub categories: Vec<Text>,
}

/// What a plugin of a vendor does with values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A detector: what it finds is hidden.
    Look {
        /// Its entities or their sets; empty: everything it finds.
        find: Vec<Text>,
        /// Findings below are not hidden.
        threshold: Confidence,
        /// What stands in place of a finding; `None`: the name of the entity.
        label: Option<String>,
    },
    /// A transformer: its answer takes the value's place.
    Rewrite,
}

/// `[hours]`.
#[derive(Clone, Debug)]
pub struct Hours {
    /// IANA zone.
    pub zone: Text,
    /// The table itself and each `[hours.SHIFT]`: weekday (0 Monday) → from, to in minutes after midnight.
    pub shifts: Vec<Vec<(u8, u16, u16)>>,
    /// Name of a holiday calendar, for example `DE-BY`.
    pub holidays: Option<Text>,
}

/// `[codes]`.
#[derive(Clone, Debug)]
pub struct Codes {
    /// Length of an epoch.
    pub change_every: Option<Spanned<Duration>>,
    /// Categories that share one domain.
    pub same_person: Vec<Text>,
    /// Why.
    pub reason: Reason,
}

/// `[escrow]`.
#[derive(Clone, Debug)]
pub struct Escrow {
    /// Who holds shares.
    pub officers: Vec<String>,
    /// How many have to agree.
    pub approvals: u32,
    /// Purposes.
    pub only_for: Vec<Text>,
    /// When the person is told.
    pub tell_person: Option<Duration>,
    /// Why.
    pub reason: Reason,
}

impl Escrow {
    /// What two that hold together allow: in each respect the stricter of both. `None`: nobody reverses a code, since there is no
    /// purpose that both name, or fewer officers that both name than have to agree.
    #[must_use]
    pub fn join(self, other: &Self) -> Option<Self> {
        let approvals = self.approvals.max(other.approvals);
        let mut officers = self.officers;
        officers.retain(|officer| other.officers.contains(officer));
        // Who names no purpose means all.
        let only_for = match (self.only_for.is_empty(), other.only_for.is_empty()) {
            (true, _) => other.only_for.clone(),
            (_, true) => self.only_for,
            _ => {
                let is_named = |purpose: &Text| other.only_for.iter().any(|own| own.value == purpose.value);
                let both: Vec<_> = self.only_for.into_iter().filter(is_named).collect();
                (!both.is_empty()).then_some(both)?
            }
        };
        let tell_person = match (self.tell_person, other.tell_person.clone()) {
            (Some(one), Some(two)) => Some(if two.days < one.days { two } else { one }),
            (one, two) => one.or(two),
        };
        // More than there are: a number that could not be read.
        let can = officers.len() >= usize::try_from(approvals).unwrap_or(usize::MAX);
        can.then_some(Self { officers, approvals, only_for, tell_person, reason: self.reason })
    }
}

/// `[workforce.NAME]`.
#[derive(Clone, Debug)]
pub struct Workforce {
    /// Its name.
    pub name: Text,
    /// Jurisdictions by id.
    pub jurisdictions: Vec<Text>,
    /// Sectors by id.
    pub sectors: Vec<Text>,
}

/// `[schemas]`.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    /// Opt-in maps that may match.
    pub use_maps: Vec<Text>,
    /// The only maps that may match; empty: all.
    pub pin: Vec<Text>,
}

/// `[classify.MAP]`.
#[derive(Clone, Debug)]
pub struct Classify {
    /// The schema map by id.
    pub map: Text,
    /// Why; `cite` may be empty.
    pub reason: Reason,
    /// What each field is.
    pub fields: Vec<Field>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    fn escrow() -> impl Strategy<Value = Escrow> {
        let officers = subsequence(vec!["a", "b", "c", "d"], 1..=4);
        let purposes = subsequence(vec!["security", "product", "compliance"], 0..=3);
        let told = proptest::option::of(1..4_u32);
        (officers, 1..4_u32, purposes, told).prop_map(|(officers, approvals, purposes, told)| Escrow {
            approvals: approvals.min(officers.len() as u32),
            officers: officers.into_iter().map(str::to_owned).collect(),
            only_for: purposes.into_iter().map(|name| Text { value: name.to_owned(), span: Span::default() }).collect(),
            tell_person: told.map(|days| Duration { days, text: format!("{days} days") }),
            reason: Reason { because: "x".to_owned(), cite: Vec::new() },
        })
    }

    /// Whether these officers reverse a code for this purpose and tell the person so many days later; `None`: never.
    fn allows(escrow: &Escrow, officers: &[String], purpose: &str, told: Option<u32>) -> bool {
        let agree = escrow.officers.iter().filter(|own| officers.contains(own)).count();
        agree >= escrow.approvals as usize
            && (escrow.only_for.is_empty() || escrow.only_for.iter().any(|own| own.value == purpose))
            && escrow.tell_person.as_ref().is_none_or(|tell| told.is_some_and(|told| told <= tell.days))
    }

    proptest! {
        /// LAW (tightening): of two that hold together nobody reverses a code for a purpose, or tells the person later, but where both
        /// let them; which comes first does not matter; and of two equal ones nothing changes.
        #[test]
        fn escrow_that_is_joined_allows_what_both_allow(
            one in escrow(), other in escrow(),
            people in subsequence(vec!["a", "b", "c", "d"], 0..=4), told in proptest::option::of(1..4_u32),
        ) {
            let people: Vec<String> = people.into_iter().map(str::to_owned).collect();
            let all = |escrow: &Option<Escrow>| ["security", "product", "other"].map(|purpose| {
                escrow.as_ref().is_some_and(|escrow| allows(escrow, &people, purpose, told))
            });
            let (both, turned) = (one.clone().join(&other), other.clone().join(&one));
            prop_assert_eq!(all(&both), all(&turned));
            for (both, each) in all(&both).into_iter().zip(all(&Some(one.clone())).into_iter().zip(all(&Some(other)))) {
                prop_assert!(!both || each.0 && each.1);
            }
            prop_assert_eq!(all(&one.clone().join(&one)), all(&Some(one)));
        }
    }
}

//! The rows of a notice's table: what becomes of each category, for which purposes. All of it follows from plans.

use std::collections::BTreeSet;

use super::super::condition::clauses;
use super::super::decision::{Decision, Decisions, Part, Said, Say};
use super::super::explain::Purpose;
use super::super::phrase::{Lang, Phrase};
use super::treated::Treated;
use super::words::{Word, length, purpose};
use crate::policy::HowLong;
use crate::policy::document::Identifies;
use crate::policy::form::{Code, Form};

/// A text of a policy, translated where the policy has a translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The text.
    pub text: String,
    /// It is in the language that was asked for.
    pub is_translated: bool,
}

impl Told {
    fn new(text: &str, translated: Option<&str>, lang: Lang) -> Self {
        let is_translated = lang == Lang::En || translated.is_some();
        Self { text: translated.unwrap_or(text).to_owned(), is_translated }
    }

    pub(super) fn of(said: &Said, lang: Lang) -> Self {
        Self::new(&said.says, said.says_in.get(lang.code()).map(String::as_str), lang)
    }

    /// The text, with a mark if it is not translated.
    pub fn marked(&self, lang: Lang) -> String {
        let mark = if self.is_translated { String::new() } else { format!(" [{}]", Word::Untranslated.text(lang)) };
        format!("{}{mark}", self.text)
    }
}

/// What becomes of a category, and for whom.
#[derive(Clone, Debug)]
pub struct Row {
    /// The category's name.
    pub category: String,
    /// Its title.
    pub title: Told,
    /// The `[category.GROUP]` it stands in.
    pub group: String,
    /// Whether its values point to a person.
    pub identifies: Option<Identifies>,
    /// It is specially protected.
    pub is_protected: bool,
    /// Purposes and systems for which all of this is so.
    pub scopes: Vec<Scope>,
    /// What always happens.
    pub treated: Treated,
    /// The same in the treatments' own sentences.
    pub sentences: Vec<Told>,
    /// What happens besides, when a condition holds.
    pub times: Vec<Times>,
    /// Codes that stand for its values can be reversed.
    pub is_reversible: bool,
    /// Why, as the rules say, with laws.
    pub because: Vec<String>,
}

/// What happens when a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// What the value becomes.
    pub treated: Treated,
    /// Clauses, all of which have to hold.
    pub when: Vec<String>,
    /// In the treatments' own sentences.
    pub sentences: Vec<Told>,
    /// It shows more rather than less: the value has to stay visible or reversible.
    pub is_floor: bool,
}

/// For what, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The purpose.
    pub purpose: String,
    /// The system, where only its events are meant.
    pub system: Option<String>,
    /// Nothing flows for it yet.
    pub is_closed: bool,
}

impl Scope {
    pub(super) fn of(one: &Purpose) -> Self {
        Self { purpose: one.name.clone(), system: one.system.clone(), is_closed: !one.closed.is_empty() }
    }

    /// In words.
    pub fn text(&self, lang: Lang) -> String {
        let name = purpose(&self.purpose, lang);
        let name =
            self.system.as_ref().map_or(name.clone(), |system| Word::OfSystem.with(lang, &[&name, system.as_str()]));
        if self.is_closed { Word::NotYet.with(lang, &[&name]) } else { name }
    }
}

impl Row {
    /// Whether anything of the category, or in its place, leaves.
    pub fn leaves(&self) -> bool {
        self.treated.leaves() || self.times.iter().any(|times| times.treated.leaves())
    }

    fn says_like(&self, other: &Row) -> bool {
        self.treated == other.treated && self.sentences == other.sentences && self.times == other.times
    }

    /// What is done to it, line by line.
    pub fn done(&self, lang: Lang) -> Vec<String> {
        let mut lines = vec![with_sentences(self.treated, &self.sentences, lang)];
        lines.extend(self.times.iter().map(|times| {
            let word = if times.is_floor { Word::TimesNotStricter } else { Word::Times };
            let when = times.when.join(Phrase::And.text(lang));
            word.with(lang, &[&when, &with_sentences(times.treated, &times.sentences, lang)])
        }));
        lines
    }
}

/// `kept whole: kept as it is`.
fn with_sentences(treated: Treated, sentences: &[Told], lang: Lang) -> String {
    let said: Vec<_> = sentences.iter().map(|told| told.marked(lang)).collect();
    if said.is_empty() {
        return treated.text(lang).to_owned();
    }
    let (word, said) = (treated.text(lang), said.join("; "));
    // "replaced by a code", and then which code: once is enough.
    if said.contains(word) { said } else { format!("{word}: {said}") }
}

/// A text of a policy that nobody translates, with a mark in other languages than its own.
pub(super) fn written(text: &str, lang: Lang) -> String {
    Told::new(text, None, lang).marked(lang)
}

/// Rows of every category, in the order of their names.
pub fn rows(purposes: &[Purpose], lang: Lang) -> Vec<Row> {
    let plans: Vec<_> = purposes.iter().filter_map(|one| Some((one, Decisions::new(one.plan.as_deref()?)))).collect();
    let Some((_, first)) = plans.first() else { return Vec::new() };
    let mut rows: Vec<Row> = Vec::new();
    for (id, _) in first.plan().library.words.categories() {
        let mut own: Vec<Row> = Vec::new();
        for (purpose, decisions) in &plans {
            let row = row(decisions, &decisions.of(id), Scope::of(purpose), lang);
            let is_plain = |scope: &Scope| scope.purpose == purpose.name && scope.system.is_none();
            let plain = own.iter().find(|other| other.scopes.iter().any(is_plain));
            // Of a system only what is otherwise than without one says anything.
            if purpose.system.is_some() && plain.is_some_and(|plain| plain.says_like(&row)) {
                continue;
            }
            match own.iter_mut().find(|other| other.says_like(&row)) {
                Some(same) => same.scopes.extend(row.scopes),
                None => own.push(row),
            }
        }
        rows.extend(own);
    }
    rows
}

fn row(decisions: &Decisions<'_>, decision: &Decision, scope: Scope, lang: Lang) -> Row {
    let categories = &decisions.plan().library.categories;
    let known = categories.categories.get(&decision.name);
    let is_raised = decision.says.iter().any(|say| say.part == Part::Shows && !say.at_times);
    let form = if is_raised { decision.form.clone().raised() } else { decision.form.clone() };
    Row {
        category: decision.name.clone(),
        title: Told::new(&decision.title, categories.title_in(lang.code(), &decision.name), lang),
        group: known.map(|known| known.group.clone()).unwrap_or_default(),
        identifies: decision.identifies,
        is_protected: decision.protected.is_some(),
        scopes: vec![scope],
        treated: Treated::of(&form),
        sentences: sentences(decision, &form, lang),
        times: times(decisions, decision, &form, lang),
        is_reversible: form.code == Code::Escrow || decision.says.iter().any(|say| say.form.code == Code::Escrow),
        because: because(decision),
    }
}

/// What always happens, in the treatments' own sentences.
fn sentences(decision: &Decision, form: &Form, lang: Lang) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    if *form == decision.form {
        told.extend(decision.sentences().into_iter().filter(|said| !said.says.is_empty()).map(|s| Told::of(s, lang)));
    } else {
        told.push(Told { text: Word::Raised.of(lang), is_translated: true });
    }
    let by_vendor = decision.says.iter().any(|say| say.part == Part::Plugin);
    told.extend(by_vendor.then(|| Told { text: Word::ByVendor.of(lang), is_translated: true }));
    told
}

/// What happens besides when a condition holds; what would change nothing is left out.
fn times(decisions: &Decisions<'_>, decision: &Decision, form: &Form, lang: Lang) -> Vec<Times> {
    let library = &decisions.plan().library;
    let mut all: Vec<Times> = Vec::new();
    let at_times = || decision.says.iter().filter(|say| say.at_times);
    let strictest = at_times().fold(form.clone(), |all, say| all.join(say.form.clone()));
    for say in at_times() {
        let is_floor = say.part == Part::Shows;
        let becomes = if is_floor { strictest.clone().raised() } else { form.clone().join(say.form.clone()) };
        let unchanged = if is_floor { strictest == becomes } else { *form == becomes };
        if unchanged {
            continue;
        }
        let said = say.treatments.iter().filter(|said| !said.says.is_empty()).map(|said| Told::of(said, lang));
        let sentences = said.collect();
        let when = clauses(&say.when.of_event(), None, library, lang);
        let times = Times { treated: Treated::of(&becomes), when, sentences, is_floor };
        if !all.contains(&times) {
            all.push(times);
        }
    }
    all
}

/// Reasons of the rules that make it what it always is, with their laws.
fn because(decision: &Decision) -> Vec<String> {
    let mut reasons = BTreeSet::new();
    let always = decision.says.iter().filter(|say| !say.at_times && say.part == Part::Treats);
    let decides = |say: &&Say| if decision.form.is_clear() { true } else { !say.form.is_clear() };
    for say in always.filter(decides) {
        let laws: Vec<_> = say.cause.laws.iter().map(|law| law.cite.as_str()).collect();
        reasons.insert(format!("{} ({})", say.cause.because, laws.join("; ")));
    }
    reasons.into_iter().collect()
}

/// What the store is asked for, in words.
pub(super) fn asked(how_long: &HowLong, lang: Lang) -> Option<String> {
    let parts = [
        (Phrase::AtMost, &how_long.at_most),
        (Phrase::AtLeast, &how_long.at_least),
        (Phrase::AtHand, &how_long.at_hand),
    ];
    let said = parts.into_iter().filter_map(|(phrase, text)| Some(phrase.with(lang, &[&length(text.as_ref()?, lang)])));
    let said: Vec<_> = said.collect();
    (!said.is_empty()).then(|| said.join(", "))
}

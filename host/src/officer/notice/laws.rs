//! What laws ask of a notice: which slots, in which form, how long before, and in which words; and what of it is missing.

use std::collections::BTreeSet;

use super::super::decision::{Cause, Decisions};
use super::super::phrase::Phrase;
use super::super::report::{Block, Mark};
use super::rows::written;
use super::words::{Word, length, named, slot};
use super::{Gap, Subject, Writer};
use crate::policy::document::{Layer, Notice, Slot};
use crate::policy::{fact_holds, in_force};

/// A notice that a layer asks for, and that is owed: its laws have started, and its fact holds.
#[derive(Clone, Debug)]
pub struct Owed<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// What it asks for.
    pub notice: &'a Notice,
    /// Why.
    pub cause: Cause,
}

/// Slots that every notice fills, whether a law asks for it or not.
const ALWAYS: [Slot; 5] = [Slot::Controller, Slot::Recipients, Slot::Transfers, Slot::Period, Slot::Reversal];

/// Countries of the European Economic Area (ISO 3166-1): no safeguard is asked for a transfer there.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The notices that are owed, base first.
pub fn notices<'a>(subject: Subject<'a>) -> Vec<Owed<'a>> {
    let Some(plan) = subject.purposes.iter().find_map(|one| one.plan.as_deref()) else { return Vec::new() };
    let decisions = Decisions::new(plan);
    let (layers, on) = (decisions.layers().to_vec(), plan.scope.on);
    let holds = |notice: &Notice| {
        let fact = notice.fact.as_ref().is_none_or(|fact| fact_holds(fact, &layers, subject.evidence, on));
        fact && in_force(&notice.reason, &layers, on)
    };
    let all = layers.iter().flat_map(|layer| layer.notices.iter().map(move |notice| (*layer, notice)));
    let owed = all.filter(|(_, notice)| holds(notice)).map(|(layer, notice)| {
        let cause = decisions.because(layer, &notice.name, &notice.reason);
        Owed { layer, notice, cause }
    });
    owed.collect()
}

impl Writer<'_> {
    /// Whether a law asks for a slot.
    pub(super) fn asks_for(&self, wanted: Slot) -> bool {
        self.owed.iter().any(|own| own.notice.slots.iter().any(|slot| slot.value == wanted))
    }

    /// Everything that has to be told and that the policy does not know.
    pub(super) fn find_gaps(&self) -> Vec<Gap> {
        let asked = self.owed.iter().flat_map(|owed| &owed.notice.slots).map(|slot| slot.value);
        let slots: BTreeSet<Slot> = asked.chain(ALWAYS).collect();
        let mut gaps = Vec::new();
        for slot in slots {
            let by = self.owed.iter().filter(|owed| owed.notice.slots.iter().any(|own| own.value == slot));
            let cites: BTreeSet<_> = by.flat_map(|owed| &owed.cause.laws).map(|law| law.cite.clone()).collect();
            for (about, mend) in self.lacks(slot) {
                gaps.push(Gap { slot, about, asked_by: cites.iter().cloned().collect(), mend });
            }
        }
        gaps
    }

    /// What a slot lacks: what it is about, and how to mend it.
    fn lacks(&self, slot: Slot) -> Vec<(Option<String>, String)> {
        let key = |key: &str, example: &str| -> Vec<(Option<String>, String)> {
            match self.about(&format!("controller.{key}")) {
                Some(_) => Vec::new(),
                None => vec![(None, format!("write [controller] {key} = \"{example}\" into the tenant's file"))],
            }
        };
        match slot {
            Slot::Controller => key("name", "name and address"),
            Slot::Officer => key("officer", "how the data protection officer is reached"),
            Slot::Basis => key("basis", "GDPR Art. 6(1)(…), or the law that applies"),
            Slot::Interest => {
                let rests_on_it = self.about("controller.basis").is_none_or(|basis| basis.contains("(f)"));
                if rests_on_it { key("interest", "what for") } else { Vec::new() }
            }
            Slot::MustProvide => key("must-provide", "whether somebody has to provide it, and what follows if not"),
            Slot::AutomatedDecisions => key("automated-decisions", "none, or which and by what logic"),
            Slot::Activation => key("activation", "how somebody switches it on"),
            Slot::Sale => key("sale", "whether it is sold or shared"),
            Slot::Complaint => key("authority", "where to complain"),
            Slot::Rights | Slot::Objection => match self.contact() {
                Some(_) => Vec::new(),
                None => vec![(None, "write [controller] officer, or contact: whom people write to".into())],
            },
            Slot::Recipients => self.without_recipient(),
            Slot::Transfers => self.without_country(),
            Slot::Consulted if self.agreements().is_empty() => {
                vec![(None, "write who was consulted or signed, and when (`consulted-on`, `with`, `signed-by`), into the evidence of its gate".into())]
            }
            Slot::Reversal => {
                let reversible = self.rows.iter().any(|row| row.is_reversible && row.leaves());
                let known = self.layers().iter().any(|layer| layer.escrow.is_some());
                let mend = "write [escrow] with officers and approvals into the tenant's file";
                if reversible && !known { vec![(None, mend.into())] } else { Vec::new() }
            }
            Slot::Period => {
                let without = self.plain().filter(|(_, decisions)| decisions.plan().keeps(None).at_most.is_none());
                let mend = "write a [retention.NAME] with `at-most`";
                without.map(|(purpose, _)| (Some(purpose.name.clone()), mend.to_owned())).collect()
            }
            Slot::Start => match self.layers().last().and_then(|layer| layer.in_force.as_ref()) {
                Some(_) => Vec::new(),
                None => vec![(None, "write [policy] in-force = YYYY-MM-DD".into())],
            },
            // Told by a fixed phrase, by the table, or by the head of the policy.
            Slot::Consulted
            | Slot::Representative
            | Slot::Scope
            | Slot::Purposes
            | Slot::Categories
            | Slot::Sensitive
            | Slot::Source
            | Slot::Monitored
            | Slot::Interception
            | Slot::Kinds
            | Slot::Means
            | Slot::Circumstances
            | Slot::Rhythm
            | Slot::End
            | Slot::Never
            | Slot::Withdrawal
            | Slot::NewPurpose
            | Slot::Version
            | Slot::Prepared
            | Slot::Changed
            | Slot::Acknowledgement => Vec::new(),
        }
    }

    /// Purposes that nobody is named for. Of one that is closed nobody gets anything yet.
    fn without_recipient(&self) -> Vec<(Option<String>, String)> {
        let open = self.plain().map(|(purpose, _)| purpose).filter(|purpose| purpose.closed.is_empty());
        let without = open.filter(|purpose| self.recipients_of(&purpose.name).is_empty());
        let mend = |name: &str| format!("write a [recipient.NAME] with title and purposes = [\"{name}\"]");
        without.map(|purpose| (Some(purpose.name.clone()), mend(&purpose.name))).collect()
    }

    /// Recipients of which nobody says where they are, or by which safeguard something goes there.
    fn without_country(&self) -> Vec<(Option<String>, String)> {
        let under_gdpr = self.layers().iter().any(|layer| layer.id.value == "eu");
        let lack = |one: super::people::Recipient<'_>| {
            let said = |key: &str| self.about(&format!("recipient.{}.{key}", one.name));
            let mend = |key: &str| format!("write `{key}` into [recipient.{}]", one.name);
            match (said("country"), said("safeguard")) {
                (None, _) => Some((Some(one.title.to_owned()), mend("country"))),
                (Some(country), None) if under_gdpr && !EEA.contains(&country) => {
                    Some((Some(one.title.to_owned()), mend("safeguard")))
                }
                _ => None,
            }
        };
        self.recipients_all().into_iter().filter_map(lack).collect()
    }

    pub(super) fn laws(&mut self) {
        self.heading(Word::LawsHeading);
        let lang = self.lang;
        for owed in self.owed.clone() {
            let notice = owed.notice;
            let mut lines = Vec::new();
            lines.extend(
                notice.form.as_ref().map(|form| format!("{}: {}", Word::FormLine.text(lang), written(form, lang))),
            );
            lines.push(format!("{}: {}", Word::LeadLine.text(lang), length(&notice.lead.text, lang)));
            let slots = notice.slots.iter().map(|own| {
                let is_there = match own.value {
                    missing if self.is_missing(missing) => Word::MissingHere,
                    // Who has to have one has named one; most have none.
                    Slot::Representative if self.about("controller.representative").is_none() => Word::None,
                    _ => Word::Stated,
                };
                format!("{} ({})", slot(own.value, lang), is_there.text(lang))
            });
            let slots: Vec<_> = slots.collect();
            if !slots.is_empty() {
                lines.push(format!("{}: {}", Word::SlotLine.text(lang), slots.join("; ")));
            }
            lines.extend(law_lines(&owed.cause, lang));
            self.report.item(Mark::Plain, named(&owed.layer.title, lang), lines);
            if let Some(sentence) = &notice.says {
                self.sentence(&sentence.value);
            }
        }
    }

    /// A sentence of a law, and beside it what really happens to what it speaks of.
    fn sentence(&mut self, sentence: &str) {
        let lang = self.lang;
        self.report.item(Mark::Plain, Word::LawSentence.text(lang), vec![format!("“{sentence}”")]);
        let content = self.rows.iter().filter(|row| row.group == "content");
        let pairs = content.map(|row| {
            let scopes: Vec<_> = row.scopes.iter().map(|scope| scope.text(lang)).collect();
            (format!("{} ({})", row.title.marked(lang), scopes.join("; ")), row.done(lang).join("; "))
        });
        let pairs = pairs.collect();
        self.text(Word::LawSentenceBeside);
        self.report.blocks.push(Block::Pairs(pairs));
    }

    pub(super) fn version(&mut self) {
        self.heading(Word::VersionHeading);
        let lang = self.lang;
        let Some(plan) = self.plan() else { return };
        let mut pairs = vec![
            (Word::PolicyLine.of(lang), format!("{}@{}", plan.scope.policy, plan.scope.revision)),
            (Word::DigestLine.of(lang), plan.rules_digest()),
        ];
        let since = self.layers().last().and_then(|layer| layer.in_force.as_ref());
        let changed = format!("{}; {}", Word::InForceLine.text(lang), slot(Slot::Changed, lang));
        pairs.extend(since.map(|day| (changed, day.value.to_string())));
        pairs.push((Word::PreparedLine.of(lang), plan.scope.on.to_string()));
        for layer in self.layers() {
            let Some(review) = &layer.review else { continue };
            let law = review.law_as_of.map_or_else(|| "–".to_owned(), |day| day.to_string());
            let by = match review.by.value.is_empty() {
                true => Word::NotReviewed.with(lang, &[&law]),
                false => format!("{} {}", review.by.value, review.on),
            };
            pairs.push((format!("{}: {}", named(&layer.title, lang), Word::ReviewedLine.text(lang)), by));
        }
        self.report.blocks.push(Block::Pairs(pairs));
        self.report.text(Phrase::Defaults.text(lang));
    }

    pub(super) fn acknowledgement(&mut self) {
        if self.asks_for(Slot::Acknowledgement) {
            self.heading(Word::AckHeading);
            self.text(Word::AckText);
            self.text(Word::AckLine);
        }
    }
}

/// Laws with their marks.
pub(super) fn law_lines(cause: &Cause, lang: super::Lang) -> Vec<String> {
    let line = |law: &super::super::decision::Cited| {
        let (sure, seen) = (Phrase::Sure.with(lang, &[&law.sure]), Phrase::Seen.with(lang, &[&law.seen]));
        format!("{}: {} ({sure}, {seen})", Word::LawLine.text(lang), law.cite)
    };
    cause.laws.iter().map(line).collect()
}

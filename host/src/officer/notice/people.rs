//! Who is responsible, whom it is about, who gets what, and what those people can ask for.

use std::collections::BTreeSet;

use super::super::phrase::standing;
use super::super::report::{Block, Mark};
use super::Writer;
use super::rows::{Scope, written};
use super::words::{Word, named, slot};
use crate::policy::document::{Gate, Layer, Slot, When};
use crate::policy::{fact_holds, family_has, in_force};

/// A recipient as a tenant names it.
pub(super) struct Recipient<'a> {
    pub(super) name: String,
    pub(super) title: &'a str,
    pub(super) purposes: Vec<&'a str>,
}

impl<'a> Writer<'a> {
    pub(super) fn responsible(&mut self) {
        self.heading(Word::Responsible);
        let lang = self.lang;
        let said = |key: &str| self.about(&format!("controller.{key}")).map(str::to_owned);
        let known = [
            (slot(Slot::Controller, lang), said("name")),
            (Word::Address.text(lang), said("address")),
            (Word::Contact.text(lang), said("contact")),
            (slot(Slot::Representative, lang), said("representative")),
            (slot(Slot::Officer, lang), said("officer")),
        ];
        let pairs = known.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect();
        self.report.blocks.push(Block::Pairs(pairs));
        self.missing(Slot::Controller);
        self.missing(Slot::Officer);
    }

    pub(super) fn people(&mut self) {
        self.heading(Word::People);
        let lang = self.lang;
        self.text(Word::MonitoredText);
        if self.asks_for(Slot::Interception) {
            self.text(Word::InterceptionText);
        }
        let groups = self.groups();
        let rows: Vec<_> = groups.iter().map(|(name, laws)| vec![name.clone(), laws.join(", ")]).collect();
        let several = rows.len() > 1;
        self.report.table(vec![Word::Group.of(lang), Word::LawOfGroup.of(lang)], rows);
        if several {
            self.text(Word::AllLaws);
        }
        let mut pairs = self.hours();
        let systems = self.subject.evidence.systems.iter().map(|(name, system)| {
            let trail = system.attributable.then(|| format!(" ({})", Word::Attributable.text(lang)));
            format!("{name}{}", trail.unwrap_or_default())
        });
        let systems: Vec<_> = std::iter::once(Word::AnySystem.of(lang)).chain(systems).collect();
        pairs.push((Word::Systems.of(lang), systems.join("; ")));
        let kinds = self.kinds().join("; ");
        pairs.push((Word::KindsText.of(lang), kinds));
        pairs.push((slot(Slot::Means, lang).to_owned(), Word::MeansText.of(lang)));
        pairs.push((slot(Slot::Circumstances, lang).to_owned(), Word::CircumstancesText.of(lang)));
        let start = self.layers().last().and_then(|layer| layer.in_force.as_ref()).map(|day| day.value.to_string());
        pairs.extend(start.map(|start| (slot(Slot::Start, lang).to_owned(), start)));
        pairs.push((slot(Slot::Rhythm, lang).to_owned(), Word::RhythmText.of(lang)));
        pairs.push((slot(Slot::End, lang).to_owned(), Word::EndText.of(lang)));
        self.report.blocks.push(Block::Pairs(pairs));
        self.missing(Slot::Start);
        let activation = self.about("controller.activation").map(str::to_owned);
        self.say(Slot::Activation, activation);
    }

    /// Groups of people with the titles of the packs that hold for each.
    pub(super) fn groups(&self) -> Vec<(String, Vec<String>)> {
        let title = |id: &str| {
            self.layers()
                .iter()
                .find(|layer| layer.id.value == id)
                .map(|layer| named(&layer.title, self.lang).to_owned())
        };
        let workforce = self.layers().iter().flat_map(|layer| &layer.workforce);
        let of = workforce.map(|group| {
            let laws = group.jurisdictions.iter().chain(&group.sectors);
            (group.name.value.clone(), laws.filter_map(|law| title(&law.value)).collect())
        });
        of.collect()
    }

    /// Groups for which a layer holds, by name. What hangs on no pack is for all.
    pub(super) fn groups_under(&self, layer: &Layer) -> Vec<String> {
        let layers = self.layers();
        let stands_on = |id: &str| {
            let mut open = vec![id];
            let mut seen = BTreeSet::new();
            while let Some(id) = open.pop() {
                if seen.insert(id) {
                    let own = layers.iter().find(|layer| layer.id.value == id);
                    open.extend(own.and_then(|own| own.inherits.as_ref()).map(|above| above.value.as_str()));
                }
            }
            seen.contains(layer.id.value.as_str())
        };
        let all = layers.iter().flat_map(|layer| &layer.workforce);
        let under =
            all.clone().filter(|group| group.jurisdictions.iter().chain(&group.sectors).any(|law| stands_on(law)));
        let under: Vec<_> = under.map(|group| group.name.value.clone()).collect();
        if under.is_empty() { all.map(|group| group.name.value.clone()).collect() } else { under }
    }

    fn hours(&self) -> Vec<(String, String)> {
        let lang = self.lang;
        let days =
            [Word::Monday, Word::Tuesday, Word::Wednesday, Word::Thursday, Word::Friday, Word::Saturday, Word::Sunday];
        let name = slot(Slot::Scope, lang).to_owned();
        let Some(hours) = self.layers().iter().rev().find_map(|layer| layer.hours.as_ref()) else {
            return vec![(name, Word::AllHours.of(lang))];
        };
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let shift = |shift: &Vec<(u8, u16, u16)>| {
            let parts = shift.iter().map(|(day, from, to)| {
                let day = days.get(usize::from(*day)).map_or("", |day| day.text(lang));
                format!("{day} {}-{}", clock(*from), clock(*to))
            });
            parts.collect::<Vec<_>>().join(", ")
        };
        let mut text = hours.shifts.iter().map(shift).collect::<Vec<_>>().join("; ");
        if let Some(holidays) = &hours.holidays {
            text = format!("{text}; {}", Word::Holidays.with(lang, &[holidays.value.as_str()]));
        }
        vec![(name, Word::AllHours.of(lang)), (Word::Hours.with(lang, &[hours.zone.value.as_str()]), text)]
    }

    /// Kinds of event that are not withheld always and for every purpose.
    fn kinds(&self) -> Vec<String> {
        let Some(plan) = self.plan() else { return Vec::new() };
        let categories = &plan.library.categories;
        let passes = |kind: &str| {
            self.decided.iter().any(|(_, decisions)| {
                !decisions.withholding().iter().any(|rule| {
                    let by_kind = rule.when.kind.iter().any(|family| family_has(family, kind));
                    let only = When { kind: Vec::new(), ..rule.when.of_event() };
                    by_kind && only.is_empty()
                })
            })
        };
        let kinds = categories.kinds.iter().filter(|(name, _)| passes(name));
        kinds
            .map(|(name, title)| categories.title_in(self.lang.code(), name).unwrap_or(&title.value).to_owned())
            .collect()
    }

    /// Recipients who can get something: of the purposes of each those that the policy allows.
    pub(super) fn recipients_all(&self) -> Vec<Recipient<'a>> {
        let mut all: Vec<Recipient<'a>> = Vec::new();
        for (key, title) in self.layers().iter().flat_map(|layer| &layer.about) {
            let Some(name) = key.strip_prefix("recipient.").and_then(|rest| rest.strip_suffix(".title")) else {
                continue;
            };
            let purposes = self.about(&format!("recipient.{name}.purposes")).unwrap_or_default();
            let named: Vec<_> = purposes.split(", ").filter(|name| !name.is_empty()).collect();
            let is_served = |name: &&str| self.decided.iter().any(|(purpose, _)| purpose.name == *name);
            let purposes: Vec<_> = named.iter().copied().filter(is_served).collect();
            if purposes.is_empty() && !named.is_empty() {
                continue;
            }
            all.push(Recipient { name: name.to_owned(), title, purposes });
        }
        all
    }

    /// Who gets events for a purpose.
    pub(super) fn recipients_of(&self, purpose: &str) -> Vec<String> {
        let all = self.recipients_all();
        all.iter().filter(|one| one.purposes.contains(&purpose)).map(|one| one.title.to_owned()).collect()
    }

    pub(super) fn recipients(&mut self) {
        self.heading(Word::RecipientsHeading);
        let lang = self.lang;
        let words = [Word::Country, Word::Contract, Word::Safeguard].map(|word| word.of(lang));
        let head = [slot(Slot::Recipients, lang).to_owned(), Word::WhatFor.of(lang)].into_iter().chain(words);
        let rows = self.recipients_all().into_iter().map(|one| {
            let said = |key: &str| self.about(&format!("recipient.{}.{key}", one.name)).unwrap_or("–").to_owned();
            let purposes: Vec<_> = one.purposes.iter().map(|name| super::words::purpose(name, lang)).collect();
            vec![one.title.to_owned(), purposes.join("\n"), said("country"), said("contract"), said("safeguard")]
        });
        let rows = rows.collect();
        self.report.table(head.collect(), rows);
        self.missing(Slot::Recipients);
        self.missing(Slot::Transfers);
        let sale = self.about("controller.sale").map(str::to_owned);
        self.say(Slot::Sale, sale);
    }

    pub(super) fn purposes(&mut self) {
        self.heading(Word::PurposesHeading);
        let scopes = self.plain().map(|(purpose, _)| Scope::of(purpose).text(self.lang));
        let scopes: Vec<_> = scopes.collect();
        self.report.item(Mark::Plain, slot(Slot::Purposes, self.lang), scopes);
        for (slot, key) in [(Slot::Basis, "controller.basis"), (Slot::Interest, "controller.interest")] {
            let text = self.about(key).map(str::to_owned);
            self.say(slot, text);
        }
        self.text(Word::NewPurposeText);
    }

    pub(super) fn closed(&mut self) {
        let closed: Vec<_> =
            self.plain().filter(|(purpose, _)| !purpose.closed.is_empty()).map(|(one, _)| *one).collect();
        if closed.is_empty() {
            return;
        }
        self.heading(Word::ClosedHeading);
        self.text(Word::ClosedText);
        for purpose in closed {
            let lines = purpose
                .closed
                .iter()
                .map(|gate| format!("{}: {}", gate.name, written(&gate.missing, self.lang)))
                .collect();
            self.report.item(Mark::Wide, Scope::of(purpose).text(self.lang), lines);
        }
    }

    pub(super) fn others(&mut self) {
        self.heading(Word::OthersHeading);
        let source = self.about("controller.source").unwrap_or(Word::SourceText.text(self.lang)).to_owned();
        self.say(Slot::Source, Some(source));
        for (slot, key) in [
            (Slot::MustProvide, "controller.must-provide"),
            (Slot::AutomatedDecisions, "controller.automated-decisions"),
        ] {
            let text = self.about(key).map(str::to_owned);
            self.say(slot, text);
        }
    }

    /// Whom people write to.
    pub(super) fn contact(&self) -> Option<&'a str> {
        self.about("controller.officer").or_else(|| self.about("controller.contact"))
    }

    pub(super) fn rights(&mut self) {
        self.heading(Word::RightsHeading);
        let lang = self.lang;
        match self.contact().map(str::to_owned) {
            Some(contact) => {
                self.report.text(Word::RightsText.with(lang, &[&contact]));
                if self.asks_for(Slot::Withdrawal) {
                    self.text(Word::WithdrawalText);
                }
                if self.asks_for(Slot::Objection) {
                    let text = Word::ObjectionText.with(lang, &[&contact]);
                    self.report.item(Mark::Wide, Word::ObjectionHeading.text(lang), vec![text]);
                }
            }
            None => [Slot::Rights, Slot::Objection].into_iter().for_each(|slot| self.missing(slot)),
        }
        match self.about("controller.authority") {
            Some(authority) => {
                let own = self.about("controller.complaint").map(|own| Word::ComplaintOwn.with(lang, &[own]));
                let text = Word::ComplaintText.with(lang, &[authority]);
                self.report.text(own.map_or(text.clone(), |own| format!("{text} {own}")));
            }
            None => self.missing(Slot::Complaint),
        }
    }

    pub(super) fn consulted(&mut self) {
        let agreed = self.agreements();
        if agreed.is_empty() && !self.is_missing(Slot::Consulted) {
            return;
        }
        self.heading(Word::ConsultedHeading);
        for (name, lines) in agreed {
            self.report.item(Mark::Plain, name, lines);
        }
        self.missing(Slot::Consulted);
        self.text(Word::ConsultedStated);
    }

    /// What gates of this policy ask for and the evidence answers: which representatives were consulted, who signed, and when.
    pub(super) fn agreements(&self) -> Vec<(String, Vec<String>)> {
        /// Keys by which a gate or an answer shows that it is about people who were asked.
        const CONSULTS: [&str; 7] =
            ["signed-on", "signed-by", "agreed-revision", "agreed-digest", "informed-on", "consulted-on", "with"];
        const SHOWN: [&str; 10] = [
            "reference",
            "date",
            "with",
            "informed-on",
            "consulted-on",
            "signed-on",
            "signed-by",
            "agreed-revision",
            "review-by",
            "ends-on",
        ];
        let evidence = self.subject.evidence;
        let consults = |gate: &Gate| {
            let given = evidence.answers.get(&gate.name.value).map(|answer| &answer.given);
            let mut keys = gate.ask.iter().map(|key| &key.value).chain(given.into_iter().flatten());
            gate.consults || keys.any(|key| CONSULTS.contains(&key.as_str()))
        };
        let asked: BTreeSet<_> = self.asking().filter(|gate| consults(gate)).map(|gate| &gate.name.value).collect();
        let answered = asked.into_iter().filter_map(|name| Some((name, evidence.answers.get(name)?)));
        let lines = answered.map(|(name, answer)| {
            let said = answer.said.iter().filter(|(key, _)| SHOWN.contains(&key.as_str()));
            let standing = standing(&evidence.standing(&format!("evidence.{name}")), self.lang);
            let said = said.map(|(key, text)| format!("{key}: {text}"));
            (name.clone(), said.chain([standing]).collect())
        });
        lines.collect()
    }

    /// Gates that stand before a purpose of this policy: their laws have started, and their fact holds.
    fn asking(&self) -> impl Iterator<Item = &Gate> {
        let (layers, evidence) = (self.layers(), self.subject.evidence);
        let on = self.plan().map(|plan| plan.scope.on);
        let stands = move |gate: &&Gate| {
            let is_before = |name: &str| self.decided.iter().any(|(purpose, _)| purpose.name == name);
            let fact = |on| gate.fact.as_ref().is_none_or(|fact| fact_holds(fact, layers, evidence, on));
            let holds = on.is_some_and(|on| fact(on) && in_force(&gate.reason, layers, on));
            holds && (gate.purposes.is_empty() || gate.purposes.iter().any(|own| is_before(&own.value)))
        };
        layers.iter().flat_map(|layer| &layer.gates).filter(stands)
    }
}

//! The record of a processing (GDPR Art. 30), and facts for an impact assessment (Art. 35). Facts only: people judge them.

use std::collections::BTreeSet;

use super::super::decision::Decisions;
use super::super::phrase::{Lang, standing};
use super::super::report::{Block, Mark, Report};
use super::laws::law_lines;
use super::rows::{Scope, written};
use super::words::Word;
use super::{Gap, Row, Subject, Treated, Writer};
use crate::policy::document::{Gate, Identifies, Layer, Reason, Slot};
use crate::policy::{fact_holds, in_force};

/// The record of the processing, and what the policy does not know for it. `None`: it allows no purpose.
pub fn record(subject: Subject<'_>, lang: Lang) -> Option<(Report, Vec<Gap>)> {
    let mut writer = Writer::new(subject, lang, Word::RecordTitle)?;
    // Art. 30(1): (a) who, (b) what for, (c) of whom and what, (d) to whom, (e) to which countries, (f) how long, (g) measures.
    const ASKED: [Slot; 5] = [Slot::Controller, Slot::Officer, Slot::Recipients, Slot::Transfers, Slot::Period];
    writer.gaps = writer.find_gaps().into_iter().filter(|gap| ASKED.contains(&gap.slot)).collect();
    writer.responsible();
    writer.purposes();
    writer.people();
    writer.data();
    writer.recipients();
    writer.period();
    writer.measures();
    writer.version();
    Some((writer.report, writer.gaps))
}

/// Facts for an impact assessment. `None`: the policy allows no purpose.
pub fn dpia(subject: Subject<'_>, lang: Lang) -> Option<Report> {
    let mut writer = Writer::new(subject, lang, Word::DpiaTitle)?;
    writer.text(Word::DpiaNote);
    writer.people();
    writer.counts();
    writer.table();
    writer.never();
    writer.withheld();
    writer.reasons();
    writer.gates();
    writer.answers();
    writer.recipients();
    writer.period();
    writer.reversal();
    writer.measures();
    writer.rights();
    writer.consulted();
    writer.obligations();
    writer.version();
    Some(writer.report)
}

impl Writer<'_> {
    /// Categories that leave in some form, with what is done to them.
    fn data(&mut self) {
        self.heading(Word::DataHeading);
        let lang = self.lang;
        let leaving = self.rows.iter().filter(|row| row.leaves());
        let rows = leaving.map(|row| {
            let scopes: Vec<_> = row.scopes.iter().map(|scope| scope.text(lang)).collect();
            vec![row.title.marked(lang), scopes.join("\n"), row.treated.text(lang).to_owned()]
        });
        let rows = rows.collect();
        let head = [Word::Item, Word::WhatFor, Word::What].map(|word| word.of(lang));
        self.report.table(head.to_vec(), rows);
    }

    fn measures(&mut self) {
        self.heading(Word::MeasuresHeading);
        let lang = self.lang;
        let coded: BTreeSet<_> =
            self.rows.iter().filter(|row| row.treated == Treated::Code).map(|row| row.category.as_str()).collect();
        let mut lines = vec![Word::MeasureDefault.of(lang), Word::MeasureCodes.with(lang, &[&coded.len().to_string()])];
        let guard = self.plan().is_some_and(|plan| plan.guard);
        let sealed = self.layers().iter().flat_map(|layer| &layer.lists).any(|list| list.secret);
        lines.extend(guard.then(|| Word::Guard.of(lang)));
        lines.extend(sealed.then(|| Word::MeasureSealed.of(lang)));
        lines.into_iter().for_each(|line| self.report.text(line));
    }

    /// Which categories point to people and in which form they leave, purpose by purpose.
    fn counts(&mut self) {
        self.heading(Word::CountsHeading);
        let lang = self.lang;
        type Asks = fn(&Row) -> bool;
        let asked: [(Word, Asks); 4] = [
            (Word::AloneClear, |row| row.identifies == Some(Identifies::Alone) && row.treated.shows()),
            (Word::AloneCode, |row| row.identifies == Some(Identifies::Alone) && row.treated == Treated::Code),
            (Word::TogetherClear, |row| row.identifies == Some(Identifies::Together) && row.treated.shows()),
            (Word::ProtectedLeaves, |row| row.is_protected && row.leaves()),
        ];
        let mut rows = Vec::new();
        for (purpose, _) in self.plain() {
            let scope = Scope::of(purpose);
            for (word, asks) in asked {
                let found = self.rows.iter().filter(|row| row.scopes.contains(&scope) && asks(row));
                let titles: Vec<_> = found.map(|row| row.title.marked(lang)).collect();
                let titles = if titles.is_empty() { Word::None.of(lang) } else { titles.join("\n") };
                rows.push(vec![scope.text(lang), word.of(lang), titles]);
            }
        }
        let head = [Word::WhatFor, Word::CountsHeading, Word::Item].map(|word| word.of(lang));
        self.report.table(head.to_vec(), rows);
    }

    /// Why each category that leaves is needed, in the words of the rules.
    fn reasons(&mut self) {
        self.heading(Word::ReasonHeading);
        let lang = self.lang;
        let leaving = self.rows.iter().filter(|row| row.leaves());
        let rows = leaving.map(|row| {
            let scopes: Vec<_> = row.scopes.iter().map(|scope| scope.text(lang)).collect();
            vec![
                row.title.marked(lang),
                scopes.join("\n"),
                row.because.iter().map(|why| written(why, lang)).collect::<Vec<_>>().join("\n"),
            ]
        });
        let rows = rows.collect();
        let head = [Word::Item, Word::WhatFor, Word::Because].map(|word| word.of(lang));
        self.report.table(head.to_vec(), rows);
    }

    /// Gates that stand, what they ask for, and for which purposes they are closed.
    fn gates(&mut self) {
        self.heading(Word::GatesHeading);
        let lang = self.lang;
        let closed: Vec<_> = self.plain().map(|(purpose, _)| (purpose.name.clone(), purpose.closed.clone())).collect();
        let gates = self.layers().iter().flat_map(|layer| layer.gates.iter().map(move |gate| (*layer, gate)));
        let mut told = Vec::new();
        // What stands before other purposes than these is neither open nor closed here.
        let stands = |gate: &Gate| {
            gate.purposes.is_empty()
                || gate.purposes.iter().any(|own| closed.iter().any(|(name, _)| *name == own.value))
        };
        let gates = gates.filter(|(layer, gate)| stands(gate) && self.holds(layer, gate.fact.as_deref(), &gate.reason));
        for (layer, gate) in gates {
            let name = format!("{}.{}", layer.id.value, gate.name.value);
            let shut: Vec<_> = closed.iter().filter(|(_, gates)| gates.iter().any(|one| one.name == name)).collect();
            let state = match shut.is_empty() {
                true => Word::GateOpen.of(lang),
                false => {
                    let names: Vec<_> = shut.iter().map(|(name, _)| super::words::purpose(name, lang)).collect();
                    format!("{}: {}", Word::GateClosed.text(lang), names.join(", "))
                }
            };
            let asks: Vec<_> = gate.ask.iter().map(|key| key.value.as_str()).collect();
            let mark = if shut.is_empty() { Mark::Plain } else { Mark::Wide };
            told.push((mark, format!("{name} ({state})"), vec![written(&gate.reason.because, lang), asks.join(", ")]));
        }
        told.into_iter().for_each(|(mark, what, lines)| self.report.item(mark, what, lines));
    }

    fn holds(&self, _: &Layer, fact: Option<&String>, reason: &Reason) -> bool {
        let Some(on) = self.plan().map(|plan| plan.scope.on) else { return false };
        let layers = self.layers();
        fact.is_none_or(|fact| fact_holds(fact, layers, self.subject.evidence, on)) && in_force(reason, layers, on)
    }

    /// What the evidence says, as it stands there.
    fn answers(&mut self) {
        self.heading(Word::AnswersHeading);
        self.text(Word::ConsultedStated);
        for (name, answer) in &self.subject.evidence.answers {
            let asks = self.layers().iter().flat_map(|layer| &layer.facts).find(|fact| fact.name.value == *name);
            let lines = answer.said.iter().map(|(key, text)| format!("{key}: {text}"));
            let standing = standing(&self.subject.evidence.standing(&format!("evidence.{name}")), self.lang);
            let asks = asks.map(|fact| written(&fact.ask, self.lang));
            let lines = asks.into_iter().chain(lines).chain([standing]).collect();
            self.report.item(Mark::Plain, name.clone(), lines);
        }
    }

    /// What is asked of others.
    fn obligations(&mut self) {
        self.heading(Word::OwedHeading);
        let Some((_, decisions)) = self.decided.first() else { return };
        let lines = obligations(decisions, |layer, fact, reason| self.holds(layer, fact, reason), self.lang);
        self.report.blocks.extend(lines);
    }
}

fn obligations(
    decisions: &Decisions<'_>,
    holds: impl Fn(&Layer, Option<&String>, &Reason) -> bool,
    lang: Lang,
) -> Vec<Block> {
    let all = decisions.layers().iter().flat_map(|layer| layer.obligations.iter().map(move |one| (*layer, one)));
    let owed = all.filter(|(layer, one)| holds(layer, one.fact.as_deref(), &one.reason)).map(|(layer, one)| {
        let cause = decisions.because(layer, &one.name, &one.reason);
        let what = format!("{}: {}", one.who.value, written(&one.does.value, lang));
        Block::Item { mark: Mark::Plain, what, lines: law_lines(&cause, lang) }
    });
    owed.collect()
}

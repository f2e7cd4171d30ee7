//! What becomes of values and events: the table, what is never passed on, what is withheld, who reverses codes, how long.

use std::collections::{BTreeMap, BTreeSet};

use super::super::condition::clauses;
use super::super::phrase::{Lang, Phrase};
use super::super::report::Mark;
use super::rows::{Row, Scope, asked, written};
use super::words::{Word, length, named, purpose};
use super::{Treated, Writer};
use crate::policy::document::{List, Slot};
use crate::policy::{HowLong, Plan};

impl Writer<'_> {
    pub(super) fn table(&mut self) {
        self.heading(Word::Table);
        let lang = self.lang;
        let head = [Word::Item, Word::WhatFor, Word::What, Word::SeenBy, Word::HowLong].map(|word| word.of(lang));
        let shown = |row: &&Row| self.rows.iter().any(|other| other.category == row.category && other.leaves());
        let rows: Vec<_> = self.rows.iter().filter(shown).map(|row| self.cells(row)).collect();
        self.report.table(head.to_vec(), rows);
        self.text(Word::Several);
        if self.plan().is_some_and(|plan| plan.guard) {
            self.text(Word::Guard);
        }
    }

    fn cells(&self, row: &Row) -> Vec<String> {
        let lang = self.lang;
        let scopes = row.scopes.iter().map(|scope| scope.text(lang)).collect::<Vec<_>>().join("\n");
        let leaving: Vec<_> = row.scopes.iter().filter(|_| row.leaves()).collect();
        let by_scope = |text: &dyn Fn(&Scope) -> String| -> String {
            let told: Vec<_> = leaving.iter().map(|scope| (scope, text(scope))).collect();
            match told.first() {
                Some((_, first)) if told.iter().all(|(_, text)| text == first) => first.clone(),
                _ => told
                    .iter()
                    .map(|(scope, text)| format!("{}: {text}", scope.text(lang)))
                    .collect::<Vec<_>>()
                    .join("\n"),
            }
        };
        let seen = by_scope(&|scope| match self.recipients_of(&scope.purpose).join(", ") {
            nobody if nobody.is_empty() => Word::Nobody.of(lang),
            all => all,
        });
        let kept = by_scope(&|scope| self.kept(scope));
        vec![row.title.marked(lang), scopes, row.done(lang).join("\n"), seen, kept]
    }

    /// How long is requested for events of a scope; what some kinds of event have instead follows.
    fn kept(&self, scope: &Scope) -> String {
        let is_it = |one: &super::Purpose| one.name == scope.purpose && one.system == scope.system;
        let plan = self.subject.purposes.iter().find(|one| is_it(one)).and_then(|one| one.plan.as_deref());
        let Some(plan) = plan else { return String::new() };
        let general = plan.keeps(None);
        let text = |how_long: &HowLong| asked(how_long, self.lang).unwrap_or_else(|| Word::NoLimit.of(self.lang));
        let kinds = plan.library.words.kinds().iter().map(|kind| plan.keeps(Some(kind)));
        let others: BTreeSet<_> = kinds.filter(|kept| *kept != general).map(|kept| text(&kept)).collect();
        if others.is_empty() {
            return text(&general);
        }
        let others = others.into_iter().collect::<Vec<_>>().join(" / ");
        Word::ByKind.with(self.lang, &[&text(&general), &others])
    }

    pub(super) fn never(&mut self) {
        self.heading(Word::NeverHeading);
        let lang = self.lang;
        let mut told: BTreeMap<Treated, Vec<String>> = BTreeMap::new();
        let mut protected = Vec::new();
        let categories: BTreeSet<_> = self.rows.iter().map(|row| row.category.clone()).collect();
        for category in categories {
            let rows: Vec<_> = self.rows.iter().filter(|row| row.category == category).collect();
            let Some(first) = rows.first() else { continue };
            if first.is_protected {
                let all: BTreeSet<_> = rows.iter().flat_map(|row| row.done(lang)).collect();
                protected.push((first.title.marked(lang), all.into_iter().collect::<Vec<_>>().join("; ")));
            }
            if rows.iter().all(|row| !row.leaves()) {
                let is_forbidden = rows.iter().all(|row| row.treated == Treated::Forbidden);
                let treated = if is_forbidden { Treated::Forbidden } else { Treated::Never };
                told.entry(treated).or_default().push(first.title.marked(lang));
            }
        }
        for (treated, titles) in told.into_iter().rev() {
            self.report.item(Mark::Tight, treated.text(lang), titles);
        }
        self.text(Word::Unclassified);
        if !protected.is_empty() {
            self.report.heading(3, Word::SensitiveHeading.text(lang));
            self.report.blocks.push(super::super::report::Block::Pairs(protected));
        }
    }

    pub(super) fn withheld(&mut self) {
        let lang = self.lang;
        let mut told: Vec<(Vec<String>, Vec<String>, String)> = Vec::new();
        for (purpose, decisions) in &self.decided {
            let scope = Scope::of(purpose).text(lang);
            for rule in decisions.withholding() {
                let when = clauses(&rule.when.of_event(), None, &decisions.plan().library, lang);
                match told.iter_mut().find(|(own, _, because)| *own == when && *because == rule.cause.because) {
                    Some((_, scopes, _)) => scopes.extend((!scopes.contains(&scope)).then(|| scope.clone())),
                    None => told.push((when, vec![scope.clone()], rule.cause.because.clone())),
                }
            }
        }
        if told.is_empty() {
            return;
        }
        self.heading(Word::WithheldHeading);
        self.text(Word::WithheldText);
        let everywhere = self.decided.len();
        for (when, scopes, because) in told {
            let mut lines = vec![written(&because, lang)];
            lines.extend((scopes.len() < everywhere).then(|| scopes.join("; ")));
            self.report.item(Mark::Tight, when.join(Phrase::And.text(lang)), lines);
        }
        for line in self.lists() {
            self.report.text(line);
        }
    }

    /// Each list that rules ask, who holds it, and its words where they are no secret.
    fn lists(&self) -> Vec<String> {
        let lang = self.lang;
        let all: Vec<&List> = self.layers().iter().flat_map(|layer| &layer.lists).collect();
        let names: BTreeSet<_> = all.iter().map(|list| list.name.value.as_str()).collect();
        let line = |name: &str| {
            let own: Vec<_> = all.iter().filter(|list| list.name.value == name).collect();
            if own.iter().any(|list| list.secret) {
                let held = own.iter().find_map(|list| list.held_by.as_ref()).map(|who| named(who, lang).to_owned());
                return Word::ListHeld.with(lang, &[name, &held.unwrap_or_else(|| Word::NotSaid.of(lang))]);
            }
            let words: Vec<_> = own.iter().flat_map(|list| &list.words).map(|word| word.value.as_str()).collect();
            Word::ListOpen.with(lang, &[name, &words.join(", ")])
        };
        names.into_iter().map(line).collect()
    }

    pub(super) fn reversal(&mut self) {
        let lang = self.lang;
        let coded = self.rows.iter().any(|row| row.treated == Treated::Code);
        let reversible = self.rows.iter().any(|row| row.is_reversible && row.leaves());
        if !coded && !reversible {
            return;
        }
        self.heading(Word::ReversalHeading);
        let escrow = self.decided.first().and_then(|(_, decisions)| decisions.plan().escrow.as_ref());
        match escrow {
            None if reversible => self.missing(Slot::Reversal),
            None => self.text(Word::ReversalNone),
            Some(escrow) => {
                let who = escrow.officers.iter().map(|who| named(who, lang)).collect::<Vec<_>>().join(", ");
                self.report.text(Word::ReversalBy.with(lang, &[&escrow.approvals.to_string(), &who]));
                if !escrow.only_for.is_empty() {
                    let only: Vec<_> = escrow.only_for.iter().map(|name| purpose(name, lang)).collect();
                    self.report.text(Word::ReversalOnly.with(lang, &[&only.join(", ")]));
                }
                if let Some(told) = &escrow.tell_person {
                    self.report.text(Word::ReversalTold.with(lang, &[&length(&told.text, lang)]));
                }
            }
        }
        let changes = self.layers().iter().filter_map(|layer| layer.codes.as_ref()?.change_every.as_ref());
        if let Some(every) = changes.min_by_key(|every| every.days) {
            self.report.text(Word::CodesChange.with(lang, &[&length(&every.text, lang)]));
        }
        self.text(Word::CodeIsPersonal);
    }

    pub(super) fn period(&mut self) {
        self.heading(Word::PeriodHeading);
        self.text(Word::RequestedText);
        let lang = self.lang;
        let mut told: BTreeMap<Vec<(String, String)>, Vec<String>> = BTreeMap::new();
        for (purpose, decisions) in &self.decided {
            told.entry(by_kind(decisions.plan(), lang)).or_default().push(Scope::of(purpose).text(lang));
        }
        let head = [Word::WhatFor, Word::KindOfEvent, Word::HowLong].map(|word| word.of(lang));
        let rows = told.into_iter().flat_map(|(limits, scopes)| {
            limits.into_iter().map(move |(kinds, limit)| vec![scopes.join("\n"), kinds, limit])
        });
        let rows = rows.collect();
        self.report.table(head.to_vec(), rows);
        self.missing(Slot::Period);
        let plans = self.decided.iter().flat_map(|(_, decisions)| &decisions.plan().holds);
        let holds: BTreeSet<_> = plans.cloned().collect();
        if !holds.is_empty() {
            self.report.item(Mark::Wide, Word::Held.text(lang), holds.into_iter().collect());
        }
    }
}

/// What is requested for which kinds of event; all others last.
fn by_kind(plan: &Plan, lang: Lang) -> Vec<(String, String)> {
    let categories = &plan.library.categories;
    let text = |how_long: &HowLong| asked(how_long, lang).unwrap_or_else(|| Word::NoLimit.of(lang));
    let general = text(&plan.keeps(None));
    let mut told: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, title) in &categories.kinds {
        let kept = text(&plan.keeps(Some(name)));
        if kept != general {
            told.entry(kept).or_default().push(categories.title_in(lang.code(), name).unwrap_or(&title.value));
        }
    }
    let mut limits: Vec<_> = told.into_iter().map(|(limit, kinds)| (kinds.join("\n"), limit)).collect();
    limits.push((Word::AllOthers.of(lang), general));
    limits
}

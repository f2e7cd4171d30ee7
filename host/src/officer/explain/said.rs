//! What is decided about a category or a place, without an event: every layer's say, and what they come to.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::policy::document::Identifies;
use crate::policy::form::End;
use crate::policy::{Closed, Plan};

use super::super::decision::{Decision, Decisions, Part};
use super::super::phrase::{Lang, Phrase};
use super::super::report::{Mark, Report};
use super::Meant;
use super::shown::{how, meant_json, meant_line, say_json, say_lines, scope, scope_json};

/// What holds for a purpose.
#[derive(Debug)]
pub struct Purpose {
    /// Its name.
    pub name: String,
    /// The system that events come from, if one is meant.
    pub system: Option<String>,
    /// The plan, as if everything were open; `None`: the purpose is not allowed.
    pub plan: Option<Arc<Plan>>,
    /// What keeps it closed.
    pub closed: Vec<Closed>,
}

/// What is decided about a category, for each purpose.
pub fn category_report(purposes: &[Purpose], category: &str, lang: Lang) -> Report {
    let mut report = Report::new(format!("{}: {category}", Phrase::Category.text(lang)));
    categories(&mut report, purposes, &[category.to_owned()], lang);
    report.text(Phrase::Defaults.text(lang));
    report
}

/// What is decided about a place of a map.
pub fn place_report(purposes: &[Purpose], path: &str, meant: &[(String, Vec<Meant>)], lang: Lang) -> Report {
    let mut report = Report::new(format!("{}: {path}", Phrase::Field.text(lang)));
    let library = purposes.iter().find_map(|purpose| purpose.plan.as_ref()).map(|plan| &*plan.library);
    let mut all: Vec<String> = Vec::new();
    for (map, meant) in meant {
        report.heading(3, map.clone());
        meant.iter().for_each(|meant| report.text(meant_line(meant, library, lang)));
        all.extend(meant.iter().map(|meant| meant.name.clone()));
    }
    if all.is_empty() {
        report.item(Mark::Tight, Phrase::Unclassified.text(lang), vec![Phrase::Gone.text(lang).to_owned()]);
    }
    all.sort();
    all.dedup();
    categories(&mut report, purposes, &all, lang);
    report.text(Phrase::Defaults.text(lang));
    report
}

fn categories(report: &mut Report, purposes: &[Purpose], names: &[String], lang: Lang) {
    for purpose in purposes {
        report.heading(2, format!("{}: {}", Phrase::Purpose.text(lang), purpose.name));
        for closed in &purpose.closed {
            let lines = vec![closed.missing.clone(), Phrase::ToOpen.with(lang, &[&closed.help])];
            report.item(Mark::Wide, Phrase::ClosedGate.with(lang, &[&closed.name]), lines);
        }
        let Some(plan) = &purpose.plan else { continue };
        scope(report, plan, lang);
        let decisions = Decisions::new(plan);
        for name in names {
            if let Some(category) = plan.library.words.category(name) {
                one(report, plan, &decisions.of(category), lang);
            }
        }
    }
}

fn one(report: &mut Report, plan: &Plan, decision: &Decision, lang: Lang) {
    let words = &plan.library.categories;
    let title = words.title_in(lang.code(), &decision.name).unwrap_or(&decision.title);
    report.heading(3, format!("{}: {title} ({})", decision.name, decision.group));
    let mut lines = Vec::new();
    lines.extend(identity(decision, lang));
    lines.extend(decision.protected.as_ref().map(|law| Phrase::Protected.with(lang, &[law])));
    let sentences = decision.sentences().into_iter().map(|said| said.text(lang).to_owned());
    lines.extend(sentences.filter(|says| !says.is_empty()));
    lines.extend(decision.undecided.then(|| Phrase::Undecided.text(lang).to_owned()));
    let mark = if decision.form.leaves() { Mark::Plain } else { Mark::Tight };
    report.item(mark, format!("{}: {}", Phrase::Together.text(lang), headline(decision, lang)), lines);
    for say in &decision.says {
        let mut lines = say_lines(say, &plan.library, lang).into_iter();
        let what = lines.next().unwrap_or_default();
        report.item(Mark::Plain, what, lines.collect());
    }
}

/// What happens to values of a category, in words; also that a condition may change it.
fn headline(decision: &Decision, lang: Lang) -> String {
    let mut text = together(decision, lang);
    let at_times = || decision.says.iter().filter(|say| say.at_times);
    if at_times().any(|say| say.part != Part::Shows && decision.form.clone().join(say.form.clone()) != decision.form) {
        text = Phrase::MoreAtTimes.with(lang, &[&text]);
    }
    if at_times().any(|say| say.part == Part::Shows) {
        text = Phrase::LessAtTimes.with(lang, &[&text]);
    }
    text
}

/// What always happens to values of a category, in words.
pub(crate) fn together(decision: &Decision, lang: Lang) -> String {
    let form = &decision.form;
    match form.end {
        End::Forbid => Phrase::Forbidden.text(lang).to_owned(),
        _ if !form.leaves() => Phrase::Gone.text(lang).to_owned(),
        _ if form.is_clear() => Phrase::Kept.text(lang).to_owned(),
        _ => Phrase::Changed.with(lang, &[&how(form, lang).join(", ")]),
    }
}

fn identity(decision: &Decision, lang: Lang) -> Option<String> {
    let word = match decision.identifies? {
        Identifies::Alone => Phrase::Alone,
        Identifies::Together => Phrase::WithOthers,
        Identifies::No => Phrase::No,
    };
    Some(Phrase::Identity.with(lang, &[word.text(lang)]))
}

/// [`category_report`] as JSON.
pub fn category_json(purposes: &[Purpose], category: &str, lang: Lang) -> Value {
    json!({ "category": category, "purposes": purposes_json(purposes, &[category.to_owned()], lang) })
}

/// [`place_report`] as JSON.
pub fn place_json(purposes: &[Purpose], path: &str, meant: &[(String, Vec<Meant>)], lang: Lang) -> Value {
    let mut names: Vec<_> = meant.iter().flat_map(|(_, meant)| meant).map(|meant| meant.name.clone()).collect();
    names.sort();
    names.dedup();
    let maps = meant.iter().map(|(map, meant)| {
        json!({ "schema": map, "meant": meant.iter().map(|meant| meant_json(meant, lang)).collect::<Vec<_>>() })
    });
    json!({ "field": path, "maps": maps.collect::<Vec<_>>(), "purposes": purposes_json(purposes, &names, lang) })
}

fn purposes_json(purposes: &[Purpose], names: &[String], lang: Lang) -> Value {
    let one = |purpose: &Purpose| {
        let closed = purpose.closed.iter();
        let closed: Vec<_> = closed.map(|c| json!({ "name": c.name, "missing": c.missing, "help": c.help })).collect();
        let decided = purpose.plan.iter().flat_map(|plan| {
            let decisions = Decisions::new(plan);
            let ids = names.iter().filter_map(|name| plan.library.words.category(name));
            ids.map(|id| decision_json(plan, &decisions.of(id), lang)).collect::<Vec<_>>()
        });
        json!({ "purpose": purpose.name, "scope": purpose.plan.as_deref().map(scope_json), "closed": closed,
            "decided": decided.collect::<Vec<_>>() })
    };
    purposes.iter().map(one).collect()
}

fn decision_json(plan: &Plan, decision: &Decision, lang: Lang) -> Value {
    json!({
        "category": decision.name, "title": decision.title, "group": decision.group, "protected": decision.protected,
        "leaves": decision.form.leaves(), "together": headline(decision, lang), "undecided": decision.undecided,
        "sentences": decision.sentences().iter().map(|said| said.says.clone()).collect::<Vec<_>>(),
        "says": decision.says.iter().map(|say| say_json(say, &plan.library, lang)).collect::<Vec<_>>(),
    })
}

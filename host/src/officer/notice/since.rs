//! The difference of two notices: what the table says otherwise, who has to be told anew, and by when.

use jiff::ToSpan as _;

use super::super::compare::{Compared, Topic};
use super::super::phrase::Lang;
use super::super::report::{Mark, Report};
use super::rows::written;
use super::words::{Word, length};
use super::{Subject, Writer};
use crate::policy::document::Date;

/// What a notice says otherwise than the one before. `compared`: the difference of the policies. `None`: one of both allows no
/// purpose.
pub fn since(old: Subject<'_>, new: Subject<'_>, compared: &[Compared], lang: Lang) -> Option<Report> {
    let (before, mut after) = (Writer::new(old, lang, Word::SinceTitle)?, Writer::new(new, lang, Word::SinceTitle)?);
    let rows = changed(&before, &after);
    if rows.is_empty() {
        after.text(Word::SameTable);
    }
    let head = [Word::Item, Word::WhatFor, Word::Before, Word::After].map(|word| word.of(lang));
    after.report.table(head.to_vec(), rows);
    for one in compared {
        for difference in one.differences.iter().filter(|difference| difference.topic != Topic::Value) {
            let mark = if difference.verdict.widens() { Mark::Wide } else { Mark::Tight };
            let lines = vec![
                format!("{}: {}", Word::Before.text(lang), difference.was),
                format!("{}: {}", Word::After.text(lang), difference.is),
            ];
            after.report.item(mark, format!("{}: {}", one.purpose, difference.about), lines);
        }
    }
    if compared.iter().any(Compared::widens) {
        told_anew(&mut after);
    } else {
        after.text(Word::NotWidened);
    }
    Some(after.report)
}

/// Rows of the table that say something else.
fn changed(before: &Writer<'_>, after: &Writer<'_>) -> Vec<Vec<String>> {
    let lang = after.lang;
    let lines = |writer: &Writer<'_>, word: Word| {
        let mut lines = Vec::new();
        for row in &writer.rows {
            let done = row.done(lang).join("\n");
            let key = |scope: &super::Scope| (row.category.clone(), scope.purpose.clone(), scope.system.clone());
            lines.extend(
                row.scopes.iter().map(|scope| (key(scope), row.title.marked(lang), scope.text(lang), done.clone())),
            );
        }
        (lines, word.of(lang))
    };
    let ((was, absent), (is, gone)) = (lines(before, Word::NotBefore), lines(after, Word::NotNow));
    let mut rows = Vec::new();
    for (key, title, scope, done) in &is {
        let before = was.iter().find(|(own, ..)| own == key).map(|(.., done)| done);
        if before != Some(done) && (before.is_some() || key.2.is_none()) {
            rows.push(vec![title.clone(), scope.clone(), before.cloned().unwrap_or(absent.clone()), done.clone()]);
        }
    }
    for (key, title, scope, done) in &was {
        if key.2.is_none() && !is.iter().any(|(own, ..)| own == key) {
            rows.push(vec![title.clone(), scope.clone(), done.clone(), gone.clone()]);
        }
    }
    rows
}

/// Who has to be told before anything wider starts: each law that asks for a notice, and its lead.
fn told_anew(writer: &mut Writer<'_>) {
    let lang = writer.lang;
    let Some(plan) = writer.plan() else { return };
    let on = plan.scope.on;
    let start = writer.layers().last().and_then(|layer| layer.in_force.as_ref()).map_or(on, |day| day.value.max(on));
    writer.report.item(Mark::Wide, Word::Widened.text(lang), Vec::new());
    let rows: Vec<_> = writer
        .owed
        .iter()
        .map(|owed| {
            let lead = &owed.notice.lead;
            let laws: Vec<_> = owed.cause.laws.iter().map(|law| law.cite.clone()).collect();
            let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
            vec![
                format!("{}: {}", super::words::named(&owed.layer.title, lang), laws.join("; ")),
                writer.groups_under(owed.layer).join(", "),
                owed.notice.form.as_ref().map_or_else(String::new, |form| written(form, lang)),
                length(&lead.text, lang),
                day(start.checked_sub(i64::from(lead.days).days()).ok()),
                day(on.checked_add(i64::from(lead.days).days()).ok()),
            ]
        })
        .collect();
    let head = vec![
        Word::LawLine.of(lang),
        Word::TellWhom.of(lang),
        Word::FormLine.of(lang),
        Word::LeadLine.of(lang),
        Word::TellBy.with(lang, &[&start.to_string()]),
        Word::EarliestIf.with(lang, &[&on.to_string()]),
    ];
    writer.report.table(head, rows);
}

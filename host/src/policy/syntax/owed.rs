//! `[notice.NAME]` and `[obligation.NAME]`.

use super::name;
use super::problems::Problems;
use super::reader::Reader;
use super::rule;
use super::value::owned;
use crate::policy::document::{Duration, Notice, Obligation, Reason, Slot};

/// What notices must not leave out, as `slots` names it.
const SLOTS: [(&str, Slot); 37] = [
    ("controller", Slot::Controller),
    ("representative", Slot::Representative),
    ("officer", Slot::Officer),
    ("scope", Slot::Scope),
    ("purposes", Slot::Purposes),
    ("basis", Slot::Basis),
    ("interest", Slot::Interest),
    ("categories", Slot::Categories),
    ("sensitive", Slot::Sensitive),
    ("source", Slot::Source),
    ("must-provide", Slot::MustProvide),
    ("monitored", Slot::Monitored),
    ("interception", Slot::Interception),
    ("kinds", Slot::Kinds),
    ("means", Slot::Means),
    ("circumstances", Slot::Circumstances),
    ("activation", Slot::Activation),
    ("start", Slot::Start),
    ("rhythm", Slot::Rhythm),
    ("end", Slot::End),
    ("recipients", Slot::Recipients),
    ("sale", Slot::Sale),
    ("transfers", Slot::Transfers),
    ("period", Slot::Period),
    ("never", Slot::Never),
    ("reversal", Slot::Reversal),
    ("automated-decisions", Slot::AutomatedDecisions),
    ("rights", Slot::Rights),
    ("objection", Slot::Objection),
    ("withdrawal", Slot::Withdrawal),
    ("complaint", Slot::Complaint),
    ("new-purpose", Slot::NewPurpose),
    ("consulted", Slot::Consulted),
    ("version", Slot::Version),
    ("prepared", Slot::Prepared),
    ("changed", Slot::Changed),
    ("acknowledgement", Slot::Acknowledgement),
];

/// `[notice.NAME]`.
pub(super) fn notice(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Notice> {
    let good = name::simple(table.name(), "a notice", p);
    let notice = Notice {
        name: owned(table.name()),
        fact: rule::fact(&mut table, p),
        // Where the length cannot be read that was said.
        lead: table
            .need("lead", p)
            .and_then(|item| item.duration(p))
            .map_or_else(|| Duration { days: 0, text: String::new() }, |d| d.value),
        form: table.take("form", p).and_then(|item| item.filled(p)).map(|t| t.value),
        says: table.take("says", p).and_then(|item| item.filled(p)),
        slots: table.take("slots", p).map_or_else(Vec::new, |item| item.choices("a slot", &SLOTS, p)),
        reason: reason(&mut table, p),
    };
    table.finish(p);
    good.then_some(notice)
}

/// `[obligation.NAME]`.
pub(super) fn obligation(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Obligation> {
    let good = name::simple(table.name(), "an obligation", p);
    let name = owned(table.name());
    let fact = rule::fact(&mut table, p);
    let who = table.need_text("who", p);
    let does = table.need_text("does", p);
    let reason = reason(&mut table, p);
    table.finish(p);
    good.then_some(Obligation { name, fact, who: who?, does: does?, reason })
}

/// What others do has its law; why may be left out.
fn reason(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Reason {
    let because = table.take("because", p).and_then(|item| item.filled(p)).map_or_else(String::new, |t| t.value);
    Reason { because, cite: table.need_texts("cite", p) }
}

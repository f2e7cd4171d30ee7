//! `[route.NAME]`: which events go where, under which policy and for which purpose.

use std::time::Duration;

use super::value::{count_or, flag_or, span_or};
use crate::policy::document::Text;
use crate::policy::syntax::{Problems, Reader, owned};

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its name.
    pub name: Text,
    /// Sources, by name.
    pub from: Vec<Text>,
    /// The policy, a file below the folder of policies; or a folder of tenants, where each event names its own.
    pub policy: Text,
    /// The field in which each event names its tenant.
    pub tenant_by: Option<Text>,
    /// The system that the events come from, as the evidence calls it.
    pub system: Option<Text>,
    /// The schema map of all events. `None`: each is recognised.
    pub schema: Option<Text>,
    /// Adds what was done, and until when to keep it, to each event.
    pub stamp: bool,
    /// Exact repeats are suppressed. `None`: they go like everything else.
    pub repeats: Option<Repeats>,
    /// Branches.
    pub to: Vec<To>,
}

/// `repeats = { for, events }`.
#[derive(Clone, Copy, Debug)]
pub struct Repeats {
    /// How long after an event was acknowledged another one of the same bytes counts as its repeat.
    pub window: Duration,
    /// Most events that are known at a time.
    pub events: usize,
}

/// `[[route.NAME.to]]`: a branch.
#[derive(Clone, Debug)]
pub struct To {
    /// The sink, by name.
    pub sink: Text,
    /// The purpose.
    pub purpose: Text,
    /// Events wait for it: a source is not acknowledged before, and holds when it is full. If not, its newest events are
    /// dropped and counted when it is full.
    pub required: bool,
    /// What happens while a gate keeps it closed. `None`: nothing was said.
    pub closed: Option<Closed>,
    /// `guarantee = "at-least-once"` was asked for.
    pub at_least_once: Option<Text>,
}

/// What happens to a branch while a gate keeps it closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Its sources hold.
    Hold,
    /// Events are withheld from it, and counted.
    Skip,
}

/// Reads `[route.NAME]`.
pub(super) fn route(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Route> {
    let name = owned(table.name());
    let from = table.need_texts("from", p);
    let policy = table.need_text("policy", p);
    let tenant_by = table.text("tenant-by", p);
    let system = table.text("system", p);
    let schema = table.text("schema", p);
    let stamp = flag_or(&mut table, "stamp", false, p);
    let repeats = table.table("repeats", p).map(|table| repeats(table, p));
    let to = table.need("to", p).map_or_else(Vec::new, |item| {
        item.elements(p).iter().filter_map(|element| element.table(p)).collect::<Vec<_>>()
    });
    let to = to.into_iter().filter_map(|table| branch(table, p)).collect();
    table.finish(p);
    Some(Route { name, from, policy: policy?, tenant_by, system, schema, stamp, repeats, to })
}

fn repeats(mut table: Reader<'_>, p: &mut Problems<'_>) -> Repeats {
    let window = span_or(&mut table, "for", Duration::from_secs(120), p);
    let events = count_or(&mut table, "events", 1..=10_000_000, 10_000, p) as usize;
    table.finish(p);
    Repeats { window, events }
}

fn branch(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<To> {
    let sink = table.need_text("sink", p);
    let purpose = table.need_text("purpose", p);
    let required = flag_or(&mut table, "required", true, p);
    let closed = table.choice("closed", &[("hold", Closed::Hold), ("skip", Closed::Skip)], p).map(|c| c.value);
    let guarantee = table.text("guarantee", p);
    if let Some(other) = guarantee.as_ref().filter(|text| text.value != "at-least-once") {
        let help = "leave it out, or write \"at-least-once\"";
        let message = format!("there is no guarantee {}", p.quote(other));
        p.push(crate::policy::diagnostic::Diagnostic::error("P0006", message, other.span, "").help(help));
    }
    table.finish(p);
    Some(To { sink: sink?, purpose: purpose?, required, closed, at_least_once: guarantee })
}

//! Who looked at a pack, and who at the law that it cites?

use super::Policy;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Date, Law, Layer, Reason};
use crate::policy::in_force;

pub(super) fn of(policy: &Policy, on: Date) -> Vec<Diagnostic> {
    let layer = policy.top;
    let mut problems = Vec::new();
    if !policy.is_tenant() {
        problems.extend(unreviewed(layer));
    }
    problems.extend(unsure(layer));
    problems.extend(starts_later(policy, on));
    problems
}

/// Packs say who reviewed them and when.
fn unreviewed(layer: &Layer) -> Option<Diagnostic> {
    let message = format!("nobody has reviewed `{}`", layer.id.value);
    let problem = match &layer.review {
        None => Diagnostic::warning("P0127", message, layer.id.span, "there is no [review]"),
        Some(review) if review.by.value.is_empty() => Diagnostic::warning("P0127", message, review.by.span, "empty"),
        Some(review) if review.on.is_empty() => Diagnostic::warning("P0127", message, review.by.span, "`on` is empty"),
        Some(_) => return None,
    };
    Some(problem.help("who knows the law reads the pack, then writes [review] by = \"NAME\", on = 2026-11-21"))
}

/// Laws of which somebody was not sure, or which were written down from memory.
fn unsure(layer: &Layer) -> Option<Diagnostic> {
    let mut laws: Vec<&Law> = layer.laws.values().filter(|law| law.sure != "high" || law.seen == "memory").collect();
    laws.sort_by_key(|law| law.cite.span);
    let said = |law: &Law| format!("sure = {}, seen = {}", law.sure, law.seen);
    let mut doubtful = laws.into_iter();
    let first = doubtful.next()?;
    let problem = Diagnostic::note("P0128", "laws to be looked up", first.cite.span, said(first));
    let problem = doubtful.fold(problem, |problem, law| problem.and(law.cite.span, said(law)));
    Some(problem.help("read the text of the law, then write sure = \"high\", seen = \"text\""))
}

/// Laws that are cited before they hold: what stands on them alone does not hold either.
fn starts_later(policy: &Policy, on: Date) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for reason in reasons(policy.top) {
        let holds = in_force(reason, &policy.layers, on);
        for cite in &reason.cite {
            let laws = || policy.layers.iter().filter_map(|layer| layer.laws.get(&cite.value));
            // The earliest day counts; a law without one holds.
            let Some(from) = laws().map(|law| law.from.unwrap_or(Date::MIN)).min().filter(|from| *from > on) else {
                continue;
            };
            let message = format!("`{}` does not hold before {from}", cite.value);
            let problem = Diagnostic::note("P0129", message, cite.span, "cited here");
            let problem = laws().fold(problem, |problem, law| problem.and(law.cite.span, "this law"));
            problems.push(problem.help(match holds {
                true => "until then what stands here holds by what else it cites",
                false => {
                    "until then what stands here does not hold: if it should, cite a law that holds, or our-default"
                }
            }));
        }
    }
    problems
}

fn reasons(layer: &Layer) -> impl Iterator<Item = &Reason> {
    let rules = layer.rules.iter().map(|rule| &rule.reason);
    let gates = layer.gates.iter().map(|gate| &gate.reason);
    let limits = layer.retention.iter().map(|limit| &limit.reason);
    let floors = layer.attributable.iter().map(|floor| &floor.reason);
    let owed = layer.notices.iter().map(|notice| &notice.reason);
    let owed = owed.chain(layer.obligations.iter().map(|obligation| &obligation.reason));
    rules.chain(gates).chain(limits).chain(floors).chain(owed)
}

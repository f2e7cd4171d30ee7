//! Which rows of a tenant do nothing? Layers only tighten: beside one that is as strict or stricter, whatever the event is, a row changes no
//! value, and who reads the tenant's file may take it for what happens.

use super::super::decision::{Decision, Decisions, Part, Say};
use super::Policy;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Row, Rule, Span};
use crate::policy::form::{End, Form};
use crate::policy::{Library, Plan, family_has};

/// Rows that do nothing for any category, purpose and system of which they say something.
pub(super) fn of(library: &Library, policy: &Policy, plans: &[Plan]) -> Vec<Diagnostic> {
    if !policy.is_tenant() {
        return Vec::new();
    }
    let decided: Vec<_> = plans.iter().map(|plan| (plan, Decisions::new(plan).all())).collect();
    let rows = policy.top.rules.iter().flat_map(|rule| rule.rows.iter().map(move |row| (rule, row)));
    let told = rows.filter_map(|(rule, row)| {
        let at = (rule, row, library.bundle.line_column(row.category.span).0);
        let said = decided.iter().flat_map(|(plan, all)| all.iter().flat_map(move |one| said(plan, one, at)));
        let mut stricter = said.map(|(decision, say)| stricter(policy, decision, say));
        // Where it says nothing at all, something else is wrong, and told.
        let first = stricter.next()??;
        stricter.all(|other| other.is_some()).then(|| idle(policy, library, row, first))
    });
    told.collect()
}

/// What a plan says of a category by a row of the tenant's, if anything.
fn said<'d>(
    plan: &Plan,
    decision: &'d Decision,
    (rule, row, line): (&Rule, &Row, usize),
) -> Option<(&'d Decision, &'d Say)> {
    let by_rule = |say: &&Say| plan.rules.get(usize::from(say.id.0)).is_some_and(|named| named.span == rule.name.span);
    let is_meant = family_has(&row.category, &decision.name);
    let mut says = decision.says.iter().filter(|say| say.part == Part::Treats && say.line == line);
    says.find(by_rule).filter(|_| is_meant).map(|say| (decision, say))
}

/// What other layers say of the category whatever the event is, if the row adds nothing to it: the strictest of it.
fn stricter<'d>(policy: &Policy, decision: &'d Decision, say: &Say) -> Option<&'d Say> {
    let others = || {
        let all = decision.says.iter().filter(|other| other.part == Part::Treats && !other.at_times);
        all.filter(|other| other.cause.layer != policy.top.id.value && !other.form.is_clear())
    };
    let joined = others().fold(Form::default(), |form, other| form.join(other.form.clone()));
    // What keeps a value says what its tenant wants of the others, not what this layer does.
    let adds = say.form.is_clear() || !holds(&joined, &say.form);
    let alone = others().find(|other| holds(&other.form, &say.form));
    alone.or_else(|| others().next()).filter(|_| !adds)
}

/// Whether a form stays as it is when another joins.
fn holds(form: &Form, other: &Form) -> bool {
    // In place of a value that does not leave, nothing else of it does.
    form.end > End::Keep && other.end <= form.end || form.clone().join(other.clone()) == *form
}

fn idle(policy: &Policy, library: &Library, row: &Row, stricter: &Say) -> Diagnostic {
    let category = &row.category.value;
    let names = stricter.treatments.iter().map(|one| format!("`{}`", one.name)).collect::<Vec<_>>().join(", ");
    let (rule, file, line) = (&stricter.cause.rule, &stricter.cause.file, stricter.line);
    let message = format!("this row of `{category}` changes nothing: `{rule}` says {names} ({file}:{line})");
    let problem = Diagnostic::note("P0138", message, row.category.span, "nothing is added here");
    let problem = place(policy, library, stricter)
        .into_iter()
        .fold(problem, |problem, at| problem.and(at, "as strict, or stricter"));
    problem.help("layers only tighten: leave it out, or say in its reason what it is for")
}

/// Where the row of another layer stands.
fn place(policy: &Policy, library: &Library, say: &Say) -> Option<Span> {
    let layer = policy.layers.iter().find(|layer| layer.id.value == say.cause.layer)?;
    let mut rows = layer.rules.iter().flat_map(|rule| &rule.rows).map(|row| row.category.span);
    rows.find(|span| library.bundle.line_column(*span).0 == say.line)
}

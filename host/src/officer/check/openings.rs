//! Which gates and lists are closed, and which facts did nobody answer?
//!
//! A gate before every purpose that is closed, an empty list and an unanswered fact of a tenant with evidence are warnings. A gate that is
//! closed on purpose is a note: it stands before some purposes only and opens case by case, or the agreement leaves a purpose out.
//! What a pack asks is a note while no tenant of the folder stands on the pack.

use super::super::phrase::{Lang, standing};
use super::Policy;
use crate::policy::Closed;
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{Date, Evidence, Layer, Span};

pub(super) fn of(policy: &Policy, all: &[Policy], closed: &[(Closed, Vec<String>)], on: Date) -> Vec<Diagnostic> {
    match policy.evidence {
        Some(evidence) => {
            let shut = closed.iter().filter_map(|(closed, purposes)| shut(policy, evidence, closed, purposes));
            let told = shut.chain(unanswered(policy, evidence, on)).chain(undigested(evidence));
            told.chain(unsigned(policy, evidence)).collect()
        }
        None if policy.is_tenant() => policy.layers.iter().flat_map(|layer| asks(layer)).collect(),
        None if all.iter().any(|other| other.is_tenant() && stands_on(other, policy.top)) => Vec::new(),
        None => asks(policy.top),
    }
}

fn stands_on(policy: &Policy, layer: &Layer) -> bool {
    policy.layers.iter().any(|own| own.id.value == layer.id.value)
}

/// One gate or list that is closed.
fn shut(policy: &Policy, evidence: &Evidence, closed: &Closed, purposes: &[String]) -> Option<Diagnostic> {
    let (layer, name) = closed.name.split_once('.')?;
    let layer = policy.layers.iter().find(|own| own.id.value == layer)?;
    let gate = layer.gates.iter().find(|gate| gate.name.value == name);
    let list = || layer.lists.iter().find(|list| list.name.value == name).map(|list| list.name.span);
    let entity = || layer.entities.iter().find(|own| own.name.value == name).map(|own| own.name.span);
    let span = gate.map(|gate| gate.name.span).or_else(list).or_else(entity)?;
    let id = &policy.top.id.value;
    let message = format!("of `{id}` nothing flows for {}: {}", purposes.join(", "), closed.missing);
    let mut problem = Diagnostic::warning("P0405", message, span, "asked here");
    // Evidence answers gates. A list or detector may have the name of another layer's gate.
    let answer = gate.and_then(|gate| evidence.answers.get(&gate.name.value));
    let left_out = answer.and_then(|answer| answer.covers.as_ref());
    let left_out = left_out.is_some_and(|covers| purposes.iter().all(|p| !covers.iter().any(|c| c.value == *p)));
    if left_out || gate.is_some_and(|gate| !gate.purposes.is_empty()) {
        problem.severity = Severity::Note;
    }
    if let Some(answer) = answer {
        problem = problem.and(answer.span, "answered here");
    }
    Some(problem.help(closed.help.clone()))
}

/// Facts without an answer that counts.
fn unanswered(policy: &Policy, evidence: &Evidence, on: Date) -> Vec<Diagnostic> {
    let counts = |name: &str| {
        let answer = evidence.answers.get(name)?;
        let is_over = [answer.review_by, answer.ends_on].into_iter().flatten().any(|day| day < on);
        answer.answer.filter(|_| !is_over)
    };
    let facts = policy.layers.iter().flat_map(|layer| &layer.facts).filter(|fact| counts(&fact.name.value).is_none());
    let told = facts.map(|fact| {
        let (id, name) = (&policy.top.id.value, &fact.name.value);
        let message = format!("`{id}` does not answer `{name}`: {} counts", said(fact.unknown));
        let problem = Diagnostic::warning("P0406", message, fact.name.span, fact.ask.clone());
        match evidence.answers.get(name) {
            Some(answer) => problem
                .and(answer.span, "this answer does not count, or no longer")
                .help("write answer = \"yes\" or \"no\" there, with a day that is still to come"),
            None => problem.help(format!("write [evidence.{name}] answer = \"yes\" or \"no\" into {id}.evidence.toml")),
        }
    });
    told.collect()
}

/// Agreements whose digest is still to be written down.
fn undigested(evidence: &Evidence) -> impl Iterator<Item = Diagnostic> {
    let open = evidence.answers.iter().filter(|(_, answer)| answer.digest_is_open);
    open.map(|(name, answer)| {
        let message = format!("agreed-digest of `{name}` holds only its place: no change of the rules closes the gate");
        let problem = Diagnostic::note("P0407", message, answer.span, "");
        problem.help("write down the rules-digest that was agreed: the summary of `tamis filter` says it")
    })
}

/// Entries that nobody signed, of a tenant whose officers sign.
fn unsigned(policy: &Policy, evidence: &Evidence) -> Vec<Diagnostic> {
    if policy.layers.iter().all(|layer| layer.officers.is_empty()) {
        return Vec::new();
    }
    // Of a signature that is wrong the error tells.
    let unsigned = evidence.entries.iter().filter(|(_, entry)| entry.signatures.is_empty());
    let told = unsigned.map(|(name, entry)| {
        let standing = standing(&evidence.standing(name), Lang::En);
        let problem = Diagnostic::note("P0410", format!("`{name}` is {standing}, not signed"), entry.at, "");
        let id = &policy.top.id.value;
        problem.help(format!(
            "have it signed: tamis policy sign {id}.evidence.toml --entry {name} --key file:OFFICER.key --name OFFICER"
        ))
    });
    told.collect()
}

fn said(yes: bool) -> &'static str {
    if yes { "\"yes\"" } else { "\"no\"" }
}

/// What a layer asks and nobody in this folder answers.
fn asks(layer: &Layer) -> Vec<Diagnostic> {
    let gates = layer.gates.iter().map(|gate| {
        let keys = gate.ask.iter().map(|key| key.value.as_str()).collect::<Vec<_>>().join(", ");
        let before = gate.purposes.iter().map(|purpose| purpose.value.as_str()).collect::<Vec<_>>().join(", ");
        let what = if before.is_empty() { "everything".to_owned() } else { before };
        let (name, place) = (&gate.name.value, gate.name.span);
        note("P0405", format!("closed until a tenant answers: {what}"), place, format!("[evidence.{name}] with {keys}"))
    });
    let lists = layer.lists.iter().filter(|list| list.closed_if_empty && list.words.is_empty()).map(|list| {
        let held = list.held_by.as_deref().unwrap_or("not said");
        let help = format!("[list.{}] words = […] in NAME.lists.toml, held by: {held}", list.name.value);
        note("P0405", "closed until a tenant brings the list".to_owned(), list.name.span, help)
    });
    let facts = layer.facts.iter().map(|fact| {
        let message = format!("until a tenant answers, {} counts", said(fact.unknown));
        note("P0406", message, fact.name.span, fact.ask.clone())
    });
    gates.chain(lists).chain(facts).collect()
}

fn note(code: &'static str, message: String, span: Span, help: String) -> Diagnostic {
    Diagnostic::note(code, message, span, "").help(help)
}

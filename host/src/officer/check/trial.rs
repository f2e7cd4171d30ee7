//! Does a policy compile, for every purpose that it allows and every system that its evidence names?
//!
//! Also a policy that is closed, or a pack that nobody answers, is compiled: with invented answers to its gates, which say nothing of
//! its rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Policy;
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{Answer, Date, Evidence, Gate, Layer, SecretLists, System, Text, When};
use crate::policy::{Closed, Library, Plan, Refusal, Request, compile, in_force, near};

/// What compiling told.
#[derive(Default)]
pub(super) struct Trial {
    pub(super) problems: Vec<Diagnostic>,
    /// What is closed, with the purposes for which it is.
    pub(super) closed: Vec<(Closed, Vec<String>)>,
    /// A plan for every purpose and system.
    pub(super) plans: Vec<Plan>,
}

/// A word that stands in no event: it fills a secret list that is not here.
const NOWHERE: &str = "\u{1}";

/// The system of a pack, which knows no tenant's: it has every tag, and its events must stay attributable.
const ANY_SYSTEM: &str = "any-system";

pub(super) fn of(library: &Arc<Library>, policy: &Policy) -> Trial {
    let mut trial = Trial::default();
    let purposes = purposes(policy);
    trial.problems.extend(not_in_force(policy));
    if purposes.is_empty() {
        trial.problems.extend(no_purpose(policy));
    } else {
        trial.problems.extend(shut_purposes(policy));
    }
    let open = opened(policy);
    let (lists, none) = (filled(policy), SecretLists::default());
    let systems = [None].into_iter().chain(open.systems.keys().map(|name| Some(name.as_str())));
    let systems: Vec<Option<&str>> = systems.collect();
    let later = last_start(policy).map(|day| (day, endless(&open)));
    for (purpose, system) in purposes.iter().flat_map(|purpose| systems.iter().map(move |system| (purpose, *system))) {
        let request = |on, evidence, lists| Request {
            policy: policy.top.id.value.as_str(),
            with: &[],
            purpose: purpose.as_str(),
            on,
            system,
            evidence,
            lists,
            exact: None,
            lenient: false,
        };
        if let Some(evidence) = policy.evidence {
            let lists = policy.lists.unwrap_or(&none);
            trial.answered(compile(library, &request(policy.on, evidence, lists)), purpose);
        }
        let plan = trial.invented(policy, compile(library, &request(policy.on, &open, &lists)));
        trial.plans.extend(plan);
        if let Some((day, endless)) = &later {
            trial.invented(policy, compile(library, &request(*day, endless, &lists)));
        }
    }
    trial
}

/// The day on which all laws hold, if some start later: what stands on them is looked at now.
fn last_start(policy: &Policy) -> Option<Date> {
    let laws = policy.layers.iter().flat_map(|layer| layer.laws.values());
    laws.filter_map(|law| law.from).max().filter(|day| *day > policy.on)
}

/// The same answers, without a last day.
fn endless(evidence: &Evidence) -> Evidence {
    let mut evidence = evidence.clone();
    evidence.answers.values_mut().for_each(|answer| (answer.review_by, answer.ends_on) = (None, None));
    evidence.decisions.iter_mut().for_each(|decision| decision.until = None);
    evidence
}

impl Trial {
    /// What is said under the answers that are there.
    fn answered(&mut self, made: Result<(Plan, Vec<Diagnostic>), Refusal>, purpose: &str) {
        let (problems, closed) = match made {
            Ok((_, problems)) => (problems, Vec::new()),
            Err(refusal) => (refusal.problems, refusal.closed),
        };
        self.problems.extend(problems);
        for closed in closed {
            match self.closed.iter_mut().find(|(known, _)| *known == closed) {
                Some((_, purposes)) if purposes.iter().any(|known| known == purpose) => {}
                Some((_, purposes)) => purposes.push(purpose.to_owned()),
                None => self.closed.push((closed, vec![purpose.to_owned()])),
            }
        }
    }

    /// What is said under invented answers. A limit over which a pack and those that it stands on disagree has to be settled by
    /// each tenant, in its evidence.
    fn invented(&mut self, policy: &Policy, made: Result<(Plan, Vec<Diagnostic>), Refusal>) -> Option<Plan> {
        let (plan, mut problems) = match made {
            Ok((plan, problems)) => (Some(plan), problems),
            Err(refusal) => (None, refusal.problems),
        };
        for problem in problems.iter_mut().filter(|problem| problem.code == "P0301" && !policy.is_tenant()) {
            problem.severity = Severity::Note;
        }
        self.problems.extend(problems);
        plan
    }
}

/// Purposes that every layer allows; where none says anything, those that rows name.
fn purposes(policy: &Policy) -> Vec<String> {
    let named = |layer: &Layer| -> Option<Vec<String>> {
        let said = layer.purposes.as_ref();
        let (allow, _) = said.filter(|(_, reason)| in_force(reason, &policy.layers, policy.on))?;
        Some(allow.iter().map(|purpose| purpose.value.clone()).collect())
    };
    let mut saying = policy.layers.iter().filter_map(|layer| named(layer));
    let Some(first) = saying.next() else {
        let rows = policy.layers.iter().flat_map(|layer| &layer.rules).flat_map(|rule| &rule.rows);
        let named: BTreeSet<_> = rows.flat_map(|row| row.what.named.keys().cloned()).collect();
        return if named.is_empty() { vec!["security".to_owned()] } else { named.into_iter().collect() };
    };
    saying.fold(first, |all, own| all.into_iter().filter(|purpose| own.contains(purpose)).collect())
}

fn no_purpose(policy: &Policy) -> Option<Diagnostic> {
    let mut saying = policy.layers.iter().rev().filter_map(|layer| layer.purposes.as_ref()).map(|(allow, _)| allow);
    let (own, others) = (saying.next()?.first()?, saying.filter_map(|allow| allow.first()));
    let message =
        format!("`{}` allows no purpose that every layer above allows: nothing can flow", policy.top.id.value);
    let problem = Diagnostic::error("P0126", message, own.span, "these");
    let problem = others.fold(problem, |problem, other| problem.and(other.span, "and these have nothing in common"));
    Some(problem.help("layers only tighten: choose purposes among those that the layers above allow"))
}

/// Purposes that a layer allows and one that it stands on does not: they are closed, and most often misspelt.
fn shut_purposes(policy: &Policy) -> Vec<Diagnostic> {
    let Some((allow, _)) = &policy.top.purposes else { return Vec::new() };
    let others = policy.layers.iter().filter(|layer| layer.id.value != policy.top.id.value);
    let others = others.filter_map(|layer| layer.purposes.as_ref());
    let others: Vec<_> = others.filter(|(_, reason)| in_force(reason, &policy.layers, policy.on)).collect();
    let shut = |purpose: &Text| {
        let (above, _) = others.iter().find(|(above, _)| !above.iter().any(|own| own.value == purpose.value))?;
        let known = || above.iter().map(|own| own.value.as_str());
        let message = format!("`{}` stays closed: what this layer stands on does not allow it", purpose.value);
        let problem = Diagnostic::warning("P0135", message, purpose.span, "");
        let problem = above.iter().take(1).fold(problem, |problem, own| problem.and(own.span, "only what stands here"));
        let all = known().collect::<Vec<_>>().join(", ");
        Some(problem.help(match near(&purpose.value, known()) {
            Some(near) => format!("did you mean `{near}`? Allowed: {all}"),
            None => format!("leave it out, or choose one of: {all}"),
        }))
    };
    allow.iter().filter_map(shut).collect()
}

/// Layers that begin to hold later than asked: what they say is looked at as of then.
fn not_in_force(policy: &Policy) -> Option<Diagnostic> {
    let day = policy.top.in_force.as_ref().filter(|day| day.value == policy.on && policy.starts_later)?;
    let message = format!("`{}` is not in force before {}", policy.top.id.value, day.value);
    let problem = Diagnostic::note("P0104", message, day.span, "it is checked as of this day");
    Some(problem.help("until then a flow needs the revision that is in force"))
}

/// The answers that are there, and invented ones for every gate.
fn opened(policy: &Policy) -> Evidence {
    let mut evidence = policy.evidence.cloned().unwrap_or_default();
    for gate in policy.layers.iter().flat_map(|layer| &layer.gates) {
        evidence.answers.insert(gate.name.value.clone(), invented(gate));
    }
    // Gates of one name ask for different things: the answer has all.
    for gate in policy.layers.iter().flat_map(|layer| &layer.gates) {
        let answer = evidence.answers.get_mut(&gate.name.value);
        answer.into_iter().for_each(|answer| answer.given.extend(gate.ask.iter().map(|key| key.value.clone())));
    }
    if !policy.is_tenant() {
        let system = System { span: policy.top.id.span, tags: tags(policy), attributable: true };
        evidence.systems.insert(ANY_SYSTEM.to_owned(), system);
    }
    evidence
}

/// An answer to a gate, which counts for every purpose and on every day.
fn invented(gate: &Gate) -> Answer {
    Answer {
        span: gate.name.span,
        given: Vec::new(),
        said: Vec::new(),
        parts: Vec::new(),
        answer: None,
        covers: None,
        agreed_revision: None,
        agreed_digest: None,
        digest_is_open: false,
        review_by: None,
        ends_on: None,
    }
}

/// Systems and tags that rules and limits hang on.
fn tags(policy: &Policy) -> Vec<String> {
    let whens = |layer: &&Layer| -> Vec<When> {
        let rules = layer.rules.iter().map(|rule| rule.when.clone());
        let limits = layer.retention.iter().map(|limit| limit.when.clone());
        rules.chain(limits).chain(layer.attributable.iter().map(|floor| floor.when.clone())).collect()
    };
    let tags: BTreeSet<_> =
        policy.layers.iter().flat_map(whens).flat_map(|when| when.system).map(|tag| tag.value).collect();
    tags.into_iter().collect()
}

/// The lists that are there; a word that stands in no event for each that is not.
fn filled(policy: &Policy) -> SecretLists {
    let mut lists = policy.lists.cloned().unwrap_or_default();
    let known: BTreeMap<_, _> =
        policy.layers.iter().flat_map(|layer| &layer.lists).map(|list| (&list.name.value, list)).collect();
    for (name, list) in known.into_iter().filter(|(_, list)| list.secret) {
        let words = lists.lists.entry(name.clone()).or_default();
        if words.is_empty() {
            words.push(Text { value: NOWHERE.to_owned(), span: list.name.span });
        }
    }
    lists
}

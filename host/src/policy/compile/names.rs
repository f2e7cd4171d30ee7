//! Names that mean nothing, and names that mean two things.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Compiler;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Entity, Layer, Level, Reason, Text, Verb};
use crate::policy::entity;
use crate::policy::maps::unknown;
use crate::policy::plan::{RuleId, RuleName};

/// What a treatment looks for.
fn found(verb: &Verb) -> &[String] {
    if let Verb::RedactFound { find, .. } = verb { find } else { &[] }
}

impl<'a> Compiler<'a> {
    /// Checks what layers say besides rules and limits.
    pub(super) fn names(&mut self) {
        self.own_treatments();
        self.own_entities();
        for layer in self.layers {
            let facts = layer.rules.iter().map(|rule| &rule.fact).chain(layer.gates.iter().map(|gate| &gate.fact));
            let facts = facts.chain(layer.retention.iter().map(|limit| &limit.fact));
            let facts = facts.chain(layer.attributable.iter().map(|floor| &floor.fact));
            let facts = facts.chain(layer.notices.iter().map(|notice| &notice.fact));
            let facts = facts.chain(layer.obligations.iter().map(|obligation| &obligation.fact));
            facts.flatten().for_each(|fact| self.fact(fact));
            layer.gates.iter().flat_map(|gate| &gate.or).for_each(|other| self.opens(other));
            layer.gates.iter().for_each(|gate| self.purposes(&gate.purposes));
            let reasons = layer.gates.iter().map(|gate| &gate.reason).chain(layer.retention.iter().map(|r| &r.reason));
            let reasons = reasons.chain(layer.notices.iter().map(|notice| &notice.reason));
            let reasons = reasons.chain(layer.obligations.iter().map(|obligation| &obligation.reason));
            let reasons = reasons.chain(layer.purposes.iter().map(|(_, reason)| reason));
            let reasons = reasons.chain(layer.codes.iter().map(|codes| &codes.reason));
            let reasons = reasons.chain(layer.escrow.iter().map(|escrow| &escrow.reason));
            reasons.for_each(|reason| self.laws(&reason.cite));
            layer.facts.iter().for_each(|fact| self.laws(&fact.cite));
            layer.escrow.iter().for_each(|escrow| self.purposes(&escrow.only_for));
            self.purposes(&layer.recipient_purposes);
            for category in layer.codes.iter().flat_map(|codes| &codes.same_person) {
                self.family(category);
            }
        }
        self.systems();
        self.answers_to_nobody();
    }

    /// Systems that a tenant's own rules and holds hang on: by a misspelt name a rule would never hold. A law speaks of systems that a
    /// tenant may have; and where the evidence names none, nobody can say what is misspelt.
    fn systems(&mut self) {
        let systems = &self.request.evidence.systems;
        if self.request.lenient || systems.is_empty() {
            return;
        }
        let known = || systems.iter().flat_map(|(name, s)| std::iter::once(name).chain(&s.tags)).map(String::as_str);
        // A hold that names no system holds nothing.
        let mut named: Vec<&Text> = self.request.evidence.holds.iter().flat_map(|hold| &hold.systems).collect();
        for layer in self.layers.iter().filter(|layer| layer.level == Level::Tenant) {
            let whens = layer.rules.iter().map(|rule| &rule.when).chain(layer.retention.iter().map(|r| &r.when));
            named.extend(whens.chain(layer.attributable.iter().map(|a| &a.when)).flat_map(|when| &when.system));
        }
        let unheard = named.into_iter().filter(|system| !known().any(|name| name == system.value));
        self.problems.extend(unheard.map(|system| {
            let problem = unknown("P0404", "system or tag", system, known());
            let all = || format!("the evidence names: {}", known().collect::<Vec<_>>().join(", "));
            if problem.help.is_none() { problem.help(all()) } else { problem }
        }));
    }

    /// A layer may add treatments. It may not give a name that rules use another meaning: that could loosen them.
    fn own_treatments(&mut self) {
        for treatment in self.layers.iter().flat_map(|layer| &layer.treatments) {
            match self.treatments.get(treatment.name.value.as_str()) {
                Some(before) if before.verb != treatment.verb => {
                    let message = format!("`{}` means something else already", treatment.name.value);
                    let problem = Diagnostic::error("P0123", message, treatment.name.span, "another meaning");
                    self.problems
                        .push(problem.and(before.name.span, "declared here").help("give it a name of its own"));
                }
                Some(_) => {}
                None => drop(self.treatments.insert(&treatment.name.value, treatment)),
            }
        }
    }

    /// Officers' own detectors: each is tried on its examples.
    fn own_entities(&mut self) {
        let mut known: BTreeMap<&str, &Entity> = BTreeMap::new();
        for own in self.layers.iter().flat_map(|layer| &layer.entities) {
            let list = own.list().and_then(|list| self.exact.get(&list.value));
            self.problems.extend(entity::try_out(own, list.map(Arc::as_ref)));
            if let Some(before) = known.insert(&own.name.value, own) {
                let message = format!("two entities are called `{}`", own.name.value);
                let problem = Diagnostic::error("P0505", message, own.name.span, "again");
                self.problems.push(problem.and(before.name.span, "first here").help("rename one of them"));
            }
            // A set that no treatment looks for hides nothing: most often it is misspelt.
            for set in &own.sets {
                let sought = || self.treatments.values().flat_map(|treatment| found(&treatment.verb));
                if !sought().any(|name| *name == set.value) {
                    let problem = unknown("P0506", "set", set, sought().map(String::as_str));
                    self.problems.push(problem);
                }
            }
        }
    }

    fn fact(&mut self, fact: &Text) {
        let facts = || self.layers.iter().flat_map(|l| &l.facts).map(|f| f.name.value.as_str());
        if !facts().any(|name| name == fact.value) {
            let problem = unknown("P0107", "fact", fact, facts());
            self.problems.push(problem);
        }
    }

    /// What may open a gate besides its own evidence: a fact, or the evidence of another gate.
    fn opens(&mut self, other: &Text) {
        let facts = self.layers.iter().flat_map(|l| &l.facts).map(|fact| &fact.name);
        let gates = self.layers.iter().flat_map(|l| &l.gates).map(|gate| &gate.name);
        let known = || facts.clone().chain(gates.clone()).map(|name| name.value.as_str());
        if !known().any(|name| name == other.value) {
            self.problems.push(unknown("P0107", "fact or gate", other, known()));
        }
    }

    /// Purposes that somebody allows. Where no layer says anything every name is good.
    pub(super) fn purposes(&mut self, purposes: &[Text]) {
        let allowed = || self.layers.iter().filter_map(|l| l.purposes.as_ref()).flat_map(|(allow, _)| allow);
        let known = || allowed().map(|purpose| purpose.value.as_str());
        if known().next().is_none() {
            return;
        }
        let unheard = purposes.iter().filter(|purpose| !known().any(|name| name == purpose.value));
        let problems: Vec<_> = unheard.map(|purpose| unknown("P0122", "purpose", purpose, known())).collect();
        self.problems.extend(problems);
    }

    pub(super) fn laws(&mut self, cite: &[Text]) {
        for law in cite {
            let known = || self.layers.iter().flat_map(|l| l.laws.keys()).map(String::as_str);
            if !known().any(|k| k == law.value) {
                let problem = unknown("P0108", "law", law, known());
                self.problems.push(problem);
            }
        }
    }

    /// Numbers a rule or floor, and checks what it cites.
    pub(super) fn name(&mut self, layer: &Layer, name: &Text, reason: &Reason) -> RuleId {
        self.laws(&reason.cite);
        self.rules.push(RuleName {
            name: format!("{}.{}", layer.id.value, name.value),
            because: reason.because.clone(),
            cite: reason.cite.iter().map(|c| c.value.clone()).collect(),
            span: name.span,
            protects: false,
        });
        RuleId((self.rules.len() - 1) as u16)
    }

    /// Evidence of somebody else, words for a list that nobody has, decisions about limits that nobody sets.
    fn answers_to_nobody(&mut self) {
        let wanted = self.request.policy;
        let tenant = self.request.evidence.tenant.as_ref().filter(|_| !self.request.lenient);
        if let Some(tenant) = tenant.filter(|tenant| tenant.value != wanted) {
            let message = format!("this evidence is for `{}`, not for `{wanted}`", tenant.value);
            self.problems.push(Diagnostic::error("P0403", message, tenant.span, ""));
        }
        let lists: Vec<&str> = self.layers.iter().flat_map(|l| &l.lists).map(|list| list.name.value.as_str()).collect();
        for (_, words) in self.request.lists.lists.iter().filter(|(name, _)| !lists.contains(&name.as_str())) {
            if let Some(first) = words.first() {
                let problem = Diagnostic::warning("P0501", "no layer has a list of this name", first.span, "");
                self.problems.push(problem.help("correct the name of the list, or leave it out"));
            }
        }
        let limits: Vec<String> = self
            .layers
            .iter()
            .flat_map(|layer| layer.retention.iter().map(|r| format!("{}.{}", layer.id.value, r.name.value)))
            .collect();
        for name in self.request.evidence.decisions.iter().flat_map(|decision| &decision.between) {
            if !limits.contains(&name.value) {
                let mut problem = unknown("P0402", "limit", name, limits.iter().map(String::as_str));
                problem.severity = crate::policy::diagnostic::Severity::Warning;
                self.problems.push(problem);
            }
        }
    }
}

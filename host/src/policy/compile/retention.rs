//! How long: caps and floors set against each other, and decisions between them.

use super::Compiler;
use super::rules::apart;
use super::when::Holds;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Decision, Duration, Hold, Retention, Spanned};
use crate::policy::evidence::Answers;
use crate::policy::plan::{Condition, Keeping};

impl<'a> Compiler<'a> {
    pub(super) fn retention(&mut self, answers: &Answers) {
        let kept = self.limits(answers);
        let mut keeping: Vec<_> = kept.iter().map(|(name, entry, when)| undecided(name, entry, when)).collect();
        for (floor, (floor_name, least, here)) in kept.iter().enumerate() {
            for (cap, (cap_name, most, there)) in kept.iter().enumerate() {
                let (Some(least), Some(most)) = (&least.at_least, &most.at_most) else { continue };
                if least.value.days <= most.value.days || apart(here.kinds.as_deref(), there.kinds.as_deref()) {
                    continue;
                }
                match self.decision(floor_name, cap_name) {
                    Some(wins) if wins == *floor_name => keeping[cap].cap_yields_to.push(floor),
                    Some(_) => keeping[floor].floor_yields_to.push(cap),
                    None => {
                        let help = format!(
                            "split the stream, or record a decision in the evidence: [decision.NAME] between = [\"{floor_name}\", \"{cap_name}\"], wins = …"
                        );
                        let message = format!("`{floor_name}` keeps longer than `{cap_name}` allows");
                        let problem = Diagnostic::error("P0301", message, least.span, floor_name.clone());
                        self.problems.push(problem.and(most.span, cap_name.clone()).help(help));
                    }
                }
            }
        }
        self.retention = keeping;
        self.holds();
    }

    /// Legal holds of the system that have begun.
    fn holds(&mut self) {
        let begun = |hold: &&Hold| hold.from.is_none_or(|day| day <= self.request.on);
        let of_system = |hold: &&Hold| hold.systems.iter().any(|system| self.tags.contains(system.value.as_str()));
        let holds = || self.request.evidence.holds.iter().filter(begun);
        let overdue = holds().filter_map(|hold| Some((hold, hold.review_by.filter(|day| *day < self.request.on)?)));
        let mut notes: Vec<_> = overdue
            .map(|(Hold { name, .. }, day)| {
                let name = &name.value;
                format!("[hold.{name}] holds on past its review-by = {day}: have it looked at, then end it or write the new day")
            })
            .collect();
        if self.request.system.is_none() {
            let unheard = |hold: &Hold| {
                format!(
                    "[hold.{}] does not reach these events: nobody says which system they come from (--system)",
                    hold.name.value
                )
            };
            notes.extend(holds().map(unheard));
        }
        self.holds = holds().filter(of_system).map(|hold| hold.name.value.clone()).collect();
        self.notes = notes;
    }

    /// Every limit that may hold, as `layer.name`, with the part of its condition that an event answers.
    fn limits(&mut self, answers: &Answers) -> Vec<(String, &'a Retention, Condition)> {
        let mut limits = Vec::new();
        for layer in self.layers {
            for entry in &layer.retention {
                self.no_role(&entry.when, "limit how long an event is kept");
                self.no_list(&entry.when);
                let condition = match self.when(&entry.when, false) {
                    Holds::Never => continue,
                    _ if !answers.applies(entry.fact.as_ref(), &entry.reason) => continue,
                    Holds::Always => Condition::default(),
                    Holds::Depends(condition, _) => condition,
                };
                limits.push((format!("{}.{}", layer.id.value, entry.name.value), entry, condition));
            }
        }
        limits
    }

    fn decision(&mut self, a: &str, b: &str) -> Option<String> {
        let names = |d: &&Decision| [a, b].iter().all(|n| d.between.iter().any(|t| t.value == *n));
        let current = |d: &&Decision| d.until.is_none_or(|day| day >= self.request.on);
        let mut decisions = self.request.evidence.decisions.iter().filter(names).filter(current);
        let wins = &decisions.next()?.wins;
        if let Some(other) = decisions.map(|d| &d.wins).find(|other| other.value != wins.value) {
            let message = format!("`{a}` and `{b}`: two decisions say otherwise");
            let problem = Diagnostic::error("P0412", message, other.span, "this wins").and(wins.span, "and this wins");
            self.problems.push(problem.help("take out the one that does not hold, or end it: until = DAY"));
        }
        Some(wins.value.clone())
    }
}

fn undecided(name: &str, entry: &Retention, when: &Condition) -> Keeping {
    let duration = |said: &Option<Spanned<Duration>>| said.as_ref().map(|d| d.value.clone());
    Keeping {
        name: name.to_owned(),
        when: when.clone(),
        at_most: duration(&entry.at_most),
        at_least: duration(&entry.at_least),
        at_hand: duration(&entry.at_hand),
        cap_yields_to: Vec::new(),
        floor_yields_to: Vec::new(),
    }
}

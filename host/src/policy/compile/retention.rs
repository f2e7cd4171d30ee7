//! How long: caps and floors set against each other, and decisions between them.

use std::collections::BTreeSet;

use super::Compiler;
use super::rules::apart;
use super::when::Holds;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Decision, Retention};
use crate::policy::plan::{Condition, Keeping};

impl<'a> Compiler<'a> {
    pub(super) fn retention(&mut self) {
        let kept = self.limits();
        let mut lost = BTreeSet::new();
        for (floor_name, floor, here) in &kept {
            for (cap_name, cap, there) in &kept {
                let (Some(least), Some(most)) = (&floor.at_least, &cap.at_most) else { continue };
                if least.value.days <= most.value.days || apart(here.kinds.as_deref(), there.kinds.as_deref()) {
                    continue;
                }
                if let Some(wins) = self.decision(floor_name, cap_name) {
                    lost.insert(if wins == *floor_name { cap_name.clone() } else { floor_name.clone() });
                    continue;
                }
                let help = format!(
                    "split the stream, or record a decision in the evidence: [decision.NAME] between = [\"{floor_name}\", \"{cap_name}\"], wins = …"
                );
                let problem =
                    Diagnostic::error("P0301", "kept at least longer than at most", least.span, floor_name.clone());
                self.problems.push(problem.and(most.span, cap_name.clone()).help(help));
            }
        }
        self.retention = kept
            .into_iter()
            .filter(|(name, _, _)| !lost.contains(name))
            .map(|(_, entry, when)| Keeping {
                when,
                at_most: entry.at_most.as_ref().map(|d| d.value.clone()),
                at_least: entry.at_least.as_ref().map(|d| d.value.clone()),
            })
            .collect();
    }

    /// Every limit that may hold, as `layer.name`, with the part of its condition that an event answers.
    fn limits(&mut self) -> Vec<(String, &'a Retention, Condition)> {
        let mut limits = Vec::new();
        for layer in self.layers {
            for entry in &layer.retention {
                self.no_role(&entry.when, "limit how long an event is kept");
                self.no_list(&entry.when);
                let condition = match self.when(&entry.when, false) {
                    Holds::Never => continue,
                    Holds::Always => Condition::default(),
                    Holds::Depends(condition, _) => condition,
                };
                limits.push((format!("{}.{}", layer.id.value, entry.name.value), entry, condition));
            }
        }
        limits
    }

    fn decision(&self, a: &str, b: &str) -> Option<String> {
        let names = |d: &&Decision| [a, b].iter().all(|n| d.between.iter().any(|t| t.value == *n));
        let current = |d: &&Decision| d.until.is_none_or(|day| day >= self.request.on);
        self.request.evidence.decisions.iter().filter(names).find(current).map(|d| d.wins.value.clone())
    }
}

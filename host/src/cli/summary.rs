//! The summary at the end of a run: counts, never values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use serde_json::json;

use crate::edge::quarantine::Tally;
use crate::pipeline::Counts;
use crate::plugin::Plugin;
use crate::policy::Plan;

use super::load::Shut;

/// How a summary is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// Not at all.
    None,
}

/// Everything a summary says.
#[derive(Debug)]
pub(super) struct Summary<'a> {
    pub(super) counts: &'a Counts,
    pub(super) quarantine: &'a Tally,
    pub(super) bytes: u64,
    pub(super) elapsed: Duration,
    /// The plan, or those of tenants.
    pub(super) plans: &'a [Arc<Plan>],
    /// The built-in detector: what it is, and which of its versions.
    pub(super) detector: &'a Plugin,
    /// There may be several tenants.
    pub(super) many: bool,
    /// Those of them that are closed.
    pub(super) shut: &'a [Shut],
    pub(super) made_up_key: bool,
}

/// Lines of one group that the text form shows.
const MOST: usize = 20;

impl Summary<'_> {
    pub(super) fn render(&self, form: Form) -> String {
        match form {
            Form::Text => self.text(),
            Form::Json => self.json(),
            Form::None => String::new(),
        }
    }

    /// The plan, or that of the first tenant.
    fn plan(&self) -> &Plan {
        &self.plans[0]
    }

    /// What the evidence of each tenant says and nobody would notice.
    fn notes(&self) -> Vec<String> {
        let whose = |plan: &Plan| if self.many { format!("{}: ", plan.scope.policy) } else { String::new() };
        self.plans.iter().flat_map(|plan| plan.notes.iter().map(move |note| whose(plan) + note)).collect()
    }

    fn rates(&self) -> (f64, f64) {
        let seconds = self.elapsed.as_secs_f64().max(1e-9);
        (self.bytes as f64 / 1e6 / seconds, self.counts.events_in as f64 / seconds)
    }

    fn json(&self) -> String {
        let (c, plan) = (self.counts, self.plan());
        let scope = &plan.scope;
        let (megabytes, events) = self.rates();
        let detector = self.detector.description();
        let single = !self.many;
        let many = if self.many { self.plans } else { &[] };
        let each = many.iter().map(|plan| plan.scope.policy.as_str()).zip(Plan::rules_digests(many));
        let each: BTreeMap<_, _> = each.collect();
        json!({
            "policy": single.then_some(&scope.policy), "revision": single.then_some(scope.revision),
            "digest": single.then_some(&plan.digest), "rules-digest": single.then(|| plan.rules_digest()),
            "rules-digests": each, "notes": self.notes(),
            "tenants": self.many.then_some(self.plans.len()), "closed": self.shut.iter().map(Shut::json).collect::<Vec<_>>(),
            "on": scope.on.to_string(), "purpose": scope.purpose, "system": scope.system,
            "detector": { "name": detector.name, "version": detector.version, "digest": self.detector.digest_text() },
            "epoch": plan.epoch, "key": if self.made_up_key { "made up for this run" } else { "given" },
            "events": { "in": c.events_in, "out": c.events_out, "suppressed": c.suppressed, "quarantined": c.quarantined_total(),
                "stopped": c.stopped },
            "quarantined": c.quarantined,
            "quarantine": { "sealed": self.quarantine.sealed, "discarded": self.quarantine.discarded, "absent": self.quarantine.absent },
            "schemas": c.schemas, "treatments": c.treatments, "rules": c.rules, "entities": c.entities,
            "unclassified": c.unclassified, "forbidden": c.forbidden, "guarded": c.guarded, "alike": c.alike, "untreated": c.untreated,
            "guarded-at": c.guarded_at, "untreated-at": c.untreated_at,
            "failures": c.failures,
            "bytes": self.bytes, "seconds": self.elapsed.as_secs_f64(),
            "megabytes-per-second": megabytes, "events-per-second": events,
        })
        .to_string()
    }

    fn text(&self) -> String {
        let (c, plan) = (self.counts, self.plan());
        let scope = &plan.scope;
        let (megabytes, rate) = self.rates();
        let mut out = String::new();
        let mut line = |text: String| {
            out.push_str(&text);
            out.push('\n');
        };
        let (policy, revision) = (&scope.policy, scope.revision);
        if self.many {
            line(format!("{} tenants for {} on {}", self.plans.len(), scope.purpose, scope.on));
        } else {
            let digest = short(&plan.digest);
            line(format!("{policy} revision {revision} for {} on {}  {digest}", scope.purpose, scope.on));
        }
        let shown = &self.plans[..self.plans.len().min(MOST)];
        for (plan, digest) in shown.iter().zip(Plan::rules_digests(shown)) {
            let whose = if self.many { format!(" of {}", plan.scope.policy) } else { String::new() };
            line(format!("rules-digest{whose}: {digest}"));
        }
        if self.plans.len() > shown.len() {
            line(format!("and {} more (--summary json has all)", self.plans.len() - shown.len()));
        }
        let detector = self.detector.description();
        line(format!("detector: {} {}", detector.name, detector.version));
        self.notes().into_iter().take(MOST).for_each(&mut line);
        line(format!(
            "{} events in, {} out, {} suppressed, {} quarantined",
            c.events_in,
            c.events_out,
            c.suppressed,
            c.quarantined_total()
        ));
        line(format!("{megabytes:.1} MB/s, {rate:.0} events/s"));
        if self.quarantine.records > 0 {
            line(format!(
                "quarantine: {} sealed, {} discarded, {} as metadata only",
                self.quarantine.sealed, self.quarantine.discarded, self.quarantine.absent
            ));
        }
        for (count, what) in [
            (c.forbidden, "values that must not be collected arrived and were destroyed"),
            (
                c.guarded,
                "values were stopped by the guard: a field is classified wrongly, or a word of a sealed list stood in it",
            ),
            (c.alike, "keys got a number: a treatment made them what another one of the object is"),
            (c.stopped, "events were not passed on because the route stopped"),
        ] {
            if count > 0 {
                line(format!("{count} {what}"));
            }
        }
        for (title, group) in [
            ("quarantined because", &c.quarantined),
            ("failures", &c.failures),
            ("values that could not be treated, by what the failure rule did", &c.untreated),
            ("where they stood", &c.untreated_at),
            ("where the guard stopped values", &c.guarded_at),
            ("schema maps", &c.schemas),
            ("treatments", &c.treatments),
            ("rules", &c.rules),
            ("entities", &c.entities),
            ("unclassified, therefore dropped", &c.unclassified),
        ] {
            table(&mut out, title, group);
        }
        if self.made_up_key {
            out.push_str("no key was given: the codes of this run agree with those of no other (--key)\n");
        }
        out
    }
}

/// The largest counts first.
fn table(out: &mut String, title: &str, group: &BTreeMap<String, u64>) {
    if group.is_empty() {
        return;
    }
    let mut rows: Vec<_> = group.iter().collect();
    rows.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
    out.push_str(&format!("{title}:\n"));
    for (name, count) in rows.iter().take(MOST) {
        out.push_str(&format!("  {count:>9}  {name}\n"));
    }
    if rows.len() > MOST {
        out.push_str(&format!("             and {} more (--summary json has all)\n", rows.len() - MOST));
    }
}

fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}

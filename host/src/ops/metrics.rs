//! Metrics, in the text form of OpenMetrics. Labels are names of the configuration, never of events.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::branch::Running;
use super::quarantine::Sealer;
use crate::delivery::Budget;
use crate::edge::escrow::Quota;
use crate::edge::proxy::Tally;
use crate::edge::source::Count;
use crate::edge::spans;
use crate::pipeline::Counts;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfSource {
    source: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfBranch {
    route: String,
    sink: String,
    purpose: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfOutcome {
    route: String,
    sink: String,
    purpose: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfWork {
    route: String,
    purpose: String,
    name: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfShadow {
    route: String,
    purpose: String,
    seen: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfReload {
    route: String,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfPlan {
    route: String,
    purpose: String,
    policy: String,
    digest: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfPurpose {
    route: String,
    purpose: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfPlugin {
    route: String,
    purpose: String,
    plugin: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfFailure {
    route: String,
    purpose: String,
    plugin: String,
    cause: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRequest {
    proxy: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfSpan {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfTls {
    tls: String,
}

/// The name that stands for all above the most series there may be.
const OTHER: &str = "other";

/// What is counted.
pub(super) struct Metrics {
    registry: Mutex<Registry>,
    /// Series of treatments, rules and findings, and the most there may be: with many tenants there is no end to their rules.
    series: AtomicUsize,
    max_series: usize,
    received: Family<OfSource, Counter>,
    received_bytes: Family<OfSource, Counter>,
    refused: Family<OfSource, Counter>,
    lost: Family<OfSource, Counter>,
    held_back: Family<OfRoute, Counter>,
    shadowed: Family<OfShadow, Counter>,
    not_shadowed: Family<OfRoute, Counter>,
    outcomes: Family<OfOutcome, Counter>,
    /// Batches that no step could be made for.
    pub(super) failures: Counter,
    plugin_failures: Family<OfFailure, Counter>,
    circuits: Family<OfPlugin, Gauge>,
    /// Mistakes of ours.
    pub(super) panics: Counter,
    reloads: Family<OfReload, Counter>,
    requests: Family<OfRequest, Counter>,
    certificates: Family<OfTls, Gauge>,
    treatments: Family<OfWork, Counter>,
    rules: Family<OfWork, Counter>,
    entities: Family<OfWork, Counter>,
    alarms: Family<OfWork, Counter>,
    ledger: Gauge,
    ledger_failing: Gauge,
    quarantine: Gauge,
    quarantine_most: Gauge,
    quarantine_full: Gauge,
    queued: Family<OfBranch, Gauge>,
    queued_bytes: Family<OfBranch, Gauge>,
    in_flight: Family<OfBranch, Gauge>,
    oldest: Family<OfBranch, Gauge<f64, AtomicU64>>,
    breaker: Family<OfBranch, Gauge>,
    closed: Family<OfBranch, Gauge>,
    plans: Family<OfPlan, Gauge>,
    shut: Family<OfPurpose, Gauge>,
    buffer_bytes: Family<OfBranch, Gauge>,
    buffer_limit: Family<OfBranch, Gauge>,
    buffer_records: Family<OfBranch, Gauge>,
    buffer_lost: Family<OfBranch, Gauge>,
    memory: Gauge,
    memory_most: Gauge,
    escrow: Gauge,
    escrow_most: Gauge,
    spans: Family<OfSpan, Counter>,
}

impl Metrics {
    pub(super) fn new(max_series: usize) -> Arc<Self> {
        let mut metrics = Self {
            registry: Mutex::new(Registry::with_prefix("tamis")),
            series: AtomicUsize::new(0),
            max_series,
            received: Family::default(),
            received_bytes: Family::default(),
            refused: Family::default(),
            lost: Family::default(),
            held_back: Family::default(),
            shadowed: Family::default(),
            not_shadowed: Family::default(),
            outcomes: Family::default(),
            failures: Counter::default(),
            plugin_failures: Family::default(),
            circuits: Family::default(),
            panics: Counter::default(),
            reloads: Family::default(),
            requests: Family::default(),
            certificates: Family::default(),
            treatments: Family::default(),
            rules: Family::default(),
            entities: Family::default(),
            alarms: Family::default(),
            ledger: Gauge::default(),
            ledger_failing: Gauge::default(),
            quarantine: Gauge::default(),
            quarantine_most: Gauge::default(),
            quarantine_full: Gauge::default(),
            queued: Family::default(),
            queued_bytes: Family::default(),
            in_flight: Family::default(),
            oldest: Family::default(),
            breaker: Family::default(),
            closed: Family::default(),
            plans: Family::default(),
            shut: Family::default(),
            buffer_bytes: Family::default(),
            buffer_limit: Family::default(),
            buffer_records: Family::default(),
            buffer_lost: Family::default(),
            memory: Gauge::default(),
            memory_most: Gauge::default(),
            escrow: Gauge::default(),
            escrow_most: Gauge::default(),
            spans: Family::default(),
        };
        metrics.register();
        Arc::new(metrics)
    }

    fn register(&mut self) {
        let registry = self.registry.get_mut().unwrap_or_else(PoisonError::into_inner);
        let r = registry;
        r.register("events_received", "Events and pieces that were no events, by source", self.received.clone());
        r.register("received_bytes", "Bytes of events, by source", self.received_bytes.clone());
        r.register("refusals", "Deliveries that a source was told to give again", self.refused.clone());
        let lost = "Events that came and are lost, at least: for want of room, given up by a branch, cut away in a file, or damaged in a buffer";
        r.register("events_lost", lost, self.lost.clone());
        let held_back = "Events that are to be given again, since a tenant in their batch gave more than it may";
        r.register("events_over_rate", held_back, self.held_back.clone());
        let shadowed = "Events that a candidate looked at, and what it would make otherwise of them";
        r.register("shadow_events", shadowed, self.shadowed.clone());
        let not_shadowed = "Events that a candidate had no time or memory for, or failed on";
        r.register("shadow_missed_events", not_shadowed, self.not_shadowed.clone());
        r.register("events", "What became of events, by branch", self.outcomes.clone());
        r.register("step_failures", "Batches that no step could be made for", self.failures.clone());
        let failures =
            "Events that a plugin failed on, by its name in the policy and by cause, and values that it gave up on";
        r.register("plugin_failures", failures, self.plugin_failures.clone());
        let circuits = "Workers that do not call a plugin for now, since it is broken in itself";
        r.register("plugin_circuit_open", circuits, self.circuits.clone());
        r.register("panics", "Mistakes of Tamis itself", self.panics.clone());
        r.register("reloads", "Changes of what is in force, by result", self.reloads.clone());
        r.register("proxy_requests", "Requests to proxies, by what was answered", self.requests.clone());
        let expires = "When a certificate that clients see ends, since 1970";
        let seconds = Unit::Seconds;
        r.register_with_unit("certificate_expires_timestamp", expires, seconds, self.certificates.clone());
        r.register("treatments", "Values by what was done", self.treatments.clone());
        r.register("rules", "Values by rule, without rules that withhold what lists protect", self.rules.clone());
        r.register(
            "entities",
            "Findings by entity; of a vendor's plugin values with a finding, by its name",
            self.entities.clone(),
        );
        let alarms = "Values that must not be collected and came (forbidden), or that the guard stopped (guarded)";
        r.register("alarms", alarms, self.alarms.clone());
        r.register("ledger_lines", "Number of the ledger's last line", self.ledger.clone());
        let failing = "1 while the ledger cannot be written, or was changed by somebody else";
        r.register("ledger_failing", failing, self.ledger_failing.clone());
        r.register_with_unit("quarantine", "Bytes of quarantine on disk", Unit::Bytes, self.quarantine.clone());
        let limit = "Bytes that quarantine may have on disk";
        r.register_with_unit("quarantine_limit", limit, Unit::Bytes, self.quarantine_most.clone());
        let full = "1 while what cannot be treated is given back, since quarantine has no room";
        r.register("quarantine_full", full, self.quarantine_full.clone());
        r.register("branch_queued_events", "Events that wait for a sink", self.queued.clone());
        r.register_with_unit("branch_queued", "Bytes that wait for a sink", Unit::Bytes, self.queued_bytes.clone());
        r.register("branch_in_flight_events", "Events under way to a sink", self.in_flight.clone());
        r.register("branch_closed", "1 while a gate, a list or the purpose keeps a branch closed", self.closed.clone());
        let plans = "1 for what is in force: the policy with its revision, and the digest of all that was read";
        r.register("plan_in_force", plans, self.plans.clone());
        let shut = "Tenants of a route that a gate, a list, the purpose or a missing key keeps closed, while others are open, and those of a route of one that a missing key does";
        r.register("closed_tenants", shut, self.shut.clone());
        let oldest = "Age of the oldest event that a branch holds";
        r.register_with_unit("branch_oldest", oldest, Unit::Seconds, self.oldest.clone());
        r.register(
            "branch_circuit_open",
            "1 while a sink fails and is tried one request at a time",
            self.breaker.clone(),
        );
        r.register_with_unit("buffer", "Bytes of a buffer on disk", Unit::Bytes, self.buffer_bytes.clone());
        let limit = "Bytes that a buffer on disk may have";
        r.register_with_unit("buffer_limit", limit, Unit::Bytes, self.buffer_limit.clone());
        r.register("buffer_records", "Batches of a buffer that are not delivered", self.buffer_records.clone());
        r.register("buffer_lost_records", "Batches that a damaged disk lost", self.buffer_lost.clone());
        r.register_with_unit("memory", "Memory of events that is taken", Unit::Bytes, self.memory.clone());
        r.register_with_unit("memory_limit", "Memory of events that there is", Unit::Bytes, self.memory_most.clone());
        r.register_with_unit("escrow", "Bytes of escrow on disk", Unit::Bytes, self.escrow.clone());
        r.register("spans", "Spans of our own work, by what became of them", self.spans.clone());
        let limit = "Bytes of escrow that there may be on disk; 0: as many as the disk takes";
        r.register_with_unit("escrow_limit", limit, Unit::Bytes, self.escrow_most.clone());
    }

    /// What became of spans of our own work by now; where nothing is traced there is nothing.
    pub(super) fn spans(&self, counts: Option<&spans::Counts>) {
        let Some(spans::Counts { exported, dropped }) = counts else { return };
        for (outcome, total) in [("exported", exported), ("dropped", dropped)] {
            let counter = self.spans.get_or_create(&OfSpan { outcome });
            counter.inc_by(total.load(Ordering::Relaxed).saturating_sub(counter.get()));
        }
    }

    /// Counts what became of events of a branch.
    pub(super) fn outcomes(&self, branch: &Running, outcome: &'static str, events: u64) {
        if events > 0 {
            self.outcome(branch, outcome).inc_by(events);
        }
    }

    fn outcome(&self, branch: &Running, outcome: &'static str) -> Counter {
        let (route, sink, purpose) = (branch.route.clone(), branch.sink.clone(), branch.purpose.clone());
        self.outcomes.get_or_create(&OfOutcome { route, sink, purpose, outcome }).clone()
    }

    /// Counts what was done to values. Rules that withhold what lists protect are not told by the minute.
    pub(super) fn done(&self, route: &str, purpose: &str, counts: &Counts, protects: &BTreeSet<String>) {
        let of = |name: &str| OfWork { route: route.to_owned(), purpose: purpose.to_owned(), name: name.to_owned() };
        let add = |family: &Family<OfWork, Counter>, name: &str, count: u64| {
            let label = of(name);
            let is_known = family.get(&label).is_some();
            let has_room = || self.series.fetch_add(1, Ordering::Relaxed) < self.max_series;
            let label = if is_known || has_room() { label } else { of(OTHER) };
            family.get_or_create(&label).inc_by(count);
        };
        counts.treatments.iter().for_each(|(name, count)| add(&self.treatments, name, *count));
        let told = counts.rules.iter().filter(|(rule, _)| !protects.contains(*rule));
        told.for_each(|(name, count)| add(&self.rules, name, *count));
        counts.entities.iter().for_each(|(name, count)| add(&self.entities, name, *count));
        for (name, count) in [("forbidden", counts.forbidden), ("guarded", counts.guarded)] {
            self.alarms.get_or_create(&of(name)).inc_by(count);
        }
    }

    /// Counts events that a plugin failed on. Both names are of the configuration or of our own, never of events.
    pub(super) fn plugin_failed(&self, route: &str, purpose: &str, (plugin, cause): (&str, &str), events: u64) {
        let [route, purpose, plugin, cause] = [route, purpose, plugin, cause].map(str::to_owned);
        self.plugin_failures.get_or_create(&OfFailure { route, purpose, plugin, cause }).inc_by(events);
    }

    /// Counts a worker that does not call a plugin, for as long as what it gives lives.
    pub(super) fn circuit(&self, route: &str, purpose: &str, plugin: &str) -> OpenCircuit {
        let [route, purpose, plugin] = [route, purpose, plugin].map(str::to_owned);
        let gauge = self.circuits.get_or_create(&OfPlugin { route, purpose, plugin }).clone();
        gauge.inc();
        OpenCircuit(gauge)
    }

    /// Counts events that a rate held back.
    /// Batches that a damaged buffer lost: it is their source, and each held one event at least.
    pub(super) fn lost_in_buffer(&self, branch: &Running, batches: u64) {
        self.lost.get_or_create(&OfSource { source: branch.name() }).inc_by(batches);
    }

    pub(super) fn held_back(&self, route: &str, events: u64) {
        self.held_back.get_or_create(&OfRoute { route: route.to_owned() }).inc_by(events);
    }

    /// What a candidate looked at since the last time: events, those that differ, that would leave as well, and that would not leave any more.
    pub(super) fn shadowed(&self, route: &str, purpose: &str, more: [u64; 4]) {
        for (seen, more) in ["all", "differing", "revived", "withheld"].into_iter().zip(more) {
            let label = OfShadow { route: route.to_owned(), purpose: purpose.to_owned(), seen };
            self.shadowed.get_or_create(&label).inc_by(more);
        }
    }

    /// Counts events that a candidate did not look at.
    pub(super) fn not_shadowed(&self, route: &str, events: u64) {
        self.not_shadowed.get_or_create(&OfRoute { route: route.to_owned() }).inc_by(events);
    }

    /// How much escrow takes on the disk.
    pub(super) fn escrow(&self, quota: &Quota) {
        self.escrow.set(quota.used() as i64);
        self.escrow_most.set(quota.most().unwrap_or(0) as i64);
    }

    /// How much quarantine takes on the disk.
    pub(super) fn quarantine(&self, sealer: &Sealer) {
        let (used, most) = sealer.size();
        self.quarantine.set(used as i64);
        self.quarantine_most.set(most as i64);
        self.quarantine_full.set(sealer.is_full().into());
    }

    /// Number of the ledger's last line, and whether it can be written. Its digest is in the log: as a label it would make a series of each
    /// line.
    pub(super) fn ledger(&self, line: u64, is_written: bool) {
        self.ledger.set(line as i64);
        self.ledger_failing.set((!is_written).into());
    }

    pub(super) fn reloaded(&self, route: &str, result: &'static str) {
        self.reloads.get_or_create(&OfReload { route: route.to_owned(), result }).inc();
    }

    /// When the certificate of a `[tls.NAME]` ends, in seconds since 1970.
    pub(super) fn certificate(&self, tls: &str, until: i64) {
        self.certificates.get_or_create(&OfTls { tls: tls.to_owned() }).set(until);
    }

    /// Has counts of a branch begin at nothing: what is not there before it is one never rises, and no alert sees the first.
    fn begin(&self, branch: &Running) {
        for outcome in ["suppressed", "quarantined", "withheld", "refused", "repeated"] {
            drop(self.outcome(branch, outcome));
        }
        for name in ["forbidden", "guarded"] {
            let (route, purpose) = (branch.route.clone(), branch.purpose.clone());
            drop(self.alarms.get_or_create(&OfWork { route, purpose, name: name.to_owned() }));
        }
        drop(self.reloads.get_or_create(&OfReload { route: branch.route.clone(), result: "refused" }));
        self.held_back(&branch.route, 0);
    }

    /// Everything, with what branches hold by now. `plan`: policy and digest of what is in force, and how many tenants are closed; `None`: the
    /// branch is closed.
    pub(super) fn text(
        &self,
        branches: &[Arc<Running>],
        plan: impl Fn(&Running) -> Option<(String, String, usize)>,
        budget: &Budget,
    ) -> String {
        // Who asks at the same time waits: in between, plans that are no longer in force are gone and the others not yet there.
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        self.plans.clear();
        self.shut.clear();
        for branch in branches {
            let plan = plan(branch);
            let (counts, over) = branch.counts();
            let proxied = branch.proxied.load(Ordering::Relaxed);
            let (route, sink, purpose) = (branch.route.clone(), branch.sink.clone(), branch.purpose.clone());
            let label = OfBranch { route, sink, purpose };
            self.queued.get_or_create(&label).set((counts.queued_events + over) as i64);
            self.queued_bytes.get_or_create(&label).set(counts.queued_bytes as i64);
            self.in_flight.get_or_create(&label).set((counts.in_flight_events + proxied) as i64);
            self.oldest.get_or_create(&label).set(counts.oldest.unwrap_or_default().as_secs_f64());
            self.breaker.get_or_create(&label).set(i64::from(counts.open));
            self.closed.get_or_create(&label).set(i64::from(plan.is_none()));
            if let Some((policy, digest, shut)) = plan {
                let (route, purpose) = (branch.route.clone(), branch.purpose.clone());
                let of = OfPurpose { route: route.clone(), purpose: purpose.clone() };
                self.shut.get_or_create(&of).set(shut as i64);
                self.plans.get_or_create(&OfPlan { route, purpose, policy, digest }).set(1);
            }
            self.begin(branch);
            if let Some(buffer) = branch.buffered() {
                let on_disk = buffer.counts();
                self.buffer_limit.get_or_create(&label).set(buffer.size() as i64);
                self.buffer_bytes.get_or_create(&label).set(on_disk.bytes as i64);
                self.buffer_records.get_or_create(&label).set(on_disk.records as i64);
                branch.count_lost(|batches| self.lost_in_buffer(branch, batches));
                self.buffer_lost.get_or_create(&label).set((on_disk.lost + u64::from(on_disk.is_spoilt)) as i64);
            }
            let ended = [
                ("delivered", counts.delivered),
                ("dropped", counts.dropped + branch.buffered().map_or(0, |buffer| buffer.dropped())),
                ("rejected", counts.rejected),
                ("given-up", counts.given_up),
                ("discarded", branch.discarded()),
            ];
            for (outcome, total) in ended {
                let counter = self.outcome(branch, outcome);
                counter.inc_by(total.saturating_sub(counter.get()));
            }
        }
        self.memory.set(budget.used() as i64);
        self.memory_most.set(budget.most() as i64);
        let mut text = String::new();
        // Writing into memory does not fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

/// A worker that does not call a plugin: see [`Metrics::circuit`].
pub(super) struct OpenCircuit(Gauge);

impl Drop for OpenCircuit {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts for one source.
pub(super) struct OneSource {
    received: Counter,
    bytes: Counter,
    refused: Counter,
    lost: Counter,
}

impl OneSource {
    pub(super) fn new(metrics: &Metrics, source: &str) -> Self {
        let label = OfSource { source: source.to_owned() };
        Self {
            received: metrics.received.get_or_create(&label).clone(),
            bytes: metrics.received_bytes.get_or_create(&label).clone(),
            refused: metrics.refused.get_or_create(&label).clone(),
            lost: metrics.lost.get_or_create(&label).clone(),
        }
    }
}

/// Counts the requests of one proxy.
pub(super) struct OneProxy {
    pub(super) metrics: Arc<Metrics>,
    pub(super) name: String,
}

impl Tally for OneProxy {
    fn request(&self, outcome: &'static str) {
        self.metrics.requests.get_or_create(&OfRequest { proxy: self.name.clone(), outcome }).inc();
    }
}

impl Count for OneSource {
    fn events(&self, events: u64, bytes: u64) {
        self.received.inc_by(events);
        self.bytes.inc_by(bytes);
    }

    fn refused(&self) {
        self.refused.inc();
    }

    fn trouble(&self, why: &str) {
        super::log::say(super::log::Level::Error, "source-trouble", &[("why", super::log::Said::Text(why))]);
    }

    fn warn(&self, why: &str) {
        super::log::say(super::log::Level::Warn, "source-warning", &[("why", super::log::Said::Text(why))]);
    }

    fn lost(&self, events: u64) {
        self.lost.inc_by(events);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Labels of every metric there is.
    fn there() -> BTreeMap<String, BTreeSet<String>> {
        let metrics = Metrics::new(usize::MAX);
        let text = || String::from("x");
        let of_branch = OfBranch { route: text(), sink: text(), purpose: text() };
        for gauge in [
            &metrics.queued,
            &metrics.queued_bytes,
            &metrics.in_flight,
            &metrics.breaker,
            &metrics.closed,
            &metrics.buffer_bytes,
            &metrics.buffer_limit,
            &metrics.buffer_records,
            &metrics.buffer_lost,
        ] {
            drop(gauge.get_or_create(&of_branch));
        }
        drop(metrics.oldest.get_or_create(&of_branch));
        let outcome = OfOutcome { route: text(), sink: text(), purpose: text(), outcome: "delivered" };
        drop(metrics.outcomes.get_or_create(&outcome));
        metrics.reloaded("x", "refused");
        metrics.held_back("x", 1);
        metrics.shadowed("x", "x", [1; 4]);
        metrics.not_shadowed("x", 1);
        metrics.certificate("x", 1);
        metrics.plugin_failed("x", "x", ("x", "x"), 1);
        drop(metrics.circuit("x", "x", "x"));
        for work in [&metrics.treatments, &metrics.rules, &metrics.entities, &metrics.alarms] {
            drop(work.get_or_create(&OfWork { route: text(), purpose: text(), name: text() }));
        }
        metrics.ledger(1, true);
        OneSource::new(&metrics, "x");
        metrics.spans(Some(&spans::Counts::default()));
        drop(metrics.requests.get_or_create(&OfRequest { proxy: text(), outcome: "x" }));
        let mut page = metrics.text(&[], |_| None, &Budget::new(1));
        // A page holds the plans of its branches, and here is no branch.
        let plan = OfPlan { route: text(), purpose: text(), policy: text(), digest: text() };
        metrics.plans.get_or_create(&plan).set(1);
        metrics.shut.get_or_create(&OfPurpose { route: text(), purpose: text() }).set(1);
        encode(&mut page, &metrics.registry.lock().unwrap()).unwrap();
        let mut there = BTreeMap::<String, BTreeSet<String>>::new();
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
            there.entry(name.to_owned()).or_default().extend(labels(rest));
        }
        there
    }

    /// LAW (bounded): however many rules tenants have, there are no more series than there may be, and every value is counted.
    #[test]
    fn series_have_an_end_and_no_value_is_lost() {
        let metrics = Metrics::new(10);
        for number in 0..100 {
            let rules = [(format!("rule-{}", number % 50), 3)].into();
            metrics.done("r", "p", &Counts { rules, ..Counts::default() }, &BTreeSet::new());
        }
        let page = metrics.text(&[], |_| None, &Budget::new(1));
        let counted: Vec<u64> = page
            .lines()
            .filter(|line| line.starts_with("tamis_rules_total{"))
            .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!((counted.len(), counted.iter().sum::<u64>()), (11, 300), "{page}");
        assert!(page.contains("name=\"other\"}") && page.contains("name=\"rule-9\"} 6"), "{page}");
    }

    /// Names of the labels in braces at the beginning of a text.
    fn labels(text: &str) -> Vec<String> {
        let within = text.strip_prefix('{').and_then(|rest| rest.split('}').next());
        let named = within.into_iter().flat_map(|within| within.split(','));
        named.map(|label| label.split(['=', '!']).next().unwrap_or_default().trim().to_owned()).collect()
    }

    /// Every metric that an alert or a panel asks for is one that exists, and so are the labels by which it is chosen.
    #[test]
    fn alerts_and_panels_ask_for_metrics_that_exist() {
        let there = there();
        for (what, text) in [
            ("alerts", include_str!("../../../deploy/grafana/alerts.yml")),
            ("dashboard", include_str!("../../../deploy/grafana/dashboard.json")),
        ] {
            let mut asked = BTreeSet::new();
            for (at, _) in text.match_indices("tamis_") {
                let rest = &text[at..];
                let (name, rest) = rest.split_at(rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_')).unwrap());
                let known = there.get(name).unwrap_or_else(|| panic!("{what}: no {name} in {there:?}"));
                // Prometheus adds these itself.
                let given = ["instance", "job"];
                for label in labels(rest).iter().filter(|label| !given.contains(&label.as_str())) {
                    assert!(known.contains(label), "{what}: {name} has no label {label}, but {known:?}");
                }
                asked.insert(name);
            }
            assert!(asked.len() > 8, "{what}: {asked:?}");
        }
    }

    /// Whoever watches sees everything: what no panel shows is a metric that nobody looks at.
    #[test]
    fn the_dashboard_shows_every_metric() {
        let text = include_str!("../../../deploy/grafana/dashboard.json");
        let shown = |name: &str| {
            text.match_indices(name)
                .any(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c == '_' || c.is_ascii_lowercase()))
        };
        let missing: Vec<_> = there().into_keys().filter(|name| name.starts_with("tamis_") && !shown(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

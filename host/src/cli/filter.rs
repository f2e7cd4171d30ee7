//! `tamis filter`: the main job.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::edge::input::Frames;
use crate::edge::output::{Flow, Output};
use crate::edge::progress::Progress;
use crate::edge::quarantine::{Quarantine, parse_recipient, records};
use crate::event::frame::FrameLimits;
use crate::pipeline::codes::Root;
use crate::pipeline::keys::Keys;
use crate::pipeline::{Counts, Engine, Filtered, Next, Options, Tenants, run};
use crate::plugin::{Plugin, Reuse};
use crate::policy::document::Date;
use crate::policy::{Plan, near};

use super::fleet::{Earlier, Fleet, fleet, together};
use super::load::{self, Loaded, Opening, Parts, Refused, Shut, Wanted};
use super::summary::{self, Summary};
use super::{EXIT_CODES, Exit, say, stop};

/// Filter events from files or standard input.
///
/// Reads NDJSON, a JSON array or CSV with a header, gzip and zstd too; which of them is found out. Writes one filtered event a
/// line, in the order of the input.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Filter {
    /// The policy: a file below a folder of policies, or a bundle; or, with `--tenant-by`, a folder of tenants.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The field in which each event names its tenant: its policy's id, or what `--tenant-names` says. Events of unknown and of
    /// closed tenants are quarantined.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["evidence", "lists", "exact_list"])]
    tenant_by: Option<String>,
    /// What tenants are called in events: lines `NAME IN EVENTS,POLICY`. A tenant that is named here has these names only.
    #[arg(long, value_name = "FILE", requires = "tenant_by")]
    tenant_names: Option<PathBuf>,
    /// What the events are for.
    #[arg(long, default_value = "security")]
    purpose: String,
    /// The day the plan is compiled for. Default: today.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// The system that the events come from, as the evidence calls it.
    #[arg(long)]
    system: Option<String>,
    /// The schema map of all events. Default: each event is recognised.
    #[arg(long, value_name = "MAP")]
    schema: Option<String>,
    /// Evidence. Default: NAME.evidence.toml beside the policy.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Words of secret lists. Default: NAME.lists.toml beside the policy.
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    /// A sealed exact list. Default: POLICY.NAME.list beside the policy.
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    exact_list: Vec<(String, PathBuf)>,
    /// Where the key of codes and exact lists is: `file:PATH` or `env:NAME`, 64 hexadecimal digits. Without it a key is made up for this run, and
    /// its codes agree with those of no other run.
    #[arg(long, value_name = "SOURCE", env = "TAMIS_KEY_SOURCE")]
    key: Option<String>,
    /// Write to a file that appears when it is whole (`.gz` and `.zst` are compressed). Default: standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Append events that cannot be treated to this file: what is known of them, and, with a recipient, their content sealed,
    /// without the values that must not be kept. Events are named by their file and their number in it, from 1.
    #[arg(long, value_name = "FILE")]
    quarantine: Option<PathBuf>,
    /// Public key (age1…) that quarantined content is sealed to; may be given several times.
    #[arg(long, value_name = "KEY", requires = "quarantine")]
    recipient: Vec<String>,
    /// What is kept of an event for which no plan is known. Forbidden values in it are not known either.
    #[arg(long, value_enum, default_value_t = Unknown::Metadata, requires = "quarantine")]
    quarantine_unknown: Unknown,
    /// How the summary is written to standard error.
    #[arg(long, value_enum, default_value_t = summary::Form::Text)]
    summary: summary::Form,
    /// Add policy, revision, digest, date, purpose and how long to keep it to each event as `@tamis`.
    #[arg(long)]
    stamp: bool,
    /// Do not look again at what leaves whole.
    #[arg(long)]
    no_guard: bool,
    /// Threads that filter.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Make each plugin instance anew for each batch.
    #[arg(long)]
    fresh: bool,
    /// Longest event, in bytes; longer ones are quarantined.
    #[arg(long, default_value_t = 1 << 20, value_parser = clap::value_parser!(u32).range(64..=256 << 20))]
    event_bytes: u32,
    /// Deepest nesting of an event; deeper ones are quarantined.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    event_depth: u16,
    /// Most fields of an event; others are quarantined.
    #[arg(long, default_value_t = 10_000)]
    event_fields: u32,
    /// Files; none, or `-`: standard input.
    files: Vec<PathBuf>,
}

/// What events are filtered under.
enum Plans {
    One(Arc<Plan>),
    /// Beside them those that are closed.
    Tenants(Arc<Tenants>, Vec<Shut>),
}

impl Plans {
    /// The only one, or any of the tenants': they have the same library.
    fn first(&self) -> &Arc<Plan> {
        &self.all()[0]
    }

    fn all(&self) -> &[Arc<Plan>] {
        match self {
            Plans::One(plan) => std::slice::from_ref(plan),
            Plans::Tenants(tenants, _) => tenants.plans(),
        }
    }

    fn shut(&self) -> &[Shut] {
        match self {
            Plans::One(_) => &[],
            Plans::Tenants(_, shut) => shut,
        }
    }
}

/// What quarantine keeps of an event that no plan is known for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unknown {
    /// Number, reason, length.
    Metadata,
    /// All of it, sealed.
    Sealed,
}

/// A failure at the edge.
#[derive(Debug, thiserror::Error)]
enum EdgeError {
    #[error(transparent)]
    Output(#[from] crate::edge::output::OutputError),
    #[error(transparent)]
    Quarantine(#[from] crate::edge::quarantine::QuarantineError),
}

impl Filter {
    pub(super) fn run(&self) -> Exit {
        if self.quarantine_unknown == Unknown::Sealed && self.recipient.is_empty() {
            let help = "give the key that it is sealed to, --recipient age1…; `age-keygen` makes one";
            return stop(
                Exit::Wrong,
                &format!("error: `--quarantine-unknown sealed` has no key to seal to\nhelp: {help}"),
            );
        }
        let root = match self.key.as_deref().map(load::root).transpose() {
            Ok(root) => root,
            Err(message) => return stop(Exit::Wrong, &format!("error: {message}")),
        };
        let (plans, parts) = match self.plans(root.as_ref()) {
            Ok(plans) => plans,
            Err(exit) => return exit,
        };
        // They are needed to the end, and taking them apart takes longer than the end.
        let plans = ManuallyDrop::new(plans);
        let (engines, detector) = match self.engines(&plans, &parts, root) {
            Ok(made) => made,
            Err(exit) => return exit,
        };
        if let Err(message) = self.apart() {
            return stop(Exit::Wrong, &format!("error: {message}"));
        }
        // Larger batches where each of them costs new instances.
        let usual = FrameLimits::default().batch_bytes;
        let batch_bytes = if self.fresh { 4 * usual } else { usual };
        let batch_pieces = FrameLimits::default().batch_pieces * (batch_bytes / usual);
        let limits = FrameLimits { event_bytes: self.event_bytes as usize, batch_bytes, batch_pieces };
        let mut frames = match Frames::open(&self.files, limits) {
            Ok(frames) => frames,
            Err(error) => return stop(Exit::Failed, &format!("error: {}", whole(&error))),
        };
        let (output, quarantine) = match self.sinks() {
            Ok(sinks) => sinks,
            Err(exit) => return exit,
        };
        self.pump(engines, &mut frames, (output, quarantine), &plans, &detector)
    }

    /// What is read, what is written and what is kept apart are different files: otherwise one would replace the other.
    fn apart(&self) -> Result<(), String> {
        let named = [("--output", &self.output), ("--quarantine", &self.quarantine)];
        let mut files: Vec<(&str, PathBuf)> = self.files.iter().map(|file| ("an input", resolved(file))).collect();
        for (flag, file) in named.iter().filter_map(|(flag, file)| Some((*flag, resolved(file.as_ref()?)))) {
            if let Some((other, _)) = files.iter().find(|(_, known)| *known == file) {
                return Err(format!("{flag} and {other} are the same file, {}", file.display()));
            }
            files.push((flag, file));
        }
        Ok(())
    }

    /// The plans, and where components of their plugins are.
    fn plans(&self, root: Option<&Root>) -> Result<(Plans, Parts), Exit> {
        let wanted = self.wanted(root);
        match &self.tenant_by {
            None => load::plan(&wanted).map(|(plan, parts)| (Plans::One(Arc::new(plan)), parts)).map_err(Refused::say),
            Some(path) => {
                let tell = |shut: &Shut, why: &str| {
                    if !wanted.json {
                        say(&format!("{}: {why}", shut.policy));
                    }
                };
                let made = fleet(&wanted, self.tenant_names.as_deref(), &mut Earlier::default(), Loaded::new, tell);
                let Fleet { tenants, shut, folder, .. } = made.map_err(Refused::say)?;
                let tenants = together(path, tenants).map_err(Refused::say)?;
                Ok((Plans::Tenants(Arc::new(tenants), shut), Parts::Below(folder)))
            }
        }
    }

    fn wanted<'a>(&'a self, root: Option<&'a Root>) -> Wanted<'a> {
        Wanted {
            policy: &self.policy,
            purpose: &self.purpose,
            on: self.on.unwrap_or_else(|| jiff::Zoned::now().date()),
            system: self.system.as_deref(),
            evidence: self.evidence.as_deref(),
            lists: self.lists.as_deref(),
            exact: Some(Opening { named: &self.exact_list, keys: root.map(|root| root as &dyn Keys) }),
            json: self.summary == summary::Form::Json,
        }
    }

    /// An engine for each thread; and the detector that they all have.
    fn engines(&self, plans: &Plans, parts: &Parts, root: Option<Root>) -> Result<(Vec<Engine>, Arc<Plugin>), Exit> {
        let wrong = |message: String| stop(Exit::Wrong, &format!("error: {message}"));
        let plan = plans.first();
        let map = match &self.schema {
            None => None,
            Some(id) => Some(plan.library.maps.find(id).ok_or_else(|| wrong(no_map(plan, id)))?),
        };
        let no_key = |error| wrong(format!("the machine gives no randomness: {error}"));
        let root = root.map_or_else(|| Root::random().map_err(no_key), Ok)?;
        let host = load::host(plan).map_err(Refused::say)?;
        let reuse = if self.fresh { Reuse::PerBatch } else { Reuse::Reused };
        let steps = load::steps(plans.all(), parts, &host, reuse).map_err(Refused::say)?;
        let options = Options {
            limits: crate::event::Limits {
                bytes: self.event_bytes as usize,
                depth: self.event_depth,
                leaves: self.event_fields,
                ..crate::event::Limits::default()
            },
            stamp: self.stamp,
            guard: !self.no_guard,
            map,
        };
        // The host's clock stops with it: it has to live as long as the engines.
        let host = Arc::new(host);
        let engines = (0..self.threads)
            .map(|_| match plans {
                Plans::One(plan) => Engine::new(plan.clone(), steps.clone(), root.clone(), options),
                Plans::Tenants(all, _) => Engine::for_tenants(all.clone(), steps.clone(), root.clone(), options),
            })
            .map(|engine| engine.keeping(host.clone()))
            .collect();
        Ok((engines, steps.redact().clone()))
    }

    fn sinks(&self) -> Result<(Output, Quarantine), Exit> {
        let failed = |exit, error: &dyn std::error::Error| stop(exit, &format!("error: {}", whole(error)));
        let mut recipients = Vec::new();
        for text in &self.recipient {
            recipients.push(parse_recipient(text).map_err(|error| failed(Exit::Wrong, &error))?);
        }
        let quarantine = match &self.quarantine {
            Some(path) => Quarantine::file(path, &recipients).map_err(|error| failed(Exit::Failed, &error))?,
            None => Quarantine::discard(),
        };
        let output = match &self.output {
            Some(path) => Output::file(path),
            None => Output::stdout(),
        };
        Ok((output.map_err(|error| failed(Exit::Failed, &error))?, quarantine))
    }

    fn pump(
        &self,
        engines: Vec<Engine>,
        frames: &mut Frames,
        (mut output, mut quarantine): (Output, Quarantine),
        plans: &Plans,
        detector: &Plugin,
    ) -> Exit {
        let started = Instant::now();
        let progress = Progress::new(frames.total());
        let (meter, stopper) = (frames.meter(), frames.stopper());
        let mut troubles: Vec<String> = Vec::new();
        let (mut events, mut framing) = (0u64, Counts::default());
        let source = |used| {
            frames.recycle(used);
            Ok(next(frames, &mut troubles).map(|batch| (batch, frames.source())))
        };
        let mut stopped: Option<String> = None;
        let sink = |filtered: &mut Filtered| -> Result<Next, EdgeError> {
            let flow = output.write(&filtered.sanitized)?;
            events += filtered.batch.len() as u64;
            let source = filtered.source.clone();
            self.seal(filtered, &source, &mut quarantine, &mut framing)?;
            stopped = filtered.stopped.as_ref().map(|(index, rule)| {
                let number = filtered.batch.number(*index);
                format!(
                    "a step failed for event {number} of {source}, and the rule `{rule}` stops the route: no event from there on was passed on"
                )
            });
            progress.update(meter.bytes(), events);
            Ok(if flow == Flow::Open { Next::Go } else { Next::Stop })
        };
        let ran = run(engines, source, sink, || stopper.stop());
        progress.finish();
        let bytes = meter.bytes();
        let mut counts = match ran {
            Ok(counts) => counts,
            Err(error) => return stop(Exit::Failed, &format!("error: {}", whole(&error))),
        };
        counts.add(&framing);
        let exit = if stopped.is_some() { Exit::Stopped } else { Exit::Failed };
        troubles.extend(stopped);
        let finished = if troubles.is_empty() { output.finish().map(|_| ()) } else { output.flush().map(|_| ()) };
        let tally = match quarantine.finish() {
            Ok(tally) => tally,
            Err(error) => return stop(Exit::Failed, &format!("error: {error}")),
        };
        let summary = Summary {
            counts: &counts,
            quarantine: &tally,
            bytes,
            elapsed: started.elapsed(),
            plans: plans.all(),
            detector,
            many: matches!(plans, Plans::Tenants(..)),
            shut: plans.shut(),
            made_up_key: self.key.is_none(),
        };
        if self.summary != summary::Form::None {
            say(&summary.render(self.summary));
        }
        troubles.extend(finished.err().map(|error| whole(&error)));
        if troubles.is_empty() {
            return Exit::Done;
        }
        let kept = if self.output.is_some() { "\nhelp: the output file was left as it was" } else { "" };
        stop(exit, &format!("error: {}{kept}", troubles.join("\nerror: ")))
    }

    /// Puts what was no event, and what could not be treated, into quarantine.
    fn seal(
        &self,
        filtered: &mut Filtered,
        source: &str,
        quarantine: &mut Quarantine,
        framing: &mut Counts,
    ) -> Result<(), EdgeError> {
        let known = std::mem::take(&mut filtered.quarantined);
        let unknown = self.quarantine_unknown == Unknown::Sealed;
        let all = records(&filtered.batch, &filtered.outcomes, known, source, (unknown, usize::MAX));
        if all.is_empty() {
            return Ok(());
        }
        for record in all {
            if record.is_reject {
                framing.events_in += 1;
                *framing.quarantined.entry(record.metadata.reason.clone()).or_default() += 1;
            }
            quarantine.add(&record.metadata, record.content.as_ref())?;
        }
        Ok(quarantine.flush()?)
    }
}

/// `NAME=FILE`.
pub(super) fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) =
        text.split_once('=').filter(|(name, file)| !name.is_empty() && !file.is_empty()).ok_or("write NAME=FILE")?;
    Ok((name.to_owned(), file.into()))
}

pub(super) fn no_map(plan: &Plan, id: &str) -> String {
    let known = || plan.library.maps.all().iter().map(|map| map.head.id.value.as_str());
    let help = match near(id, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", known().collect::<Vec<_>>().join(", ")),
    };
    format!("there is no schema map `{id}`\nhelp: {help}")
}

/// The next batch. A source that fails is named at the end; the others are read all the same.
fn next(frames: &mut Frames, troubles: &mut Vec<String>) -> Option<crate::event::frame::Batch> {
    loop {
        match frames.next() {
            Ok(batch) => return batch,
            Err(error) => troubles.push(whole(&error)),
        }
    }
}

/// A file by its real path, as far as there is one: an output need not be there yet.
fn resolved(file: &Path) -> PathBuf {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let beside = || Some(real(file.parent().filter(|dir| !dir.as_os_str().is_empty())?)?.join(file.file_name()?));
    real(file).or_else(beside).or_else(|| std::path::absolute(file).ok()).unwrap_or_else(|| file.to_owned())
}

/// An error with its causes.
pub(super) fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

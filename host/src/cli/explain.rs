//! `tamis explain`: what is done, by which rule and plugin, why, and by which law.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::edge::input::Frames;
use crate::event::frame::{End, FrameLimits, Framer, Piece};
use crate::officer::compare;
use crate::officer::decision::Decisions;
use crate::officer::explain::{self, Ended, Explained, Explainer, PluginName, Plugins};
use crate::officer::page;
use crate::officer::phrase::Phrase;
use crate::pipeline::codes::Root;
use crate::pipeline::keys::Keys;
use crate::pipeline::{Engine, Options, Outcome, Sandboxed, Sanitized};
use crate::plugin::{Plugin, Reuse};
use crate::policy::document::Date;
use crate::policy::{Plan, near};

use super::filter::{named_file, no_map, whole};
use super::load::{self, Considered, Of, Opening, Refused, Wanted};
use super::report::Written;
use super::{EXIT_CODES, Exit, stop};

/// Say what is done with an event, a field or a category, by which rule, why, and by which law.
///
/// An event runs through the real filter, and each of its fields is told by what left of it. A field or a category is
/// told for every purpose, with each layer's say and what they come to; a gate that is closed is told beside it.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Explain {
    /// The policy: a file below a folder of policies, or a bundle.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    #[command(flatten)]
    what: What,
    /// The purpose. Default: `security` for an event, else every one that is allowed.
    #[arg(long)]
    purpose: Option<String>,
    /// The day the plan is compiled for. Default: today.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// The system that events come from, as the evidence calls it.
    #[arg(long)]
    system: Option<String>,
    /// Evidence. Default: NAME.evidence.toml beside the policy.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Words of secret lists. Default: NAME.lists.toml beside the policy.
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    /// The schema map of the event, or of the field. Default: the event is recognised; a field is looked for in all maps.
    #[arg(long, value_name = "MAP")]
    schema: Option<String>,
    /// Which event of the file, from 1.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// Show the event's values, and keys that no map names. It is your event: default is to mask them.
    #[arg(long)]
    show_values: bool,
    /// A sealed exact list. Default: POLICY.NAME.list beside the policy.
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    exact_list: Vec<(String, PathBuf)>,
    /// Where the key of codes and exact lists is: `file:PATH` or `env:NAME`. Without it a key is made up.
    #[arg(long, value_name = "SOURCE", env = "TAMIS_KEY_SOURCE")]
    key: Option<String>,
    #[command(flatten)]
    written: Written,
}

/// What is explained.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// An event of a file that `tamis filter` reads, or of standard input (`-`).
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// A field, as maps or events write it: `actor.id`, `target[0].id`.
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
    /// A category: `id.email`.
    #[arg(long, value_name = "NAME")]
    category: Option<String>,
    /// What the policy, or pack, changes against what it inherits: stricter, or otherwise.
    #[arg(long)]
    changes: bool,
    /// The whole policy, or pack: what it does to each category and purpose, what it asks, its laws, who reviewed it.
    #[arg(long)]
    page: bool,
}

impl Explain {
    pub(super) fn run(&self) -> Exit {
        let done = match &self.what {
            What { event: Some(file), .. } => self.event(file),
            What { field: Some(path), .. } => self.field(path),
            What { category: Some(name), .. } => self.category(name),
            What { page: true, .. } => self.page(),
            _ => self.changes(),
        };
        done.unwrap_or_else(|exit| exit)
    }

    fn wanted<'a>(&'a self, purpose: &'a str, root: Option<&'a Root>) -> Wanted<'a> {
        Wanted {
            policy: &self.policy,
            purpose,
            on: self.on.unwrap_or_else(|| jiff::Zoned::now().date()),
            system: self.system.as_deref(),
            evidence: self.evidence.as_deref(),
            lists: self.lists.as_deref(),
            exact: self
                .what
                .event
                .is_some()
                .then_some(Opening { named: &self.exact_list, keys: root.map(|root| root as &dyn Keys) }),
            json: false,
        }
    }

    fn considered(&self, of: Of) -> Result<Considered, Exit> {
        load::considered(&self.wanted("", None), self.purpose.as_deref(), of).map_err(Refused::say)
    }

    fn event(&self, file: &PathBuf) -> Result<Exit, Exit> {
        let wrong = |message: String| stop(Exit::Wrong, &format!("error: {message}"));
        let key = self.key.as_deref().map(load::root).transpose().map_err(wrong)?;
        let (plan, parts) = load::plan(&self.wanted(self.purpose.as_deref().unwrap_or("security"), key.as_ref()))
            .map_err(Refused::say)?;
        let plan = Arc::new(plan);
        let map = self.map(&plan)?;
        let root = key.map_or_else(Root::random, Ok).map_err(|error| wrong(format!("no randomness: {error}")))?;
        let host = Arc::new(load::host(&plan).map_err(Refused::say)?);
        let steps = load::steps(std::slice::from_ref(&plan), &parts, &host, Reuse::Reused).map_err(Refused::say)?;
        let (plugins, lang) = (plugins(&steps), self.written.lang());
        let explained = match self.read(file)? {
            Ok(event) => {
                let options = Options { map, ..Options::default() };
                let engine = Engine::new(plan.clone(), steps, root, options).keeping(host);
                explained(engine, &plan, &event, self.show_values)
                    .map_err(|message| stop(Exit::Failed, &format!("error: {message}")))?
            }
            Err(reason) => Explained::rejected(reason),
        };
        let report = explain::report(&plan, &explained, &plugins, lang);
        Ok(self.written.write(&report, || explain::json(&plan, &explained, &plugins, lang)))
    }

    /// The event of the number, or why it is none.
    fn read(&self, file: &PathBuf) -> Result<Result<Vec<u8>, &'static str>, Exit> {
        let failed = |error: &dyn std::error::Error| stop(Exit::Failed, &format!("error: {}", whole(error)));
        let mut frames = Frames::open(std::slice::from_ref(file), FrameLimits::default()).map_err(|e| failed(&e))?;
        while let Some(batch) = frames.next().map_err(|e| failed(&e))? {
            let found = batch.pieces().find_map(|piece| match piece {
                Piece::Event { number, index } if number == self.number => Some(Ok(batch.event(index).to_vec())),
                Piece::Rejected { number, rejected, .. } if number == self.number => Some(Err(rejected.reason.code())),
                _ => None,
            });
            if let Some(found) = found {
                frames.stopper().stop();
                return Ok(found);
            }
        }
        Err(stop(Exit::Wrong, &format!("error: {} has no event {}", file.display(), self.number)))
    }

    fn map(&self, plan: &Plan) -> Result<Option<usize>, Exit> {
        let Some(id) = &self.schema else { return Ok(None) };
        let found = plan.library.maps.find(id);
        found.map(Some).ok_or_else(|| stop(Exit::Wrong, &format!("error: {}", no_map(plan, id))))
    }

    fn category(&self, name: &str) -> Result<Exit, Exit> {
        let purposes = self.considered(Of::Wanted)?.purposes;
        let words = purposes.iter().find_map(|purpose| purpose.plan.as_ref()).map(|plan| &plan.library.words);
        if let Some(words) = words.filter(|words| words.category(name).is_none()) {
            let near = near(name, words.categories().map(|(_, known)| known));
            let help = near.map(|near| format!("\nhelp: did you mean `{near}`?")).unwrap_or_default();
            return Err(stop(Exit::Wrong, &format!("error: there is no category `{name}`{help}")));
        }
        let lang = self.written.lang();
        let report = explain::category_report(&purposes, name, lang);
        Ok(self.written.write(&report, || explain::category_json(&purposes, name, lang)))
    }

    fn field(&self, path: &str) -> Result<Exit, Exit> {
        let purposes = self.considered(Of::Wanted)?.purposes;
        let Some(plan) = purposes.iter().find_map(|purpose| purpose.plan.as_ref()) else { return Err(Exit::Closed) };
        let meant = explain::places(plan, path, self.map(plan)?)
            .map_err(|error| stop(Exit::Wrong, &format!("error: `{path}` is no path: {error}")))?;
        let lang = self.written.lang();
        let report = explain::place_report(&purposes, path, &meant, lang);
        Ok(self.written.write(&report, || explain::place_json(&purposes, path, &meant, lang)))
    }
}

impl Explain {
    fn page(&self) -> Result<Exit, Exit> {
        let Considered { purposes, evidence, .. } = self.considered(Of::Wanted)?;
        let report = page::page(&purposes, &evidence)
            .ok_or_else(|| stop(Exit::Closed, "closed: the policy allows no purpose"))?;
        Ok(self.written.write(&report, || report.json()))
    }

    fn changes(&self) -> Result<Exit, Exit> {
        let (before, after) = (self.considered(Of::Inherited)?, self.considered(Of::Wanted)?);
        let lang = self.written.lang();
        let compared = compare::changes(&before.side(), &after.side(), lang);
        let about = [(Phrase::Policy.text(lang).to_owned(), self.policy.display().to_string())];
        let report = compare::report(Phrase::Changes.text(lang), &about, &compared, None, lang);
        Ok(self.written.write(&report, || compare::json(&about, &compared, None)))
    }
}

/// Runs one event through an engine that has run nothing else, and explains what became of it.
///
/// # Errors
///
/// It is no event, a step cannot be made, or the output is not what the engine says it made of the event.
pub fn explained(engine: Engine, plan: &Plan, event: &[u8], show: bool) -> Result<Explained, String> {
    let mut engine = engine.noting();
    let mut framer = Framer::new(FrameLimits::default());
    framer.push(event);
    framer.end(End::Complete);
    let batch = framer.next().map_err(|error| error.to_string())?.ok_or("there is no event")?;
    let mut out = Sanitized::default();
    let outcomes = engine.run(&batch, &mut out).map_err(|error| error.to_string())?;
    let ended = match outcomes.first() {
        None => return Err("it is no event".into()),
        Some(Outcome::Passed) => Ended::Passed,
        Some(Outcome::Suppressed) => Ended::Suppressed,
        Some(Outcome::Quarantined(reason)) => Ended::Quarantined(reason),
        Some(Outcome::Stopped) => Ended::Stopped,
    };
    let trace = engine.trace(&batch, 0, &out);
    let counts = engine.counts();
    let Some(trace) = trace else { return Ok(Explained::unplanned(ended)) };
    let map = plan.map(trace.map).ok_or("its map cannot be read")?;
    if !trace.is_whole {
        return Err("a mistake in tamis itself: what left is not what was made of the event. Please report it".into());
    }
    let decisions = Decisions::new(plan);
    let explainer = Explainer::new(&decisions, (trace.map, &map), ended, show);
    let accounts = trace.occurrences.iter().map(|one| {
        let is_key = one.occurs == crate::event::Occurs::Key;
        let mishap = trace.mishap(&counts, &map.automaton.path_of(one.slot), is_key);
        explainer.account(one, one.slot.index().and_then(|slot| trace.settled.get(slot)), mishap)
    });
    Ok(Explained {
        ended,
        schema: Some(trace.schema.clone()),
        withheld: trace.suppress.iter().filter_map(|rule| decisions.withholds(*rule)).collect(),
        accounts: accounts.collect(),
        asked: (trace.at_most.clone(), trace.at_least.clone()),
        limits: decisions.limits(),
        found: counts.entities.keys().cloned().collect(),
    })
}

fn plugins(steps: &Sandboxed) -> Plugins {
    let name = |plugin: &Arc<Plugin>| PluginName {
        name: plugin.description().name.clone(),
        version: plugin.description().version.clone(),
        digest: plugin.digest_text(),
    };
    Plugins { built_in: steps.built_in().map(name), vendors: steps.vendors().map(name).collect() }
}

//! `tamis compare`: what is wider, narrower or otherwise different between two policies, or two days of one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::edge::input::Frames;
use crate::event::frame::{Batch, FrameLimits};
use crate::officer::compare::{self, Compared, Seen, Tally};
use crate::officer::explain::Ended;
use crate::officer::phrase::{Lang, Phrase};
use crate::pipeline::codes::Root;
use crate::pipeline::{Engine, Options, Outcome, Sanitized, Trace};
use crate::plugin::Reuse;
use crate::policy::Plan;
use crate::policy::document::Date;

use super::filter::whole;
use super::load::{self, Considered, Of, Refused, Wanted};
use super::report::Written;
use super::{EXIT_CODES, Exit, stop};

/// Compare two policies, or two days of one: what is wider, narrower or otherwise different.
///
/// OLD and NEW are files of policies in their folders, for example in a git worktree of an older revision. What cannot be told from
/// the rules counts as wider. Paths of a sample are told, never values.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Compare {
    /// OLD and NEW; with `--since` or `--agreed` one policy is enough.
    #[arg(required = true, num_args = 1..=2, value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// Events that both are tried on: which fields of how many differ, and where more is shown.
    #[arg(long = "on", value_name = "SAMPLE")]
    sample: Option<PathBuf>,
    /// OLD is as it held on this day: laws, evidence and gates have dates.
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// The day that NEW (and without `--since` OLD) is compiled for. Default: today.
    #[arg(long, value_name = "DATE")]
    day: Option<Date>,
    /// Say whether each is what the evidence of NEW says was agreed.
    #[arg(long)]
    agreed: bool,
    /// Exit with 6 if something is wider, or may be.
    #[arg(long)]
    deny_widening: bool,
    /// The purpose. Default: every one that either allows; for a sample `security`.
    #[arg(long)]
    purpose: Option<String>,
    /// Evidence of both. Default: NAME.evidence.toml beside each.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Words of secret lists of both. Default: NAME.lists.toml beside each.
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    #[command(flatten)]
    written: Written,
}

impl Compare {
    pub(super) fn run(&self) -> Exit {
        self.compare().unwrap_or_else(|exit| exit)
    }

    fn compare(&self) -> Result<Exit, Exit> {
        let today = self.day.unwrap_or_else(|| jiff::Zoned::now().date());
        let days = (self.since.unwrap_or(today), today);
        let (old, new) = match self.policies.as_slice() {
            [old, new] => (old, new),
            [only] if self.since.is_some() || self.agreed => (only, only),
            _ => {
                let help = "name a second policy, or a day with --since";
                return Err(stop(Exit::Wrong, &format!("error: one policy is compared with nothing\nhelp: {help}")));
            }
        };
        let lang = self.written.lang();
        let (before, after) = (self.considered(old, days.0)?, self.considered(new, days.1)?);
        if before.purposes.is_empty() && after.purposes.is_empty() {
            let purpose = self.purpose.as_deref().unwrap_or_default();
            return Err(stop(Exit::Closed, &format!("error: neither allows the purpose `{purpose}`")));
        }
        let compared = compare::compare(&before.side(), &after.side(), lang);
        let tally = self.sample.as_ref().map(|sample| self.tried(sample, &before, &after)).transpose()?;
        let mut about = vec![
            (Phrase::Old.text(lang).to_owned(), named(old, &before, days.0)),
            (Phrase::New.text(lang).to_owned(), named(new, &after, days.1)),
        ];
        if self.agreed {
            about.extend(agreed(&before, &after, lang));
        }
        let report = compare::report(Phrase::ComparisonTitle.text(lang), &about, &compared, tally.as_ref(), lang);
        let written = self.written.write(&report, || compare::json(&about, &compared, tally.as_ref()));
        let widens = compared.iter().any(Compared::widens) || tally.as_ref().is_some_and(Tally::widens);
        Ok(if written == Exit::Done && self.deny_widening && widens { Exit::Wider } else { written })
    }

    fn considered(&self, policy: &Path, on: Date) -> Result<Considered, Exit> {
        let wanted = Wanted {
            policy,
            purpose: "",
            on,
            system: None,
            evidence: self.evidence.as_deref(),
            lists: self.lists.as_deref(),
            exact: None,
            json: false,
        };
        // A purpose that only one of both allows is a difference. Of two releases that is compared what they say, of two days what holds.
        let of = if self.since.is_some() { Of::EverySystem } else { Of::Alone };
        let of = load::considered(&wanted, None, of).map_err(Refused::say)?;
        Ok(match &self.purpose {
            None => of,
            Some(name) => {
                Considered { purposes: of.purposes.into_iter().filter(|purpose| purpose.name == *name).collect(), ..of }
            }
        })
    }

    /// Tries both on a sample.
    fn tried(&self, sample: &Path, before: &Considered, after: &Considered) -> Result<Tally, Exit> {
        let purpose = self.purpose.as_deref().unwrap_or("security");
        let plan = |of: &Considered| {
            let one = of.purposes.iter().find(|one| one.name == purpose && one.system.is_none());
            one.and_then(|one| one.plan.clone()).ok_or_else(|| {
                let help = "say which purpose, with --purpose";
                stop(Exit::Closed, &format!("error: the purpose `{purpose}` is not allowed in both\nhelp: {help}"))
            })
        };
        let failed = |message: &str| stop(Exit::Failed, &format!("error: {message}"));
        let root = Root::random().map_err(|error| failed(&error.to_string()))?;
        let (mut old, mut new) = (engine(plan(before)?, before, root.clone())?, engine(plan(after)?, after, root)?);
        let mut frames = Frames::open(std::slice::from_ref(&sample.to_owned()), FrameLimits::default())
            .map_err(|error| failed(&whole(&error)))?;
        let mut tally = Tally { purpose: purpose.to_owned(), ..Tally::default() };
        let newest = plan(after)?;
        while let Some(batch) = frames.next().map_err(|error| failed(&whole(&error)))? {
            let seen = [&mut old, &mut new].map(|engine| traced(engine, &batch));
            let [Ok(was), Ok(is)] = seen else { return Err(failed("a step cannot be made")) };
            for (was, is) in was.iter().zip(&is) {
                tally.add(&newest, &seen_in(was), &seen_in(is));
            }
        }
        Ok(tally)
    }
}

fn engine(plan: Arc<Plan>, of: &Considered, root: Root) -> Result<Engine, Exit> {
    let host = Arc::new(load::host(&plan).map_err(Refused::say)?);
    let steps = load::steps(std::slice::from_ref(&plan), &of.parts, &host, Reuse::Reused).map_err(Refused::say)?;
    Ok(Engine::new(plan, steps, root, Options::default()).keeping(host))
}

/// What an engine makes of each event of a batch.
fn traced(engine: &mut Engine, batch: &Batch) -> Result<Vec<(Ended, Option<Trace>)>, String> {
    let mut out = Sanitized::default();
    let outcomes = engine.run(batch, &mut out).map_err(|error| error.to_string())?;
    let ended = |outcome: &Outcome| match outcome {
        Outcome::Passed => Ended::Passed,
        Outcome::Suppressed => Ended::Suppressed,
        Outcome::Quarantined(reason) => Ended::Quarantined(reason),
        Outcome::Stopped => Ended::Stopped,
    };
    Ok(outcomes.iter().enumerate().map(|(at, outcome)| (ended(outcome), engine.trace(batch, at, &out))).collect())
}

fn seen_in((ended, trace): &(Ended, Option<Trace>)) -> Seen<'_> {
    let occurrences = trace.as_ref().map_or(&[][..], |trace| &trace.occurrences);
    Seen { ended: *ended, map: trace.as_ref().map(|trace| trace.map), occurrences }
}

/// `FILE: id revision 5, on DAY, sha256:…`.
fn named(policy: &Path, of: &Considered, on: Date) -> String {
    let plan = of.purposes.iter().find_map(|purpose| purpose.plan.as_ref());
    let what = plan.map(|plan| format!("{}@{}, {}", plan.scope.policy, plan.scope.revision, plan.rules_digest()));
    format!("{}: {}, {on}", policy.display(), what.unwrap_or_default())
}

/// Whether each is what the evidence of the new one says was agreed.
fn agreed(before: &Considered, after: &Considered, lang: Lang) -> Vec<(String, String)> {
    let answers = &after.evidence.answers;
    let said = answers.iter().filter(|(_, answer)| answer.agreed_revision.is_some() || answer.agreed_digest.is_some());
    let mut lines = Vec::new();
    for (name, answer) in said {
        let (revision, digest) = (answer.agreed_revision.as_ref(), answer.agreed_digest.as_ref());
        let all = revision.into_iter().chain(digest).map(|text| text.value.as_str()).collect::<Vec<_>>().join(", ");
        lines.push((Phrase::Agreed.text(lang).to_owned(), format!("[evidence.{name}] {all}")));
        for (phrase, of) in [(Phrase::Old, before), (Phrase::New, after)] {
            let Some(plan) = of.purposes.iter().find_map(|purpose| purpose.plan.as_ref()) else { continue };
            let own = format!("{}@{}", plan.scope.policy, plan.scope.revision);
            let is_it = revision.is_none_or(|agreed| agreed.value == own)
                && digest.is_none_or(|agreed| agreed.value == plan.rules_digest());
            let is_it = match (is_it, digest) {
                (false, _) => Phrase::IsNotAgreed,
                (true, Some(_)) => Phrase::IsAgreed,
                (true, None) => Phrase::HasItsNumber,
            };
            lines.push((phrase.text(lang).to_owned(), is_it.text(lang).to_owned()));
        }
    }
    if lines.is_empty() {
        lines.push((Phrase::Agreed.text(lang).to_owned(), Phrase::NotSaid.text(lang).to_owned()));
    }
    lines
}

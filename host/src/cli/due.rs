//! `tamis due`: what falls due.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::ToSpan as _;

use crate::edge::{policies, releases};
use crate::officer::due::{self, Due as Item};
use crate::policy::document::Date;
use crate::policy::syntax;

use super::load::{self, Of, Refused, Wanted};
use super::report::Format;
use super::{EXIT_CODES, Exit, stop};

/// List what falls due: evidence, holds, decisions and reviews that end, laws that start, what a release opens, and by when people
/// must be told before.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Due {
    /// Policies, folders of them, or a folder of policies whose tenants are meant.
    #[arg(value_name = "PATH", default_value = "policies/tenants")]
    paths: Vec<PathBuf>,
    /// The day it is. Default: today.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// How far to look ahead.
    #[arg(long, value_name = "TIME", default_value = "90 days", value_parser = length)]
    within: u32,
    /// Exit with 9 if something is overdue.
    #[arg(long)]
    deny_overdue: bool,
    /// How the list is written to standard output.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    format: Format,
}

fn length(text: &str) -> Result<u32, String> {
    syntax::days(text).ok_or_else(|| "a length of time is written \"90 days\", \"6 weeks\", \"3 months\"".into())
}

impl Due {
    pub(super) fn run(&self) -> Exit {
        self.list().unwrap_or_else(|exit| exit)
    }

    fn list(&self) -> Result<Exit, Exit> {
        let today = self.on.unwrap_or_else(|| jiff::Zoned::now().date());
        let until = today.saturating_add(i64::from(self.within).days());
        let mut all: Vec<Item> = Vec::new();
        for path in &self.paths {
            for file in files(path)? {
                all.extend(of(&file, today, until)?);
            }
        }
        all.sort_by_key(|due| (due.day.is_none(), due.day, due.policy.clone()));
        // A file and the bundle that it was released in say the same: it is told where it was met first.
        let mut told = HashSet::new();
        all.retain(|due| told.insert(Item { at: String::new(), ..due.clone() }));
        let report = due::report(&all, today, until);
        let written = self.format.write(&report, crate::officer::phrase::Lang::En, || due::json(&all, today, until));
        let over = all.iter().any(|due| due.is_over(today));
        Ok(if written == Exit::Done && self.deny_overdue && over { Exit::Overdue } else { written })
    }
}

/// The policies that a path means; of a folder of policies those of its tenants.
fn files(path: &Path) -> Result<Vec<PathBuf>, Exit> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let below = if path.join("categories.toml").is_file() { path.join("tenants") } else { path.to_owned() };
    let found = policies::tenants(&below).map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))?;
    match found.is_empty() {
        true => Err(stop(Exit::Wrong, &format!("error: {} holds no policy", path.display()))),
        false => Ok(found),
    }
}

/// What falls due of one policy. One that starts later is looked at as it will hold on its first day.
fn of(policy: &Path, today: Date, until: Date) -> Result<Vec<Item>, Exit> {
    let (library, folder) = load::library(policy).map_err(Refused::say)?;
    let own = library.layers.get(&folder.policy).and_then(|layer| layer.in_force.as_ref());
    let on = own.map_or(today, |day| day.value.max(today));
    let wanted =
        Wanted { policy, purpose: "", on, system: None, evidence: None, lists: None, exact: None, json: false };
    let considered = load::considered(&wanted, None, Of::Wanted).map_err(Refused::say)?;
    let plan = considered.purposes.iter().find_map(|purpose| purpose.plan.as_deref());
    let mut all = plan.map_or_else(Vec::new, |plan| due::due(plan, &considered.evidence, today, until));
    let released = folder.root.join("releases");
    if released.is_dir() {
        let latest = releases::latest(&released, &folder.policy);
        let latest = latest.map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))?;
        if let Some((path, bundle)) = latest {
            let at = path.display().to_string();
            all.extend(due::opening(&bundle.manifest, &considered.evidence, &at, (today, until)));
        }
    }
    Ok(all)
}

//! `tamis day`: the latest day that a sidecar saw.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::place::{note, today};
use super::{EXIT_CODES, Exit, say, stop};
use crate::edge::day;
use crate::ops;

/// Say which day a sidecar takes it for, and set that back where its clock was wrong.
///
/// What runs out on a day stays closed though the clock is set back: the latest day that was seen stands in the state folder, and
/// policies hold as of no earlier one. A clock that is more than a month ahead is not remembered before it stayed there for an hour.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Day {
    /// The configuration of the sidecar.
    #[arg(long, short, value_name = "FILE", default_value = "tamis.toml")]
    config: PathBuf,
    /// Take the day of the machine's clock from now on, whatever was seen before. The sidecar must not run. What ran out since then is
    /// open again: it stands in the ledger.
    #[arg(long, requires_all = ["by", "reason"])]
    reset: bool,
    /// Who does it: for the ledger.
    #[arg(long, value_name = "NAME", requires = "reset")]
    by: Option<String>,
    /// Why: for the ledger.
    #[arg(long, value_name = "TEXT", requires = "reset")]
    reason: Option<String>,
}

impl Day {
    pub(super) fn run(&self) -> Exit {
        self.told().map_or_else(|exit| exit, |()| Exit::Done)
    }

    fn told(&self) -> Result<(), Exit> {
        let config = super::run::config(&self.config)?;
        let seen = day::latest(&config.state);
        let clock = today();
        if !self.reset {
            let seen = seen.map_err(|error| stop(Exit::Failed, &format!("error: {error}")))?;
            let text =
                seen.map_or_else(|| "none was seen".to_owned(), |day| format!("the latest that was seen is {day}"));
            say(&format!("the clock says {clock}, {text}"));
            return Ok(());
        }
        let _lock = ops::lock(&config.state).map_err(|text| stop(Exit::Failed, &format!("error: {text}")))?;
        let from = seen.ok().flatten().map(|day| day.to_string());
        let about = json!({ "from": from, "to": clock.to_string(), "by": self.by, "reason": self.reason });
        note(&config, "day-reset", about)?;
        day::reset(&config.state, clock).map_err(|error| stop(Exit::Failed, &format!("error: {error}")))?;
        say(&format!("policies hold as of {clock} from the next start on"));
        Ok(())
    }
}

//! `tamis keys`: roots, and the secrets of epochs.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::place::{Place, PlaceArgs, Tenant, days_after, first_day, last_day, today};
use super::{EXIT_CODES, Exit, say, stop};
use crate::edge::escrow;
use crate::edge::keys::{State, new_root};
use crate::pipeline::keys::{Epoch, KeyError, Keys as _};
use crate::policy::document::Date;

/// Make, list and retire keys of codes.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make a root (`--root FILE`), or the keys of a tenant's epochs ahead of their time, so that every process that shares the folder has them.
    New(New),
    /// List the epochs that the folder of keys knows, and how many entries of escrow this state has of each.
    List(List),
    /// Destroy the key and the escrow of an epoch: its codes can be reversed by nobody any more. Not before the longest time for which the policy wants events
    /// to stay attributable, and not under a legal hold.
    Retire(Retire),
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct New {
    /// Make a root in this file, which must not be there yet: 64 hexadecimal digits that only its owner reads.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["policy", "ahead"])]
    root: Option<PathBuf>,
    /// The configuration of the sidecar.
    #[arg(long, short, value_name = "FILE", default_value = "tamis.toml")]
    config: PathBuf,
    /// The policy of the tenant: a file below `[policy] path`.
    #[arg(long, value_name = "FILE", required_unless_present = "root")]
    policy: Option<PathBuf>,
    /// How many epochs after today's.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=100))]
    ahead: u32,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct List {
    /// The configuration of the sidecar.
    #[arg(long, short, value_name = "FILE", default_value = "tamis.toml")]
    config: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Retire {
    #[command(flatten)]
    of: PlaceArgs,
    /// Number of the epoch: what stands in its codes, `229` in `e229-…`.
    #[arg(long, value_name = "NUMBER")]
    epoch: u32,
    /// Length of the epoch in days, where the folder knows several of that number.
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    /// Who does it: for the ledger.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Do it. Without this it is only said what would be done.
    #[arg(long)]
    yes: bool,
}

impl Keys {
    pub(super) fn run(&self) -> Exit {
        let done = match self {
            Self::New(new) => new.run(),
            Self::List(list) => list.run(),
            Self::Retire(retire) => retire.run(),
        };
        done.map_or_else(|exit| exit, |()| Exit::Done)
    }
}

fn wrong(error: KeyError) -> Exit {
    stop(Exit::Wrong, &format!("error: {error}"))
}

impl New {
    fn run(&self) -> Result<(), Exit> {
        if let Some(path) = &self.root {
            new_root(path).map_err(wrong)?;
            say(&format!(
                "{}: a new root. As [keys] root it makes codes, as [ledger] key it signs lines: give it to the service account alone",
                path.display()
            ));
            return Ok(());
        }
        // One of the two is there: the command line was checked.
        let Some(policy) = self.policy.clone() else { return Ok(()) };
        let of = PlaceArgs { config: self.config.clone(), policy };
        let place = Place::open(&of.config)?;
        let tenant = place.tenant(&of)?;
        if place.keys.folder().is_none() {
            let text =
                "error: without [keys] folder the keys of all epochs derive from the root: there is nothing to make";
            return Err(stop(Exit::Wrong, text));
        }
        for number in tenant.epoch().number..=tenant.epoch().number + self.ahead {
            let epoch = Epoch { number, days: tenant.plan.epoch_days };
            let was_there = place.keys.look(&tenant.id, epoch).map_err(wrong)?.is_some();
            place.keys.epoch(&tenant.id, epoch).map_err(wrong)?;
            let (id, what) = (&tenant.id, if was_there { "was there" } else { "made" });
            say(&format!("{id}: the key of epoch {number} ({} to {}) {what}", first_day(epoch), last_day(epoch)));
        }
        Ok(())
    }
}

impl List {
    fn run(&self) -> Result<(), Exit> {
        let place = Place::open(&self.config)?;
        if place.keys.folder().is_none() {
            say(
                "without [keys] folder the keys of all epochs derive from the root: none of them stands anywhere, and none can be retired alone",
            );
            return Ok(());
        }
        let escrow = escrow::folder(&place.config.state);
        let mut text = String::from("tenant\tepoch\tdays\tfrom\tto\tkey\tmade\tescrow\n");
        for tenant in place.keys.tenants().map_err(wrong)? {
            for kept in place.keys.kept(&tenant).map_err(wrong)? {
                let Epoch { number, days } = kept.epoch;
                let entries = escrow::count(&escrow, &tenant, kept.epoch).map_err(|error| {
                    stop(Exit::Failed, &format!("error: cannot read {}: {error}", escrow.display()))
                })?;
                let state = match &kept.state {
                    State::Live => "live".to_owned(),
                    State::Retired(when) => format!("retired {when}"),
                    State::Damaged => "damaged".to_owned(),
                };
                let (from, to, made) = (first_day(kept.epoch), last_day(kept.epoch), &kept.made);
                text.push_str(&format!(
                    "{tenant}\t{number}\t{days}\t{from}\t{to}\t{state}\t{made}\t{}\n",
                    entries.entries
                ));
            }
        }
        // That nobody reads it any more is no error.
        let _ = std::io::stdout().write_all(text.as_bytes());
        Ok(())
    }
}

/// The first day on which an epoch may be destroyed, with a floor in days.
fn earliest(epoch: Epoch, floor: u32) -> Date {
    // A process may have worked under yesterday's plan for a moment: a day at least.
    days_after(last_day(epoch), i64::from(floor.max(1)) + 1)
}

/// Why an epoch may not be destroyed on a day; `Ok`: it may.
fn may_retire(tenant: &Tenant, epoch: Epoch, today: Date) -> Result<(), String> {
    let floor = tenant.plan.attribution_days;
    let first = earliest(epoch, floor);
    if today < first {
        return Err(format!(
            "the last day of epoch {} is {}, and the policy wants events to stay attributable for {floor} days (its longest `at-least`): not before {first}",
            epoch.number,
            last_day(epoch)
        ));
    }
    let held = tenant.evidence.holds.iter().filter(|hold| hold.from.is_none_or(|from| from <= today));
    let held: Vec<_> = held.map(|hold| format!("`{}`", hold.name.value)).collect();
    match held.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "the evidence has legal holds ({}): what is held has to stay attributable\nhelp: take a hold out of the evidence when its case is closed",
            held.join(", ")
        )),
    }
}

impl Retire {
    fn run(&self) -> Result<(), Exit> {
        let place = Place::open(&self.of.config)?;
        let tenant = place.tenant(&self.of)?;
        let id = &tenant.id;
        let epoch = self.epoch(&place, id)?;
        may_retire(&tenant, epoch, today()).map_err(|why| stop(Exit::Wrong, &format!("error: {why}")))?;
        let state = escrow::folder(&place.config.state);
        let io = |error| stop(Exit::Failed, &format!("error: cannot use {}: {error}", state.display()));
        let number = epoch.number;
        if !self.yes {
            let found = escrow::count(&state, id, epoch).map_err(io)?;
            let text = format!(
                "{id}: this would destroy the key of epoch {number} ({} to {}) and {} entries of escrow in {} files below {}. Nobody could reverse its codes any more. Say --yes to do it",
                first_day(epoch),
                last_day(epoch),
                found.entries,
                found.files,
                state.display()
            );
            say(&text);
            return Ok(());
        }
        let about = json!({ "tenant": id, "epoch": number, "days": epoch.days, "last_day": last_day(epoch).to_string(),
            "attribution_days": tenant.plan.attribution_days, "by": self.by });
        place.note("retiring", about)?;
        place.keys.retire(id, epoch).map_err(|error| stop(Exit::Failed, &format!("error: {error}")))?;
        let done = escrow::destroy(&state, id, epoch).map_err(io)?;
        let folder = place.keys.folder().map(|folder| folder.display().to_string()).unwrap_or_default();
        say(&format!(
            "{id}: the key of epoch {number} was overwritten and removed from {folder}; {} entries of escrow in {} files were removed from {}",
            done.entries,
            done.files,
            state.display()
        ));
        say(
            "Other sidecars that share the folder of keys remove their escrow of it when they next read policies. Copies (backups, snapshots, blocks that the medium has not reused) are not reached: remove them, too",
        );
        place.note(
            "retired",
            json!({ "tenant": id, "epoch": number, "days": epoch.days, "by": self.by,
            "escrow_files": done.files, "escrow_entries": done.entries }),
        )
    }

    /// The epoch that is meant.
    fn epoch(&self, place: &Place, tenant: &str) -> Result<Epoch, Exit> {
        if place.keys.folder().is_none() {
            // It says why.
            let epoch = Epoch { number: self.epoch, days: self.days.unwrap_or_default() };
            place.keys.retire(tenant, epoch).map_err(wrong)?;
        }
        let kept = place.keys.kept(tenant).map_err(wrong)?;
        let is_it = |epoch: &Epoch| epoch.number == self.epoch && self.days.is_none_or(|days| days == epoch.days);
        let found: Vec<_> = kept.iter().map(|kept| kept.epoch).filter(is_it).collect();
        match found[..] {
            [one] => Ok(one),
            [] => {
                let known: Vec<_> = kept.iter().map(|kept| kept.epoch.number.to_string()).collect();
                let text = format!(
                    "error: there is no key of epoch {} of `{tenant}`\nhelp: there are: {}",
                    self.epoch,
                    known.join(", ")
                );
                Err(stop(Exit::Wrong, &text))
            }
            _ => {
                let days: Vec<_> = found.iter().map(|epoch| epoch.days.to_string()).collect();
                let text = format!("error: there are several epochs {}: say --days {}", self.epoch, days.join(" or "));
                Err(stop(Exit::Wrong, &text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_stays_as_long_as_its_last_event_has_to() {
        let epoch = Epoch { number: 230, days: 90 };
        assert_eq!((first_day(epoch), last_day(epoch)), (Date::constant(2026, 9, 4), Date::constant(2026, 12, 2)));
        // An event of 2 December stays attributable up to the end of 12 December.
        assert_eq!(earliest(epoch, 10), Date::constant(2026, 12, 13));
        assert_eq!(earliest(epoch, 0), Date::constant(2026, 12, 4));
        let longest = Epoch { number: u32::MAX, days: u32::MAX };
        assert!(earliest(longest, u32::MAX) > Date::constant(9999, 12, 1), "no overflow brings a day forward");
    }
}

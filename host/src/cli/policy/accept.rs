//! Whether a bundle may follow what is in force: tenant, order, signatures.

use std::collections::BTreeMap;

use crate::officer::compare::Compared;
use crate::policy::document::{Date, SecretLists};
use crate::policy::key::Public;
use crate::policy::release::{Bundled, Earlier, Read};

use super::super::load::Refused;
use super::{sides, unread};

/// What a bundle is held against.
pub(in crate::cli) struct Against<'a> {
    /// The tenant that it has to be for.
    pub(in crate::cli) tenant: &'a str,
    /// Public keys of officers.
    pub(in crate::cli) trusted: &'a [Public],
    /// What was in force last.
    pub(in crate::cli) before: Option<&'a Bundled>,
    /// Words of secret lists.
    pub(in crate::cli) lists: &'a SecretLists,
    /// The day.
    pub(in crate::cli) on: Date,
}

/// A bundle that may be in force.
///
/// One officer's signature is enough for what shows no more than what is in force: that is found out here, whatever the bundle says
/// of itself. Everything else, and the first of all, is signed by two.
///
/// # Errors
///
/// Why it may not.
pub(in crate::cli) fn accepted(bundle: &Bundled, against: &Against) -> Result<Read, Refused> {
    let manifest = &bundle.manifest;
    if manifest.tenant != against.tenant {
        let what = format!("it is for `{}`, not for `{}`", manifest.tenant, against.tenant);
        return Err(Refused::wrong(what));
    }
    // Whoever is trusted signed it: before that nothing in it is looked at.
    bundle.signed_by(against.trusted, false).map_err(Refused::wrong)?;
    let mut needs_two = against.before.is_none();
    let read = Read::of(bundle).map_err(unread)?;
    if let Some(before) = against.before {
        let (now, then) = (manifest.order(), before.manifest.order());
        if now < then {
            let help = "what was released once is not taken back: release it again, under a higher revision";
            return Err(Refused::wrong(format!("it is older ({now}) than what was in force ({then})\nhelp: {help}")));
        }
        if now == then && bundle.digest() != before.digest() {
            return Err(Refused::wrong(format!("another bundle of the same number ({now}) was in force")));
        }
        if now > then {
            // An earlier release may hold alone: one that was not in force here could show anything.
            needs_two = has_strangers(before, bundle) || widens(before, &read, against)?;
        }
    }
    bundle.signed_by(against.trusted, needs_two).map_err(Refused::wrong)?;
    Ok(read)
}

type Files<'b> = BTreeMap<&'b str, &'b [u8]>;

/// The files of a release in a bundle, by their path in the folder of policies.
fn release<'b>(bundle: &'b Bundled, below: &str) -> Files<'b> {
    let own = bundle.files.iter().filter_map(|(path, content)| Some((path.strip_prefix(below)?, content.as_slice())));
    own.filter(|(path, _)| !path.starts_with("earlier/") && !path.ends_with(".md")).collect()
}

/// Whether a bundle brings an earlier release that is not in the one before, or was made on another day there: an earlier release
/// decides as it did on its day.
fn has_strangers(before: &Bundled, bundle: &Bundled) -> bool {
    fn of<'b>(bundle: &'b Bundled, one: &'b Earlier) -> (&'b str, Files<'b>) {
        (&one.made, release(bundle, &format!("earlier/{}/", one.revision)))
    }
    let mut known = vec![(before.manifest.made.as_str(), release(before, ""))];
    known.extend(before.manifest.earlier.iter().map(|one| of(before, one)));
    bundle.manifest.earlier.iter().any(|one| !known.contains(&of(bundle, one)))
}

/// Whether something may be wider than in the bundle before, or open earlier.
fn widens(before: &Bundled, read: &Read, against: &Against) -> Result<bool, Refused> {
    let old = Read::of(before).map_err(unread)?;
    let waiting = read.waiting(against.on);
    if old.waiting(against.on).iter().any(|one| !waiting.contains(one)) {
        return Ok(true);
    }
    let (old, new) = (sides::of(&old, against.lists, against.on)?, sides::of(read, against.lists, against.on)?);
    Ok(sides::compared(&old, &new, against.lists).iter().any(Compared::widens))
}

//! The policies of many tenants → their plans, of which only those are compiled that are made of something new.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Exit;
use super::load::{Loaded, Made, Refused, Shut, Wanted};
use crate::edge::policies;
use crate::pipeline::{Tenant, Tenants, TenantsError, alone};
use crate::policy::syntax::Bundle;
use crate::policy::{Fingerprint, Library, Plan, Pool};

/// Plans of many tenants.
pub(super) struct Fleet {
    /// All of them; see [`together`].
    pub(super) tenants: Vec<Tenant>,
    /// Those that are closed.
    pub(super) shut: Vec<Shut>,
    /// The folder of all policies.
    pub(super) folder: PathBuf,
    /// Plans that were compiled, and not taken over.
    pub(super) compiled: usize,
}

/// What was made of tenants the last time, by policy.
#[derive(Default)]
pub(super) struct Earlier {
    made: HashMap<String, (Fingerprint, Kept)>,
    pool: Pool,
    /// Files as they were.
    library: Option<Arc<Library>>,
}

/// What became of a policy.
#[derive(Clone)]
enum Kept {
    Plan(Arc<Plan>),
    Closed(Shut),
}

/// Makes the plans of every tenant in a folder (`wanted.policy`); what is made of the same as in `earlier` is taken over, and
/// `earlier` is then what was made now. Each event names its tenant by the policy's id, or as the table `names` says (lines
/// `NAME IN EVENTS,POLICY`). `read` reads the files, as [`Loaded::new`] does. `tell` is told of each closed tenant, and why; the others flow.
///
/// # Errors
///
/// Why not. All tenants are looked at first.
pub(super) fn fleet(
    wanted: &Wanted,
    names: Option<&Path>,
    earlier: &mut Earlier,
    read: impl FnOnce(&[PathBuf], &Wanted, Option<&Bundle>) -> Result<Loaded, Refused>,
    mut tell: impl FnMut(&Shut, &str),
) -> Result<Fleet, Refused> {
    let wrong = |message: String| Refused::wrong(message);
    let files = policies::tenants(wanted.policy).map_err(|error| wrong(error.to_string()))?;
    if files.is_empty() {
        return Err(wrong(format!("{} holds no policy", wanted.policy.display())));
    }
    let mut called = called(names).map_err(wrong)?;
    let mut loaded = read(&files, wanted, earlier.library.as_ref().map(|library| &library.bundle))?;
    let (mut tenants, mut shut, mut compiled, mut all_good) = (Vec::new(), Vec::new(), 0, true);
    let mut made = HashMap::new();
    for (number, file) in files.iter().enumerate() {
        let policy = policies::id(file);
        let fingerprint = loaded.fingerprint(number, wanted);
        let kept = match earlier.made.get(&policy).filter(|(of, _)| Some(*of) == fingerprint) {
            Some((_, Kept::Plan(plan))) => Kept::Plan(Arc::new(plan.among(loaded.library.clone()))),
            Some((_, closed)) => closed.clone(),
            None => {
                compiled += 1;
                match loaded.compile(number, wanted) {
                    Made::Plan(mut plan) => {
                        earlier.pool.share(&mut plan);
                        Kept::Plan(Arc::new(plan))
                    }
                    Made::Closed(of) => Kept::Closed(of),
                    Made::Wrong => {
                        all_good = false;
                        continue;
                    }
                }
            }
        };
        made.extend(fingerprint.map(|of| (policy.clone(), (of, kept.clone()))));
        let kept = match &kept {
            Kept::Plan(plan) => match alone(plan) {
                Some(why) => Kept::Closed(Shut::new(policy.clone(), wanted.purpose.to_owned(), vec![why])),
                None => kept,
            },
            Kept::Closed(_) => kept,
        };
        let plan = match kept {
            Kept::Plan(plan) => Some(plan),
            Kept::Closed(of) => {
                tell(&of, &of.text(&loaded.library.bundle));
                shut.push(of);
                None
            }
        };
        tenants.push(Tenant { plan, names: called.remove(&policy).unwrap_or_else(|| vec![policy]) });
    }
    loaded.end()?;
    if !all_good {
        return Err(Refused::new(Exit::Wrong, loaded.unknown.concat()));
    }
    if let Some(policy) = called.into_keys().next() {
        return Err(wrong(format!("the table of names knows a policy `{policy}`, the folder does not")));
    }
    (earlier.made, earlier.library) = (made, Some(loaded.library.clone()));
    earlier.pool.trim();
    Ok(Fleet { tenants, shut, folder: loaded.folder.root, compiled })
}

/// Tenants in one stream. Where all of them are closed, so is the stream: that is no mistake, and nothing else stays in force for it.
///
/// # Errors
///
/// Why not.
pub(super) fn together(path: &str, tenants: Vec<Tenant>) -> Result<Tenants, Refused> {
    Tenants::new(path, tenants).map_err(|error| match error {
        TenantsError::None => Refused::new(Exit::Closed, format!("closed: {error}")),
        error => Refused::wrong(error),
    })
}

/// Policy → what its tenant is called in events.
fn called(names: Option<&Path>) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut called: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let Some(path) = names else { return Ok(called) };
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let pair = line.rsplit_once(',').filter(|(name, policy)| !name.is_empty() && !policy.trim().is_empty());
        let Some((name, policy)) = pair else {
            let help = "each line holds a name in events, a comma, and the id of a policy";
            return Err(format!("{}:{}: no pair\nhelp: {help}", path.display(), number + 1));
        };
        called.entry(policy.trim().to_owned()).or_default().push(name.trim().to_owned());
    }
    Ok(called)
}

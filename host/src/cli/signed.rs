//! Signed bundles as the policies of a sidecar: found, held against what was in force, and remembered.
//!
//! A bundle that may not be in force stops its own tenant only: what was in force of it stays, or after a restart what is remembered of
//! it. Of whom nothing was ever in force nothing is there. What did not change is not made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Exit;
use super::load::{self, Opening, Refused};
use super::policy::accept::{Against, accepted};
use super::released::{Released, is_bundle, lists_of};
use crate::config::{Config, Route, Secret};
use crate::edge::escrow;
use crate::edge::keys::Ring;
use crate::edge::releases::{self, ReleaseError, Remembered, tenant_of};
use crate::ops;
use crate::pipeline::{Sandboxed, alone, together};
use crate::plugin::Reuse;
use crate::policy::document::{Date, SecretLists};
use crate::policy::key::Public;
use crate::policy::release::Bundled;
use crate::policy::{Library, Plan, Pool};

/// Bundles of a folder, of which only those are in force that officers signed.
pub(super) struct Signed {
    keys: Vec<Secret>,
    folder: PathBuf,
    /// Where lists stand: they stay with who holds them.
    lists: PathBuf,
    /// Where public keys of officers are, to whom codes with escrow are sealed.
    officers: Option<PathBuf>,
    ring: Arc<Ring>,
    remembered: Remembered,
    /// What is known of each route.
    routes: Mutex<BTreeMap<String, Known>>,
    /// What the built-in detector knows.
    entities: OnceLock<Vec<String>>,
}

/// Releases of a route: as they are in force, and as they were loaded last.
#[derive(Default)]
struct Known {
    in_force: BTreeMap<String, Made>,
    loaded: BTreeMap<String, Made>,
    /// A library for each words and maps there are: most tenants have the same.
    words: Vec<Arc<Library>>,
    pool: Pool,
}

/// A release that may be in force.
#[derive(Clone)]
struct Made {
    release: Arc<Released>,
    /// Digest of all that it was made of.
    of: [u8; 32],
    on: Date,
    trusted: Vec<Public>,
    /// It has to be remembered before it is in force.
    new: Option<Arc<Bundled>>,
}

/// What releases are asked for, and held against.
struct Ask<'a> {
    /// `None`: none in particular.
    route: Option<&'a str>,
    purposes: BTreeSet<&'a str>,
    system: Option<&'a str>,
    on: Date,
    trusted: Vec<Public>,
}

/// What becomes of a tenant whose latest policy may not be in force.
pub(super) enum Instead {
    /// What is in force stays.
    Stays,
    /// Its events are withheld.
    Closed,
}

/// The releases of a route.
#[derive(Default)]
pub(super) struct Releases {
    made: BTreeMap<String, Made>,
    /// Tenants that were in force and may be no more.
    pub(super) closed: Vec<String>,
    /// Those that are in force and that whoever is trusted today signed.
    pub(super) before: BTreeMap<String, Arc<Released>>,
    /// Whose latest bundle may not be in force.
    pub(super) refused: Vec<ops::Refused>,
    /// How many were made anew.
    pub(super) compiled: usize,
}

impl Releases {
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Released>> {
        self.made.values().map(|made| &made.release)
    }

    /// Those that will be in force where the keys of some tenants are not there, of whom what is in force stays, or nothing.
    pub(super) fn beside<'r>(
        &'r self,
        apart: &'r BTreeMap<String, Instead>,
    ) -> impl Iterator<Item = &'r Arc<Released>> {
        self.made.iter().filter_map(|(tenant, made)| match apart.get(tenant) {
            None => Some(&made.release),
            Some(Instead::Stays) => self.before.get(tenant),
            Some(Instead::Closed) => None,
        })
    }
}

impl Signed {
    /// `None`: the configuration names no keys, so files are read as they are.
    pub(super) fn new(config: &Config, lists: PathBuf, ring: Arc<Ring>) -> Option<Self> {
        let keys = config.policy.signed_by.clone();
        (!keys.is_empty()).then(|| Self {
            keys,
            folder: config.policy.path.clone(),
            lists,
            officers: config.escrow.as_ref().map(|escrow| escrow.officers.clone()),
            ring,
            remembered: Remembered::new(&config.state),
            routes: Mutex::default(),
            entities: OnceLock::new(),
        })
    }

    /// The releases of a route: the one that its policy names; with `tenant-by` the latest of each tenant in the folder that it names.
    pub(super) fn releases(&self, route: &Route, on: Date) -> Result<Releases, Refused> {
        let ask = self.ask(route, on)?;
        let mut routes = self.routes();
        let known = routes.entry(route.name.value.clone()).or_default();
        let mut all = self.all(Path::new(&route.policy.value), route.tenant_by.is_some(), &ask, known)?;
        self.apart(&mut all, &ask, known);
        let is_kept = |(tenant, made): &(&String, &Made)| {
            known.in_force.get(*tenant).is_some_and(|before| Arc::ptr_eq(&before.release, &made.release))
        };
        all.compiled = all.made.iter().filter(|one| !is_kept(one)).count();
        let trusted = known.in_force.iter().filter(|(tenant, made)| self.is_trusted(tenant, made, &ask));
        all.before = trusted.map(|(tenant, made)| (tenant.clone(), made.release.clone())).collect();
        known.loaded = all.made.clone();
        Ok(all)
    }

    fn ask<'r>(&self, route: &'r Route, on: Date) -> Result<Ask<'r>, Refused> {
        Ok(Ask {
            route: Some(&route.name.value),
            purposes: route.to.iter().map(|to| to.purpose.value.as_str()).collect(),
            system: route.system.as_ref().map(|system| system.value.as_str()),
            on,
            trusted: self.trusted()?,
        })
    }

    fn routes(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is in force of a tenant is signed by who is trusted now.
    fn is_trusted(&self, tenant: &str, made: &Made, ask: &Ask) -> bool {
        let is_it = |bundle: &Bundled| bundle.manifest == made.release.read.manifest;
        let is_signed = |bundle: Bundled| bundle.signed_by(&ask.trusted, false).is_ok();
        made.trusted == ask.trusted
            || self.before(tenant, ask).is_ok_and(|bundle| bundle.filter(is_it).is_some_and(is_signed))
    }

    /// Tenants of a route of which something is in force that nobody signed whose key is trusted now. Where there are some, and nothing
    /// can be loaded in its place, the route may not stay as it was: nothing of it is in force any more.
    pub(super) fn distrusted(&self, route: &Route, on: Date) -> Vec<String> {
        let Ok(ask) = self.ask(route, on) else { return Vec::new() };
        let mut routes = self.routes();
        let Some(known) = routes.get_mut(&route.name.value) else { return Vec::new() };
        let all = known.in_force.iter().filter(|(tenant, made)| !self.is_trusted(tenant, made, &ask));
        let all: Vec<_> = all.map(|(tenant, _)| tenant.clone()).collect();
        if !all.is_empty() {
            known.loaded.clear();
        }
        all
    }

    /// What was loaded last of some tenants of a route will not be in force: what is in force stays, or nothing is.
    pub(super) fn leave<'t>(&self, route: &Route, tenants: impl IntoIterator<Item = &'t str>) {
        let mut routes = self.routes();
        let Some(Known { in_force, loaded, .. }) = routes.get_mut(&route.name.value) else { return };
        for tenant in tenants {
            loaded.remove(tenant);
            loaded.extend(in_force.get_key_value(tenant).map(|(tenant, made)| (tenant.clone(), made.clone())));
        }
    }

    /// What was in force last of a tenant.
    fn before(&self, tenant: &str, ask: &Ask) -> Result<Option<Bundled>, ReleaseError> {
        match ask.route {
            Some(route) => self.remembered.of(route, tenant),
            None => self.remembered.latest(tenant),
        }
    }

    /// The release of a tenant as a sidecar would load it today, or a bundle by its name. Nothing is remembered.
    pub(super) fn named(&self, named: &Path, on: Date) -> Result<(Arc<Released>, Vec<ops::Refused>), Refused> {
        let ask = Ask { route: None, purposes: BTreeSet::new(), system: None, on, trusted: self.trusted()? };
        let mut all = self.all(named, false, &ask, &mut Known::default())?;
        match all.made.pop_first() {
            Some((_, made)) => Ok((made.release, all.refused)),
            None => Err(all.nothing()),
        }
    }

    /// Every tenant's release, and what was refused. All are looked at before anything is said.
    fn all(&self, policy: &Path, many: bool, ask: &Ask, known: &mut Known) -> Result<Releases, Refused> {
        let mut all = Releases::default();
        for (tenant, paths) in self.found(policy, many)? {
            let made = releases::latest_of(&paths).map_err(Refused::from).and_then(|latest| {
                let help = "bundles of `tamis policy release` are called NAME@REVISION.EVIDENCE.bundle";
                let missing = || format!("{} holds no bundle of `{tenant}`\nhelp: {help}", self.folder.display());
                let (path, bundle) = latest.ok_or_else(|| Refused::wrong(missing()))?;
                self.made(&tenant, bundle, ask, known).map_err(|Refused { exit, text }| {
                    let text = text.trim_start_matches("error: ");
                    Refused::new(exit, format!("error: {}: {text}", path.display()))
                })
            });
            match made {
                Ok(made) => drop(all.made.insert(tenant, made)),
                // It was asked for by its name: another one would be something else.
                Err(why) if is_bundle(policy) => return Err(why),
                Err(why) => all.refuse(&tenant, why.text, self.instead(&tenant, ask, known)),
            }
        }
        if all.made.is_empty() { Err(all.nothing()) } else { Ok(all) }
    }

    /// Files of bundles by tenant.
    fn found(&self, policy: &Path, many: bool) -> Result<BTreeMap<String, Vec<PathBuf>>, Refused> {
        let tenant = tenant_of(policy);
        if !many {
            let paths = match is_bundle(policy) {
                true => vec![self.folder.join(policy)],
                false => releases::by_tenant(&self.folder)?.remove(&tenant).unwrap_or_default(),
            };
            return Ok(BTreeMap::from([(tenant, paths)]));
        }
        let folder = self.folder.join(policy);
        let found = releases::by_tenant(&folder)?;
        if found.is_empty() {
            let help = "with `tenant-by` the policy of a route is the folder of bundles: policy = \".\" is [policy] path itself";
            return Err(Refused::wrong(format!("{} holds no bundle\nhelp: {help}", folder.display())));
        }
        Ok(found)
    }

    fn trusted(&self) -> Result<Vec<Public>, Refused> {
        let key = |secret: &Secret| {
            let text = secret.read().map_err(Refused::wrong)?;
            Public::parse(&text).map_err(|error| Refused::wrong(format!("[policy] signed-by: {error}")))
        };
        self.keys.iter().map(key).collect()
    }

    /// What is in a bundle, if it may be in force; what is in force already is taken over.
    fn made(&self, tenant: &str, bundle: Bundled, ask: &Ask, known: &mut Known) -> Result<Made, Refused> {
        let opening = Opening { named: &[], keys: Some(&*self.ring) };
        let lists = lists_of(&self.lists, tenant)?;
        let of = ask.made_of(&bundle, &lists);
        let same = known.in_force.get(tenant).filter(|made| made.of == of);
        if let Some(made) = same.filter(|made| made.release.has_same_exact(&opening, &self.lists)) {
            return Ok(Made { new: None, ..made.clone() });
        }
        let before = self.before(tenant, ask)?;
        let against = Against { tenant, trusted: &ask.trusted, before: before.as_ref(), lists: &lists, on: ask.on };
        let read = accepted(&bundle, &against)?;
        let signers = bundle.signatures.iter().filter(|own| ask.trusted.contains(&own.key));
        let signers = signers.map(|own| format!("{} ({:.8})", own.name, own.key.as_str())).collect();
        let mut released = Released::new(read, lists, signers).with_exact(&opening, &self.lists);
        known.share(&mut released);
        released.decide(&ask.purposes, (ask.system, ask.on), &mut known.pool)?;
        released.plans().try_for_each(|plan| self.is_heard(plan).and_then(|()| self.can_be_sealed(plan)))?;
        let new = (before.as_ref() != Some(&bundle)).then(|| Arc::new(bundle));
        Ok(Made { release: Arc::new(released), of, on: ask.on, trusted: ask.trusted.clone(), new })
    }

    /// Whether the built-in detector knows what a plan looks for. A plan without plugins of vendors is asked: others have no neighbours.
    fn is_heard(&self, plan: &Plan) -> Result<(), Refused> {
        if self.entities.get().is_none() {
            let steps = Sandboxed::new(&load::host(plan)?, Reuse::Reused, &[]).map_err(Refused::wrong)?;
            let _ = self.entities.set(steps.finds().map(str::to_owned).collect());
        }
        load::heard(plan, self.entities.get().into_iter().flatten().map(String::as_str))
    }

    /// Whether there are public keys of the officers to whom a plan seals.
    fn can_be_sealed(&self, plan: &Plan) -> Result<(), Refused> {
        let officers = |said| escrow::officers(self.officers.as_deref(), &plan.scope.policy, said);
        plan.escrow.as_ref().map_or(Ok(()), |said| officers(said).map(drop)).map_err(Refused::wrong)
    }

    /// What holds for a tenant whose latest bundle is refused: what is in force, else what is remembered. `None`: nothing ever was.
    fn instead(&self, tenant: &str, ask: &Ask, known: &mut Known) -> Option<Result<Made, Refused>> {
        let of_today = |made: &&Made| (made.on, &made.trusted) == (ask.on, &ask.trusted);
        if let Some(made) = known.in_force.get(tenant).filter(of_today) {
            return Some(Ok(Made { new: None, ..made.clone() }));
        }
        match self.before(tenant, ask) {
            Ok(bundle) => Some(self.made(tenant, bundle?, ask, known)),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// Tenants of one stream have words, maps and own detectors in common. Where their bundles do not, what is in force is the measure, and
    /// what does not go with it waits until all do; whose own bundle in force does not go with it either is closed.
    fn apart(&self, all: &mut Releases, ask: &Ask, known: &mut Known) {
        // Who uses plugins of vendors is closed in company, and no measure for others.
        fn plan(made: &Made) -> Option<&Arc<Plan>> {
            made.release.plans().next().filter(|plan| alone(plan).is_none())
        }
        let fit = |one: &Made, other: &Made| match (plan(one), plan(other)) {
            (Some(one), Some(other)) => together(one, other),
            _ => Ok(()),
        };
        let first = all.made.values().find(|made| plan(made).is_some()).cloned();
        let Some(first) =
            first.filter(|first| all.made.len() > 1 && all.made.values().any(|made| fit(first, made).is_err()))
        else {
            return;
        };
        let tenants: Vec<String> = all.made.keys().cloned().collect();
        let measure = tenants
            .iter()
            .find_map(|tenant| self.instead(tenant, ask, known)?.ok().filter(|made| plan(made).is_some()));
        let measure = measure.unwrap_or(first);
        for tenant in tenants {
            let Some(Err(apart)) = all.made.get(&tenant).map(|made| fit(&measure, made)) else { continue };
            all.made.remove(&tenant);
            let (why, instead) = match all.refused.iter().position(|one| one.tenant == tenant) {
                Some(at) => (all.refused.remove(at).why, Some(Err(Refused::wrong(apart)))),
                None => {
                    let fits = |made: Made| fit(&measure, &made).map(|()| made).map_err(Refused::wrong);
                    (format!("error: {apart}"), self.instead(&tenant, ask, known).map(|made| made.and_then(fits)))
                }
            };
            all.refuse(&tenant, why, instead);
        }
    }

    /// What was loaded last for a route is in force from now on, and nothing older.
    pub(super) fn keep(&self, route: &Route) -> Result<(), String> {
        let mut routes = self.routes();
        let Some(known) = routes.get_mut(&route.name.value) else { return Ok(()) };
        for (tenant, made) in &mut known.loaded {
            if let Some(bundle) = made.new.take() {
                self.remembered.keep(&route.name.value, tenant, &bundle.bytes()).map_err(|error| error.to_string())?;
            }
        }
        known.in_force = std::mem::take(&mut known.loaded);
        let has = |words: &Arc<Library>| {
            known.in_force.values().any(|made| made.release.read.new_one().0.has_words_of(words))
        };
        known.words.retain(has);
        known.pool.trim();
        Ok(())
    }
}

impl Known {
    /// Has a release hold in common with the others what is the same.
    fn share(&mut self, released: &mut Released) {
        self.words.iter().for_each(|other| released.read.share(other));
        let (own, _) = released.read.new_one();
        if !self.words.iter().any(|other| own.has_words_of(other)) {
            self.words.push(own.clone());
        }
    }
}

impl Ask<'_> {
    /// Digest of all that a release is made of, beside exact lists.
    fn made_of(&self, bundle: &Bundled, lists: &SecretLists) -> [u8; 32] {
        let Self { route: _, purposes, system, on, trusted } = self;
        let (digest, signatures) = (bundle.digest(), &bundle.signatures);
        let all = format!("{digest} {signatures:?} {purposes:?} {system:?} {on} {trusted:?} {lists:?}");
        Sha256::digest(all).into()
    }
}

impl Releases {
    /// Notes what is refused of a tenant, and what holds instead.
    fn refuse(&mut self, tenant: &str, why: String, instead: Option<Result<Made, Refused>>) {
        let instead = match instead {
            None => "nothing of it was ever in force, so its events have no policy".to_owned(),
            Some(Ok(made)) => {
                let said = format!("{} stays", made.release.name());
                self.made.insert(tenant.to_owned(), made);
                said
            }
            Some(Err(Refused { text, .. })) => {
                self.closed.push(tenant.to_owned());
                format!("closed, since what was in force may be so no more: {}", text.trim_start_matches("error: "))
            }
        };
        self.refused.push(ops::Refused { tenant: tenant.to_owned(), why, instead });
    }

    /// Why nothing is left.
    fn nothing(&self) -> Refused {
        let text = |one: &ops::Refused| match self.closed.contains(&one.tenant) {
            true => format!("{}\n{}", one.why.trim_end(), one.instead),
            false => one.why.trim_end().to_owned(),
        };
        Refused::new(Exit::Wrong, self.refused.iter().map(text).collect::<Vec<_>>().join("\n"))
    }
}

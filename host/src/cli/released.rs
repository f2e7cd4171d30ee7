//! A release, read: what it decides on a day, with the earlier releases that hold with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Exit;
use super::load::{self, Considered, Of, Opening, Parts, Refused, Shut, Wanted};
use super::policy::{sides, unread};
use crate::edge::policies::Folder;
use crate::edge::releases::{self, ENDING};
use crate::officer::explain::Purpose;
use crate::policy::document::{Date, SecretLists};
use crate::policy::exact::{ExactError, ExactLists};
use crate::policy::release::{Asked, Read, flow};
use crate::policy::syntax::Bundle;
use crate::policy::{Plan, Pool};

/// A release with its lists.
pub(super) struct Released {
    pub(super) read: Read,
    lists: SecretLists,
    exact: Option<ExactLists>,
    /// Who signed it, of those that are trusted.
    signers: Vec<String>,
    /// What it decides for the purposes that somebody asked for.
    decided: BTreeMap<String, Decided>,
}

/// What a release decides for a purpose.
pub(super) enum Decided {
    /// Events flow: the plan, and what of it is held, as sentences.
    Open(Arc<Plan>, Vec<String>),
    /// Nothing flows: why, for its reader.
    Closed(String),
}

/// Whether a policy of the command line is a bundle.
pub(super) fn is_bundle(policy: &Path) -> bool {
    policy.extension().is_some_and(|ending| ending == ENDING)
}

/// Where the lists of a tenant stand: beside a bundle, else in the folder of tenants beside that of releases.
pub(super) fn lists_beside(bundle: &Path, tenant: &str) -> PathBuf {
    let beside = bundle.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_list = |name: &str| {
        let own = name.strip_prefix(tenant).is_some_and(|rest| rest.starts_with('.'));
        own && (name.ends_with(".lists.toml") || name.ends_with(".list"))
    };
    let has_lists = |folder: &Path| {
        std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| is_list(&entry.file_name().to_string_lossy()))
    };
    let tenants = beside.join("../tenants");
    if !has_lists(beside) && has_lists(&tenants) { tenants } else { beside.to_owned() }
}

/// Words of a tenant's secret lists, where somebody put them.
pub(super) fn lists_of(folder: &Path, tenant: &str) -> Result<SecretLists, Refused> {
    let path = folder.join(format!("{tenant}.lists.toml"));
    if path.is_file() { load::words(&path) } else { Ok(SecretLists::default()) }
}

impl Released {
    pub(super) fn new(read: Read, lists: SecretLists, signers: Vec<String>) -> Self {
        Self { read, lists, exact: None, signers, decided: BTreeMap::new() }
    }

    /// With its exact lists, which stand in a folder.
    pub(super) fn with_exact(mut self, opening: &Opening, folder: &Path) -> Self {
        self.exact = Some(self.exact_in(opening, folder));
        self
    }

    /// Whether its exact lists are in a folder as they were.
    pub(super) fn has_same_exact(&self, opening: &Opening, folder: &Path) -> bool {
        fn codes(all: &ExactLists) -> Vec<(&String, Result<&[u8], &ExactError>)> {
            all.iter().map(|(name, list)| (name, list.as_ref().map(|list| list.code()))).collect()
        }
        self.exact.as_ref().is_some_and(|own| codes(own) == codes(&self.exact_in(opening, folder)))
    }

    fn exact_in(&self, opening: &Opening, folder: &Path) -> ExactLists {
        let tenant = &self.read.manifest.tenant;
        let file = folder.join(format!("{tenant}.toml"));
        let folder = Folder { bundle: Bundle::new(), policy: tenant.clone(), root: folder.to_owned(), file };
        let mut exact = ExactLists::new();
        self.read.libraries().for_each(|library| exact.extend(opening.open(library, &folder)));
        exact
    }

    /// A bundle that the command line names, whoever signed it.
    pub(super) fn open(wanted: &Wanted) -> Result<Self, Refused> {
        if wanted.evidence.is_some_and(|named| !named.is_dir()) {
            let help = "`tamis policy bundle` writes it anew with other evidence";
            return Err(Refused::wrong(format!("the evidence of a bundle is the one in it\nhelp: {help}")));
        }
        let bundle = releases::open(wanted.policy)?;
        let tenant = &bundle.manifest.tenant;
        let is_own = |folder: &&Path| folder.join(format!("{tenant}.lists.toml")).is_file();
        let (folder, named) = (wanted.lists.filter(is_own), wanted.lists.filter(|named| !named.is_dir()));
        let beside = folder.map_or_else(|| lists_beside(wanted.policy, tenant), Path::to_owned);
        let lists = named.map_or_else(|| lists_of(&beside, tenant), load::words)?;
        let released = Self::new(Read::of(&bundle).map_err(unread)?, lists, Vec::new());
        Ok(match &wanted.exact {
            Some(opening) => {
                opening.are_known(released.read.libraries().map(|library| &**library))?;
                released.with_exact(opening, &beside)
            }
            None => released,
        })
    }

    fn asked<'a>(&'a self, purpose: &'a str, system: Option<&'a str>, on: Date) -> Asked<'a> {
        Asked { purpose, on, system, lists: &self.lists, exact: self.exact.as_ref() }
    }

    /// Decides for some purposes. What keeps one closed is no error.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn decide(
        &mut self,
        purposes: &BTreeSet<&str>,
        (system, on): (Option<&str>, Date),
        pool: &mut Pool,
    ) -> Result<(), Refused> {
        for purpose in purposes {
            let decided = match self.plan(purpose, system, (on, false)) {
                Ok((mut plan, held)) => {
                    pool.share(&mut plan);
                    Decided::Open(Arc::new(plan), held)
                }
                Err(Refused { exit: Exit::Closed, text }) => Decided::Closed(text),
                Err(refused) => return Err(refused),
            };
            self.decided.insert((*purpose).to_owned(), decided);
        }
        Ok(())
    }

    /// What it decided for a purpose.
    pub(super) fn decided(&self, purpose: &str) -> Option<&Decided> {
        self.decided.get(purpose)
    }

    /// The plans that it decided on.
    pub(super) fn plans(&self) -> impl Iterator<Item = &Arc<Plan>> {
        self.decided.values().filter_map(|decided| match decided {
            Decided::Open(plan, _) => Some(plan),
            Decided::Closed(_) => None,
        })
    }

    /// `tenant@revision`.
    pub(super) fn name(&self) -> String {
        self.read.manifest.name()
    }

    /// Its name, and who signed it.
    pub(super) fn signed(&self) -> String {
        let manifest = &self.read.manifest;
        format!("{} evidence {} signed by {}", manifest.name(), manifest.evidence, self.signers.join(", "))
    }

    /// What it decides for each purpose that some layer allows, for no system and for each that its evidence names, with the earlier
    /// releases that hold with it. What is closed counts as open, as of this release alone, and is told beside it.
    pub(super) fn purposes(&self, on: Date) -> Result<Vec<Purpose>, Refused> {
        let mut purposes = sides::of(&self.read, &self.lists, on)?;
        for of in &mut purposes {
            match flow(&self.read, &self.asked(&of.name, of.system.as_deref(), on)) {
                Ok(flow) => (of.plan, of.closed) = (Some(Arc::new(flow.plan)), Vec::new()),
                Err(refused) if refused.refusal.closed.is_empty() => {
                    let library = refused.library.as_ref().unwrap_or_else(|| self.read.new_one().0);
                    return Err(load::wrong(&library.bundle, refused.refusal.problems));
                }
                Err(refused) => of.closed = refused.refusal.closed,
            }
        }
        Ok(purposes)
    }

    /// Domains of its codes, and of those of the earlier releases that it brings, each alone.
    pub(super) fn domains(&self, on: Date) -> Result<BTreeSet<String>, Refused> {
        let (tenant, (_, evidence)) = (&self.read.manifest.tenant, self.read.new_one());
        let mut all = BTreeSet::new();
        for library in self.read.libraries() {
            let purposes = sides::purposes(library, tenant, (evidence, &self.lists), on)?;
            let plans = purposes.iter().filter_map(|purpose| purpose.plan.as_ref());
            all.extend(plans.flat_map(|plan| plan.domains.iter().cloned()));
        }
        Ok(all)
    }

    /// As [`load::considered`].
    pub(super) fn considered(self, wanted: &Wanted, purpose: Option<&str>, of: Of) -> Result<Considered, Refused> {
        let (library, evidence) = self.read.new_one();
        let tenant = &self.read.manifest.tenant;
        let mut purposes = match of {
            Of::Inherited => {
                sides::purposes(&Arc::new(library.inherited(tenant)), tenant, (evidence, &self.lists), wanted.on)?
            }
            Of::Alone => sides::of(&self.read, &self.lists, wanted.on)?,
            Of::Wanted | Of::EverySystem => self.purposes(wanted.on)?,
        };
        purposes.retain(|one| {
            purpose.is_none_or(|name| one.name == name)
                && (of.is_of_every_system() || one.system.as_deref() == wanted.system)
        });
        if purposes.is_empty() {
            return Err(Refused::new(
                Exit::Closed,
                "closed: no layer allows this purpose, or the evidence knows no such system",
            ));
        }
        let (evidence, parts) = (evidence.clone(), Parts::Bundled(self.read.components));
        Ok(Considered { purposes, evidence, lists: self.lists, parts })
    }

    /// The plan of a purpose, and what of it is held. `json`: how it is told what keeps it closed.
    pub(super) fn plan(
        &self,
        purpose: &str,
        system: Option<&str>,
        (on, json): (Date, bool),
    ) -> Result<(Plan, Vec<String>), Refused> {
        let tenant = &self.read.manifest.tenant;
        if let Some(system) = system.filter(|system| !self.read.new_one().1.systems.contains_key(*system)) {
            return Err(Refused::wrong(format!("the evidence of `{tenant}` knows no system `{system}`")));
        }
        match flow(&self.read, &self.asked(purpose, system, on)) {
            Ok(flow) => {
                let held = flow.held.iter().map(|held| {
                    let alone = held.alone.as_ref().map_or_else(String::new, |apart| format!(" alone ({apart})"));
                    format!("{tenant}@{} holds{alone} {}", held.revision, held.opens)
                });
                Ok((flow.plan, held.collect()))
            }
            Err(refused) => {
                let library = refused.library.as_ref().unwrap_or_else(|| self.read.new_one().0);
                let (problems, closed) = (refused.refusal.problems, refused.refusal.closed);
                if closed.is_empty() || problems.iter().any(load::is_error) {
                    return Err(load::wrong(&library.bundle, problems));
                }
                Err(Shut::new(tenant.clone(), purpose.to_owned(), closed).refused(&library.bundle, json))
            }
        }
    }
}

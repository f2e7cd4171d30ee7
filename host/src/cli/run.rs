//! `tamis run`: the sidecar.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::Args;
use sha2::{Digest as _, Sha256};

use super::fleet::{Earlier, Fleet, fleet, together};
use super::load::{self, Opening, Parts, Readings, Refused, Shut, Wanted};
use super::released::{Decided, Released};
use super::shadow;
use super::signed::{Instead, Releases, Signed};
use super::{EXIT_CODES, Exit, say, stop};
use crate::config::{self, Config, Route};
use crate::edge::day::Day;
use crate::edge::escrow::{self, Officers, Quota, Vault};
use crate::edge::keys::{Lacks, Ring, State as KeyState};
use crate::ops::{self, Candidate, Candidates, Ended, Load, Loaded, MakeEngine, Purpose, State};
use crate::pipeline::keys::{Epoch, Keys as _};
use crate::pipeline::{Engine, Options, Tenant, Tenants, alone};
use crate::plugin::Reuse;
use crate::policy::diagnostic::Severity;
use crate::policy::document::Date;
use crate::policy::syntax::{Bundle, render};
use crate::policy::{Extent, Plan};

/// Run as the sidecar in front of a pipeline.
///
/// Takes events from sources, filters them under the policies of their routes, and hands them to sinks. SIGHUP reads policies, lists,
/// evidence, plugins and certificates anew; SIGTERM drains. Where that takes longer than `drain` what is left is given back to its
/// sources, and the command ends with 1.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Run {
    /// The configuration.
    #[arg(long, short, value_name = "FILE", default_value = "tamis.toml")]
    config: PathBuf,
    /// Only say whether it would run, what is in force for each branch, and what it guarantees. Reads secrets and certificates, and
    /// asks each server for a connection.
    #[arg(long)]
    check: bool,
    /// With `--check`: look neither at secrets nor at the network, for example where a change is reviewed.
    #[arg(long, requires = "check")]
    offline: bool,
    /// A folder of policies, or one policy in it, that looks at the same events and leaves no trace in what leaves. What differs is in the
    /// metrics, in the log and at the admin address (`GET /shadow`): fields by their paths, never values. It follows
    /// changes of its files as what is in force does.
    #[arg(long, value_name = "POLICY", conflicts_with = "check")]
    shadow: Option<PathBuf>,
}

impl Run {
    pub(super) fn run(&self) -> Exit {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return stop(Exit::Failed, &format!("error: no threads: {error}")),
        };
        // Before anything else: who changes a policy may say so at once.
        let hangups = match runtime.block_on(async { ops::hangups() }) {
            Ok(hangups) => hangups,
            Err(text) => return stop(Exit::Failed, &format!("error: {text}")),
        };
        let config = match config(&self.config) {
            Ok(config) => config,
            Err(exit) => return exit,
        };
        let loader = match Loader::new(&config, !self.check, !self.offline) {
            Ok(loader) => Arc::new(loader),
            Err(text) => return stop(Exit::Wrong, &format!("error: {text}")),
        };
        if let Some(text) = loader.behind() {
            ops::log::say(ops::log::Level::Warn, "clock-behind", &[("why", ops::log::Said::Text(&text))]);
        }
        if self.check && self.offline {
            return check(&config, &*loader);
        }
        if self.check {
            let trial = runtime.block_on(ops::try_out(&config));
            trial.doubtful.iter().for_each(|text| say(&format!("warning: {text}")));
            trial.wrong.iter().for_each(|text| say(&format!("error: {text}")));
            let exit = check(&config, &*loader);
            return if trial.wrong.is_empty() { exit } else { Exit::Wrong };
        }
        let candidates = self.shadow.as_ref().and_then(|path| loader.candidates(&config, path));
        let ended = runtime.block_on(ops::run(config, loader, candidates, hangups));
        // A folder that hangs holds a thread, and nothing waits for that.
        runtime.shutdown_timeout(Duration::from_secs(1));
        match ended {
            Ok(Ended::Whole) => Exit::Done,
            Ok(Ended::Short) => Exit::Failed,
            Err(text) if text.starts_with("error") => stop(Exit::Wrong, &text),
            Err(text) => stop(Exit::Wrong, &format!("error: {text}")),
        }
    }
}

/// Reads a configuration.
///
/// # Errors
///
/// How the command ends; what is wrong was said.
pub(super) fn config(path: &Path) -> Result<Config, Exit> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| stop(Exit::Wrong, &format!("error: cannot read {}: {error}", path.display())))?;
    let mut bundle = Bundle::new();
    let file = bundle.add(path.display().to_string(), text);
    let mut problems = Vec::new();
    let config = config::read(&bundle, file, &mut problems);
    if !problems.is_empty() {
        say(&render(&config::hidden(&bundle, file, &problems), &problems, std::io::stderr().is_terminal()));
    }
    config.ok_or_else(|| {
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        stop(Exit::Wrong, &format!("{errors} mistake{}: nothing was started", if errors == 1 { "" } else { "s" }))
    })
}

/// Says what would run.
fn check(config: &Config, loader: &dyn Load) -> Exit {
    let mut exit = Exit::Done;
    for route in &config.routes {
        let Loaded { purposes, refused } = match loader.load(route) {
            Ok(loaded) => loaded,
            Err(text) => {
                exit = stop(Exit::Wrong, &format!("[route.{}]\n{text}", route.name.value));
                continue;
            }
        };
        for one in refused {
            let text = format!("[route.{}] {one}", route.name.value);
            if config.policy.signed_by.is_empty() {
                // A key that is not there keeps one tenant of many away, and no start.
                say(&format!("warning: {text}"));
            } else {
                exit = stop(Exit::Wrong, &text);
            }
        }
        for to in &route.to {
            let state = purposes.iter().find(|purpose| purpose.name == to.purpose.value).map(|purpose| &purpose.state);
            let state = match state {
                Some(State::Open { policy, digest, held, among, .. }) => {
                    let lines: String = held.iter().chain(among).map(|line| format!("\n  {line}")).collect();
                    format!("open, {policy} ({digest}){lines}")
                }
                Some(State::Closed(why)) => {
                    if to.closed != Some(config::Closed::Skip) && exit == Exit::Done {
                        exit = Exit::Closed;
                    }
                    format!("closed\n{why}")
                }
                None => "unknown".to_owned(),
            };
            let guarantee = config.guarantee(route, to);
            let proxy = config.proxies.iter().find(|proxy| proxy.name.value == route.name.value);
            let sink = proxy.map_or(to.sink.value.as_str(), |proxy| proxy.upstream.value.as_str());
            let (route, purpose) = (&route.name.value, &to.purpose.value);
            say(&format!("{route} → {sink} for {purpose}: {guarantee}; {state}"));
        }
    }
    if config.quarantine.recipients.is_empty() {
        say("no [quarantine] recipients: what cannot be treated is counted, and its content discarded");
    }
    exit
}

/// Reads policies for routes.
struct Loader {
    keys: Arc<Ring>,
    vault: Arc<Vault>,
    /// Folders of escrow and of the public keys of officers.
    escrow: PathBuf,
    officers: Option<PathBuf>,
    folder: PathBuf,
    evidence: Option<PathBuf>,
    limits: config::Limits,
    /// Keys may be made, and escrow of destroyed ones be removed.
    writes: bool,
    /// Keys are looked at.
    has_keys: bool,
    /// What it reads is not in force: a candidate.
    looks_on: bool,
    /// Only signed bundles are loaded.
    signed: Option<Signed>,
    /// What ran out does not open again because a clock was set back.
    day: Arc<Day>,
    /// What this reload read.
    readings: Readings,
    /// Plans of tenants as they were made last, by route and purpose.
    earlier: Mutex<BTreeMap<(String, String), Earlier>>,
    /// Those whose keys are there.
    flows: Mutex<Flows>,
    /// Keys of engines that only look on.
    made_up: Arc<Ring>,
    /// Epochs whose keys were not there, by route, as it was loaded last.
    missing: Lacks,
}

/// Tenants that share a stream, by route and purpose: as they were loaded last, and as they are in force.
#[derive(Default)]
struct Flows {
    loaded: BTreeMap<(String, String), Flow>,
    in_force: BTreeMap<(String, String), Flow>,
}

/// Each tenant's plan, and the officers to whom its codes are sealed.
type Flow = BTreeMap<String, (Arc<Plan>, Option<Officers>)>;

/// Tenants that share a stream, by the keys that there are.
struct Keyed {
    /// The officers of those that have escrow.
    officers: Vec<(String, Officers)>,
    /// Those whose keys are not there.
    apart: BTreeMap<String, Instead>,
}

impl Loader {
    fn today(&self) -> Date {
        self.day.on(jiff::Zoned::now().date())
    }

    /// What an operator has to know of a clock that is behind.
    fn behind(&self) -> Option<String> {
        let (clock, day) = (jiff::Zoned::now().date(), self.today());
        let help = "where the clock was wrong then and is right now, stop it and say `tamis day --reset`";
        (clock < day).then(|| {
            format!("the clock says {clock}, and {day} was seen before: policies hold as of {day}\nhelp: {help}")
        })
    }

    fn new(config: &Config, writes: bool, has_keys: bool) -> Result<Self, String> {
        let said = config.keys.as_ref().filter(|_| has_keys);
        let keys = Arc::new(Ring::new(said).map_err(|error| error.to_string())?);
        let escrow = escrow::folder(&config.state);
        let lists = config.policy.evidence.clone().unwrap_or_else(|| config.policy.path.clone());
        let signed = Signed::new(config, lists, keys.clone());
        Ok(Self {
            keys,
            vault: Arc::new(Vault::new(&escrow, config.escrow.as_ref().and_then(|escrow| escrow.size))),
            escrow,
            officers: config.escrow.as_ref().map(|escrow| escrow.officers.clone()),
            folder: config.policy.path.clone(),
            evidence: config.policy.evidence.clone(),
            limits: config.limits,
            writes,
            has_keys,
            looks_on: false,
            signed,
            day: Arc::new(Day::open(&config.state).map_err(|error| error.to_string())?),
            readings: Readings::default(),
            earlier: Mutex::default(),
            flows: Mutex::default(),
            made_up: Arc::new(Ring::new(None).map_err(|error| error.to_string())?),
            missing: Lacks::default(),
        })
    }

    /// What another folder would make of the events of each route that it has a policy for. What is wrong with it is said, and what is
    /// in force does not hang on it.
    fn candidates(&self, config: &Config, path: &Path) -> Option<Candidates> {
        let wanted = match shadow::Wanted::new(path) {
            Ok(wanted) => wanted,
            Err(why) => {
                shadow::refused(None, &why);
                return None;
            }
        };
        // Nothing is made or remembered for what is not in force.
        let other = Self {
            keys: self.keys.clone(),
            vault: self.vault.clone(),
            escrow: self.escrow.clone(),
            officers: self.officers.clone(),
            folder: wanted.folder().to_owned(),
            evidence: self.evidence.clone(),
            limits: self.limits,
            writes: false,
            has_keys: true,
            looks_on: true,
            signed: None,
            day: self.day.clone(),
            readings: Readings::default(),
            earlier: Mutex::default(),
            flows: Mutex::default(),
            made_up: self.made_up.clone(),
            missing: Lacks::default(),
        };
        let is_signed = self.signed.is_some();
        let routes: Vec<_> = config.routes.iter().map(|route| wanted.candidate_of(route, is_signed)).collect();
        if !routes.iter().any(|route| wanted.is_about(route)) {
            shadow::refused(None, &wanted.is_about_nothing());
        }
        let folder = wanted.folder().to_owned();
        Some(Candidates { folder, read: Box::new(move || other.looking(&routes, &wanted)) })
    }

    /// Candidates as the files are now, for the routes that are meant.
    fn looking(&self, routes: &[Route], wanted: &shadow::Wanted) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        self.readings.forget();
        for (number, route) in routes.iter().enumerate().filter(|(_, route)| wanted.is_about(route)) {
            for purpose in route.to.iter().map(|to| to.purpose.value.as_str()) {
                if all.iter().any(|one| one.route == number && one.purpose == purpose) {
                    continue;
                }
                let mut refused = Vec::new();
                let state = self.purpose(route, purpose, &mut refused);
                refused.iter().for_each(|one| shadow::refused(Some(route), &one.to_string()));
                match state {
                    Ok((State::Open { looking: engine, policy, digest, .. }, plan)) => {
                        let (purpose, differences) = (purpose.to_owned(), shadow::differences(plan));
                        all.push(Candidate { route: number, purpose, policy, digest, engine, differences });
                    }
                    Ok((State::Closed(why), _)) | Err(Refused { text: why, .. }) => shadow::refused(Some(route), &why),
                }
            }
        }
        all
    }

    fn tenant_closed(&self, tenant: &str, why: &str) {
        use ops::log::Said;
        let event = if self.looks_on { "shadow-tenant-closed" } else { "tenant-closed" };
        ops::log::say(ops::log::Level::Warn, event, &[("tenant", Said::Name(tenant)), ("why", Said::Text(why))]);
    }

    /// Sees to the keys of a plan; gives its officers, if it has escrow. Of one among many a key is made when its first code is.
    fn keep(&self, route: &str, plan: &Plan, is_alone: bool) -> Result<Option<Officers>, Refused> {
        let (tenant, epoch) = (&plan.scope.policy, epoch(plan));
        if self.has_keys
            && let Err(error) = self.keys.look(tenant, epoch)
        {
            self.missing.add(route, self.keys.lack(tenant, epoch));
            return Err(Refused::wrong(error));
        }
        if self.writes && is_alone {
            self.keys.epoch(tenant, epoch).map_err(Refused::wrong)?;
        }
        if self.writes {
            self.clear(tenant).map_err(Refused::wrong)?;
        }
        let officers = |said| escrow::officers(self.officers.as_deref(), tenant, said);
        plan.escrow.as_ref().map(officers).transpose().map_err(Refused::wrong)
    }

    /// Sees to the keys of many tenants. Whose keys are not there stays where it was, if that may stay, or is closed: nobody else waits for
    /// them.
    fn keyed(
        &self,
        of: (String, String),
        tenants: &mut [Tenant],
        may_stay: impl Fn(&str, &Plan) -> bool,
        refused: &mut Vec<ops::Refused>,
    ) -> Keyed {
        let mut flows = lock(&self.flows);
        let (mut flow, mut wrong, mut apart) = (Flow::new(), Vec::new(), BTreeMap::new());
        for tenant in tenants {
            let Some(plan) = tenant.plan.take() else { continue };
            match self.keep(&of.0, &plan, false) {
                Ok(officers) => {
                    tenant.plan = Some(plan.clone());
                    flow.insert(plan.scope.policy.clone(), (plan, officers));
                }
                Err(why) => wrong.push((tenant, plan.scope.policy.clone(), why.text)),
            }
        }
        let first = flow.values().next().map(|(plan, _)| plan.clone());
        for (tenant, policy, why) in wrong {
            let holds = |plan: &Plan| plan.scope.on == self.today() && self.keys.has(&policy, epoch(plan));
            let fits = |plan: &Plan| first.as_ref().is_none_or(|first| crate::pipeline::together(first, plan).is_ok());
            let beside = |(plan, officers): &(Arc<Plan>, Option<Officers>)| {
                let plan = first.as_ref().map_or_else(|| plan.clone(), |first| Arc::new(plan.beside(&first.library)));
                (plan, officers.clone())
            };
            let before = flows.in_force.get(&of).and_then(|flow| flow.get(&policy)).map(beside);
            let before = before.filter(|(plan, _)| holds(plan) && fits(plan) && may_stay(&policy, plan));
            let (said, instead) = match before {
                Some((plan, officers)) => {
                    let said = format!("{policy}@{} stays", plan.scope.revision);
                    tenant.plan = Some(plan.clone());
                    flow.insert(policy.clone(), (plan, officers));
                    (said, Instead::Stays)
                }
                None => ("it is closed".to_owned(), Instead::Closed),
            };
            apart.insert(policy.clone(), instead);
            refused.push(ops::Refused { tenant: policy, why, instead: said });
        }
        let escrowed = flow.iter().filter_map(|(tenant, (_, officers))| Some((tenant.clone(), officers.clone()?)));
        let officers = escrowed.collect();
        flows.loaded.insert(of, flow);
        Keyed { officers, apart }
    }

    /// Another process that shares the folder of keys may have retired epochs that this one has escrow of.
    fn clear(&self, tenant: &str) -> Result<(), String> {
        for kept in self.keys.kept(tenant).map_err(|error| error.to_string())? {
            if matches!(kept.state, KeyState::Retired(_)) {
                escrow::destroy(&self.escrow, tenant, kept.epoch).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    /// What a purpose is under the files, and a plan of it. Whose keys are not there of many tenants is refused.
    fn purpose(
        &self,
        route: &Route,
        purpose: &str,
        refused: &mut Vec<ops::Refused>,
    ) -> Result<(State, Arc<Plan>), Refused> {
        let policy = self.folder.join(&route.policy.value);
        let wanted = Wanted {
            policy: &policy,
            purpose,
            on: self.today(),
            system: route.system.as_ref().map(|system| system.value.as_str()),
            evidence: self.evidence.as_deref(),
            lists: self.evidence.as_deref(),
            exact: Some(Opening { named: &[], keys: Some(&*self.keys) }),
            json: false,
        };
        let read =
            |files: &[PathBuf], wanted: &Wanted<'_>, like: Option<&Bundle>| self.readings.read(files, wanted, like);
        match &route.tenant_by {
            None => {
                let (plan, parts) = load::plan_of(&wanted, read)?;
                self.one(route, &Arc::new(plan), &parts)
            }
            Some(path) => {
                let mut earlier = lock(&self.earlier);
                let earlier = earlier.entry((route.name.value.clone(), purpose.to_owned())).or_default();
                let tell = |shut: &Shut, why: &str| self.tenant_closed(&shut.policy, why);
                let Fleet { mut tenants, folder, compiled, .. } = fleet(&wanted, None, earlier, read, tell)?;
                let of = (route.name.value.clone(), purpose.to_owned());
                let Keyed { officers, .. } = self.keyed(of, &mut tenants, |_, _| true, refused);
                let tenants = together(&path.value, tenants)?;
                self.many(route, (tenants, officers), compiled, &Parts::Below(folder))
            }
        }
    }

    /// A purpose of signed releases: of one, or with `tenant-by` of one for each tenant.
    fn released(
        &self,
        route: &Route,
        releases: &Releases,
        purpose: &str,
        refused: &mut Vec<ops::Refused>,
    ) -> Result<(State, Arc<Plan>), Refused> {
        let mut tenants = Vec::new();
        for release in releases.all() {
            let tenant = &release.read.manifest.tenant;
            let plan = match release.decided(purpose) {
                Some(Decided::Open(plan, _)) => match alone(plan).filter(|_| route.tenant_by.is_some()) {
                    Some(closed) => {
                        let shut = Shut::new(tenant.clone(), purpose.to_owned(), vec![closed]);
                        self.tenant_closed(tenant, &shut.text(&plan.library.bundle));
                        None
                    }
                    None => Some(plan.clone()),
                },
                Some(Decided::Closed(why)) if route.tenant_by.is_none() => {
                    return Err(Refused::new(Exit::Closed, why));
                }
                Some(Decided::Closed(why)) => {
                    self.tenant_closed(tenant, why);
                    None
                }
                None => None,
            };
            tenants.push(Tenant { plan, names: vec![tenant.clone()] });
        }
        let components = |apart: &BTreeMap<String, Instead>| {
            let own = releases.beside(apart).flat_map(|release| {
                let own = release.read.components.iter();
                own.map(|(path, bytes)| (format!("{}/{path}", release.read.manifest.tenant), bytes.clone()))
            });
            Parts::Bundled(own.collect())
        };
        let mut apart = BTreeMap::new();
        let (mut state, plan) = match (&route.tenant_by, tenants.as_slice()) {
            (None, [Tenant { plan: Some(plan), .. }]) => self.one(route, plan, &components(&apart))?,
            (None, _) => return Err(Refused::wrong("a route without `tenant-by` has one policy")),
            (Some(path), _) => {
                let closed = releases.closed.iter().map(|tenant| Tenant { plan: None, names: vec![tenant.clone()] });
                tenants.extend(closed);
                let of = (route.name.value.clone(), purpose.to_owned());
                let is_of = |release: &Released, plan: &Plan| matches!(release.decided(purpose), Some(Decided::Open(of, _)) if of.digest == plan.digest);
                let may_stay =
                    |tenant: &str, plan: &Plan| releases.before.get(tenant).is_some_and(|one| is_of(one, plan));
                let keyed = self.keyed(of, &mut tenants, may_stay, refused);
                apart = keyed.apart;
                let tenants = together(&path.value, tenants)?;
                self.many(route, (tenants, keyed.officers), releases.compiled, &components(&apart))?
            }
        };
        if let State::Open { held: all_held, among, .. } = &mut state {
            for release in releases.beside(&apart) {
                if let Some(Decided::Open(_, held)) = release.decided(purpose) {
                    all_held.extend(held.iter().cloned());
                }
                among.push(release.signed());
            }
        }
        Ok((state, plan))
    }

    /// The engine of one plan.
    fn one(&self, route: &Route, plan: &Arc<Plan>, parts: &Parts) -> Result<(State, Arc<Plan>), Refused> {
        let one = plan.clone();
        let officers = self.keep(&route.name.value, plan, true)?.map(|officers| (plan.scope.policy.clone(), officers));
        let officers = officers.into_iter().collect();
        self.open(route, (std::slice::from_ref(plan), officers), 1, parts, move |steps, keys, options| {
            Engine::new(one.clone(), steps, keys, options)
        })
    }

    /// The engine of the plans of many tenants.
    fn many(
        &self,
        route: &Route,
        (tenants, officers): (Tenants, Vec<(String, Officers)>),
        compiled: usize,
        parts: &Parts,
    ) -> Result<(State, Arc<Plan>), Refused> {
        let tenants = Arc::new(tenants);
        let all = tenants.clone();
        let (mut state, plan) =
            self.open(route, (tenants.plans(), officers), compiled, parts, move |steps, keys, options| {
                Engine::for_tenants(all.clone(), steps, keys, options)
            })?;
        // Who is closed is known, unlike who is not there: their events are withheld, and not quarantined.
        if let State::Open { among, shut, .. } = &mut state {
            *shut = tenants.closed().len();
            among.extend(tenants.closed().into_iter().map(|tenant| format!("{tenant} closed")));
        }
        Ok((state, plan))
    }

    fn open(
        &self,
        route: &Route,
        (plans, officers): (&[Arc<Plan>], Vec<(String, Officers)>),
        compiled: usize,
        parts: &Parts,
        make: impl Fn(Arc<crate::pipeline::Sandboxed>, Arc<Ring>, Options) -> Engine + Send + Sync + 'static,
    ) -> Result<(State, Arc<Plan>), Refused> {
        let Some(first) = plans.first() else { return Err(Refused::wrong("there is no plan")) };
        let map = match &route.schema {
            None => None,
            Some(id) => {
                let help = format!("there is no schema map `{}`", id.value);
                Some(first.library.maps.find(&id.value).ok_or_else(|| Refused::wrong(help))?)
            }
        };
        let host = Arc::new(load::host(first)?);
        let steps = load::steps(plans, parts, &host, Reuse::Reused)?;
        let limits = crate::event::Limits { bytes: self.limits.event, ..crate::event::Limits::default() };
        let options = Options { limits, stamp: route.stamp, guard: true, map };
        let named = |plan: &Arc<Plan>| format!("{}@{} {}", plan.scope.policy, plan.scope.revision, plan.digest);
        let mut among: Vec<_> = plans.iter().filter(|_| plans.len() > 1).map(named).collect();
        let digest = match plans {
            [one] => one.digest.clone(),
            _ => of_all(&among),
        };
        // Whom codes are sealed to is a part of what is in force.
        among.extend(officers.iter().map(|(tenant, officers)| {
            let held: Vec<_> = officers.all.iter().map(|officer| officer.key.as_str()).collect();
            format!("escrow of {tenant}: {} of {}", officers.approvals, held.join(", "))
        }));
        let escrow = (!officers.is_empty()).then(|| Arc::new(self.vault.in_force(officers)));
        let (keys, made_up, make) = (self.keys.clone(), self.made_up.clone(), Arc::new(make));
        let looking: MakeEngine = {
            let (make, steps, host) = (make.clone(), steps.clone(), host.clone());
            Arc::new(move || make(steps.clone(), made_up.clone(), options).keeping(host.clone()))
        };
        let engine: MakeEngine = Arc::new(move || {
            let engine = make(steps.clone(), keys.clone(), options).keeping(host.clone());
            match &escrow {
                Some(escrow) => engine.escrowed(escrow.clone()),
                None => engine,
            }
        });
        let policy = match plans {
            [one] => {
                let with: String = one.with.iter().map(|other| format!(" with {other}")).collect();
                format!("{}@{}{with}", one.scope.policy, one.scope.revision)
            }
            many => format!("{} tenants", many.len()),
        };
        let tenant = route.tenant_by.is_none().then(|| first.scope.policy.clone());
        let rules = plans.iter().flat_map(|plan| &plan.rules).filter(|rule| rule.protects);
        let protects = rules.map(|rule| rule.name.clone()).collect();
        let extent = tenant.is_some().then(|| Arc::new(Extent::of(first)));
        let attributable = plans.iter().any(|plan| plan.is_attributable());
        let state = State::Open {
            engine,
            looking,
            policy,
            tenant,
            digest,
            shut: 0,
            compiled,
            among,
            held: Vec::new(),
            extent,
            attributable,
            protects,
        };
        Ok((state, first.clone()))
    }
}

fn epoch(plan: &Plan) -> Epoch {
    Epoch { number: plan.epoch, days: plan.epoch_days }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One digest for the plans of many tenants.
fn of_all(among: &[String]) -> String {
    let hex: String = Sha256::digest(among.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// What is refused of tenants, each once: of their bundles, and purpose by purpose of their keys, which come later and have the last word.
fn told(mut all: Vec<ops::Refused>, of_keys: &[(String, ops::Refused)], purposes: usize) -> Vec<ops::Refused> {
    let tenants: BTreeSet<&str> = of_keys.iter().map(|(_, one)| one.tenant.as_str()).collect();
    for tenant in tenants {
        let own: Vec<_> = of_keys.iter().filter(|(_, one)| one.tenant == *tenant).collect();
        let all_say: BTreeSet<_> = own.iter().map(|(_, one)| one.instead.as_str()).collect();
        let mut why: Vec<_> = own.iter().map(|(_, one)| one.why.as_str()).collect();
        why.dedup();
        let why = why.join("\n");
        let instead = match all_say.first() {
            Some(instead) if all_say.len() == 1 && own.len() == purposes => Ok((*instead).to_owned()),
            _ => Err(own
                .iter()
                .map(|(purpose, one)| format!("for {purpose} {}", one.instead))
                .collect::<Vec<_>>()
                .join("; ")),
        };
        match (all.iter_mut().find(|one| one.tenant == *tenant), instead) {
            (Some(one), instead) => {
                one.why = format!("{}\n{why}", one.why.trim_end());
                one.instead = instead.unwrap_or_else(|some| format!("{}; {some}", one.instead));
            }
            (None, Ok(instead) | Err(instead)) => all.push(ops::Refused { tenant: tenant.to_owned(), why, instead }),
        }
    }
    all
}

impl Loader {
    /// As [`Load::load`], while what is in force may stay.
    fn loaded(&self, route: &Route) -> Result<Loaded, String> {
        let mut purposes: Vec<Purpose> = Vec::new();
        let signed = self.signed.as_ref().map(|signed| Ok((signed, signed.releases(route, self.today())?)));
        let signed = signed.transpose().map_err(|refused: Refused| refused.text)?;
        lock(&self.flows).loaded.retain(|(of, _), _| *of != route.name.value);
        self.missing.forget(&route.name.value);
        let mut of_keys = Vec::new();
        for to in &route.to {
            let name = &to.purpose.value;
            if purposes.iter().any(|purpose| purpose.name == *name) {
                continue;
            }
            let mut refused = Vec::new();
            let state = match &signed {
                None => self.purpose(route, name, &mut refused),
                Some((_, releases)) => self.released(route, releases, name, &mut refused),
            };
            of_keys.extend(refused.into_iter().map(|one| (name.clone(), one)));
            let state = match state {
                Ok((state, _)) => state,
                Err(Refused { exit: Exit::Closed, text }) => State::Closed(text),
                Err(refused) => return Err(refused.text),
            };
            purposes.push(Purpose { name: name.clone(), state });
        }
        let mut refused = Vec::new();
        if let Some((signed, releases)) = signed {
            let apart: BTreeSet<_> = of_keys.iter().map(|(purpose, one)| (&*one.tenant, &**purpose)).collect();
            let is_apart = |tenant: &str, purpose: &Purpose| apart.contains(&(tenant, purpose.name.as_str()));
            let is_left = |release: &&Arc<Released>| {
                let tenant = &*release.read.manifest.tenant;
                let is_open = |purpose: &&Purpose| matches!(release.decided(&purpose.name), Some(Decided::Open(..)));
                let mut open = purposes.iter().filter(is_open).map(|purpose| is_apart(tenant, purpose)).peekable();
                open.peek().is_some() && open.all(|is_apart| is_apart)
            };
            let left = releases.all().filter(is_left).map(|release| release.read.manifest.tenant.as_str());
            signed.leave(route, left);
            refused = releases.refused;
        }
        let refused = told(refused, &of_keys, purposes.len());
        Ok(Loaded { purposes, refused })
    }
}

impl Load for Loader {
    fn load(&self, route: &Route) -> Result<Loaded, String> {
        self.loaded(route).or_else(|why| {
            let tenants = self.signed.as_ref().map(|signed| signed.distrusted(route, self.today())).unwrap_or_default();
            if tenants.is_empty() {
                return Err(why);
            }
            lock(&self.flows).loaded.retain(|(of, _), _| *of != route.name.value);
            let instead = "closed, since whoever signed what was in force is trusted no more";
            let why = format!("{instead}\n{why}");
            let names: BTreeSet<_> = route.to.iter().map(|to| &to.purpose.value).collect();
            let closed =
                names.into_iter().map(|name| Purpose { name: name.clone(), state: State::Closed(why.clone()) });
            let told = |tenant| ops::Refused { tenant, why: why.clone(), instead: instead.to_owned() };
            Ok(Loaded { purposes: closed.collect(), refused: tenants.into_iter().map(told).collect() })
        })
    }

    fn anew(&self) {
        self.readings.forget();
    }

    fn is_mended(&self) -> bool {
        self.missing.is_mended(&self.keys)
    }

    fn keep(&self, route: &Route) -> Result<(), String> {
        self.signed.as_ref().map_or(Ok(()), |signed| signed.keep(route))?;
        let Flows { loaded, in_force } = &mut *lock(&self.flows);
        in_force.retain(|(of, _), _| *of != route.name.value);
        in_force.extend(loaded.extract_if(.., |(of, _), _| *of == route.name.value));
        Ok(())
    }

    fn quota(&self) -> Arc<Quota> {
        self.vault.quota().clone()
    }

    fn day(&self) -> String {
        let day = self.today();
        if let Err(error) = self.day.keep() {
            let why = error.to_string();
            ops::log::say(ops::log::Level::Error, "day-not-kept", &[("why", ops::log::Said::Text(&why))]);
        }
        day.to_string()
    }
}

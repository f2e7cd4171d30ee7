//! Policy file → plan → steps, with everything that is wrong said at once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use crate::config::Secret;
use crate::edge::policies::{self, Folder};
use crate::officer::compare::Side;
use crate::officer::explain::Purpose;
use crate::pipeline::Sandboxed;
use crate::pipeline::codes::Root;
use crate::pipeline::keys::Keys;
use crate::plugin::{Configured, Entity, Grant, Host, Kind, Limits, LoadError, Reuse};
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{Date, Evidence, FileId, Layer, SecretLists, Span, Work};
use crate::policy::exact::{ExactError, ExactList, ExactLists};
use crate::policy::syntax::{self, Bundle, FileKind};
use crate::policy::{Closed, Fingerprint, Library, Plan, PlanPlugin, Request, compile, consider, entity, near};

use super::Exit;
use super::released::{Released, is_bundle};

/// What a plan is asked for on the command line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) policy: &'a Path,
    pub(super) purpose: &'a str,
    pub(super) on: Date,
    pub(super) system: Option<&'a str>,
    pub(super) evidence: Option<&'a Path>,
    pub(super) lists: Option<&'a Path>,
    /// How exact lists are opened. `None`: what they know is left out.
    pub(super) exact: Option<Opening<'a>>,
    /// What keeps a flow closed is said as JSON.
    pub(super) json: bool,
}

/// Why something cannot be loaded: how a command ends that needs it, and what its reader is told.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) exit: Exit,
    pub(super) text: String,
}

impl Refused {
    pub(super) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }

    pub(super) fn wrong(text: impl std::fmt::Display) -> Self {
        Self::new(Exit::Wrong, format!("error: {text}"))
    }

    /// Prints it.
    pub(super) fn say(self) -> Exit {
        super::stop(self.exit, &self.text)
    }
}

/// How exact lists are opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening<'a> {
    /// Files by the name of the list: `--exact-list`.
    pub(super) named: &'a [(String, PathBuf)],
    /// `None`: no key was given.
    pub(super) keys: Option<&'a dyn Keys>,
}

impl Opening<'_> {
    /// The lists that layers name, as far as they are there, for one policy.
    pub(super) fn open(&self, library: &Library, folder: &Folder) -> ExactLists {
        let named = |list: &str| self.named.iter().find(|(name, _)| name == list).map(|(_, file)| file.as_path());
        let open = |list: &str| match policies::exact_list(folder, named(list), list) {
            Err(error) => Some(Err(ExactError::Unreadable(error.to_string()))),
            Ok(None) => None,
            Ok(Some(file)) => Some(match self.keys.map(|keys| keys.root(&folder.policy)) {
                Some(Ok(root)) => ExactList::open(&file, root.list_key(&folder.policy, list)).map(Arc::new),
                Some(Err(error)) => Err(ExactError::Unreadable(error.to_string())),
                None => Err(ExactError::NoKey),
            }),
        };
        let names = exact_names(library.layers_of(&folder.policy));
        names.into_iter().filter_map(|list| Some((list.to_owned(), open(list)?))).collect()
    }

    /// Whether a layer of the libraries knows each list that was named.
    pub(super) fn are_known<'l>(&self, libraries: impl IntoIterator<Item = &'l Library>) -> Result<(), Refused> {
        let names =
            exact_names(libraries.into_iter().flat_map(|library| library.layers.values().map(|layer| &**layer)));
        let Some((unknown, _)) = self.named.iter().find(|(name, _)| !names.contains(name.as_str())) else {
            return Ok(());
        };
        let help = match (near(unknown, names.iter().copied()), names.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, true) => "no [[entity]] has a `list`".to_owned(),
            (None, false) => format!("there are: {}", names.into_iter().collect::<Vec<_>>().join(", ")),
        };
        Err(Refused::wrong(format!("no entity is known by an exact list `{unknown}`\nhelp: {help}")))
    }
}

/// Names of the exact lists of some layers.
fn exact_names<'l>(layers: impl IntoIterator<Item = &'l Layer>) -> BTreeSet<&'l str> {
    let entities = layers.into_iter().flat_map(|layer| &layer.entities);
    entities.filter_map(|own| own.list()).map(|list| list.value.as_str()).collect()
}

/// The key of a flow, as the command line names it.
///
/// # Errors
///
/// What is wrong, as a sentence.
pub(super) fn root(source: &str) -> Result<Root, String> {
    let text = match source.strip_prefix("file:") {
        Some(path) => Secret::File(path.into()).read_guarded()?,
        None => secret(source)?,
    };
    Root::from_hex(&text)
        .ok_or_else(|| "a key is 64 hexadecimal digits (32 bytes), for example of `tamis keys new --root FILE`".into())
}

/// A secret, as the command line names it.
///
/// # Errors
///
/// What is wrong, as a sentence.
pub(super) fn secret(source: &str) -> Result<String, String> {
    match source.split_once(':') {
        Some(("file", path)) => {
            std::fs::read_to_string(path).map_err(|error| format!("cannot read the key {path}: {error}"))
        }
        Some(("env", name)) => std::env::var(name).map_err(|_| format!("no key in the environment variable {name}")),
        _ => Err("a key is named as `file:PATH` or `env:NAME`".into()),
    }
}

/// Words of secret lists, of a file.
///
/// # Errors
///
/// Why not; no word is told.
pub(super) fn words(path: &Path) -> Result<SecretLists, Refused> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Refused::wrong(format!("cannot read {}: {error}", path.display())))?;
    let (mut bundle, mut problems) = (Bundle::new(), Vec::new());
    let file = bundle.add_sealed(path.display().to_string(), text);
    let lists = syntax::lists(&bundle, file, &mut problems).unwrap_or_default();
    if problems.iter().any(is_error) {
        return Err(wrong(&bundle, problems));
    }
    Ok(lists)
}

/// Reads the folder of a policy.
///
/// # Errors
///
/// Why not.
pub(super) fn library(policy: &Path) -> Result<(Arc<Library>, Folder), Refused> {
    let mut folder = folder(policy)?;
    let (library, problems) = Library::read(std::mem::take(&mut folder.bundle));
    if library.damage.is_some() {
        return Err(wrong(&library.bundle, problems));
    }
    Ok((Arc::new(library), folder))
}

fn folder(policy: &Path) -> Result<Folder, Refused> {
    policies::folder(policy).map_err(|error| Refused::wrong(format!("{error}{}", meant(policy).unwrap_or_default())))
}

/// Help for a policy file that is not there: one beside it is called nearly so.
fn meant(policy: &Path) -> Option<String> {
    if policy.exists() {
        return None;
    }
    let folder = policy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = policies::tenants(folder).ok()?;
    let stems: Vec<_> = beside.iter().filter_map(|file| file.file_stem()?.to_str()).collect();
    let near = near(policy.file_stem()?.to_str()?, stems.into_iter())?;
    Some(format!("\nhelp: did you mean {}?", folder.join(near).with_extension("toml").display()))
}

pub(super) fn is_error(problem: &Diagnostic) -> bool {
    problem.severity == Severity::Error
}

/// Everything that is wrong, in the order of the files.
pub(super) fn wrong(bundle: &Bundle, mut problems: Vec<Diagnostic>) -> Refused {
    let key = |p: &Diagnostic| (p.labels.first().map(|(span, _)| *span), p.code, p.message.clone());
    problems.sort_by_cached_key(key);
    // Tenants stand on the same layers.
    problems.dedup_by_key(|problem| key(problem));
    let errors = problems.iter().filter(|problem| is_error(problem)).count();
    let rendered = syntax::render(bundle, &problems, std::io::stderr().is_terminal());
    let closing = format!("{errors} mistake{}: nothing was read", if errors == 1 { "" } else { "s" });
    Refused::new(Exit::Wrong, format!("{}\n{closing}", rendered.trim_end()))
}

/// Adds evidence or lists to the bundle: the file that was named, or the one beside the policy.
fn beside(bundle: &mut Bundle, folder: &Folder, named: Option<&Path>, ending: &str) -> Result<Option<FileId>, Refused> {
    let found = policies::beside(folder, named, ending);
    let Some((mut name, text)) = found.map_err(Refused::wrong)? else {
        return Ok(None);
    };
    // Whatever it is called, it is no layer.
    if !matches!(FileKind::of(&name), None | Some(FileKind::Evidence | FileKind::Lists)) {
        name.insert_str(0, "./");
    }
    Ok(Some(if ending == "lists" { bundle.add_sealed(name, text) } else { bundle.add(name, text) }))
}

/// What one reload read, so that all of it sees the same files, and each is read and parsed once for all routes and purposes of a policy.
#[derive(Default)]
pub(super) struct Readings(Mutex<Vec<(Vec<PathBuf>, Loaded)>>);

impl Readings {
    /// As [`Loaded::new`], of which the rest of `wanted` is the same every time.
    pub(super) fn read(&self, files: &[PathBuf], wanted: &Wanted, like: Option<&Bundle>) -> Result<Loaded, Refused> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, loaded)) = all.iter().find(|(of, _)| of == files) {
            return Ok(loaded.clone());
        }
        let loaded = Loaded::new(files, wanted, like)?;
        all.push((files.to_owned(), loaded.clone()));
        Ok(loaded)
    }

    /// Files are read anew from now on.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A folder of policies, with what stands beside some of them.
#[derive(Clone)]
pub(super) struct Loaded {
    pub(super) library: Arc<Library>,
    pub(super) folder: Folder,
    problems: Vec<Diagnostic>,
    /// Policies that are closed, whatever else is wrong.
    shut: Vec<Shut>,
    /// Systems that no evidence knows, as sentences.
    pub(super) unknown: Vec<String>,
    policies: Vec<Beside>,
}

/// A policy with what stands beside it.
#[derive(Clone)]
struct Beside {
    /// Its id.
    policy: String,
    evidence: Evidence,
    lists: SecretLists,
    /// `None`: what they know is left out.
    exact: Option<ExactLists>,
}

/// A policy of which nothing flows.
#[derive(Clone, Debug)]
pub(super) struct Shut {
    pub(super) policy: String,
    purpose: String,
    closed: Vec<Closed>,
    /// Slips of the pen in the evidence that keep something closed: they are told together with what is.
    slips: Vec<Diagnostic>,
}

impl Shut {
    pub(super) fn new(policy: String, purpose: String, closed: Vec<Closed>) -> Self {
        Self { policy, purpose, closed, slips: Vec::new() }
    }

    pub(super) fn text(&self, bundle: &Bundle) -> String {
        let mut text = syntax::render(bundle, &self.slips, std::io::stderr().is_terminal());
        text.push_str(&format!("closed: nothing flows for the purpose `{}`\n", self.purpose));
        for gate in &self.closed {
            text.push_str(&format!("  {}: {}\n    help: {}\n", gate.name, gate.missing, gate.help));
        }
        text
    }

    /// Why a command ends.
    pub(super) fn refused(&self, bundle: &Bundle, json: bool) -> Refused {
        Refused::new(Exit::Closed, if json { self.json().to_string() } else { self.text(bundle) })
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let closed = self.closed.iter();
        let closed: Vec<_> = closed.map(|c| json!({ "name": c.name, "missing": c.missing, "help": c.help })).collect();
        let slips: Vec<_> = self
            .slips
            .iter()
            .map(|slip| json!({ "code": slip.code, "message": slip.message, "help": slip.help }))
            .collect();
        json!({ "policy": self.policy, "purpose": self.purpose, "closed": closed, "slips": slips })
    }
}

/// What became of one policy.
pub(super) enum Made {
    Plan(Plan),
    Closed(Shut),
    /// The mistakes were added to the others.
    Wrong,
}

impl Loaded {
    /// Reads the folder of some policies, of which there is one at least.
    /// `like`: how files are numbered where nothing speaks against it.
    pub(super) fn new(files: &[PathBuf], wanted: &Wanted, like: Option<&Bundle>) -> Result<Self, Refused> {
        Self::read(files, wanted, like, Library::read)
    }

    fn read(
        files: &[PathBuf],
        wanted: &Wanted,
        like: Option<&Bundle>,
        library: fn(Bundle) -> (Library, Vec<Diagnostic>),
    ) -> Result<Self, Refused> {
        let mut folder = folder(files.first().map_or(wanted.policy, PathBuf::as_path))?;
        let mut bundle = std::mem::take(&mut folder.bundle);
        let mut found = Vec::new();
        for file in files {
            let own = folder.of(file);
            let evidence = beside(&mut bundle, &own, wanted.evidence, "evidence")?;
            let lists = beside(&mut bundle, &own, wanted.lists, "lists")?;
            found.push((own, evidence, lists));
        }
        if let Some(like) = like {
            let moved = bundle.number_like(like);
            for (_, evidence, lists) in &mut found {
                (*evidence, *lists) = (evidence.map(&moved), lists.map(&moved));
            }
        }
        let (library, mut problems) = library(bundle);
        let mut policies = Vec::new();
        for (own, evidence, lists) in found {
            let exact = wanted.exact.map(|opening| opening.open(&library, &own));
            let evidence = evidence.and_then(|file| syntax::evidence(&library.bundle, file, &mut problems));
            let lists = lists.and_then(|file| syntax::lists(&library.bundle, file, &mut problems));
            let (mut evidence, lists) = (evidence.unwrap_or_default(), lists.unwrap_or_default());
            library.verify(&own.policy, &mut evidence, &mut problems);
            policies.push(Beside { policy: own.policy, evidence, lists, exact });
        }
        wanted.exact.iter().try_for_each(|opening| opening.are_known([&library]))?;
        Ok(Self { library: Arc::new(library), folder, problems, shut: Vec::new(), unknown: Vec::new(), policies })
    }

    /// What a plan of one of the policies is asked for; `None`: there is no such policy.
    fn request<'a>(&'a self, number: usize, wanted: &'a Wanted) -> Option<Request<'a>> {
        let Beside { policy, evidence, lists, exact } = self.policies.get(number)?;
        Some(Request {
            policy,
            with: &[],
            purpose: wanted.purpose,
            on: wanted.on,
            system: wanted.system,
            evidence,
            lists,
            exact: exact.as_ref(),
            lenient: false,
        })
    }

    /// What one of the policies is made of; `None`: something is wrong.
    pub(super) fn fingerprint(&self, number: usize, wanted: &Wanted) -> Option<Fingerprint> {
        Fingerprint::of(&self.library, &self.request(number, wanted)?)
    }

    /// Compiles one of the policies.
    pub(super) fn compile(&mut self, number: usize, wanted: &Wanted) -> Made {
        let Some(request) = self.request(number, wanted) else { return Made::Wrong };
        let (policy, evidence) = (request.policy, request.evidence);
        if let Some(system) = wanted.system.filter(|system| !evidence.systems.contains_key(*system)) {
            let known = evidence.systems.keys().cloned().collect::<Vec<_>>().join(", ");
            let text =
                format!("error: the evidence of `{policy}` knows no system `{system}`\nhelp: it knows: {known}\n");
            self.unknown.push(text);
            return Made::Wrong;
        }
        let policy = policy.to_owned();
        match compile(&self.library, &request) {
            Ok((plan, _)) => Made::Plan(plan),
            Err(refusal) => {
                let slips = refusal.problems.iter().filter(|p| p.code.starts_with("P04") || p.code == "P0501");
                let slips: Vec<_> = slips.cloned().collect();
                let is_wrong = refusal.closed.is_empty() || refusal.problems.iter().any(is_error);
                self.problems.extend(refusal.problems);
                let purpose = wanted.purpose.to_owned();
                let shut = Shut { policy, purpose, closed: refusal.closed, slips };
                if is_wrong {
                    self.shut.extend(Some(shut).filter(|shut| !shut.closed.is_empty()));
                    return Made::Wrong;
                }
                Made::Closed(shut)
            }
        }
    }

    /// The plan of the first policy for a purpose, as if everything were open, and what is closed.
    fn consider(&mut self, purpose: &str, wanted: &Wanted) -> Purpose {
        let (mut plan, mut closed) = (None, Vec::new());
        if let Some(request) = self.request(0, &Wanted { purpose, ..*wanted }) {
            match consider(&self.library, &request) {
                Ok((made, _, shut)) => (plan, closed) = (Some(Arc::new(made)), shut),
                Err(refusal) => {
                    self.problems.extend(refusal.problems);
                    closed = refusal.closed;
                }
            }
        }
        Purpose { name: purpose.to_owned(), system: wanted.system.map(str::to_owned), plan, closed }
    }

    /// Everything that is wrong, if something is.
    pub(super) fn end(&mut self) -> Result<(), Refused> {
        if !self.problems.iter().any(is_error) {
            return Ok(());
        }
        let refused = wrong(&self.library.bundle, std::mem::take(&mut self.problems));
        let shut: String = self.shut.iter().map(|shut| shut.text(&self.library.bundle)).collect();
        Err(Refused { text: format!("{shut}{}{}", self.unknown.concat(), refused.text), ..refused })
    }
}

/// Compiles the plan; beside it where components of its plugins are. Of a bundle it is what holds of the release on the day.
///
/// # Errors
///
/// Why not.
pub(super) fn plan(wanted: &Wanted) -> Result<(Plan, Parts), Refused> {
    // Layers that do not matter are left out; of what is wrong, all is told.
    plan_of(wanted, |files, wanted, like| Loaded::read(files, wanted, like, Library::read_needed))
        .or_else(|_| plan_of(wanted, Loaded::new))
}

/// The same; `read` reads files, as [`Loaded::new`] does.
///
/// # Errors
///
/// Why not.
pub(super) fn plan_of(
    wanted: &Wanted,
    read: impl FnOnce(&[PathBuf], &Wanted, Option<&Bundle>) -> Result<Loaded, Refused>,
) -> Result<(Plan, Parts), Refused> {
    if is_bundle(wanted.policy) {
        let released = Released::open(wanted)?;
        let (plan, _) = released.plan(wanted.purpose, wanted.system, (wanted.on, wanted.json))?;
        return Ok((plan, Parts::Bundled(released.read.components)));
    }
    let mut loaded = read(&[wanted.policy.to_owned()], wanted, None)?;
    let made = match loaded.compile(0, wanted) {
        Made::Closed(shut) if loaded.problems.iter().any(is_error) => {
            loaded.shut.push(shut);
            Made::Wrong
        }
        made => made,
    };
    loaded.end()?;
    match made {
        Made::Plan(plan) => Ok((plan, Parts::Below(loaded.folder.root))),
        Made::Closed(shut) => Err(shut.refused(&loaded.library.bundle, wanted.json)),
        Made::Wrong => Err(Refused::new(Exit::Wrong, loaded.unknown.concat())),
    }
}

/// What a policy decides, with what stands beside it.
pub(super) struct Considered {
    /// By purpose, and where every system was asked for by system.
    pub(super) purposes: Vec<Purpose>,
    pub(super) evidence: Evidence,
    pub(super) lists: SecretLists,
    /// Where components of its plugins are.
    pub(super) parts: Parts,
}

impl Considered {
    /// As one of two that are compared.
    pub(super) fn side(&self) -> Side<'_> {
        Side { purposes: &self.purposes, lists: &self.lists }
    }
}

/// What is considered of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// All of it, for the system that is wanted.
    Wanted,
    /// All of it, for no system and for each that its evidence names.
    EverySystem,
    /// The same; of a release what it says by itself, where what it widens does not wait.
    Alone,
    /// Only what it inherits: nothing of its own.
    Inherited,
}

impl Of {
    pub(super) fn is_of_every_system(self) -> bool {
        matches!(self, Of::EverySystem | Of::Alone)
    }
}

/// What a policy decides for a purpose, or for each that it allows: for questions about its rules, so what is closed counts as
/// open and is told beside it.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn considered(wanted: &Wanted, purpose: Option<&str>, of: Of) -> Result<Considered, Refused> {
    if is_bundle(wanted.policy) {
        return Released::open(wanted)?.considered(wanted, purpose, of);
    }
    let mut loaded = Loaded::new(&[wanted.policy.to_owned()], wanted, None)?;
    if of == Of::Inherited {
        loaded.library = Arc::new(loaded.library.inherited(&policies::id(wanted.policy)));
    }
    let allow = loaded.library.layers.values().filter_map(|layer| layer.purposes.as_ref()).flat_map(|(allow, _)| allow);
    let known: BTreeSet<String> = allow.map(|purpose| purpose.value.clone()).collect();
    let asked = purpose.map_or(known, |purpose| BTreeSet::from([purpose.to_owned()]));
    let (evidence, lists) =
        loaded.policies.first().map(|own| (own.evidence.clone(), own.lists.clone())).unwrap_or_default();
    let all = evidence.systems.keys().map(|system| Some(system.as_str())).filter(|_| of.is_of_every_system());
    let systems: Vec<_> = std::iter::once(wanted.system).chain(all).collect();
    let mut purposes = Vec::new();
    for name in &asked {
        for system in &systems {
            purposes.push(loaded.consider(name, &Wanted { system: *system, ..*wanted }));
        }
    }
    loaded.end()?;
    // Of those that nobody asked for by name, only what is allowed says something.
    purposes.retain(|one| one.plan.is_some() || purpose.is_some());
    match purposes.iter().find(|one| one.plan.is_none()) {
        Some(Purpose { name, closed, .. }) => {
            let (policy, purpose, closed) = (policies::id(wanted.policy), name.clone(), closed.clone());
            let shut = Shut::new(policy, purpose, closed);
            Err(Refused::new(Exit::Closed, shut.text(&loaded.library.bundle)))
        }
        None if purposes.is_empty() => Err(Refused::new(Exit::Closed, "closed: no layer allows any purpose")),
        None => Ok(Considered { purposes, evidence, lists, parts: Parts::Below(loaded.folder.root) }),
    }
}

/// Where components of plugins are.
pub(super) enum Parts {
    /// Files below a folder of policies.
    Below(PathBuf),
    /// In a bundle, by path: whatever has the digest that the policy names.
    Bundled(BTreeMap<String, Vec<u8>>),
}

/// The steps of a plan, or of the plans of tenants. What treatments look for has to be known to a detector, and plugins of
/// vendors have to be what the policy says.
///
/// # Errors
///
/// Why not.
pub(super) fn steps(plans: &[Arc<Plan>], parts: &Parts, host: &Host, reuse: Reuse) -> Result<Arc<Sandboxed>, Refused> {
    let Some(plan) = plans.first() else { return Err(Refused::wrong("there is no plan")) };
    let custom: Vec<_> = plan.entities.iter().map(|entity| entity.name.value.clone()).collect();
    let steps = Sandboxed::new(host, reuse, &custom).map_err(Refused::wrong)?;
    let mut problems: Vec<_> = plans.iter().flat_map(|plan| entity::unheard(plan, steps.finds())).collect();
    let mut vendors = Vec::new();
    for plugin in &plan.plugins {
        match vendor(plugin, parts, host) {
            Ok(configured) => vendors.push(configured),
            Err(problem) => problems.extend(problem),
        }
    }
    if !problems.is_empty() {
        return Err(wrong(&plan.library.bundle, problems));
    }
    Ok(Arc::new(steps.with_vendors(vendors)))
}

/// What is wrong with the plugins of vendors that a plan has.
pub(super) fn unusable(plan: &Plan, parts: &Parts, host: &Host) -> Vec<Diagnostic> {
    plan.plugins.iter().filter_map(|plugin| vendor(plugin, parts, host).err()).flatten().collect()
}

/// Whether what treatments of a plan look for is known to a detector.
///
/// # Errors
///
/// Why not.
pub(super) fn heard<'k>(plan: &Plan, known: impl Iterator<Item = &'k str> + Clone) -> Result<(), Refused> {
    let problems = entity::unheard(plan, known);
    if problems.is_empty() { Ok(()) } else { Err(wrong(&plan.library.bundle, problems)) }
}

/// A plugin of a vendor: loaded, known by its digest, of the world that the policy means, and tried with its settings.
fn vendor(plugin: &PlanPlugin, parts: &Parts, host: &Host) -> Result<Configured, Vec<Diagnostic>> {
    let said = &plugin.said;
    let wrong = |at: Span, why: String| vec![plugin.unusable(at, why)];
    let grant = Grant { sha256: Some(said.digest.value), limits: None };
    let loaded = match parts {
        Parts::Below(root) => host.load(&root.join(&plugin.file), &grant),
        Parts::Bundled(all) => {
            use sha2::Digest as _;
            let is_it = |content: &&Vec<u8>| sha2::Sha256::digest(content)[..] == said.digest.value;
            let content = all
                .values()
                .find(is_it)
                .ok_or_else(|| wrong(said.component.span, "no component of this digest is in the bundle".to_owned()))?;
            host.load_bytes(content, &grant)
        }
    };
    let loaded = loaded.map_err(|error| {
        let at = if matches!(error, LoadError::Digest { .. }) { said.digest.span } else { said.component.span };
        wrong(at, error.to_string())
    })?;
    let (wanted, word) = match &said.does {
        Work::Look { .. } => (Kind::Detector, "look-in"),
        Work::Rewrite => (Kind::Transformer, "rewrite"),
    };
    if loaded.kind() != wanted {
        return Err(wrong(said.name.span, format!("`{word}` needs a {wanted}, and this is a {}", loaded.kind())));
    }
    if let Work::Look { find, .. } = &said.does {
        let known = loaded.description().entities.iter();
        let known = known.flat_map(Entity::names);
        let unheard = entity::unknown_among(find, known);
        if !unheard.is_empty() {
            return Err(unheard);
        }
    }
    loaded.configure(&said.settings.value, Vec::new()).map_err(|error| wrong(said.settings.span, error.to_string()))
}

/// A host for a plan. Compiled code of vendors' plugins is kept in the user's cache.
///
/// # Errors
///
/// Why not.
pub(super) fn host(plan: &Plan) -> Result<Host, Refused> {
    let cache = (!plan.plugins.is_empty()).then(cache_dir).flatten();
    Host::new(Limits::default(), cache.as_deref())
        .map_err(|error| Refused::new(Exit::Failed, format!("error: {error}")))
}

fn cache_dir() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(cache.join("tamis").join("plugins"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: one reload sees one state of the files, and the next another.
    #[test]
    fn what_was_read_is_read_once_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
        for name in ["categories.toml", "treatments.toml"] {
            std::fs::copy(root.join(name), folder.path().join(name)).unwrap();
        }
        std::fs::create_dir(folder.path().join("tenants")).unwrap();
        let file = folder.path().join("tenants/t.toml");
        let write = |revision: u32| {
            let text = format!("[policy]\nid = \"t\"\ntitle = \"T\"\nlayer = \"tenant\"\nrevision = {revision}\n");
            std::fs::write(&file, text).unwrap();
        };
        let on = Date::constant(2026, 11, 27);
        let (policy, readings) = (file.as_path(), Readings::default());
        let wanted =
            Wanted { policy, purpose: "", on, system: None, evidence: None, lists: None, exact: None, json: false };
        let revision = || {
            let loaded =
                readings.read(std::slice::from_ref(&file), &wanted, None).map_err(|refused| refused.text).unwrap();
            loaded.library.layers["t"].revision
        };
        write(1);
        assert_eq!(revision(), 1);
        write(2);
        assert_eq!(revision(), 1, "the rest of a reload");
        readings.forget();
        assert_eq!(revision(), 2, "the next");
    }
}

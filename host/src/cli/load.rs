//! Policy file → plan → steps, with everything that is wrong said at once.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::edge::policies::{self, Folder};
use crate::pipeline::Sandboxed;
use crate::plugin::{Configured, Grant, Host, Kind, Limits, LoadError, Reuse};
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{Date, Evidence, FileId, SecretLists, Span, Work};
use crate::policy::syntax::{self, Bundle, FileKind};
use crate::policy::{Closed, Library, Plan, PlanPlugin, Request, compile, entity};

use super::{Exit, say, stop};

/// What a plan is asked for on the command line.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) policy: &'a Path,
    pub(super) purpose: &'a str,
    pub(super) on: Date,
    pub(super) system: Option<&'a str>,
    pub(super) evidence: Option<&'a Path>,
    pub(super) lists: Option<&'a Path>,
}

/// Reads the folder of a policy.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn library(policy: &Path) -> Result<(Arc<Library>, Folder), Exit> {
    let mut folder = folder(policy)?;
    let (library, problems) = Library::read(std::mem::take(&mut folder.bundle));
    if library.damage.is_some() {
        return Err(wrong(&library.bundle, problems));
    }
    Ok((Arc::new(library), folder))
}

fn folder(policy: &Path) -> Result<Folder, Exit> {
    policies::folder(policy).map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))
}

fn is_error(problem: &Diagnostic) -> bool {
    problem.severity == Severity::Error
}

/// Prints everything that is wrong, in the order of the files.
fn wrong(bundle: &Bundle, mut problems: Vec<Diagnostic>) -> Exit {
    problems.sort_by_key(|problem| problem.labels.first().map(|(span, _)| *span));
    let errors = problems.iter().filter(|problem| is_error(problem)).count();
    say(&syntax::render(bundle, &problems, std::io::stderr().is_terminal()));
    stop(Exit::Wrong, &format!("{errors} mistake{}: nothing was read", if errors == 1 { "" } else { "s" }))
}

/// Adds evidence or lists to the bundle: the file that was named, or the one beside the policy.
fn beside(bundle: &mut Bundle, folder: &Folder, named: Option<&Path>, ending: &str) -> Result<Option<FileId>, Exit> {
    let found = policies::beside(folder, named, ending);
    let Some((mut name, text)) = found.map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))? else {
        return Ok(None);
    };
    // Whatever it is called, it is no layer.
    if !matches!(FileKind::of(&name), None | Some(FileKind::Evidence | FileKind::Lists)) {
        name.insert_str(0, "./");
    }
    Ok(Some(if ending == "lists" { bundle.add_sealed(name, text) } else { bundle.add(name, text) }))
}

/// Compiles the plan; beside it the folder of its policies.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn plan(wanted: &Wanted) -> Result<(Plan, PathBuf), Exit> {
    let mut folder = folder(wanted.policy)?;
    let mut bundle = std::mem::take(&mut folder.bundle);
    let evidence = beside(&mut bundle, &folder, wanted.evidence, "evidence")?;
    let lists = beside(&mut bundle, &folder, wanted.lists, "lists")?;
    let (library, mut problems) = Library::read(bundle);
    let library = Arc::new(library);
    let evidence = evidence.and_then(|file| syntax::evidence(&library.bundle, file, &mut problems)).unwrap_or_default();
    let lists = lists.and_then(|file| syntax::lists(&library.bundle, file, &mut problems)).unwrap_or_default();
    let made = try_plan(&library, &folder, wanted, &evidence, &lists, &mut problems);
    if problems.iter().any(is_error) {
        return Err(wrong(&library.bundle, problems));
    }
    made.map(|plan| (plan, folder.root))
}

fn try_plan(
    library: &Arc<Library>,
    folder: &Folder,
    wanted: &Wanted,
    evidence: &Evidence,
    lists: &SecretLists,
    problems: &mut Vec<Diagnostic>,
) -> Result<Plan, Exit> {
    if let Some(system) = wanted.system.filter(|system| !evidence.systems.contains_key(*system)) {
        let known = evidence.systems.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(stop(
            Exit::Wrong,
            &format!("error: the evidence knows no system `{system}`\nhelp: it knows: {known}"),
        ));
    }
    let request = Request {
        policy: &folder.policy,
        with: &[],
        purpose: wanted.purpose,
        on: wanted.on,
        system: wanted.system,
        evidence,
        lists,
        lenient: false,
    };
    match compile(library, &request) {
        Ok((plan, _)) => Ok(plan),
        Err(refusal) => {
            problems.extend(refusal.problems);
            if problems.iter().any(is_error) {
                return Err(Exit::Wrong);
            }
            // A slip of the pen in the evidence keeps something closed: it is told together with what is.
            let slips: Vec<_> = problems.iter().filter(|p| p.code.starts_with("P04") || p.code == "P0501").collect();
            let slips: Vec<_> = slips.into_iter().cloned().collect();
            say(&syntax::render(&library.bundle, &slips, std::io::stderr().is_terminal()));
            Err(stop(Exit::Closed, &closed(&refusal.closed, wanted.purpose)))
        }
    }
}

/// The steps of a plan. What treatments look for has to be known to a detector, and plugins of vendors have to be what the
/// policy says.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn steps(plan: &Plan, root: &Path, host: &Host, reuse: Reuse) -> Result<Arc<Sandboxed>, Exit> {
    let custom: Vec<_> = plan.entities.iter().map(|entity| entity.name.value.clone()).collect();
    let steps = Sandboxed::new(host, reuse, &custom).map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))?;
    let mut problems = entity::unheard(plan, steps.finds());
    let mut vendors = Vec::new();
    for plugin in &plan.plugins {
        match vendor(plugin, root, host) {
            Ok(configured) => vendors.push(configured),
            Err(problem) => problems.extend(problem),
        }
    }
    if !problems.is_empty() {
        return Err(wrong(&plan.library.bundle, problems));
    }
    Ok(Arc::new(steps.with_vendors(vendors)))
}

/// A plugin of a vendor: loaded, known by its digest, of the world that the policy means, and tried with its settings.
fn vendor(plugin: &PlanPlugin, root: &Path, host: &Host) -> Result<Configured, Vec<Diagnostic>> {
    let said = &plugin.said;
    let wrong = |at: Span, why: String| vec![plugin.unusable(at, why)];
    let grant = Grant { sha256: Some(said.digest.value), limits: None };
    let loaded = host.load(&root.join(&plugin.file), &grant).map_err(|error| {
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
        let known = known.flat_map(|e| std::iter::once(e.name.as_str()).chain(e.sets.iter().map(String::as_str)));
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
/// How the command ends; the message was printed.
pub(super) fn host(plan: &Plan) -> Result<Host, Exit> {
    let cache = (!plan.plugins.is_empty()).then(cache_dir).flatten();
    Host::new(Limits::default(), cache.as_deref()).map_err(|error| stop(Exit::Failed, &format!("error: {error}")))
}

fn cache_dir() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(cache.join("tamis").join("plugins"))
}

fn closed(closed: &[Closed], purpose: &str) -> String {
    let mut text = format!("closed: nothing flows for the purpose `{purpose}`\n");
    for gate in closed {
        text.push_str(&format!("  {}: {}\n    help: {}\n", gate.name, gate.missing, gate.help));
    }
    text
}

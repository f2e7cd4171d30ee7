//! `tamis check`: what is wrong with a folder of policies?

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::edge::{policies, releases};
use crate::officer::check::{Asked, Checked, Reported, check, json, sarif};
use crate::pipeline::Sandboxed;
use crate::plugin::{Host, Limits, Reuse};
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{Date, Piece, Span};
use crate::policy::near;
use crate::policy::syntax::{self, Bundle, FileKind, codes};

use super::load::{self, Parts, Refused};
use super::released::{is_bundle, lists_beside};
use super::{EXIT_CODES, Exit, removal, stop};

/// Find everything that is wrong with a folder of policies.
///
/// Every layer is looked at as a policy of its own, every tenant with its evidence and lists, for every purpose that it allows and every
/// system that its evidence names. Ends with 2 where there is an error (or a warning, with `--deny warnings`).
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Check {
    /// A folder of policies, a folder in it, files of layers, or bundles.
    #[arg(default_value = "policies")]
    paths: Vec<PathBuf>,
    /// The day. Default: today.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The least that is shown. What is not shown still counts for how the command ends.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t)]
    severity: Least,
    /// What counts as a mistake besides errors.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// Take what layers say out piece by piece as well, and tell what no test misses. Takes minutes.
    #[arg(long)]
    removal: bool,
    /// Say what a code means, with an example and how it is mended, and check nothing.
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people: what stands there, underlined, and how to mend it.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, for code hosts.
    Sarif,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Least {
    /// Errors only.
    Error,
    /// Errors and warnings.
    Warning,
    /// Everything.
    #[default]
    Note,
}

impl Least {
    fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Note => Severity::Note,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings.
    Warnings,
}

/// A folder that was checked.
struct Found {
    /// As paths of its files begin; empty where it is not below the folder that the command runs in.
    folder: String,
    checked: Checked,
    /// Errors of files that nobody asked about.
    elsewhere: usize,
}

impl Check {
    pub(super) fn run(&self) -> Exit {
        if let Some(code) = &self.explain {
            return explain(code);
        }
        let mut roots: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        let (bundles, paths): (Vec<_>, Vec<_>) = self.paths.iter().partition(|path| is_bundle(path));
        for path in paths {
            match policies::root_of(path) {
                Ok((root, below)) if path.exists() => roots.entry(root).or_default().push(part(path, below)),
                Ok(_) => return stop(Exit::Wrong, &format!("error: there is no {}", path.display())),
                Err(error) => return stop(Exit::Wrong, &format!("error: {error}")),
            }
        }
        let host = match Host::new(Limits::default(), None) {
            Ok(host) => host,
            Err(error) => return stop(Exit::Failed, &format!("error: {error}")),
        };
        let mut found = Vec::new();
        for (root, below) in roots {
            match self.folder(&root, &below, &host) {
                Ok((checked, elsewhere)) => found.push(Found { folder: shown(&root), checked, elsewhere }),
                Err(exit) => return exit,
            }
        }
        for path in bundles {
            match self.bundle(path, &host) {
                Ok(of) => found.push(of),
                Err(refused) => return refused.say(),
            }
        }
        let count = |severity| found.iter().map(|found| found.checked.count(severity)).sum::<usize>();
        let wrong = count(Severity::Error) > 0
            || found.iter().any(|found| found.elsewhere > 0)
            || self.deny.is_some() && count(Severity::Warning) > 0;
        for found in &mut found {
            found.checked.problems.retain(|problem| problem.severity >= self.severity.severity());
        }
        match self.write(&found) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                stop(Exit::Failed, &format!("error: cannot write: {error}"))
            }
            _ if wrong => Exit::Wrong,
            _ => Exit::Done,
        }
    }

    fn folder(&self, root: &Path, named: &[String], host: &Host) -> Result<(Checked, usize), Exit> {
        let whole = policies::whole(root).map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))?;
        // The whole folder was named beside a part of it, or words, which are everybody's.
        let named = if named.iter().any(String::is_empty) { &[] } else { named };
        // What a map says is seen in the policies that use it.
        let is_map = |path: &String| path.starts_with("schemas/");
        let below = if named.iter().any(is_map) { &[] } else { named };
        let checked = self.checked(whole.bundle, below, (&Parts::Below(root.to_owned()), host));
        let mut checked = checked.map_err(Refused::say)?;
        if self.removal && checked.count(Severity::Error) == 0 {
            let (bundle, unmissed) = removal::unmissed(root)?;
            let told: Vec<_> = unmissed.iter().filter_map(|piece| nobody_misses(&checked, &bundle, piece)).collect();
            checked.add(told);
        }
        let elsewhere = checked.keep_about(named);
        Ok((checked, elsewhere))
    }

    /// What is in a bundle, with the words of lists that stand beside it.
    fn bundle(&self, path: &Path, host: &Host) -> Result<Found, Refused> {
        if self.removal {
            return Err(Refused::wrong(format!("{}: tests are in no bundle, so --removal has none", path.display())));
        }
        let released = releases::open(path)?;
        let tenant = &released.manifest.tenant;
        let mut bundle = Bundle::new();
        let own = released.files.iter().filter(|(name, _)| name.ends_with(".toml") && !name.starts_with("earlier/"));
        for (name, content) in own {
            let text = std::str::from_utf8(content);
            bundle.add(name, text.map_err(|_| Refused::wrong(format!("{}: {name} is no text", path.display())))?);
        }
        let lists = lists_beside(path, tenant).join(format!("{tenant}.lists.toml"));
        if lists.is_file() {
            let words = std::fs::read_to_string(&lists);
            let words = words.map_err(|error| Refused::wrong(format!("cannot read {}: {error}", lists.display())))?;
            bundle.add_sealed(format!("tenants/{tenant}.lists.toml"), words);
        }
        let components = released.files.into_iter().filter(|(name, _)| name.ends_with(".wasm")).collect();
        let checked = self.checked(bundle, &[], (&Parts::Bundled(components), host))?;
        Ok(Found { folder: format!("{}/", path.display()), checked, elsewhere: 0 })
    }

    fn checked(&self, bundle: Bundle, below: &[String], (parts, host): (&Parts, &Host)) -> Result<Checked, Refused> {
        let steps = Sandboxed::new(host, Reuse::Reused, &[]);
        let steps = steps.map_err(|error| Refused::new(Exit::Failed, format!("error: {error}")))?;
        let entities: Vec<String> = steps.finds().map(str::to_owned).collect();
        let on = self.on.unwrap_or_else(|| jiff::Zoned::now().date());
        let mut checked = check(bundle, &Asked { on, below, entities: &entities });
        let unusable: Vec<_> = checked.plans.iter().flat_map(|plan| load::unusable(plan, parts, host)).collect();
        checked.add(unusable);
        Ok(checked)
    }

    fn write(&self, found: &[Found]) -> std::io::Result<()> {
        let reports: Vec<_> = found
            .iter()
            .map(|Found { folder, checked, elsewhere }| Reported { folder, checked, elsewhere: *elsewhere })
            .collect();
        let text = match self.format {
            Format::Human => human(found, self.severity, std::io::stdout().is_terminal()),
            Format::Json => format!("{:#}\n", json(&reports)),
            Format::Sarif => format!("{:#}\n", sarif(&reports)),
        };
        std::io::stdout().write_all(text.as_bytes())
    }
}

/// Where in the folder of policies a path is: a folder ends in a slash, what stands beside a policy or map means that, and words mean
/// everything.
fn part(path: &Path, below: String) -> String {
    if path.is_dir() {
        return if below.is_empty() { below } else { format!("{below}/") };
    }
    match FileKind::of(&below) {
        Some(FileKind::Evidence | FileKind::Lists | FileKind::Test) => {
            let (folder, name) = below.rsplit_once('/').unwrap_or(("", &below));
            let id = name.split('.').next().unwrap_or_default();
            format!("{folder}/{id}.toml")
        }
        Some(FileKind::Layer | FileKind::Schema) => below,
        _ => String::new(),
    }
}

/// The folder, as the reader would write its files.
fn shown(root: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.as_deref().and_then(|here| root.strip_prefix(here).ok());
    let text = below.map(|below| below.display().to_string()).unwrap_or_default();
    if text.is_empty() { text } else { format!("{text}/") }
}

/// `bundle`: where the piece stands; the same files may be numbered otherwise than those that were checked.
fn nobody_misses(checked: &Checked, bundle: &Bundle, piece: &Piece) -> Option<Diagnostic> {
    let name = bundle.name(piece.span.file);
    let (file, _) = checked.library.bundle.files().find(|(_, own)| *own == name)?;
    let message = format!("no test fails without {piece}");
    let problem = Diagnostic::warning("P0605", message, Span { file, ..piece.span }, "");
    Some(problem.help("write a test that needs it, or take it out"))
}

/// The report for people, by file, with the counts at the end.
fn human(found: &[Found], least: Least, colour: bool) -> String {
    let mut text = String::new();
    for Found { folder, checked, .. } in found {
        let bundle = &checked.library.bundle;
        let file = |problem: &Diagnostic| problem.labels.first().map(|(span, _)| span.file);
        for problems in checked.problems.chunk_by(|one, other| file(one) == file(other)) {
            let name = problems.first().and_then(file).map_or("", |file| bundle.name(file));
            text.push_str(&format!("== {folder}{name}: {}\n\n", counts(problems)));
            text.push_str(&syntax::render(bundle, problems, colour));
        }
    }
    let all: Vec<_> = found.iter().flat_map(|found| found.checked.problems.iter().cloned()).collect();
    text.push_str(match (least, all.is_empty()) {
        (Least::Error, true) => "no error\n",
        (Least::Warning, true) => "no error and no warning\n",
        _ => "",
    });
    if !all.is_empty() || matches!(least, Least::Note) {
        text.push_str(&format!("{}\n", counts(&all)));
    }
    for Found { folder, elsewhere, .. } in found.iter().filter(|found| found.elsewhere > 0) {
        let errors = if *elsewhere == 1 { "1 error".to_owned() } else { format!("{elsewhere} errors") };
        let whole = if folder.is_empty() { "the whole folder" } else { folder.trim_end_matches('/') };
        text.push_str(&format!("{errors} elsewhere: while there is one nothing flows; check {whole} to see what\n"));
    }
    if !all.is_empty() {
        text.push_str("what a code means: tamis check --explain CODE\n");
    }
    text
}

/// `1 error, 2 warnings, 3 notes`; what there is none of is left out.
fn counts(problems: &[Diagnostic]) -> String {
    let words = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let counted = words.into_iter().filter_map(|(severity, word)| {
        let count = problems.iter().filter(|problem| problem.severity == severity).count();
        (count > 0).then(|| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
    });
    let counted: Vec<_> = counted.collect();
    if counted.is_empty() { "nothing is wrong".to_owned() } else { counted.join(", ") }
}

fn explain(code: &str) -> Exit {
    let wanted = code.to_uppercase();
    let Some(code) = codes::find(&wanted) else {
        let near = near(&wanted, codes::all().map(|code| code.code));
        let help = near.map_or_else(String::new, |near| format!("\nhelp: did you mean {near}?"));
        return stop(Exit::Wrong, &format!("error: there is no code `{wanted}`{help}"));
    };
    // Whether anybody reads it changes nothing.
    let _ = write!(std::io::stdout(), "{code}");
    Exit::Done
}

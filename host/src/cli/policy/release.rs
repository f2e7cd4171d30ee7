//! `tamis policy release` and `tamis policy bundle`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::edge::policies::{self, Folder};
use crate::edge::releases::{self, ENDING, write_whole};
use crate::policy::Library;
use crate::policy::document::{Date, SecretLists};
use crate::policy::release::{Bundled, Earlier, Manifest, Opens, Read, opens, write};
use crate::policy::syntax;

use super::super::load::{self, Refused, is_error};
use super::super::report::Written;
use super::super::{EXIT_CODES, Exit, say};
use super::issue::{self, Draft};
use super::sign::needed;
use super::{Where, unread};

/// Freeze a policy with everything it reads and its notice, and say what is open when.
///
/// What it narrows holds at once. What it widens stays as the release before has it until people were told and the leads of the laws
/// in its chain have passed.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct Release {
    /// The policy: a file below a folder of policies.
    policy: PathBuf,
    /// Write the next revision into the policy first.
    #[arg(long)]
    number: bool,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    written: Written,
}

/// Write the latest release anew, with the evidence of today.
///
/// Rules, words and maps stay as they were frozen. The evidence needs a higher revision than the one in the release.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct Bundle {
    /// The policy: a file below a folder of policies.
    policy: PathBuf,
    /// Where it is written. Default: beside the release.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    written: Written,
}

#[derive(Debug, Args)]
struct Input {
    /// Evidence. Default: NAME.evidence.toml beside the policy.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Words of secret lists. Default: NAME.lists.toml beside the policy.
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    #[command(flatten)]
    at: Where,
}

/// A policy in its folder, and the release before.
struct Found {
    library: std::sync::Arc<Library>,
    folder: Folder,
    releases: PathBuf,
    before: Option<Bundled>,
    evidence: Option<String>,
    evidence_revision: u32,
}

impl Input {
    fn find(&self, policy: &Path) -> Result<Found, Refused> {
        let (library, folder) = load::library(policy)?;
        let releases = self.at.releases.clone().unwrap_or_else(|| folder.root.join("releases"));
        let before = if releases.is_dir() { releases::latest(&releases, &folder.policy)? } else { None };
        let named = policies::beside(&folder, self.evidence.as_deref(), "evidence").map_err(Refused::wrong)?;
        let mut evidence_revision = 0;
        if let Some((name, text)) = &named {
            let (mut bundle, mut problems) = (syntax::Bundle::new(), Vec::new());
            let file = bundle.add(name, text);
            evidence_revision = syntax::evidence(&bundle, file, &mut problems).unwrap_or_default().revision;
            if problems.iter().any(is_error) {
                return Err(Refused::wrong(syntax::render(&bundle, &problems, false)));
            }
        }
        let before = before.map(|(_, bundle)| bundle);
        Ok(Found { library, folder, releases, before, evidence: named.map(|(_, text)| text), evidence_revision })
    }
}

impl Found {
    fn revision(&self) -> u32 {
        self.library.layers.get(&self.folder.policy).map_or(0, |layer| layer.revision)
    }

    fn path(&self, manifest: &Manifest) -> PathBuf {
        self.releases.join(format!("{}.{}.{ENDING}", manifest.name(), manifest.evidence))
    }

    /// Whether its number says that it is a later one.
    fn is_numbered(&self) -> Result<(), Refused> {
        let Some(Manifest { revision, digest, .. }) = self.before.as_ref().map(|before| &before.manifest) else {
            return Ok(());
        };
        let (policy, own) = (&self.folder.policy, self.revision());
        if self.library.rules_digest(policy) == *digest {
            let help = "what only the evidence says otherwise goes with `tamis policy bundle`";
            return Err(Refused::wrong(format!("nothing changed since {policy}@{revision}\nhelp: {help}")));
        }
        if own > *revision {
            return Ok(());
        }
        let next = revision + 1;
        Err(Refused::wrong(format!(
            "{} is revision {own}, and {policy}@{revision} was released with other rules\nhelp: write `revision = {next}` under \
             [policy], or have it written with --number; then have that agreed",
            self.folder.file.display()
        )))
    }
}

impl Release {
    pub(super) fn run(&self) -> Result<Exit, Refused> {
        let mut found = self.input.find(&self.policy)?;
        if self.number && found.is_numbered().is_err() {
            let next = found.before.as_ref().map_or(1, |before| before.manifest.revision + 1);
            if number(&self.policy, next)? {
                say(&format!("{}: revision = {next}", self.policy.display()));
                found = self.input.find(&self.policy)?;
            }
        }
        found.is_numbered()?;
        let on = self.input.at.day();
        let (lists, digests) = issue::lists(&found.folder, self.input.lists.as_deref())?;
        let mut files = issue::files(&found.library, &found.folder, found.evidence.as_deref())?;
        let earlier = match &found.before {
            None => Vec::new(),
            Some(before) => issue::earlier(before, &mut files, &self.waiting(&found, before, &lists)?),
        };
        let manifest = Manifest {
            tenant: found.folder.policy.clone(),
            revision: found.revision(),
            evidence: found.evidence_revision,
            digest: found.library.rules_digest(&found.folder.policy),
            previous: found.before.as_ref().map(|before| before.manifest.digest.clone()),
            made: on.to_string(),
            widens: true,
            earlier,
            lists: digests,
            files: Vec::new(),
        };
        let draft = issue::judged(Bundled { manifest, files, signatures: Vec::new() }, lists, on)?;
        let path = found.path(&draft.bundle.manifest);
        finish(&draft, &path, on, &self.written)
    }

    /// Releases that still hold with the one before: what it widened waits, or only they were agreed.
    fn waiting(&self, found: &Found, before: &Bundled, lists: &SecretLists) -> Result<Vec<Earlier>, Refused> {
        let holding = issue::holding(&Read::of(before).map_err(unread)?, lists, self.input.at.day());
        let (mut bundle, mut problems) = (syntax::Bundle::new(), Vec::new());
        let file = bundle.add("evidence", found.evidence.clone().unwrap_or_default());
        let evidence = syntax::evidence(&bundle, file, &mut problems).unwrap_or_default();
        let waits = |one: &&Earlier| match opens(one, &found.folder.policy, &evidence) {
            None => false,
            Some(Opens::On(day)) => day > self.input.at.day(),
            Some(_) => true,
        };
        let stays = |one: &&Earlier| holding.contains(&one.revision) || waits(one);
        Ok(before.manifest.earlier.iter().filter(stays).cloned().collect())
    }
}

/// Writes a revision under `[policy]`. `false`: there is none to be written over.
fn number(policy: &Path, next: u32) -> Result<bool, Refused> {
    let failed = |error: std::io::Error| Refused::wrong(format!("cannot read {}: {error}", policy.display()));
    let text = std::fs::read_to_string(policy).map_err(failed)?;
    let (mut inside, mut done, mut out) = (false, false, String::with_capacity(text.len()));
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('[') {
            inside = line.trim().starts_with("[policy]");
        }
        let value = line.strip_prefix("revision").map(|rest| rest.trim_start()).and_then(|rest| rest.strip_prefix('='));
        match value.filter(|_| inside && !done) {
            Some(rest) => {
                let behind = rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
                let before = &line[..line.len() - rest.trim_start().len()];
                out.push_str(&format!("{before}{next}{behind}"));
                done = true;
            }
            None => out.push_str(line),
        }
    }
    if done {
        write_whole(policy, out.as_bytes(), 0o644)?;
    }
    Ok(done)
}

impl Bundle {
    pub(super) fn run(&self) -> Result<Exit, Refused> {
        let found = self.input.find(&self.policy)?;
        let on = self.input.at.day();
        let Some(before) = &found.before else {
            let help = format!("help: `tamis policy release {}` makes one", self.policy.display());
            return Err(Refused::wrong(format!("nothing of `{}` was released\n{help}", found.folder.policy)));
        };
        let path = format!("tenants/{}.evidence.toml", found.folder.policy);
        let evidence = found.evidence.clone().map(String::into_bytes);
        if before.files.get(&path) == evidence.as_ref() {
            return Err(Refused::wrong(format!("nothing changed since {}", before.manifest.name())));
        }
        if found.evidence_revision <= before.manifest.evidence {
            let next = before.manifest.evidence + 1;
            let help = format!("help: write `revision = {next}` under [evidence]");
            return Err(Refused::wrong(format!("the evidence was changed, and its revision was not\n{help}")));
        }
        let (lists, digests) = issue::lists(&found.folder, self.input.lists.as_deref())?;
        let (mut files, mut manifest) = (before.files.clone(), before.manifest.clone());
        files.remove(&path);
        files.extend(evidence.map(|text| (path, text)));
        (manifest.evidence, manifest.lists, manifest.made) = (found.evidence_revision, digests, on.to_string());
        let mut bundle = Bundled { manifest, files, signatures: Vec::new() };
        let (old, new) = (Read::of(before).map_err(unread)?, Read::of(&bundle).map_err(unread)?);
        let made = before.manifest.made.parse().unwrap_or(on);
        let old = super::sides::of(&old, &lists, made)?;
        let new = super::sides::of(&new, &lists, on)?;
        let compared = super::sides::compared(&old, &new, &lists);
        issue::notice_of(&mut bundle, new, &lists, on)?;
        let draft = Draft { bundle, compared, lists };
        let path = self.output.clone().unwrap_or_else(|| found.path(&draft.bundle.manifest));
        finish(&draft, &path, on, &self.written)
    }
}

/// Writes a bundle, and says what is open when.
fn finish(draft: &Draft, path: &Path, on: Date, written: &Written) -> Result<Exit, Refused> {
    let manifest = &draft.bundle.manifest;
    let bytes = write(manifest.clone(), &draft.bundle.files, &[])
        .map_err(|why| Refused::wrong(format!("it cannot be written as a bundle: {why}")))?;
    let read = Read::of(&draft.bundle).map_err(unread)?;
    if path.exists() {
        return Err(Refused::wrong(format!(
            "{} is there already: what was released is not written over",
            path.display()
        )));
    }
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)
            .map_err(|error| Refused::wrong(format!("cannot make {}: {error}", above.display())))?;
    }
    write_whole(path, &bytes, 0o644)?;
    let narrower = issue::count(&draft.compared, |verdict| !verdict.widens());
    let wider = issue::count(&draft.compared, |verdict| verdict.widens());
    let mut about =
        vec![("Digest".to_owned(), manifest.digest.clone()), ("File".to_owned(), path.display().to_string())];
    match manifest.earlier.first() {
        None => {
            about.push(("Before".into(), "nothing was released before: it starts with its gates, on its day".into()))
        }
        Some(before) => {
            let name = format!("{}@{}", manifest.tenant, before.revision);
            about.push(("Before".into(), format!("{name}, {}", before.digest)));
            about.push(("Not wider".into(), format!("{narrower}: at once")));
            let opens = issue::when(manifest, &read).unwrap_or_else(|| "nothing".into());
            about.push(("Wider, or perhaps".into(), format!("{wider}: {opens}")));
        }
    }
    about.push(("Signatures".into(), format!("needs {}", needed(manifest))));
    about.extend(issue::evidence(&read));
    let statuses = issue::statuses(&read, &draft.lists, on);
    issue::write(written, (manifest, &draft.compared), (about, &statuses))
}

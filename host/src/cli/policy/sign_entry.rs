//! `tamis policy sign` of entries of evidence: signatures are written below the headers of their tables.

use std::path::Path;

use crate::edge::releases::write_whole;
use crate::policy::document::{Date, Evidence, OfficerKey, Span};
use crate::policy::key::{Key, Public};
use crate::policy::syntax::{self, Bundle, render};
use crate::policy::{Library, Standing, near};

use super::super::load::{self, Refused, is_error};
use super::super::{Exit, say};

/// Signs entries of NAME.evidence.toml, beside NAME.toml, which names the key of who signs.
pub(super) fn entries(file: &Path, names: &[String], (key, officer): (&Key, &str)) -> Result<Exit, Refused> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(policy) = name.strip_suffix(".evidence.toml") else {
        let help = "a policy itself is signed as a bundle: `tamis policy release` makes one";
        return Err(Refused::wrong(format!("{} is no NAME.evidence.toml\nhelp: {help}", file.display())));
    };
    let beside = file.with_file_name(format!("{policy}.toml"));
    let (library, _) = load::library(&beside)?;
    let on = jiff::Zoned::now().date();
    is_officer(&library, policy, (&beside, officer), (&key.public(), on))?;
    let text = std::fs::read_to_string(file);
    let mut text = text.map_err(|error| Refused::wrong(format!("cannot read {}: {error}", file.display())))?;
    if names.is_empty() {
        let all: Vec<_> = read(&library, policy, &text)?.entries.into_keys().collect();
        return Err(Refused::wrong(format!("name what is signed with --entry\nhelp: there are: {}", all.join(", "))));
    }
    for name in names {
        text = with_signature(&text, &read(&library, policy, &text)?, name, (key, officer, on))?;
        let signed = read(&library, policy, &text)?.standing(name);
        if !matches!(&signed, Standing::Signed(all) if all.iter().any(|own| own == officer)) {
            return Err(Refused::wrong(format!(
                "a mistake in tamis itself: `{name}` would not be signed. Please report it"
            )));
        }
    }
    write_whole(file, text.as_bytes(), mode(file))?;
    names.iter().for_each(|name| say(&format!("{policy}: `{name}` is signed by {officer}")));
    Ok(Exit::Done)
}

/// Whether the policy names this key for an officer, and it has not ended.
fn is_officer(
    library: &Library,
    policy: &str,
    (file, officer): (&Path, &str),
    (public, on): (&Public, Date),
) -> Result<(), Refused> {
    let layers = library.layers_of(policy);
    let named = layers.iter().flat_map(|layer| &layer.officers);
    let all: Vec<(&str, &OfficerKey)> =
        named.flat_map(|(name, keys)| keys.iter().map(|own| (name.as_str(), own))).collect();
    let own: Vec<_> = all.iter().filter(|(_, own)| own.key == *public).collect();
    if let Some((_, OfficerKey { until, .. })) = own.iter().find(|(name, _)| *name == officer) {
        let Some(until) = until.filter(|until| *until < on) else { return Ok(()) };
        let help = "who is an officer now signs, with a key that [officers] names";
        return Err(Refused::wrong(format!("the key of `{officer}` ended on {until}\nhelp: {help}")));
    }
    // A name that is known has another key: that is no slip.
    let slip = near(officer, all.iter().map(|(name, _)| *name)).filter(|near| *near != officer);
    let help = match (own.first(), slip) {
        (Some((name, _)), _) => format!("it names it for `{name}`: --name {}", quoted(name)),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => {
            let (file, line) = (file.display(), format!("{} = \"{}\"", quoted(officer), public.as_str()));
            format!("write {line} under [officers] of {file}; a release makes it count")
        }
    };
    Err(Refused::wrong(format!("the policy does not name this key for `{officer}`\nhelp: {help}")))
}

/// Who may read and write a file.
fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).map_or(0o600, |about| about.permissions().mode() & 0o777)
}

/// Reads the evidence. Signatures that are wrong are no obstacle: they are what is mended.
fn read(library: &Library, policy: &str, text: &str) -> Result<Evidence, Refused> {
    let (mut bundle, mut problems) = (Bundle::new(), Vec::new());
    let file = bundle.add(format!("{policy}.evidence.toml"), text);
    let mut evidence = syntax::evidence(&bundle, file, &mut problems).unwrap_or_default();
    if problems.iter().any(is_error) {
        return Err(Refused::wrong(render(&bundle, &problems, false)));
    }
    library.verify(policy, &mut evidence, &mut Vec::new());
    Ok(evidence)
}

/// The text with a signature below the header of an entry, in place of one that the officer gave before.
fn with_signature(
    text: &str,
    evidence: &Evidence,
    name: &str,
    (key, officer, on): (&Key, &str, Date),
) -> Result<String, Refused> {
    let Some(entry) = evidence.entries.get(name) else {
        let all: Vec<_> = evidence.entries.keys().map(String::as_str).collect();
        return Err(Refused::wrong(format!("there is no entry `{name}`\nhelp: there are: {}", all.join(", "))));
    };
    let header = line_of(text, entry.at);
    if !text[header.clone()].trim_start().starts_with('[') {
        return Err(Refused::wrong(format!("`{name}` has no header of its own\nhelp: write it as a table: [{name}]")));
    }
    let signature = format!("signature.{} = \"{}\"\n", quoted(officer), entry.sign(key, officer, on));
    let mut text = text.to_owned();
    if !text[header.clone()].ends_with('\n') {
        text.push('\n');
    }
    let before = entry.signatures.iter().find(|(own, _)| own.value == officer).map(|(own, _)| line_of(&text, own.span));
    match before {
        None => text.insert_str(line_of(&text, entry.at).end, &signature),
        Some(line) if text[line.clone()].trim_start().starts_with("signature.") => text.replace_range(line, &signature),
        Some(_) => {
            let help = "take it out of the file, then sign again";
            return Err(Refused::wrong(format!(
                "`{name}` has a signature of `{officer}` that is written otherwise\nhelp: {help}"
            )));
        }
    }
    Ok(text)
}

/// The line on which something begins, with its line break.
fn line_of(text: &str, at: Span) -> std::ops::Range<usize> {
    let at = at.start as usize;
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    start..text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// A key of TOML in quotes: as in JSON.
fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

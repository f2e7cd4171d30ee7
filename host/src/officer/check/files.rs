//! Is every file of the folder read, and of its shape?

use super::Beside;
use crate::policy::Library;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{FileId, Span};
use crate::policy::near;
use crate::policy::syntax::{self, Bundle, FileKind};

/// Reads everything. Files that belong to nobody are told.
pub(super) fn read(bundle: Bundle) -> (Library, Beside, Vec<Diagnostic>) {
    let (library, mut problems) = Library::read(bundle);
    let bundle = &library.bundle;
    let mut beside = Beside::default();
    for (file, name) in bundle.files() {
        let id = name.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
        let whose = match FileKind::of(name) {
            Some(FileKind::Evidence) => {
                let mut evidence = syntax::evidence(bundle, file, &mut problems);
                evidence.iter_mut().for_each(|evidence| library.verify(id, evidence, &mut problems));
                beside.evidence.extend(Some(id.to_owned()).zip(evidence));
                id
            }
            Some(FileKind::Lists) => {
                beside.lists.extend(Some(id.to_owned()).zip(syntax::lists(bundle, file, &mut problems)));
                id
            }
            Some(FileKind::Test) => {
                syntax::test_file(bundle, file, &mut problems);
                continue;
            }
            None if !is_translation(name) => {
                problems.push(unread(file, name));
                continue;
            }
            _ => continue,
        };
        if library.damage.is_none() && !library.layers.contains_key(whose) {
            problems.push(orphan(&library, file, whose));
        }
    }
    (library, beside, problems)
}

/// Words in another language: `categories.de.toml`.
fn is_translation(name: &str) -> bool {
    ["categories.", "treatments."].iter().any(|words| name.starts_with(words))
}

fn unread(file: FileId, name: &str) -> Diagnostic {
    let folders = ["schemas", "base", "jurisdictions", "sectors", "tenants"];
    let problem = Diagnostic::warning("P0101", format!("nobody reads `{name}`"), Span { file, start: 0, end: 0 }, "");
    let folder = name.split_once('/').map(|(folder, _)| folder);
    problem.help(match folder.and_then(|folder| near(folder, folders.into_iter())) {
        Some(near) => format!("did you mean the folder `{near}`?"),
        None => format!("rules, maps and what stands beside them are in one of the folders {}", folders.join(", ")),
    })
}

fn orphan(library: &Library, file: FileId, id: &str) -> Diagnostic {
    let message = format!("there is no policy `{id}` that this would stand beside");
    let problem = Diagnostic::warning("P0101", message, Span { file, start: 0, end: 0 }, "");
    problem.help(match near(id, library.layers.keys().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`? The file is called after the policy"),
        None => "the file is called after the policy that it belongs to".to_owned(),
    })
}

//! `tamis discover` on samples, with some of the shipped maps taken away.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tamis::event::Pattern;
use tamis::officer::discover::drift::classified;
use tamis::policy::Library;
use tamis::policy::document::Identifies;

use super::{library, repository};

/// The words and the maps that ship, all but those that `is_away` names.
pub(crate) fn policies(is_away: impl Fn(&str) -> bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = repository().join("policies");
    std::fs::create_dir(folder.path().join("schemas")).unwrap();
    std::fs::copy(from.join("categories.toml"), folder.path().join("categories.toml")).unwrap();
    for entry in std::fs::read_dir(from.join("schemas")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.strip_suffix(".toml").is_some_and(|stem| !stem.contains('.') && !is_away(stem)) {
            std::fs::copy(&path, folder.path().join("schemas").join(name)).unwrap();
        }
    }
    folder
}

/// All that ships of words and maps.
pub(crate) fn shipped() -> Arc<Library> {
    let folder = policies(|_| false);
    let mut files = vec![("categories.toml".to_owned(), folder.path().join("categories.toml"))];
    for entry in std::fs::read_dir(folder.path().join("schemas")).unwrap() {
        let path = entry.unwrap().path();
        files.push((format!("schemas/{}", path.file_name().unwrap().to_str().unwrap()), path));
    }
    files.sort();
    let read = |(name, path): &(String, std::path::PathBuf)| (name.clone(), std::fs::read_to_string(path).unwrap());
    library(&files.iter().map(read).collect::<Vec<_>>())
}

/// Runs it: how it ended, what it printed, what it said.
pub(crate) fn discover(policies: &Path, more: &[&str], sample: &Path) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    command.arg("discover").arg("--policies").arg(policies).args(more).arg(sample);
    let ran = command.current_dir(repository()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (ran.status.code().unwrap(), text(ran.stdout), text(ran.stderr))
}

/// What is drafted, field by field.
pub(crate) fn fields(policies: &Path, sample: &Path) -> Vec<Drafted> {
    let (code, out, said) = discover(policies, &["--format", "json"], sample);
    assert_eq!(code, 0, "{said}");
    let whole: Value = serde_json::from_str(&out).unwrap();
    let names = |list: &Value| list.as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
    let one = |field: &Value| Drafted {
        path: field["path"].as_str().unwrap().to_owned(),
        categories: names(&field["categories"]),
        is_inside: field["inside"].as_bool().unwrap(),
        why: format!("{}: {}", field["why"].as_str().unwrap(), field["summary"].as_str().unwrap()),
    };
    whole["fields"].as_array().unwrap().iter().map(one).collect()
}

/// A field of a draft.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) path: String,
    pub(crate) categories: Vec<String>,
    /// It is looked inside: its parts have categories.
    pub(crate) is_inside: bool,
    pub(crate) why: String,
}

impl Drafted {
    /// One of its categories says nothing about a person. Beside another one too: what that one does not hide would stay.
    pub(crate) fn is_harmless(&self, library: &Library) -> bool {
        self.categories.iter().any(|category| identifies(library, category) == Identifies::No)
    }

    pub(crate) fn is_classified(&self) -> bool {
        self.is_inside || !self.categories.is_empty()
    }
}

pub(crate) fn identifies(library: &Library, category: &str) -> Identifies {
    library.categories.categories[category].identifies
}

/// What a shipped map says of a path, if all of that points to a person.
pub(crate) fn personal(library: &Library, map: &str, path: &str) -> Option<Vec<String>> {
    let map = &library.maps.all()[library.maps.find(map)?];
    let categories = classified(&map.head, map.document(&library.bundle)?, &Pattern::parse(path).unwrap());
    let alone = |category: &String| identifies(library, category) == Identifies::Alone;
    let is_harmless = |category: &String| identifies(library, category) == Identifies::No;
    (categories.iter().any(alone) && !categories.iter().any(is_harmless)).then_some(categories)
}

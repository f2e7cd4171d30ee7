//! Schema maps and layers that ship. A test read every one of them whole and found nothing wrong, so that a program that starts need not
//! do it again: it reads the heads of maps, and a map whole when an event needs it; of layers those that hold for a policy. What has one
//! byte changed is not among them.

use std::fmt::Write as _;

use super::document::FileId;
use super::syntax::Bundle;

/// SHA-256 of the words, then of each map that is right together with them, and of each layer, with its id. The test below writes it.
const KNOWN: &str = include_str!("known.txt");

/// What nothing is wrong with: maps together with the words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    words: bool,
}

impl Known {
    /// `words`: `categories.toml`.
    pub(super) fn with_words(bundle: &Bundle, words: Option<FileId>) -> Self {
        Self { words: words.is_some_and(|words| KNOWN.lines().next() == Some(&digest(bundle, words))) }
    }

    pub(super) fn holds(self, bundle: &Bundle, map: FileId) -> bool {
        self.words && {
            let digest = digest(bundle, map);
            KNOWN.lines().skip(1).any(|known| known == digest)
        }
    }

    /// The id of a layer that ships, if it is one.
    pub(super) fn layer(bundle: &Bundle, layer: FileId) -> Option<&'static str> {
        let digest = digest(bundle, layer);
        KNOWN.lines().filter_map(|line| line.split_once(' ')).find(|(known, _)| *known == digest).map(|(_, id)| id)
    }
}

fn digest(bundle: &Bundle, file: FileId) -> String {
    bundle.digest(file).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::maps::Maps;
    use crate::policy::syntax::{self, Bundle, FileKind, render};
    use crate::policy::vocabulary::Vocabulary;
    use std::{env, fs, path::Path};

    /// LAW: of a known map or layer nothing is lost when it is not read whole: it has no mistake, the head of a map is the head of the
    /// whole, and the id of a layer its id.
    #[test]
    fn known_maps_are_those_that_ship_and_nothing_is_wrong_with_them() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let words = fs::read_to_string(here.join("../policies/categories.toml")).expect("the words ship");
        let (mut bundle, mut problems, mut digests) = (Bundle::new(), Vec::new(), Vec::new());
        let file = bundle.add("categories.toml", words);
        let of_words = digest(&bundle, file);
        let words = syntax::categories(&bundle, file, &mut problems).expect("the words can be read");
        let mut maps = Vec::new();
        for entry in fs::read_dir(here.join("../policies/schemas")).expect("maps ship") {
            let path = entry.expect("the folder can be read").path();
            if path.extension().is_none_or(|ending| ending != "toml") || path.to_string_lossy().ends_with(".test.toml")
            {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a map is text");
            let file = bundle.add(path.display().to_string(), text);
            digests.push(digest(&bundle, file));
            let (head, map) = syntax::schema(&bundle, file, &mut problems).expect("a map that ships can be read");
            assert_eq!(syntax::schema_head(&bundle, file).as_ref(), Some(&head), "{}", path.display());
            maps.push((head, Some(map)));
        }
        Maps::new(maps, &Vocabulary::new(&words), &mut problems);
        for folder in ["base", "jurisdictions", "sectors"] {
            for entry in fs::read_dir(here.join("../policies").join(folder)).expect("layers ship") {
                let path = entry.expect("the folder can be read").path();
                let name = format!("{folder}/{}", path.file_name().expect("a name").to_string_lossy());
                if FileKind::of(&name) == Some(FileKind::Layer) {
                    let file = bundle.add(name, fs::read_to_string(&path).expect("a layer is text"));
                    let layer = syntax::layer(&bundle, file, &mut problems).expect("a layer that ships can be read");
                    digests.push(format!("{} {}", digest(&bundle, file), layer.id.value));
                }
            }
        }
        assert!(problems.is_empty(), "\n{}", render(&bundle, &problems, false));
        digests.sort();
        let found = format!("{of_words}\n{}\n", digests.join("\n"));
        if env::var_os("TAMIS_WRITE_KNOWN").is_some() {
            fs::write(here.join("src/policy/known.txt"), &found).expect("the list can be written");
        }
        let help = "maps, layers or words changed: `TAMIS_WRITE_KNOWN=1 cargo test known_maps`";
        assert!(found == KNOWN, "{help}, then build again");
    }

    #[test]
    fn a_map_or_words_with_a_byte_changed_are_not_known() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
        let read = |name: &str| fs::read_to_string(here.join(name)).expect("it ships");
        let (words, map) = (read("categories.toml"), read("schemas/m365.toml"));
        let holds = |words: &str, map: &str| {
            let mut bundle = Bundle::new();
            let (words, map) = (bundle.add("categories.toml", words), bundle.add("schemas/m365.toml", map));
            Known::with_words(&bundle, Some(words)).holds(&bundle, map)
        };
        assert!(holds(&words, &map));
        assert!(!holds(&words, &format!("{map} ")));
        assert!(!holds(&format!("{words} "), &map));
        assert!(!holds(&words, &words) && !holds("", &map));
        let layer = |text: String| {
            let mut bundle = Bundle::new();
            let file = bundle.add("jurisdictions/de.toml", text);
            Known::layer(&bundle, file)
        };
        assert_eq!(layer(read("jurisdictions/de.toml")), Some("de"));
        assert_eq!((layer(read("jurisdictions/de.toml") + " "), layer(map)), (None, None));
    }
}

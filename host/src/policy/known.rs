//! Schema maps that ship. A test read every one of them whole and found nothing wrong, so that a program that starts need not do
//! it again: it reads their heads, and a map whole when an event needs it. A map with one byte changed is not among them.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// SHA-256 of the words, then of each map that is right together with them. The test below writes it.
const KNOWN: &str = include_str!("known.txt");

/// Whether nothing is wrong with the text of a map, together with the text of the words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    words: bool,
}

impl Known {
    /// `words`: the text of `categories.toml`.
    pub(super) fn with_words(words: &str) -> Self {
        Self { words: KNOWN.lines().next() == Some(&digest(words)) }
    }

    pub(super) fn holds(self, map: &str) -> bool {
        self.words && {
            let digest = digest(map);
            KNOWN.lines().skip(1).any(|known| known == digest)
        }
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::maps::Maps;
    use crate::policy::syntax::{self, Bundle, render};
    use crate::policy::vocabulary::Vocabulary;
    use std::{env, fs, path::Path};

    /// LAW: of a known map nothing is lost when it is not read whole: it has no mistake, and its head is the head of the whole.
    #[test]
    fn known_maps_are_those_that_ship_and_nothing_is_wrong_with_them() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let words = fs::read_to_string(here.join("../policies/categories.toml")).expect("the words ship");
        let (mut bundle, mut problems, mut digests) = (Bundle::new(), Vec::new(), Vec::new());
        let of_words = digest(&words);
        let file = bundle.add("categories.toml", words);
        let words = syntax::categories(&bundle, file, &mut problems).expect("the words can be read");
        let mut maps = Vec::new();
        for entry in fs::read_dir(here.join("../policies/schemas")).expect("maps ship") {
            let path = entry.expect("the folder can be read").path();
            if path.extension().is_none_or(|ending| ending != "toml") || path.to_string_lossy().ends_with(".test.toml")
            {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a map is text");
            digests.push(digest(&text));
            let file = bundle.add(path.display().to_string(), text);
            let (head, map) = syntax::schema(&bundle, file, &mut problems).expect("a map that ships can be read");
            assert_eq!(syntax::schema_head(&bundle, file).as_ref(), Some(&head), "{}", path.display());
            maps.push((head, Some(map)));
        }
        Maps::new(maps, &Vocabulary::new(&words), &mut problems);
        assert!(problems.is_empty(), "\n{}", render(&bundle, &problems, false));
        digests.sort();
        let found = format!("{of_words}\n{}\n", digests.join("\n"));
        if env::var_os("TAMIS_WRITE_KNOWN").is_some() {
            fs::write(here.join("src/policy/known.txt"), &found).expect("the list can be written");
        }
        let help = "maps or words changed: `TAMIS_WRITE_KNOWN=1 cargo test known_maps`";
        assert!(found == KNOWN, "{help}, then build again");
    }

    #[test]
    fn a_map_or_words_with_a_byte_changed_are_not_known() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
        let read = |name: &str| fs::read_to_string(here.join(name)).expect("it ships");
        let (words, map) = (read("categories.toml"), read("schemas/m365.toml"));
        assert!(Known::with_words(&words).holds(&map));
        assert!(!Known::with_words(&words).holds(&format!("{map} ")));
        assert!(!Known::with_words(&format!("{words} ")).holds(&map));
        assert!(!Known::with_words(&words).holds(&words) && !Known::with_words("").holds(&map));
    }
}

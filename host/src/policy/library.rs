//! Everything a plan can be made of: words, maps and layers of one folder of policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Severity};
use super::document::{Categories, FileId, Layer, Schemas, Treatment};
use super::known::Known;
use super::maps::Maps;
use super::syntax::{self, Bundle, FileKind};
use super::vocabulary::Vocabulary;

/// The parsed files of one folder of policies.
#[derive(Clone, Debug)]
pub struct Library {
    /// The texts, for messages and digests.
    pub bundle: Bundle,
    /// Titles and groups of the words.
    pub categories: Categories,
    /// The words as numbers.
    pub words: Vocabulary,
    /// Treatments that every layer may name.
    pub treatments: BTreeMap<String, Treatment>,
    /// Schema maps.
    pub maps: Arc<Maps>,
    /// Layers by id.
    pub layers: BTreeMap<String, Layer>,
    /// What is wrong with its files, if something is: then there is no plan.
    pub damage: Option<Damage>,
}

/// How badly a library is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// Files have mistakes; what they name is known.
    Mistakes,
    /// A file could not be read at all: names of it would seem unknown.
    Unreadable,
}

impl Library {
    /// Parses a bundle whose files are named by their path below the folder of policies (`schemas/m365.toml`).
    ///
    /// # Errors
    ///
    /// Every problem of every file, warnings included, if one of them is an error.
    pub fn parse(bundle: Bundle) -> Result<(Self, Vec<Diagnostic>), (Bundle, Vec<Diagnostic>)> {
        match Self::read(bundle) {
            (library, problems) if library.damage.is_none() => Ok((library, problems)),
            (library, problems) => Err((library.bundle, problems)),
        }
    }

    /// The same library without one of a layer's rules: what would be promised without it?
    #[must_use]
    pub fn without(&self, layer: &str, rule: &str) -> Self {
        let mut library = self.clone();
        if let Some(layer) = library.layers.get_mut(layer) {
            layer.rules.retain(|own| own.name.value != rule);
        }
        library
    }

    /// The same library in which a layer says nothing of its own: only what it inherits, and its words. What does it change?
    #[must_use]
    pub fn inherited(&self, layer: &str) -> Self {
        let mut library = self.clone();
        if let Some(layer) = library.layers.get_mut(layer) {
            *layer = Layer {
                guard: None,
                rules: Vec::new(),
                failure: None,
                lists: Vec::new(),
                gates: Vec::new(),
                facts: Vec::new(),
                purposes: None,
                retention: Vec::new(),
                attributable: Vec::new(),
                notices: Vec::new(),
                entities: Vec::new(),
                plugins: Vec::new(),
                codes: None,
                escrow: None,
                schemas: Schemas::default(),
                classify: Vec::new(),
                about: BTreeMap::new(),
                recipient_purposes: Vec::new(),
                ..layer.clone()
            };
        }
        library
    }

    /// Takes texts and maps of another library where they are the same, so that they are in memory once, and so that numbers of categories
    /// and maps mean the same in both: see [`Library::has_words_of`].
    pub(super) fn share(&mut self, other: &Self) {
        fn words(library: &Library) -> impl Iterator<Item = (FileId, &str, &str)> {
            let files = library.bundle.files();
            let words =
                files.filter(|(_, name)| matches!(FileKind::of(name), Some(FileKind::Categories | FileKind::Schema)));
            words.map(|(file, name)| (file, name, library.bundle.text(file)))
        }
        if words(self).eq(words(other)) {
            self.maps = other.maps.clone();
        }
        self.bundle.share(&other.bundle);
    }

    /// Whether it was read together with another one, or has the same words and maps.
    pub fn has_words_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.maps, &other.maps)
    }

    /// As [`Library::parse`], but gives also a library with mistakes: [`compile`](super::compile()) makes no plan of it and
    /// looks for further ones.
    pub fn read(bundle: Bundle) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let (mut categories, mut unreadable) = (Categories::default(), false);
        let (mut treatments, mut schemas, mut layers) = (Vec::new(), Vec::new(), BTreeMap::new());
        let words = bundle.files().filter(|(_, name)| FileKind::of(name) == Some(FileKind::Categories));
        let known = Known::with_words(words.map(|(file, _)| bundle.text(file)).last().unwrap_or_default());
        for (file, name) in bundle.files() {
            match FileKind::of(name) {
                Some(FileKind::Categories) => match syntax::categories(&bundle, file, &mut problems) {
                    Some(words) => categories = words,
                    None => unreadable = true,
                },
                Some(FileKind::Treatments) => match syntax::treatments(&bundle, file, &mut problems) {
                    Some(all) => treatments = all,
                    None => unreadable = true,
                },
                // Dozens of maps ship, and most events need one of them.
                Some(FileKind::Schema) if known.holds(bundle.text(file)) => {
                    schemas.extend(syntax::schema_head(&bundle, file).map(|head| (head, None)));
                }
                Some(FileKind::Schema) => {
                    let map = syntax::schema(&bundle, file, &mut problems);
                    schemas.extend(map.map(|(head, document)| (head, Some(document))));
                }
                Some(FileKind::Layer) => {
                    let layer = syntax::layer(&bundle, file, &mut problems);
                    unreadable |= layer.is_none();
                    if let Some(layer) = layer {
                        let (id, span) = (layer.id.value.clone(), layer.id.span);
                        if let Some(before) = layers.insert(id.clone(), layer) {
                            problems.push(
                                Diagnostic::error("P0103", format!("two layers are called `{id}`"), span, "")
                                    .and(before.id.span, "the other one"),
                            );
                        }
                    }
                }
                Some(FileKind::Evidence | FileKind::Lists | FileKind::Test) | None => {}
            }
        }
        let words = Vocabulary::new(&categories);
        let maps = Arc::new(Maps::new(schemas, &words, &mut problems));
        let treatments = treatments.into_iter().map(|t| (t.name.value.clone(), t)).collect();
        let wrong = unreadable || problems.iter().any(|p| p.severity == Severity::Error);
        let damage = wrong.then_some(if unreadable { Damage::Unreadable } else { Damage::Mistakes });
        (Self { bundle, categories, words, treatments, maps, layers, damage }, problems)
    }
}

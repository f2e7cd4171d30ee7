//! Everything a plan can be made of: words, maps and layers of one folder of policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Severity};
use super::document::{Categories, FileId, Layer, Schemas, Span, Treatment};
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
    pub categories: Arc<Categories>,
    /// The words as numbers.
    pub words: Arc<Vocabulary>,
    /// Treatments that every layer may name.
    pub treatments: Arc<BTreeMap<String, Treatment>>,
    /// Schema maps.
    pub maps: Arc<Maps>,
    /// Layers by id.
    pub layers: BTreeMap<String, Arc<Layer>>,
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

    /// The same library without a piece of a layer (see [`Layer::pieces`]): what would be promised without it? Where it is a treatment,
    /// nothing is done where one of that name is meant.
    #[must_use]
    pub fn without(&self, layer: &str, piece: Span) -> Self {
        let mut library = self.clone();
        let Some(own) = library.layers.get_mut(layer) else { return library };
        let treatment = own.treatments.iter().find(|own| own.name.span == piece).map(|own| own.name.value.clone());
        *own = Arc::new(own.without(piece));
        if let Some(treatment) = treatment {
            library.layers.values_mut().for_each(|layer| *layer = Arc::new(layer.untreated(&treatment)));
        }
        library
    }

    /// The same library without a line of the map of that number (see [`SchemaMap::pieces`](super::document::SchemaMap::pieces)).
    #[must_use]
    pub fn without_line(&self, map: usize, line: Span) -> Self {
        Self { maps: Arc::new(self.maps.without(map, line, &self.bundle)), ..self.clone() }
    }

    /// The same library in which a layer says nothing of its own: only what it inherits, and its words. What does it change?
    #[must_use]
    pub fn inherited(&self, layer: &str) -> Self {
        let mut library = self.clone();
        if let Some(layer) = library.layers.get_mut(layer).map(Arc::make_mut) {
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

    /// Takes what is the same in another library, so that it is in memory once, and so that numbers of categories and maps mean the same in
    /// both: see [`Library::has_words_of`].
    pub(super) fn share(&mut self, other: &Self) {
        let (own, known) = (&self.bundle, &other.bundle);
        let is_same = |file: FileId| own.name(file) == known.name(file) && own.text(file) == known.text(file);
        let are_same = |kinds: &[FileKind]| {
            let is_of =
                |of: &Bundle, file: &FileId| FileKind::of(of.name(*file)).is_some_and(|own| kinds.contains(&own));
            let files: Vec<_> = own.words().filter(|file| is_of(own, file)).collect();
            files.iter().copied().eq(known.words().filter(|file| is_of(known, file))) && files.into_iter().all(is_same)
        };
        let has_words = are_same(&[FileKind::Categories, FileKind::Schema]);
        let has_treatments = are_same(&[FileKind::Treatments]);
        for (id, layer) in &mut self.layers {
            let file = layer.id.span.file;
            if let Some(same) = other.layers.get(id).filter(|same| same.id.span.file == file && is_same(file)) {
                *layer = same.clone();
            }
        }
        if has_words {
            self.categories = other.categories.clone();
            (self.maps, self.words) = (other.maps.clone(), other.words.clone());
        }
        if has_treatments {
            self.treatments = other.treatments.clone();
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
        Self::read_but(bundle, |_, _| None)
    }

    /// As [`Library::read`], without the layers that ship and that hold for no other: dozens ship, and a tenant needs some of them.
    /// Where a name is wrong it cannot say all that might have been meant.
    pub fn read_needed(bundle: Bundle) -> (Self, Vec<Diagnostic>) {
        Self::read_but(bundle, Known::layer)
    }

    /// `id_of`: the id of a layer that is not read if no other names it.
    fn read_but(bundle: Bundle, id_of: impl Fn(&Bundle, FileId) -> Option<&'static str>) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let (mut categories, mut unreadable) = (Categories::default(), false);
        let (mut treatments, mut schemas, mut layers) = (Vec::new(), Vec::new(), BTreeMap::new());
        let (mut needed, mut waiting) = (Vec::new(), BTreeMap::new());
        let words = bundle.files().filter(|(_, name)| FileKind::of(name) == Some(FileKind::Categories));
        let known = Known::with_words(&bundle, words.map(|(file, _)| file).last());
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
                Some(FileKind::Schema) if known.holds(&bundle, file) => {
                    schemas.extend(syntax::schema_head(&bundle, file).map(|head| (head, None)));
                }
                Some(FileKind::Schema) => {
                    let map = syntax::schema(&bundle, file, &mut problems);
                    schemas.extend(map.map(|(head, document)| (head, Some(document))));
                }
                Some(FileKind::Layer) => match id_of(&bundle, file) {
                    Some(id) => needed.extend(waiting.insert(id, file)),
                    None => needed.push(file),
                },
                Some(FileKind::Evidence | FileKind::Lists | FileKind::Test) | None => {}
            }
        }
        needed.extend(waiting.remove("base"));
        needed.reverse();
        while let Some(file) = needed.pop() {
            let Some(layer) = syntax::layer(&bundle, file, &mut problems) else {
                unreadable = true;
                continue;
            };
            needed.extend(layer.named().filter_map(|name| waiting.remove(name.value.as_str())));
            let (id, span) = (layer.id.value.clone(), layer.id.span);
            // Of two of one name both are read.
            needed.extend(waiting.remove(id.as_str()));
            if let Some(before) = layers.insert(id.clone(), Arc::new(layer)) {
                problems.push(
                    Diagnostic::error("P0103", format!("two layers are called `{id}`"), span, "")
                        .and(before.id.span, "the other one"),
                );
            }
        }
        let (words, categories) = (Arc::new(Vocabulary::new(&categories)), Arc::new(categories));
        let maps = Arc::new(Maps::new(schemas, &words, &mut problems));
        let treatments = Arc::new(treatments.into_iter().map(|t| (t.name.value.clone(), t)).collect());
        let wrong = unreadable || problems.iter().any(|p| p.severity == Severity::Error);
        let damage = wrong.then_some(if unreadable { Damage::Unreadable } else { Damage::Mistakes });
        (Self { bundle, categories, words, treatments, maps, layers, damage }, problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: of the layers that hold for a policy none is left out, and they are the same.
    #[test]
    fn layers_that_hold_are_needed() {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
        let mut bundle = Bundle::new();
        for folder in ["", "base", "jurisdictions", "sectors", "tenants"] {
            for entry in std::fs::read_dir(here.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "toml") {
                    let name = path.strip_prefix(&here).unwrap().to_string_lossy().into_owned();
                    bundle.add(name, std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        let france = "[policy]\nid = \"fr\"\ntitle = \"France\"\nlayer = \"tenant\"\nrevision = 1\nowner = \"ann\"\n";
        bundle.add("tenants/france.toml", france);
        let (all, problems) = Library::read(bundle.clone());
        let (needed, told) = Library::read_needed(bundle);
        assert!(needed.layers.len() < all.layers.len() / 2, "{:?}", needed.layers.keys());
        // That a layer has the name of one that ships is told all the same.
        let codes = |of: &[Diagnostic]| of.iter().map(|problem| problem.code).collect::<Vec<_>>();
        assert_eq!((codes(&told), codes(&problems)), (vec!["P0103"], vec!["P0103"]));
        for tenant in ["example-de", "example-saas", "example-us-hospital"] {
            let (one, other) = (all.layers_of(tenant), needed.layers_of(tenant));
            assert!(one.len() > 1, "{tenant}");
            assert_eq!(format!("{one:?}"), format!("{other:?}"), "{tenant}");
            assert_eq!(all.rules_digest(tenant), needed.rules_digest(tenant), "{tenant}");
        }
    }

    /// A library of the shipped words, in which some files have another title.
    fn library(tenant: &str, others: &[&str]) -> Library {
        let mut bundle = Bundle::new();
        let mut add = |name: &str, text: &str| {
            let more = if others.contains(&name) { "# another\n" } else { "" };
            bundle.add(name, format!("{more}{text}"));
        };
        add("categories.toml", include_str!("../../../policies/categories.toml"));
        add("treatments.toml", include_str!("../../../policies/treatments.toml"));
        for (folder, level, id) in [("base", "base", "base"), ("sectors", "sector", "s"), ("tenants", "tenant", tenant)]
        {
            let head = format!("[policy]\nid = \"{id}\"\ntitle = \"T\"\nlayer = \"{level}\"\nrevision = 1\n");
            add(&format!("{folder}/{id}.toml"), &head);
        }
        Library::parse(bundle).unwrap().0
    }

    /// LAW: of another library is taken what is the same, and nothing else.
    #[test]
    fn what_is_shared_is_the_same() {
        let first = library("t", &[]);
        let shared = |tenant: &str, others: &[&str]| {
            let mut own = library(tenant, others);
            let alone = format!("{own:?}");
            own.share(&first);
            assert_eq!(format!("{own:?}"), alone, "{others:?}");
            let layer = |id: &str| own.layers.get(id).zip(first.layers.get(id)).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
            let treatments = Arc::ptr_eq(&own.treatments, &first.treatments);
            [own.has_words_of(&first), treatments, layer("base"), layer("s"), layer("t")]
        };
        assert_eq!(shared("u", &[]), [true, true, true, true, false]);
        assert_eq!(shared("t", &[]), [true; 5]);
        assert_eq!(shared("t", &["sectors/s.toml"]), [true, true, true, false, true]);
        assert_eq!(shared("t", &["categories.toml"]), [false, true, true, true, true]);
        assert_eq!(shared("t", &["treatments.toml"]), [true, false, true, true, true]);
    }
}

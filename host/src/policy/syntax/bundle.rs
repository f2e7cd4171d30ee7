//! The files of one policy: names and texts, addressed by number.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use crate::policy::document::{FileId, Span, Spanned};

/// Longest file that is read, in bytes. The largest shipped schema map has less than a hundredth of it.
pub const MAX_FILE_BYTES: usize = 4 << 20;

/// Number that [`Bundle::add`] gives when the bundle is full; it has no text.
const FULL: FileId = FileId(u16::MAX);

/// Names and texts of the files that are compiled together.
///
/// Reading files is the caller's business: a bundle only remembers what it was given, so that a [`Span`] can be
/// shown later. Names are shown as given; a path relative to the policy folder reads best.
#[derive(Clone, Default)]
pub struct Bundle {
    files: Vec<File>,
    /// Words and maps among them: few, where tenants are many.
    words: Vec<FileId>,
}

#[derive(Clone, Default)]
struct File {
    name: String,
    text: Arc<str>,
    sealed: bool,
    digest: OnceLock<[u8; 32]>,
}

impl Bundle {
    /// A bundle without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    ///
    /// A bundle holds at most 65 535 files. One more gets a number without text, and parsing it reports that.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.push(name.into(), text.into(), false)
    }

    /// Adds a file whose text must never be shown, such as a list of words that a works council holds.
    /// Diagnostics of it name the place and not what stands there.
    pub fn add_sealed(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.push(name.into(), text.into(), true)
    }

    fn push(&mut self, name: String, text: String, sealed: bool) -> FileId {
        match u16::try_from(self.files.len()) {
            Ok(n) if n != FULL.0 => {
                if FileKind::of(&name).is_some_and(FileKind::is_word) {
                    self.words.push(FileId(n));
                }
                self.files.push(File { name, text: text.into(), sealed, digest: OnceLock::new() });
                FileId(n)
            }
            _ => FULL,
        }
    }

    /// The name of a file, empty for a number that this bundle did not give.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        self.files.get(usize::from(file.0)).map_or("", |f| &f.name)
    }

    /// The text of a file, empty for a number that this bundle did not give.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(usize::from(file.0)).map_or("", |f| &f.text)
    }

    /// SHA-256 of the text of a file.
    pub(in crate::policy) fn digest(&self, file: FileId) -> [u8; 32] {
        let of = |f: &File| *f.digest.get_or_init(|| Sha256::digest(f.text.as_bytes()).into());
        self.files.get(usize::from(file.0)).map_or([0; 32], of)
    }

    /// Whether the text of a file must not be shown. A number that this bundle did not give counts as sealed.
    #[must_use]
    pub fn is_sealed(&self, file: FileId) -> bool {
        self.files.get(usize::from(file.0)).is_none_or(|f| f.sealed)
    }

    /// Takes the texts of another bundle where its files of that number are the same, so that they are in memory once.
    pub(in crate::policy) fn share(&mut self, other: &Self) {
        for (own, other) in self.files.iter_mut().zip(&other.files) {
            if own.name == other.name && own.text == other.text {
                own.text = other.text.clone();
            }
        }
    }

    /// Whether this bundle gave the number.
    pub(super) fn holds(&self, file: FileId) -> bool {
        usize::from(file.0) < self.files.len()
    }

    /// All files, in the order they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &str)> {
        (0u16..).zip(&self.files).map(|(n, f)| (FileId(n), f.name.as_str()))
    }

    /// The files that all layers have in common: words, treatments and maps, in the order they were added.
    pub(in crate::policy) fn words(&self) -> impl Iterator<Item = FileId> {
        self.words.iter().copied()
    }

    /// Numbers files as another bundle does those of the same name, so that places in files that did not change are the same; others take
    /// the numbers that are free. Words and maps have an order, so where they are others nothing is done. Gives what became of each number.
    pub fn number_like(&mut self, other: &Self) -> impl Fn(FileId) -> FileId + use<> {
        let words = |of: &Self| of.words.iter().map(|file| of.name(*file).to_owned()).collect::<Vec<_>>();
        let mut moved: Vec<FileId> = self.files().map(|(file, _)| file).collect();
        if words(self) == words(other) {
            let known: HashMap<&str, FileId> = other.files().map(|(file, name)| (name, file)).collect();
            let mut numbered: Vec<Option<File>> = Vec::new();
            numbered.resize_with(self.files.len().max(other.files.len()), || None);
            let mut rest = Vec::new();
            for (from, file) in std::mem::take(&mut self.files).into_iter().enumerate() {
                match known.get(file.name.as_str()).filter(|to| numbered[usize::from(to.0)].is_none()) {
                    Some(to) => (numbered[usize::from(to.0)], moved[from]) = (Some(file), *to),
                    None => rest.push((from, file)),
                }
            }
            let mut free = 0;
            for (from, file) in rest {
                free += numbered[free..].iter().take_while(|file| file.is_some()).count();
                (numbered[free], moved[from]) = (Some(file), FileId(free as u16));
            }
            self.files = numbered.into_iter().map(Option::unwrap_or_default).collect();
            self.words = other.words.clone();
        }
        move |file| moved.get(usize::from(file.0)).copied().unwrap_or(FULL)
    }

    /// What stands at a place; empty where the place is not of this bundle.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Line and column of a place, both from one; columns count characters.
    #[must_use]
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.file);
        let before = text.get(..span.start as usize).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The place of a part of a value: `part` is in bytes of `text.value`.
    ///
    /// Where the value was written with escapes, positions in it are not positions in the file, and the place
    /// of the whole value is the answer.
    #[must_use]
    pub fn within<S: AsRef<str>>(&self, text: &Spanned<S>, part: Range<usize>) -> Span {
        let whole = self.slice(text.span);
        let quotes = ["'''", "\"\"\"", "'", "\""].into_iter().find(|q| whole.starts_with(q)).map_or(0, str::len);
        let inner = whole.get(quotes..whole.len().saturating_sub(quotes)).unwrap_or("");
        let value = text.value.as_ref();
        if inner != value || value.get(part.clone()).is_none() {
            return text.span;
        }
        let at = |n: usize| u32::try_from(quotes + n).map_or(text.span.end, |n| text.span.start + n);
        Span { file: text.span.file, start: at(part.start), end: at(part.end) }
    }
}

impl fmt::Debug for Bundle {
    /// Names only: texts may be sealed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.files.iter().map(|f| &f.name)).finish()
    }
}

/// What a file is, told by its path below the policy folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// `categories.toml`, read by [`super::categories`].
    Categories,
    /// `treatments.toml`, read by [`super::treatments`].
    Treatments,
    /// `schemas/NAME.toml`, read by [`super::schema`].
    Schema,
    /// `base/`, `jurisdictions/`, `sectors/` and `tenants/`, read by [`super::layer`].
    Layer,
    /// `NAME.evidence.toml`, read by [`super::evidence`].
    Evidence,
    /// `NAME.lists.toml`, read by [`super::lists`].
    Lists,
    /// `NAME.test.toml`, read by [`super::test_file`].
    Test,
}

impl FileKind {
    /// Whether layers have it in common: it says what their words mean.
    fn is_word(self) -> bool {
        matches!(self, Self::Categories | Self::Treatments | Self::Schema)
    }

    /// The kind of the file at a path below the policy folder, parts separated by slashes. `None`: no file of the
    /// language.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(".toml")?;
        if stem.ends_with(".test") {
            return Some(Self::Test);
        }
        match path.split_once('/') {
            None if stem == "categories" => Some(Self::Categories),
            None if stem == "treatments" => Some(Self::Treatments),
            Some(("schemas", _)) => Some(Self::Schema),
            Some(("tenants", _)) if stem.ends_with(".evidence") => Some(Self::Evidence),
            Some(("tenants", _)) if stem.ends_with(".lists") => Some(Self::Lists),
            Some(("base" | "jurisdictions" | "sectors" | "tenants", _)) => Some(Self::Layer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let mut bundle = Bundle::new();
        let file = bundle.add("a.toml", "x = 1\nä = \"öx\"\n");
        let span = Span { file, start: 14, end: 15 };
        assert_eq!(bundle.slice(span), "x");
        assert_eq!(bundle.line_column(span), (2, 7));
    }

    #[test]
    fn part_of_a_value_is_found_unless_it_was_escaped() {
        let mut bundle = Bundle::new();
        let file = bundle.add("a.toml", r#"a = "one two" b = "o\u006ee""#);
        let plain = Spanned { value: "one two".to_owned(), span: Span { file, start: 4, end: 13 } };
        assert_eq!(bundle.slice(bundle.within(&plain, 4..7)), "two");
        assert_eq!(bundle.within(&plain, 4..9), plain.span);
        let escaped = Spanned { value: "one".to_owned(), span: Span { file, start: 18, end: 28 } };
        assert_eq!(bundle.within(&escaped, 0..1), escaped.span);
    }

    #[test]
    fn numbers_stay_where_files_come_and_go() {
        let bundle = |names: &[&str]| {
            let mut bundle = Bundle::new();
            for name in names {
                bundle.add(*name, format!("text of {name}"));
            }
            bundle
        };
        let before = bundle(&["base/b.toml", "schemas/s.toml", "tenants/a.toml", "tenants/c.toml", "treatments.toml"]);
        let names =
            ["base/b.toml", "schemas/s.toml", "tenants/b.toml", "tenants/c.toml", "tenants/d.toml", "treatments.toml"];
        let mut after = bundle(&names);
        let moved = after.number_like(&before);
        for (number, name) in (0u16..).zip(names) {
            let file = moved(FileId(number));
            assert_eq!((after.name(file), after.text(file)), (name, format!("text of {name}").as_str()));
            let was = before.files().find(|(_, known)| *known == name);
            assert!(was.is_none_or(|(known, _)| known == file), "{name}");
        }
        assert_eq!(after.words().collect::<Vec<_>>(), before.words().collect::<Vec<_>>());
        let mut fewer = bundle(&["schemas/s.toml", "tenants/c.toml", "treatments.toml"]);
        let moved = fewer.number_like(&before);
        assert_eq!([0, 1, 2].map(|number| moved(FileId(number))), [1, 3, 4].map(FileId));
        assert_eq!((fewer.name(FileId(0)), fewer.text(FileId(0))), ("", ""));
        let mut other = bundle(&["schemas/r.toml", "schemas/s.toml", "tenants/c.toml", "treatments.toml"]);
        let moved = other.number_like(&before);
        assert_eq!(moved(FileId(1)), FileId(1), "maps have an order");
    }

    #[test]
    fn debug_shows_no_text() {
        let mut bundle = Bundle::new();
        bundle.add_sealed("x.lists.toml", "hidden-word");
        assert_eq!(format!("{bundle:?}"), r#"["x.lists.toml"]"#);
    }

    #[test]
    fn unknown_numbers_have_no_text_and_are_sealed() {
        let bundle = Bundle::new();
        assert_eq!((bundle.name(FileId(3)), bundle.text(FileId(3))), ("", ""));
        assert!(bundle.is_sealed(FileId(3)));
    }

    #[test]
    fn kinds_of_files_follow_from_their_paths() {
        for (path, kind) in [
            ("categories.toml", Some(FileKind::Categories)),
            ("treatments.toml", Some(FileKind::Treatments)),
            ("categories.de.toml", None),
            ("schemas/m365.toml", Some(FileKind::Schema)),
            ("schemas/m365.test.toml", Some(FileKind::Test)),
            ("base/base.toml", Some(FileKind::Layer)),
            ("tenants/x.evidence.toml", Some(FileKind::Evidence)),
            ("tenants/x.lists.toml", Some(FileKind::Lists)),
            ("README.md", None),
            ("tools/x.toml", None),
        ] {
            assert_eq!(FileKind::of(path), kind, "{path}");
        }
    }
}

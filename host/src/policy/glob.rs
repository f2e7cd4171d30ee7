//! Globs with `*` as the only wildcard, blind to letter case: what maps, conditions and lists compare values with.

use std::collections::BTreeSet;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind, packed};
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::decoded::{Decoded, apart, first_sign};
use crate::event::{Seen, required};

/// A set of globs of which one has to fit the whole value.
///
/// ```
/// use tamis::policy::glob::GlobSet;
/// let set = GlobSet::new(["UserLogged*", "*password*"]);
/// assert!(set.matches(b"userloggedin") && set.matches(b"Reset Password."));
/// assert!(!set.matches(b"FileAccessed"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct GlobSet {
    globs: Vec<Vec<String>>,
    /// For each glob, pairs of bytes that a value must hold.
    required: Vec<Vec<u16>>,
}

impl GlobSet {
    /// Compiles globs. An empty set fits nothing.
    pub fn new<S: AsRef<str>>(globs: impl IntoIterator<Item = S>) -> Self {
        let parts = |glob: S| lower(glob.as_ref().as_bytes()).split('*').map(str::to_owned).collect();
        Self::of(globs.into_iter().map(parts).collect())
    }

    fn of(globs: Vec<Vec<String>>) -> Self {
        let literals = |parts: &Vec<String>| required(parts.iter().map(|part| part.as_bytes()));
        Self { required: globs.iter().map(literals).collect(), globs }
    }

    /// Values as they are: a star in them is a star.
    pub fn exact<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::of(values.into_iter().map(|value| vec![lower(value.as_ref().as_bytes())]).collect())
    }

    /// The globs, in lower case: of each what stands between its stars.
    pub fn globs(&self) -> &[Vec<String>] {
        &self.globs
    }

    /// Whether one of the globs fits. Bytes that are no UTF-8 fit only `*`.
    pub fn matches(&self, value: &[u8]) -> bool {
        if self.globs.is_empty() {
            return false;
        }
        if value.is_ascii() {
            return self.globs.iter().any(|parts| fits(parts, value, |a, b| a.eq_ignore_ascii_case(b)));
        }
        // Folding is slow, and most values begin otherwise.
        if !self.globs.iter().any(|parts| may_begin(parts, value)) {
            return false;
        }
        let folded = lower(value);
        self.globs.iter().any(|parts| fits(parts, folded.as_bytes(), |a, b| a == b))
    }
}

/// What is known of a value that is held against many globs: the pairs of bytes that occur in it.
#[derive(Default)]
pub struct Held(Option<Seen>);

impl Held {
    /// As [`GlobSet::matches`]; the value has to be the same every time.
    pub fn fits(&mut self, set: &GlobSet, value: &[u8]) -> bool {
        // Of text outside ASCII nothing is known beforehand, since letters fold to other bytes. For a few globs, looking at every
        // pair of the value costs more than it saves.
        if set.globs.len() < WORTH_SEEING || !value.is_ascii() {
            return set.matches(value);
        }
        let seen = self.0.get_or_insert_with(|| Seen::of(value));
        let mut may = set.globs.iter().zip(&set.required).filter(|(_, required)| seen.may_hold(required));
        may.any(|(parts, _)| fits(parts, value, |a, b| a.eq_ignore_ascii_case(b)))
    }
}

/// Globs from which on the pairs of a value are looked at.
const WORTH_SEEING: usize = 4;

/// Lower case of text; what is no UTF-8 becomes U+FFFD.
fn lower(value: &[u8]) -> String {
    String::from_utf8_lossy(value).to_lowercase()
}

/// Lower case of text in one spelling (NFKC, `ß` as `ss`, `ς` as `σ`, which have no capitals of their own, every hyphen and dash as `-`,
/// without what shows nothing: soft hyphens, joiners); what is no UTF-8 becomes U+FFFD.
pub fn fold(value: &[u8]) -> String {
    if value.is_ascii() {
        return String::from_utf8(value.to_ascii_lowercase()).unwrap_or_default();
    }
    let text = String::from_utf8_lossy(value);
    let mut rest = &*text;
    let mut out = String::with_capacity(rest.len());
    // Nothing joins an ASCII character to what stands before it; one may be joined by what comes behind it.
    while let Some(from) = rest.bytes().position(|byte| !byte.is_ascii()) {
        let (plain, odd) = rest.split_at(from.saturating_sub(1));
        let first = usize::from(from > 0);
        let until = odd.bytes().skip(first).position(|byte| byte.is_ascii()).map_or(odd.len(), |at| first + at);
        let (odd, behind) = odd.split_at(until);
        out.push_str(plain);
        fold_odd(odd, &mut out);
        rest = behind;
    }
    out.push_str(rest);
    out.make_ascii_lowercase();
    out
}

fn fold_odd(text: &str, out: &mut String) {
    let plain = |c: char| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        other => other,
    };
    let shows = |c: &char| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    let spelled = |lower: char| match lower {
        'ß' => std::iter::repeat_n('s', 2),
        'ς' => std::iter::repeat_n('σ', 1),
        other => std::iter::repeat_n(other, 1),
    };
    out.extend(text.chars().filter(shows).nfkc().map(plain).flat_map(char::to_lowercase).flat_map(spelled).nfc());
}

/// Whether a value may begin, folded, as a glob does. `false` is certain.
fn may_begin(parts: &[String], value: &[u8]) -> bool {
    // A sigma folds by what stands behind it.
    let same = |one: char, other: char| one == other || matches!((one, other), ('σ' | 'ς', 'σ' | 'ς'));
    let first = parts.first().map_or("", String::as_str);
    // So many characters have no more bytes.
    let head = value.get(..value.len().min(4 * first.len())).unwrap_or_default();
    let mut folded = head.utf8_chunks().flat_map(|chunk| {
        let broken = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        chunk.valid().chars().chain(broken).flat_map(char::to_lowercase)
    });
    first.chars().all(|wanted| folded.next().is_some_and(|is| same(is, wanted)))
}

/// Greedy match of literal parts between stars: the first is a prefix, the last a suffix, others in order.
fn fits(parts: &[String], value: &[u8], same: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    let [first, middle @ .., last] = parts else {
        return parts.first().is_some_and(|only| same(only.as_bytes(), value));
    };
    if value.len() < first.len() + last.len() {
        return false;
    }
    let (head, rest) = value.split_at(first.len());
    let (mut body, tail) = rest.split_at(rest.len() - last.len());
    if !same(first.as_bytes(), head) || !same(last.as_bytes(), tail) {
        return false;
    }
    for part in middle.iter().filter(|part| !part.is_empty()) {
        match find(body, part.as_bytes(), &same) {
            Some(at) => body = &body[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// Where a folded literal stands first. Most positions are passed over by its first byte.
fn find(body: &[u8], part: &[u8], same: impl Fn(&[u8], &[u8]) -> bool) -> Option<usize> {
    let first = *part.first()?;
    if part.len() == 1 {
        return memchr::memchr2(first, first.to_ascii_uppercase(), body);
    }
    let last = body.len().checked_sub(part.len())?;
    let mut starts = memchr::memchr2_iter(first, first.to_ascii_uppercase(), &body[..=last]);
    starts.find(|&at| same(part, &body[at..at + part.len()]))
}

/// Words and globs of a list. A word fits where no letter or digit touches it; a glob fits the whole value.
///
/// ```
/// use tamis::policy::glob::WordList;
/// let list = WordList::new(&["privat", "*betriebsrat*"]);
/// assert!(list.matches("Privat: Termin".as_bytes()) && list.matches(b"Betriebsratssitzung"));
/// assert!(!list.matches(b"Privatier"));
/// ```
#[derive(Clone, Debug)]
pub struct WordList {
    /// `None`: there are none.
    needles: Option<AhoCorasick>,
    /// Tells faster that none is there. `None`: there are too many.
    some: Option<packed::Searcher>,
    /// The needles could not be compiled: every value counts as listed, since what is listed is protected.
    is_broken: bool,
    whole_word: Vec<bool>,
    globs: GlobSet,
    /// Bytes of the shortest entry. Text of ASCII that is shorter holds none; what is coded as in URLs may become longer: `㍿` is a
    /// word of four letters.
    shortest: usize,
    /// A digest of the entries.
    digest: String,
    /// Entries of another list that count as well.
    more: Option<Arc<WordList>>,
}

impl WordList {
    /// Compiles the entries of a list; empty entries are left out.
    pub fn new<S: AsRef<str>>(entries: &[S]) -> Self {
        let (mut needles, mut whole_word, mut globs) = (Vec::new(), Vec::new(), Vec::new());
        let mut shortest = usize::MAX;
        let folded = entries.iter().map(|e| fold(e.as_ref().trim().as_bytes())).filter(|e| !e.is_empty());
        let folded: Vec<_> = folded.collect();
        let mut hash = Sha256::new();
        for entry in folded.iter().collect::<BTreeSet<_>>() {
            hash.update((entry.len() as u64).to_le_bytes());
            hash.update(entry);
        }
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        for entry in folded {
            let inner = entry.strip_prefix('*').and_then(|e| e.strip_suffix('*'));
            shortest = shortest.min(entry.bytes().filter(|byte| *byte != b'*').count());
            if !entry.contains('*') {
                needles.push(entry);
                whole_word.push(true);
            } else if let Some(inner) = inner.filter(|inner| !inner.is_empty() && !inner.contains('*')) {
                needles.push(inner.to_owned());
                whole_word.push(false);
            } else {
                globs.push(entry);
            }
        }
        let automaton =
            AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(&needles);
        let is_broken = automaton.is_err();
        let some = packed::Searcher::new(&needles);
        let needles = automaton.ok().filter(|_| !needles.is_empty());
        Self { needles, some, is_broken, whole_word, globs: GlobSet::new(globs), shortest, digest, more: None }
    }

    /// The entries of both.
    #[must_use]
    pub fn with(self: &Arc<Self>, other: &Arc<Self>) -> Self {
        match &self.more {
            None => Self { more: Some(other.clone()), ..(**self).clone() },
            Some(more) => Self { more: Some(Arc::new(more.with(other))), ..(**self).clone() },
        }
    }

    /// By which it, and each list whose entries count as well, is known again: those of lists of the same entries agree.
    pub fn digests(&self) -> BTreeSet<String> {
        let mut all = self.more.as_ref().map(|more| more.digests()).unwrap_or_default();
        all.insert(self.digest.clone());
        all
    }

    /// Whether one of the entries fits.
    pub fn matches(&self, value: &[u8]) -> bool {
        self.matches_as(value, &Spelled::of(value))
    }

    /// As [`WordList::matches`]; `spelled` has to be of the value.
    pub fn matches_as(&self, value: &[u8], spelled: &Spelled) -> bool {
        if self.is_broken {
            return true;
        }
        let is_coded = match spelled {
            Spelled::Short { low, has_plus, is_coded } => {
                if value.len() < self.shortest && !is_coded {
                    return self.more(value, spelled);
                }
                // Padded, since the search for some words is slow in very short texts.
                let padded = value.len().max(SHORT / 2);
                if (self.may_hit(&low[..padded]) && self.hits(value))
                    || self.globs.matches(value)
                    || self.more(value, spelled)
                {
                    return true;
                }
                if !is_coded {
                    if !has_plus {
                        return false;
                    }
                    let mut low = *low;
                    low.iter_mut().filter(|byte| **byte == b'+').for_each(|byte| *byte = b' ');
                    let blanked = &low[..value.len()];
                    return (self.may_hit(&low[..padded]) && self.hits(blanked)) || self.globs.matches(blanked);
                }
                true
            }
            Spelled::Long { folded, is_coded } => {
                if self.fits_folded(value, folded) || self.more(value, spelled) {
                    return true;
                }
                *is_coded
            }
        };
        if is_coded && self.fits_decoded(value) {
            return true;
        }
        // Forms write a blank as a plus.
        let blank = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
        memchr::memchr(b'+', value).is_some() && {
            let blanked: Vec<u8> = value.iter().map(blank).collect();
            self.fits(&blanked) || is_coded && self.fits_decoded(&blanked)
        }
    }

    /// Whether one of the entries fits what is coded in a value.
    fn fits_decoded(&self, value: &[u8]) -> bool {
        Decoded::any(value, &mut |decoded| self.fits(&decoded.text))
    }

    fn more(&self, value: &[u8], spelled: &Spelled) -> bool {
        self.more.as_ref().is_some_and(|more| more.matches_as(value, spelled))
    }

    fn fits(&self, value: &[u8]) -> bool {
        self.fits_folded(value, &fold(value))
    }

    fn fits_folded(&self, value: &[u8], folded: &str) -> bool {
        let fits = |folded: &str| {
            let value = folded.as_bytes();
            (self.may_hit(value) && self.hits(value)) || self.globs.matches(value)
        };
        fits(folded) || !value.is_ascii() && apart(value).is_some_and(|value| fits(&fold(&value)))
    }

    /// Whether one of the words may be in a text in lower case. Almost no value holds one; that is found out faster than where
    /// they are.
    fn may_hit(&self, text: &[u8]) -> bool {
        self.some.as_ref().is_none_or(|some| some.find(text).is_some())
    }

    /// Whether one of the words is there and stands alone, or one that need not.
    fn hits(&self, value: &[u8]) -> bool {
        let Some(needles) = &self.needles else { return false };
        needles.find_overlapping_iter(value).any(|hit| {
            !self.whole_word.get(hit.pattern().as_usize()).copied().unwrap_or(true)
                || !(goes_on_before(&value[..hit.start()]) || goes_on_behind(&value[hit.end()..]))
        })
    }
}

/// Bytes of a value that count as few.
const SHORT: usize = 128;

/// Bytes that are read at a time.
const AT_ONCE: usize = 16;

/// What all lists have to know of a value.
#[derive(Clone, Debug)]
pub enum Spelled {
    /// Most values are short, and ASCII.
    Short {
        /// In lower case, and zeros behind it.
        low: [u8; SHORT],
        /// Whether it has a plus, which forms write for a blank.
        has_plus: bool,
        /// Whether something in it may be coded as in URLs, in HTML or in JSON.
        is_coded: bool,
    },
    /// Any other.
    Long {
        /// In one spelling.
        folded: String,
        /// As above.
        is_coded: bool,
    },
}

impl Spelled {
    /// Looks at a value.
    pub fn of(value: &[u8]) -> Self {
        let long = || Self::Long { folded: fold(value), is_coded: first_sign(value).is_some() };
        if value.len() > SHORT {
            return long();
        }
        let mut low = [0; SHORT];
        low[..value.len()].copy_from_slice(value);
        let (mut odd, mut plus, mut code) = ([0; AT_ONCE], [0; AT_ONCE], [0; AT_ONCE]);
        // Not a byte more or less at a time: the compiler makes one instruction of each line.
        for part in low.as_chunks_mut::<AT_ONCE>().0.iter_mut().take(value.len().div_ceil(AT_ONCE)) {
            for (((odd, plus), code), byte) in odd.iter_mut().zip(&mut plus).zip(&mut code).zip(part) {
                *odd |= *byte & 0x80;
                *plus |= u8::from(*byte == b'+');
                *code |= u8::from(*byte == b'%') | u8::from(*byte == b'&') | u8::from(*byte == b'\\');
                *byte |= u8::from(byte.is_ascii_uppercase()) << 5;
            }
        }
        if odd != [0; AT_ONCE] {
            return long();
        }
        let is_coded = code != [0; AT_ONCE] && first_sign(value).is_some();
        Self::Short { low, has_plus: plus != [0; AT_ONCE], is_coded }
    }
}

/// Bytes beside a word that are looked at: enough for the marks that a letter has.
const BESIDE: usize = 64;

/// Whether a word does not begin behind this text. Bytes that are no UTF-8 part words.
fn goes_on_before(text: &[u8]) -> bool {
    match text.last() {
        Some(byte) if !byte.is_ascii() => {
            let last = text[text.len().saturating_sub(BESIDE)..].utf8_chunks().last();
            last.is_some_and(|chunk| chunk.invalid().is_empty() && goes_on(chunk.valid().chars().rev()))
        }
        neighbour => neighbour.is_some_and(u8::is_ascii_alphanumeric),
    }
}

/// Whether a word does not end before this text.
fn goes_on_behind(text: &[u8]) -> bool {
    match text.first() {
        Some(byte) if !byte.is_ascii() => {
            let first = text[..text.len().min(BESIDE)].utf8_chunks().next();
            first.is_some_and(|chunk| goes_on(chunk.valid().chars()))
        }
        neighbour => neighbour.is_some_and(u8::is_ascii_alphanumeric),
    }
}

/// Whether a letter or digit is next. Marks are passed over; what shows nothing is not in folded text.
fn goes_on(mut beside: impl Iterator<Item = char>) -> bool {
    beside.find(|sign| !is_combining_mark(*sign)).is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn globs_are_whole_and_blind_to_case() {
        for (glob, value, fits) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*a", "a", false),
            ("*a*b*", "xxbxxa", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("ÄRZT*", "ärztlich", true),
            ("add *", "Add member", true),
        ] {
            assert_eq!(GlobSet::new([glob]).matches(value.as_bytes()), fits, "{glob} {value}");
        }
    }

    #[test]
    fn words_of_a_list_are_found_in_capitals_that_are_written_otherwise() {
        for (word, value) in [
            ("Jürgen Groß", "JÜRGEN GROSS"),
            ("groß", "von GROẞ."),
            ("gross", "Groß"),
            ("οδος", "ΟΔΟΣ"),
            ("*straße*", "HAUPTSTRASSE 1"),
        ] {
            assert!(WordList::new(&[word]).matches(value.as_bytes()), "{word} {value}");
        }
    }

    #[test]
    fn a_word_is_found_whatever_else_is_coded() {
        let list = WordList::new(&["Betriebsrät", "union drive", "Xaberät"]);
        for text in [
            r"C:\betriebsr%C3%A4t\x",
            "&auml;betriebsr%C3%A4t",
            r"\betriebsr&auml;t",
            r"\betriebsr\u00e4t",
            r"C:\xaber%c3%a4t",
            "%26auml%3Bbetriebsr%25C3%25A4t",
            r"C:\tunion+drive&auml;\union+drive",
            r"D:\foto\union%20drive",
        ] {
            assert!(list.matches(text.as_bytes()), "{text}");
        }
        assert!(!list.matches(br"C:\betriebsr%C3%A4te %C3%A4betriebsr%C3%A4t"));
    }

    #[test]
    fn a_word_ends_at_every_sign() {
        let list = WordList::new(&["Betriebsrät", "hr"]);
        for sign in [
            "„",
            "“",
            "»",
            "«",
            "’s",
            "•",
            "→",
            "😀",
            "、",
            "\u{2028}",
            "®",
            "…",
            "·",
            "・",
            "\u{fffd}",
            "\u{334}",
            "\u{334} ",
            "\u{334}–",
            "\u{200b}",
            "\u{ad}",
            "\u{200b}—",
            "%80",
            "%E2%80%9C",
            "&hellip;",
        ] {
            for word in ["Betriebsrät", "HR"] {
                assert!(list.matches(format!("{word}{sign}").as_bytes()), "{word}{sign}");
                let before = sign.trim_end_matches('s');
                assert!(list.matches(format!("x {before}{word}").as_bytes()), "{before}{word}");
            }
        }
        assert!(list.matches(b"hr\xff") && list.matches(b"\xed\xa0\xbdhr") && list.matches(b"x\xe2\x80hr"));
        assert!(list.matches(format!("hr{}x", "\u{334}".repeat(40)).as_bytes()));
        for letter in ["ä", "e\u{301}", "я", "株", "٣", "\u{334}x", "\u{ad}x", "\u{334}\u{ad}1"] {
            assert!(!list.matches(format!("hr{letter}").as_bytes()), "hr{letter}");
        }
        for letter in ["ä", "e\u{301}", "x\u{334}", "x\u{ad}", "я"] {
            assert!(!list.matches(format!("{letter}hr").as_bytes()), "{letter}hr");
        }
    }

    #[test]
    fn a_star_in_an_exact_value_is_a_star() {
        let exact = GlobSet::exact(["a*", "Größe"]);
        assert!(exact.matches(b"A*") && exact.matches("GRÖSSE".to_lowercase().replace("ss", "ß").as_bytes()));
        assert!(!exact.matches(b"ab") && !exact.matches("a\u{fffd}".as_bytes()) && !exact.matches(b""));
    }

    proptest! {
        #[test]
        fn agrees_with_a_recursive_matcher(glob in "[ab*]{0,6}", value in "[abAB]{0,8}") {
            fn slow(g: &[u8], v: &[u8]) -> bool {
                match (g.first(), v.first()) {
                    (None, None) => true,
                    (Some(b'*'), _) => slow(&g[1..], v) || (!v.is_empty() && slow(g, &v[1..])),
                    (Some(a), Some(b)) => a.eq_ignore_ascii_case(b) && slow(&g[1..], &v[1..]),
                    _ => false,
                }
            }
            let set = GlobSet::new([&glob]);
            prop_assert_eq!(set.matches(value.as_bytes()), slow(glob.as_bytes(), value.as_bytes()));
            let many = GlobSet::new([glob.as_str(), "x*x", "y*y", "zz"]);
            prop_assert_eq!(Held::default().fits(&many, value.as_bytes()), set.matches(value.as_bytes()));
        }

        #[test]
        fn a_glob_fits_what_its_folding_fits(glob in "[aKİßΣσς\u{301}*]{0,5}", value in prop::collection::vec(prop_oneof![Just("K"), Just("\u{212a}"), Just("İ"), Just("ß"), Just("Σ"), Just("a"), Just("e\u{301}")], 0..5)) {
            let value = value.concat();
            let folded = lower(value.as_bytes());
            let slow = |parts: &Vec<String>| fits(parts, folded.as_bytes(), |a, b| a == b);
            let set = GlobSet::new([&glob]);
            prop_assert_eq!(set.matches(value.as_bytes()), set.globs.iter().any(slow));
            let broken = [value.as_bytes(), &[0xe2, 0x82]].concat();
            let folded = lower(&broken);
            let slow = |parts: &Vec<String>| fits(parts, folded.as_bytes(), |a, b| a == b);
            prop_assert_eq!(set.matches(&broken), set.globs.iter().any(slow));
        }

        /// Folded as one text, which costs more.
        #[test]
        fn a_text_is_folded_piece_by_piece(text in "(a|B|é|e\u{301}|\u{301}|…|\u{ad}|İ|K|ﬁ|Σ|가|ᄀ|ᅡ|\u{2010}|1){0,9}") {
            let mut whole = String::new();
            fold_odd(&text, &mut whole);
            prop_assert_eq!(fold(text.as_bytes()), whole);
        }

        /// LAW: the short way of what forms write answers as the long one.
        #[test]
        fn blanks_of_forms_are_read_in_short_values_too(text in "[a-cB+ ]{0,12}", word in "\\*?[a-c]{1,2}( [a-c])?\\*?") {
            let list = WordList::new(&[word]);
            let blanked = text.replace('+', " ");
            let long = list.fits(text.as_bytes()) || list.fits(blanked.as_bytes());
            prop_assert_eq!(list.matches(text.as_bytes()), long);
        }

        #[test]
        fn few_words_and_many_are_found_alike(text in "[a-dA-D ]{0,40}", word in "[a-d]{1,3}", inner in any::<bool>()) {
            let entry = if inner { format!("*{word}*") } else { word };
            let few = WordList::new(&[&entry]);
            let many = WordList { some: None, ..few.clone() };
            prop_assert_eq!(few.matches(text.as_bytes()), many.matches(text.as_bytes()));
        }

        #[test]
        fn short_values_are_lowered_byte_by_byte(value in "[A-Za-z@\\[`{%+ é]{0,60}") {
            match Spelled::of(value.as_bytes()) {
                Spelled::Short { low, has_plus, .. } => {
                    let (own, behind) = low.split_at(value.len());
                    prop_assert!(value.is_ascii() && has_plus == value.contains('+'));
                    prop_assert!(own == value.to_ascii_lowercase().as_bytes() && behind.iter().all(|byte| *byte == 0));
                }
                Spelled::Long { folded, .. } => prop_assert!(!value.is_ascii() && folded == fold(value.as_bytes())),
            }
        }

        /// LAW: what is known of a value for all lists changes no answer of one.
        #[test]
        fn what_is_coded_is_found_in_values_of_any_length(
            text in r#"([a-cB+ ]|%|%6[12]|%2[56]|\\|\\u006[12]|\\n|\\x61|&|&#9[78];|&amp;|&ouml;|ö){0,9}"#,
            word in "\\*?[a-c]{1,2}( [a-c]|ö)?\\*?",
            other in "[a-c]{2}",
            is_long: bool,
        ) {
            let text = if is_long { "-".repeat(SHORT) + &text } else { text };
            let list = Arc::new(WordList::new(&[word])).with(&Arc::new(WordList::new(&[other])));
            let own = |list: &WordList, text: &[u8]| list.fits(text) || list.fits_decoded(text);
            let blanked = text.replace('+', " ");
            let long = |list: &WordList| own(list, text.as_bytes()) || own(list, blanked.as_bytes());
            let wanted = long(&list) || list.more.as_ref().is_some_and(|more| long(more));
            prop_assert_eq!(list.matches(text.as_bytes()), wanted);
        }

        /// LAW: a spelling that is shorter than the word is that word.
        #[test]
        fn a_word_is_found_where_its_spelling_is_shorter(before in "[ /]{0,2}", coded in any::<bool>()) {
            for (word, spelling) in [("株式会社", "㍿"), ("キロメートル", "㌖"), ("ffi-office", "ﬃ-oﬃce")] {
                let list = WordList::new(&[&format!("*{word}*")]);
                let code = |byte: u8| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
                let text = if coded { spelling.bytes().map(code).collect() } else { spelling.to_owned() };
                prop_assert!(list.matches(format!("{before}{text}").as_bytes()), "{text}");
            }
        }

        #[test]
        fn spellings_of_a_listed_word_are_that_word(before in "[ /]{0,2}") {
            let list = WordList::new(&["*betriebsrat-muster*", "persönlich"]);
            for text in ["Betriebsrat%2DMuster", "betriebsrat\u{2010}muster", "Betriebs\u{ad}rat-\u{200b}muster", "betriebs%C2%ADrat-muster", "Perso\u{308}nlich", "pers%C3%B6nlich", "pers%6fnlich%persönlich",
                "Pers&ouml;nlich", "pers&#246;nlich", "PERS&#xD6;NLICH", r"pers\u00f6nlich", r"pers\\u00f6nlich", "pers&amp;ouml;nlich", r"x\npers\u00f6nlich", "zu\u{200b}persönlich\u{2060}hier"] {
                prop_assert!(list.matches(format!("{before}{text}").as_bytes()), "{}", text);
            }
            let forms = WordList::new(&["union drive"]);
            let form = format!("{before}q=union+drive");
            prop_assert!(forms.matches(form.as_bytes()) && forms.matches(b"a+b=Union+dr%69ve"));
            for form in ["union\u{200b}drive", "union&nbsp;drive", r"union\tdrive", "union&#x20;drive", "q=%75nion+drive&amp;x"] {
                prop_assert!(forms.matches(format!("{before}{form}").as_bytes()), "{}", form);
            }
            prop_assert!(!forms.matches(b"union%2Bdrive") && !forms.matches(br"C:\union\drive") && !forms.matches(b"union&drive"));
            let other = format!("{before}betriebsrat_muster %zz");
            prop_assert!(!list.matches(other.as_bytes()));
        }

        #[test]
        fn a_word_is_found_wherever_it_stands_alone(before in "[ .:/]{0,3}", after in "[ .:/]{0,3}") {
            let list = WordList::new(&["persönlich", "hr"]);
            let shouted = format!("{before}PERSÖNLICH{after}");
            let short = format!("{before}HR{after}");
            prop_assert!(list.matches(shouted.as_bytes()));
            prop_assert!(list.matches(short.as_bytes()));
        }
    }
}

//! Tokens of providers: those that begin with a literal (`ghp_…`), and values beside a provider's name (`okta_token = "…"`).

use crate::check::{before, byte, run};
use crate::entities::Hit;
use crate::tables::{KEYED, LISTED, Part, Shape, TOKENS};
use crate::types::Confidence::{Certain, Likely, Possible};

/// Whether a token may begin at `at`. `false` is certain.
#[inline]
pub(crate) fn may_begin(bytes: &[u8], at: usize) -> bool {
    key(bytes, at).is_some_and(|key| TOKENS.may_hold(key))
}

#[inline]
fn key(bytes: &[u8], at: usize) -> Option<u64> {
    let &[one, two, three] = bytes.get(at..)?.first_chunk()?;
    Some(u64::from(u32::from_le_bytes([one, two, three, 0])))
}

/// The tokens that begin at `at`, and their entities.
pub(crate) fn at(text: &[u8], at: usize, mut found: impl FnMut(u32, Hit)) {
    let Some(key) = key(text, at) else { return };
    for token in TOKENS.near(key).iter().filter(|token| token.key == key) {
        if !text.get(..at).unwrap_or_default().ends_with(token.lead.as_bytes()) {
            continue;
        }
        if let Some(hit) = read(&token.shape, text, at) {
            found(token.shape.entity, Hit { start: at - token.lead.len(), ..hit });
        }
    }
}

/// The value, of some rows of [`KEYED`], that is assigned to the name of their provider, which ends at `end`; at `at`, if that is
/// known.
pub(crate) fn beside(text: &[u8], end: usize, at: Option<usize>, rows: std::ops::Range<usize>) -> Option<Hit> {
    let start = value(text, end).filter(|start| at.is_none_or(|at| at == *start))?;
    let hit = KEYED.get(rows)?.iter().find_map(|row| read(row, text, start))?;
    (!names_another(text.get(end..start)?)).then_some(hit)
}

/// Where the value begins that is assigned to the name which ends at `end`: `=`, `:`, `=>`, `||` and their like, or a comma behind a quote.
fn value(text: &[u8], end: usize) -> Option<usize> {
    let named = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'.' | b'-' | b' ' | b'\t' | b'"' | b'\'' | b'`' | b')' | b']' | b'\\')
    };
    let sign = run(text, end, FURTHEST, named);
    let assigns = match byte(text, sign) {
        b'=' | b':' | b'>' | b'?' => true,
        b'|' => byte(text, sign + 1) == b'|',
        b',' => matches!(before(text, sign), b'"' | b'\'' | b'`'),
        _ => false,
    };
    let behind = run(text, sign, 4, |b| matches!(b, b'=' | b':' | b'>' | b'?' | b'|' | b','));
    let quotes = |b: u8| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b'(' | b'=');
    assigns.then(|| run(text, behind, 5, quotes))
}

/// How far behind a provider's name the sign of an assignment may stand.
const FURTHEST: usize = 40;

/// Whether a word between a provider's name and the value says that the value is something else.
fn names_another(between: &[u8]) -> bool {
    const OTHERS: [&str; 37] = [
        "blob",
        "build",
        "checksum",
        "commit",
        "correlation",
        "dedup",
        "deployment",
        "digest",
        "etag",
        "event",
        "fingerprint",
        "guid",
        "hash",
        "invoice",
        "job",
        "md",
        "message",
        "order",
        "req",
        "request",
        "rev",
        "revision",
        "run",
        "sha",
        "span",
        "subscription",
        "tenant",
        "trace",
        "transaction",
        "uuid",
        "version",
        "checkout",
        "sum",
        "page",
        "cursor",
        "color",
        "offset",
    ];
    let mut word = Vec::new();
    let mut last = b' ';
    for &b in between.iter().chain(b" ") {
        let turns = b.is_ascii_uppercase() && last.is_ascii_lowercase();
        if !b.is_ascii_alphabetic() || turns {
            if OTHERS.iter().any(|other| word.eq_ignore_ascii_case(other.as_bytes())) {
                return true;
            }
            word.clear();
        }
        if b.is_ascii_alphabetic() {
            word.push(b);
        }
        last = b;
    }
    false
}

/// The token of a shape that begins at `at`.
fn read(shape: &Shape, text: &[u8], at: usize) -> Option<Hit> {
    let mut bodies = Bodies::default();
    let mut end = at;
    let mut parts = std::iter::once(&shape.head).chain(shape.tail).peekable();
    while let Some(now) = parts.next() {
        let start = end + now.literal.len();
        end = part(now, text, end, parts.peek().map(|next| next.literal.as_bytes()))?;
        bodies.add(text.get(start..end)?);
    }
    let cut = byte(text, end).is_ascii_alphanumeric() || byte(text, end) == b'_';
    let least = LISTED.get(shape.entity as usize).map_or(0.0, |entity| entity.entropy);
    let whole = text.get(at..end)?;
    // `xxxx…`, `…EXAMPLE…` and the like hold the place of a token.
    if cut && end < text.len() || bodies.entropy() < least || holds_a_place(whole) {
        return None;
    }
    let confidence = match shape.check {
        None => Likely,
        Some(check) if check(whole) => Certain,
        Some(_) => Possible,
    };
    Some(Hit::new(at, end, confidence))
}

/// Where a part ends: at the literal of the next one, or where its bytes do.
fn part(part: &Part, text: &[u8], at: usize, next: Option<&[u8]>) -> Option<usize> {
    let start = at + part.literal.len();
    (text.get(at..start)? == part.literal.as_bytes()).then_some(())?;
    let (least, most) = (usize::from(part.least), usize::from(part.most));
    let of_class = |b: u8| b < 128 && part.body >> b & 1 == 1;
    match next {
        None => {
            let end = run(text, start, most + 1, of_class);
            (least..=most).contains(&(end - start)).then_some(end)
        }
        Some(next) => {
            let last = run(text, start, most, of_class);
            let mut ends = start + least..=last;
            ends.find(|end| text.get(*end..*end + next.len()) == Some(next))
        }
    }
}

/// How often each byte comes.
struct Bodies {
    counts: [u16; 128],
    length: u16,
}

impl Default for Bodies {
    fn default() -> Self {
        Bodies { counts: [0; 128], length: 0 }
    }
}

impl Bodies {
    fn add(&mut self, body: &[u8]) {
        for byte in body {
            self.counts[usize::from(*byte & 127)] += 1;
        }
        self.length += body.len() as u16;
    }

    /// Shannon's entropy, in bits a byte.
    fn entropy(&self) -> f32 {
        let length = f32::from(self.length.max(1));
        let shares = self.counts.iter().filter(|count| **count > 0).map(|count| f32::from(*count) / length);
        shares.map(|share| -share * share.log2()).sum()
    }
}

fn holds_a_place(token: &[u8]) -> bool {
    let filler = |b: u8| matches!(b, b'x' | b'X' | b'*' | b'.' | b'0' | b'_' | b'-');
    let runs = token.windows(6).any(|run| filler(run[0]) && run.iter().all(|b| *b == run[0]));
    let word = |word: &[u8]| token.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    runs || word(b"placeholder") || word(b"your_") || word(b"your-")
}

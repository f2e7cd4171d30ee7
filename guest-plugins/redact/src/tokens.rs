//! Tokens of providers: those that begin with a literal (`ghp_…`), and values beside a provider's name (`okta_token = "…"`).

use crate::check::{before, byte, run, run_back};
use crate::entities::Hit;
use crate::tables::{Ahead, KEYED, LISTED, Part, Shape, Table, Token};
use crate::types::Confidence::{Certain, Likely, Possible};

/// Whether a token may begin with the word at `at`. `false` is certain.
#[inline]
pub(crate) fn may_begin(tokens: &Table<Token>, bytes: &[u8], at: usize) -> bool {
    let may = |at| key(bytes, at).is_some_and(|key| tokens.may_hold(key));
    may(at) || matches!(before(bytes, at), b'\\' | b'%' | b'[' | b';') && may(begin(bytes, at))
}

/// Where the word at `at` begins behind the end of an escape: `\nghp_…`, `%3Dghp_…`, and `[94mghp_…`, which colours it.
pub(crate) fn begin(text: &[u8], at: usize) -> usize {
    match before(text, at) {
        b'\\' if matches!(byte(text, at), b'n' | b'r' | b't') => at + 1,
        b'%' if run(text, at, 2, |b| b.is_ascii_hexdigit()) == at + 2 => at + 2,
        b'[' | b';' => {
            let digits = run(text, at, 3, |b| b.is_ascii_digit());
            if digits > at && byte(text, digits) == b'm' { digits + 1 } else { at }
        }
        _ => at,
    }
}

#[inline]
fn key(bytes: &[u8], at: usize) -> Option<u64> {
    let &[one, two, three] = bytes.get(at..)?.first_chunk()?;
    Some(u64::from(u32::from_le_bytes([one, two, three, 0])))
}

/// The tokens that begin at `at`, and their entities.
pub(crate) fn at(tokens: &Table<Token>, text: &[u8], at: usize, mut found: impl FnMut(u32, Hit)) {
    let Some(key) = key(text, at) else { return };
    for token in tokens.near(key).iter().filter(|token| token.key == key) {
        if !text.get(..at).unwrap_or_default().ends_with(token.lead.as_bytes()) {
            continue;
        }
        let start = at - token.lead.len();
        let Some(first) = token.before.as_ref().map_or(Some(start), |ahead| front(ahead, text, start)) else {
            continue;
        };
        if let Some(hit) = read(&token.shape, text, at, (first, start)) {
            found(token.shape.entity, Hit { start: first, ..hit });
        }
    }
}

/// Where the part begins that stands in front of a literal at `at`.
fn front(ahead: &Ahead, text: &[u8], at: usize) -> Option<usize> {
    let (least, most) = (usize::from(ahead.least), usize::from(ahead.most));
    let start = run_back(text, at, most + 1, |b| b < 128 && ahead.body >> b & 1 == 1);
    ((least..=most).contains(&(at - start)) && !before(text, start).is_ascii_alphanumeric()).then_some(start)
}

/// The value, of some rows of [`KEYED`], that is assigned to the name of their provider, which ends at `end`.
pub(crate) fn beside(text: &[u8], end: usize, rows: std::ops::Range<usize>) -> Option<Hit> {
    let start = value(text, end)?;
    let hit = KEYED.get(rows)?.iter().find_map(|row| read(row, text, start, (start, start)))?;
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

/// From this length on a token is likely even if its check fails.
const PLAIN: usize = 32;

/// The token of a shape that begins at `at`, and what stands in front of it.
fn read(shape: &Shape, text: &[u8], at: usize, ahead: (usize, usize)) -> Option<Hit> {
    let next = |number: usize| shape.tail.get(number).map(|next| next.literal.as_bytes());
    // Nearly all others are told apart here, and the rest is much more work.
    let mut end = part(&shape.head, text, at, next(0))?;
    let mut bodies = Bodies::default();
    bodies.add(text.get(ahead.0..ahead.1)?);
    bodies.add(text.get(at + shape.head.literal.len()..end)?);
    for (number, now) in shape.tail.iter().enumerate() {
        let start = end + now.literal.len();
        end = part(now, text, end, next(number + 1))?;
        bodies.add(text.get(start..end)?);
    }
    let last = shape.tail.last().unwrap_or(&shape.head);
    let judged = end;
    if usize::from(last.most) >= OPEN {
        end = run(text, end, text.len(), |b| last.holds(b));
    }
    let cut = byte(text, end).is_ascii_alphanumeric() || byte(text, end) == b'_';
    let least = LISTED.get(shape.entity as usize).map_or(0.0, |entity| entity.entropy);
    let whole = text.get(at..judged)?;
    // `xxxx…`, `…EXAMPLE…` and the like hold the place of a token.
    if cut && end < text.len() || bodies.entropy() < least || holds_a_place(whole) {
        return None;
    }
    let confidence = match shape.check {
        None => Likely,
        Some(check) if check(whole) => Certain,
        // Nothing else is so long behind such a literal; a sum that a provider changes must not lay its tokens open.
        Some(_) if whole.len() >= PLAIN => Likely,
        Some(_) => Possible,
    };
    Some(Hit::new(at, end, confidence))
}

/// A body that may be so long has no longest: it is judged by as much of it, and all of it is the token.
const OPEN: usize = 1000;

/// Where a part ends: at the literal of the next one, or where its bytes do.
fn part(part: &Part, text: &[u8], at: usize, next: Option<&[u8]>) -> Option<usize> {
    let start = at + part.literal.len();
    (text.get(at..start)? == part.literal.as_bytes()).then_some(())?;
    let (least, most) = (usize::from(part.least), usize::from(part.most));
    let of_class = |b: u8| part.holds(b);
    match next {
        None => {
            let end = run(text, start, most + 1, of_class);
            let is_open = most >= OPEN && end - start > most;
            if is_open { Some(start + most) } else { (least..=most).contains(&(end - start)).then_some(end) }
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
    counts: [u32; 128],
    length: u32,
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
        self.length += body.len() as u32;
    }

    /// Shannon's entropy, in bits a byte.
    fn entropy(&self) -> f32 {
        let length = self.length.max(1) as f32;
        let shares = self.counts.iter().filter(|count| **count > 0).map(|count| *count as f32 / length);
        shares.map(|share| -share * share.log2()).sum()
    }
}

fn holds_a_place(token: &[u8]) -> bool {
    let filler = |b: u8| matches!(b, b'x' | b'X' | b'*' | b'.' | b'0' | b'_' | b'-');
    let runs = token.windows(6).any(|run| filler(run[0]) && run.iter().all(|b| *b == run[0]));
    let word = |word: &[u8]| token.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    runs || word(b"placeholder") || word(b"your_") || word(b"your-")
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn a_word_begins_behind_an_escape_too() {
        let token = "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";
        let texts = |text: String| texts("secret.sentry.user-token", &text).join("").len();
        for lead in ["", "a\\n", "a\\t", "token%3D", "\u{1b}[94m", "\u{1b}[1;31m"] {
            assert_eq!(texts(format!("{lead}{token}")), token.len(), "{lead:?}");
        }
        for lead in ["a", "n", "94m", "\\x"] {
            assert_eq!(texts(format!("{lead}{token}")), 0, "{lead:?}");
        }
    }

    #[test]
    fn a_literal_may_stand_in_the_middle() {
        let token = "Kq7Zp2Lm9Xc4Vb.atlasv1.Zb3Xq8Lm2Vc7Np4Kd9Rt6Wy1Hs5Gj0Fa3Ue8Io2Pl7Mk4Nb9Vc6Xz1Qw5Er0";
        let long = format!("a{token}");
        assert_eq!(texts("secret.terraform", &format!("use {token} here")), [token]);
        assert_eq!(texts("secret.terraform", &format!("use {} here", &token[1..])), [""; 0]);
        assert_eq!(texts("secret.terraform", &long), [""; 0]);
    }

    #[test]
    fn a_long_token_whose_sum_is_wrong_is_likely() {
        assert_eq!(texts("secret.github.pat", "ghp_Zb3Xq8Lm2Vc7Np4Kd9Rt6Wy1Hs5Gj0Fa3Ue8").len(), 1);
        assert_eq!(texts("secret.aws.access-key-id", "AKIAZB189XQ8LM2VC7NP"), [""; 0]);
    }
}

//! Names behind greetings, titles, the ends of letters, and words such as `my name is`.

use super::ends::Ends;
use super::name::{self, folded};
use super::words::{DOINGS, NAMERS, NOT_NAMES, ONE, PARTICLES, TELLING, Tells, holds, tells};
use crate::check::{before, byte, run, run_back, wordy};

/// How telling words end, and those for a password that have no `w`.
static ENDS: Ends = {
    let (mut ends, mut number) = (Ends::NONE, 0);
    while number < TELLING.len() {
        ends = ends.with(TELLING[number].0);
        number += 1;
    }
    ends.with_all(&PARTICLES).with("passe").with("contraseña")
};

/// What may stand between a telling word and the name.
fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'.' | b':' | b'!')
}

/// Whether a telling word may stand before the letter at `at`. `false` is certain.
#[inline]
pub(crate) fn may_begin(bytes: &[u8], at: usize) -> bool {
    let end = run_back(bytes, at, 6, is_between);
    ENDS.may_hold(bytes, end) && !is_article(bytes, end)
}

/// The name that begins at `at`, where a word before tells so.
pub(super) fn behind(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let from = particles(text, at);
    let end = run_back(text, from, 6, is_between);
    let between = text.get(end..from).filter(|between| !between.is_empty())?;
    let (start, written) = word_before(text, end)?;
    let word = folded(written);
    let tells = tells(&word)?;
    // `\nRegards`: what is escaped is no letter of the word.
    let ahead = before(text, start);
    // `Sig.ra`, `Prof.ssa`; a title before a name may be followed by another.
    let second = matches!(&*word, "ra" | "ssa");
    if ahead.is_ascii_digit()
        || matches!(ahead, b'_' | b'@' | b'/' | b'-')
        || (ahead == b'.') != second
        || is_title(text, at)
    {
        return None;
    }
    let only = |signs: &[u8]| between.iter().all(|b| *b == b' ' || signs.contains(b)) && between.len() <= 2;
    let name = |most: usize| name::read(text, at, most, false);
    let end = match tells {
        Tells::Title => {
            let any = is_sure(&word);
            let is_initial = &*word == "m" && is_named_before(text, start);
            (!is_initial && title(&word, written, between)).then(|| name::read(text, at, 3, any))??.end
        }
        Tells::Greeting => name(3).filter(|_| only(b","))?.end,
        Tells::Soft => name(3).filter(|name| only(b"") && ends(text, name.end))?.end,
        Tells::Copula => {
            let noun = word_before(text, gap(text, start))?;
            name(4).filter(|_| only(b":") && names_a_person(text, noun))?.end
        }
        Tells::Name => name(4).filter(|_| only(b":") && names_a_person(text, (start, written)))?.end,
        Tells::Person => name(3).filter(|name| only(b":") && name.words > 1)?.end,
        Tells::Doing => {
            let doing = word_before(text, gap(text, start)).is_some_and(|(_, doing)| holds(&DOINGS, &folded(doing)));
            name(3).filter(|name| only(b":") && doing && name.words > 1)?.end
        }
        Tells::Closing => name(3)?.end,
        Tells::Thanks => {
            name(3)
                .filter(|name| matches!(byte(text, end), b',' | b'\n' | b'!' | b'\r') && ends_line(text, name.end))?
                .end
        }
    };
    Some((from, end))
}

/// Whether `der` or `den` ends here, which is no part of a name unless behind `van` or `von`.
fn is_article(text: &[u8], end: usize) -> bool {
    let last = end.checked_sub(6).and_then(|from| text.get(from..end)).unwrap_or_default();
    (last.ends_with(b" der") || last.ends_with(b" den")) && !last.starts_with(b"an") && !last.starts_with(b"on")
}

/// Where the small words begin that belong to the name at `at`: `van der Berg`.
fn particles(text: &[u8], at: usize) -> usize {
    let mut from = at;
    for _ in 0..3 {
        let Some((start, word)) = word_before(text, gap(text, from)).filter(|_| gap(text, from) < from) else { break };
        let small = (2..=5).contains(&word.len()) && !word.first().is_some_and(u8::is_ascii_uppercase);
        if !small || !std::str::from_utf8(word).is_ok_and(|word| holds(&PARTICLES, word)) {
            break;
        }
        from = start;
    }
    from
}

/// Whether the word at `at` is a title itself.
fn is_title(text: &[u8], at: usize) -> bool {
    let end = run(text, at, 24, wordy);
    let word = text.get(at..end).map(folded).unwrap_or_default();
    tells(&word) == Some(Tells::Title) && (byte(text, end) == b'.' || byte(text, end) == b' ')
}

/// Whether a capitalised word stands before `start` that is no greeting: `Anna M. Meier`.
fn is_named_before(text: &[u8], start: usize) -> bool {
    let Some((_, word)) = word_before(text, gap(text, start)).filter(|_| gap(text, start) < start) else {
        return false;
    };
    let plain = folded(word);
    let capital = word.first().is_some_and(|b| b.is_ascii_uppercase() || *b >= 0x80);
    capital && tells(&plain).is_none() && !holds(&NOT_NAMES, &plain)
}

/// Where the blank before `start` begins.
fn gap(text: &[u8], start: usize) -> usize {
    run_back(text, start, 2, |b| b == b' ')
}

/// The letters that end at `end`.
fn word_before(text: &[u8], end: usize) -> Option<(usize, &[u8])> {
    let start = run_back(text, end, 24, |b| b.is_ascii_alphabetic() || b >= 0x80);
    // The letter of an escape is none of the word.
    let start =
        if before(text, start) == b'\\' && matches!(byte(text, start), b'n' | b'r' | b't') { start + 1 } else { start };
    text.get(start..end).filter(|word| !word.is_empty()).map(|word| (start, word))
}

/// Titles behind which every word is a name: `Frau März`.
fn is_sure(title: &str) -> bool {
    matches!(
        title,
        "mr" | "mrs"
            | "herr"
            | "herrn"
            | "frau"
            | "mme"
            | "dhr"
            | "mevr"
            | "mevrouw"
            | "pani"
            | "sra"
            | "señora"
            | "don"
            | "doña"
            | "dona"
    )
}

/// Whether a title is written as one: `M.` and `Sr.` with their dots, `MS` and `DR` are other things.
fn title(word: &str, written: &[u8], between: &[u8]) -> bool {
    let dot = between.first() == Some(&b'.');
    let capital = written.first().is_some_and(u8::is_ascii_uppercase);
    let apart = between.iter().skip(usize::from(dot)).all(|b| *b == b' ') && between.len() <= 2;
    let all = written.len() > 1 && written.iter().all(u8::is_ascii_uppercase);
    apart
        && match word {
            "m" | "sr" | "sig" | "hr" => dot && capital,
            "ms" | "dr" | "drs" | "miss" | "sir" | "pan" | "prof" | "dipl" | "madam" | "professor" => capital && !all,
            _ => true,
        }
}

/// Whether this noun is a person's name: `surname`; `name` behind `my`, `full` ….
fn names_a_person(text: &[u8], (start, noun): (usize, &[u8])) -> bool {
    let noun = folded(noun);
    let namer = || word_before(text, gap(text, start)).is_some_and(|(_, namer)| holds(&NAMERS, &folded(namer)));
    holds(&ONE, &noun) || tells(&noun) == Some(Tells::Name) && namer()
}

/// Whether a sentence or a line may end here.
fn ends(text: &[u8], end: usize) -> bool {
    ends_line(text, end)
        || matches!(byte(text, end), b',' | b'!')
        || byte(text, end) == b'.' && !wordy(byte(text, end + 1))
}

fn ends_line(text: &[u8], end: usize) -> bool {
    end >= text.len() || matches!(byte(text, end), b'\n' | b'\r' | b'"' | b'<' | b'\\')
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn words_tell_names_and_are_none() {
        for (text, names) in [
            ("Dear Mr. Smith, thanks", &["Smith"][..]),
            ("Sehr geehrte Frau Dr. Meier,", &["Meier"]),
            ("Frau März ruft an", &["März"]),
            ("Don Julio Pérez firma con Doña Ana", &["Julio Pérez", "Ana"]),
            ("firma dona Ana Perez; companero: Luis Gil", &["Ana Perez", "Luis Gil"]),
            ("I don't think so, Don't", &[]),
            ("Best regards,\nAnna Meier", &["Anna Meier"]),
            ("Best regards,\r\n\r\nAnna Meier\r\nSales", &["Anna Meier"]),
            ("Best regards,\\nAnna Meier", &["Anna Meier"]),
            ("Thanks,\nAnna", &["Anna"]),
            ("Liebe Anna, danke", &["Anna"]),
            ("my name is Anna Meier and", &["Anna Meier"]),
            ("Der volle Name lautet Anna Meier.", &[]),
            ("Je m'appelle Chloé Martin", &["Chloé Martin"]),
            ("The ticket was assigned to Anna Meier yesterday", &["Anna Meier"]),
            ("Hi Anna and hello Émile", &["Anna", "Émile"]),
            ("Hi Team, Hello World, Dear customer", &[]),
            ("Sehr geehrte Damen und Herren", &[]),
            ("Beste Lösung aller Zeiten", &[]),
            ("Liebe Grüße aus Berlin", &[]),
            ("Thanks for the report", &[]),
            ("Thanks, Problem solved", &[]),
            ("took 500 ms Timeout, MS Word, DR Site", &[]),
            ("Sr. Engineer", &[]),
            ("Anna M. Meier, Bonjour M. Dupont, que M. Martin", &["Dupont", "Martin"]),
            ("Frau van der Berg kommt", &["van der Berg"]),
            ("in der Firma, an der Firma, von der Firma", &[]),
            ("Gentile Prof.ssa Rossi", &["Rossi"]),
            ("written by Google Chrome", &[]),
            ("Display name is Contoso", &["Contoso"]),
            ("host name is Web", &[]),
        ] {
            assert_eq!(texts("person.name", text), names, "{text}");
        }
    }
}

/// Letters, and what they are without accents.
const ACCENTED: [(&str, &str); 22] = [
    ("àáâãäåāăą", "a"), ("çćĉċč", "c"), ("ďđð", "d"), ("èéêëēĕėęě", "e"), ("ĝğġģ", "g"), ("ĥħ", "h"), ("ìíîïĩīĭįı", "i"),
    ("ĵ", "j"), ("ķ", "k"), ("ĺļľŀł", "l"), ("ñńņňŉ", "n"), ("òóôõöøōŏőơ", "o"), ("ŕŗř", "r"), ("śŝşšș", "s"), ("ţťŧț", "t"),
    ("ùúûüũūŭůűųư", "u"), ("ŵ", "w"), ("ýÿŷ", "y"), ("źżž", "z"), ("ß", "ss"), ("æ", "ae"), ("œ", "oe"),
];

/// Letters of a keyword that counts without its accents too, at least: fewer are something else (`rč`).
const LEAST_UNACCENTED: usize = 4;

/// A keyword in small letters, in capitals and with one in front, and as who has no accents writes it. What is looked up folds case
/// within ASCII only, so that ways that differ no further are one; all have small letters of ASCII.
fn ways(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let mut ways = vec![text.to_uppercase(), first];
    if text.chars().filter(|c| c.is_alphabetic()).count() >= LEAST_UNACCENTED {
        ways.push(unaccented(&text));
    }
    ways.push(text);
    ways.iter_mut().for_each(|way| way.make_ascii_lowercase());
    ways.sort();
    ways.dedup();
    ways
}

fn unaccented(text: &str) -> String {
    let plain = |c: char| ACCENTED.iter().find(|(letters, _)| letters.contains(c)).map(|(_, plain)| *plain);
    let mut out = String::new();
    for c in text.chars() {
        match plain(c) {
            Some(plain) => out.push_str(plain),
            None => out.push(c),
        }
    }
    out
}

//! User agents, down to the family of browser, bot, client or app.
//!
//! Words of the text are looked up in a table; the most telling one wins: a bot before an app, an app before the
//! browser it is made of, a browser before those it pretends to be. What has no entry becomes `Other`.

use tamis_plugin_sdk::bytes::{same, words};

use crate::agents::{ENDINGS, PREFIXES, WORDS};

/// What agents become that nobody knows.
pub(crate) const OTHER: &str = "Other";
const LONGEST: usize = 40;

/// How telling a word is, and which family it stands for.
pub(crate) type Family = (u8, &'static str);

/// Families of the agents of one column: few agents send most of the events.
pub(crate) struct Seen<'a>([[(&'a str, &'static str); 2]; SEEN]);

/// A power of two.
const SEEN: usize = 128;

impl<'a> Seen<'a> {
    pub(crate) fn new() -> Self {
        // As `family` says of the empty agent.
        Seen([[("", OTHER); 2]; SEEN])
    }

    pub(crate) fn family(&mut self, agent: &'a str) -> &'static str {
        let Some([first, second]) = self.0.get_mut(place(agent.as_bytes())) else { return family(agent) };
        for known in [*first, *second] {
            if same(known.0.as_bytes(), agent.as_bytes()) {
                return known.1;
            }
        }
        *second = *first;
        *first = (agent, family(agent));
        first.1
    }
}

/// Where an agent is remembered. That several share a place costs time and changes no answer.
#[inline]
fn place(agent: &[u8]) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, bytes: &[u8; 16]| {
        let both = u128::from_le_bytes(*bytes);
        ((sum ^ both as u64).wrapping_mul(ODD) ^ (both >> 64) as u64).rotate_left(23)
    };
    let length = agent.len() as u64;
    let sum = match (agent.as_chunks::<16>(), agent.last_chunk::<48>()) {
        // Of a long one, what tells systems apart and what tells versions apart: the second 16 bytes and the last 48.
        ((&[_, second, ..], _), Some(last)) => last.as_chunks().0.iter().fold(mix(length, &second), mix),
        ((blocks, rest), _) => {
            let sum = blocks.iter().fold(length, mix);
            match agent.last_chunk::<16>() {
                Some(last) => mix(sum, last),
                None => rest.iter().fold(sum, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(ODD)),
            }
        }
    };
    (sum.wrapping_mul(ODD) >> (64 - SEEN.trailing_zeros())) as usize
}

/// The family of an agent.
pub(crate) fn family(agent: &str) -> &'static str {
    if let Some(family) = named(agent) {
        return family;
    }
    let mut best: Family = (0, OTHER);
    words(agent.as_bytes(), [(b'-', b'.'), (b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')], |word| {
        if let Some(family) = look_up(word).filter(|family| family.0 > best.0) {
            best = family;
        }
    });
    best.1
}

/// A family's own name stays.
fn named(agent: &str) -> Option<&'static str> {
    let words = WORDS.iter().map(|(_, family)| family.1);
    let rest = PREFIXES.iter().chain(ENDINGS).map(|(_, family)| family.1);
    if agent.len() > 32 || agent.contains('/') {
        return None;
    }
    words.chain(rest).find(|family| *family == agent)
}

/// The family of a word; one that is longer than any known has none.
fn look_up(word: &[u8]) -> Option<Family> {
    let (first, last) = (word.first()?.to_ascii_lowercase(), word.last()?.to_ascii_lowercase());
    // What has neither the beginning and length of a known word nor one of the beginnings or endings is not looked at
    // further: versions, numbers and most of the words are so.
    let known = LENGTHS.get(usize::from(first))? >> word.len().min(63) & 1 == 1;
    let partly = matches!(first, b'a' | b'g' | b'm' | b's') || matches!(last, b'm' | b'r' | b't');
    if !known && !partly || !(2..=LONGEST).contains(&word.len()) {
        return None;
    }
    let (mut lower, mut sum) = ([0; LONGEST], 0);
    let lower = lower.get_mut(..word.len())?;
    for (to, from) in lower.iter_mut().zip(word) {
        *to = from.to_ascii_lowercase();
        sum = mixed(sum, *to);
    }
    let word = &*lower;
    let mut at = begin(sum, word.len());
    while let Some((known, family)) = PLACES.get(at).and_then(|number| WORDS.get(usize::from(*number))) {
        if same(known.as_bytes(), word) {
            return Some(*family);
        }
        at = (at + 1) % PLACES.len();
    }
    let begins = || PREFIXES.iter().find(|(prefix, _)| word.starts_with(prefix.as_bytes()));
    let ends = || ENDINGS.iter().find(|(ending, _)| word.ends_with(ending.as_bytes()));
    let found = partly.then(|| begins().or_else(ends)).flatten();
    found.map(|(_, family)| *family)
}

const fn mixed(sum: u32, byte: u8) -> u32 {
    (sum ^ byte as u32).wrapping_mul(0x0100_0193)
}

const fn begin(sum: u32, length: usize) -> usize {
    (mixed(sum, length as u8) >> 16) as usize % PLACES.len()
}

/// Where the words stand in their table, by a sum over their bytes or soon behind it; no number where there is none.
static PLACES: [u16; 1024] = {
    let mut places = [u16::MAX; 1024];
    let mut word = 0;
    while word < WORDS.len() {
        let text = WORDS[word].0.as_bytes();
        let (mut sum, mut at) = (0, 0);
        while at < text.len() {
            sum = mixed(sum, text[at]);
            at += 1;
        }
        let mut place = begin(sum, text.len());
        while places[place] != u16::MAX {
            place = (place + 1) % places.len();
        }
        places[place] = word as u16;
        word += 1;
    }
    places
};

/// Which lengths the words have that begin with a byte: a bit each.
const LENGTHS: [u64; 128] = {
    let mut lengths = [0; 128];
    let mut word = 0;
    while word < WORDS.len() {
        let text = WORDS[word].0.as_bytes();
        lengths[text[0] as usize] |= 1 << text.len();
        word += 1;
    }
    lengths
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tables_are_sorted_lower_case_and_short() {
        assert!(PREFIXES.iter().all(|(prefix, _)| prefix.contains(['-', '.'])));
        assert!(PREFIXES.iter().all(|(prefix, _)| prefix.starts_with(['a', 'g', 'm', 's'])));
        assert!(ENDINGS.iter().all(|(ending, _)| ending.ends_with(['m', 'r', 't'])));
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
        let all = || WORDS.iter().chain(PREFIXES).chain(ENDINGS);
        assert!(all().all(|(word, _)| word.len() <= LONGEST && !word.bytes().any(|byte| byte.is_ascii_uppercase())));
        assert!(all().all(|(_, (_, name))| family(name) == *name && name.len() <= 32 && !name.contains('/')));
    }

    /// Agents as the vendors document them and as they occur in logs.
    #[test]
    fn agents_are_told_apart() {
        let webkit = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let cases = [
            (webkit.into(), "Chrome"),
            (format!("{webkit} Edg/120.0.2210.91"), "Edge"),
            (format!("{webkit} OPR/106.0.0.0"), "Opera"),
            (format!("{webkit} Teams/1.6.00.4472 Electron/19.1.8"), "Teams"),
            (format!("{webkit} Slack/4.35.126 Electron/27"), "Slack"),
            (webkit.replace("Chrome/", "SamsungBrowser/23.0 Chrome/"), "Samsung Internet"),
            (webkit.replace("Chrome/", "HeadlessChrome/"), "Chrome"),
            (format!("{phone} Version/17.0 Mobile/15E148 Safari/604.1"), "Safari"),
            (format!("{phone} CriOS/120.0 Mobile/15E148 Safari/604.1"), "Chrome"),
            (format!("{phone} FxiOS/120.0 Mobile/15E148 Safari/605.1.15"), "Firefox"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0".into(), "Firefox"),
            ("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko".into(), "Internet Explorer"),
            ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)".into(), "Internet Explorer"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)".into(), "Googlebot"),
            (
                "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116 Safari/537.36"
                    .into(),
                "bingbot",
            ),
            ("Mozilla/5.0 (compatible; SomethingBot/1.0)".into(), "Other bot"),
            ("curl/8.4.0".into(), "curl"),
            ("python-requests/2.31.0".into(), "python-requests"),
            ("Go-http-client/2.0".into(), "Go-http-client"),
            ("okhttp/4.12.0".into(), "okhttp"),
            ("aws-cli/2.15.0 Python/3.11.6 Linux/5.10 exe/x86_64 prompt/off".into(), "aws-cli"),
            ("Boto3/1.34.0 md/Botocore#1.34.0 ua/2.0 os/linux lang/python#3.11".into(), "Boto3"),
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.6.6 (+https://www.terraform.io) aws-sdk-go-v2/1.24".into(),
                "Terraform",
            ),
            ("aws-sdk-java/2.20.1 Linux/5.10 OpenJDK_64-Bit_Server_VM/17".into(), "AWS SDK"),
            ("signin.amazonaws.com".into(), "AWS service"),
            ("kubectl/v1.28.0 (linux/amd64) kubernetes/855e7c4".into(), "kubectl"),
            ("Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.17763.1971".into(), "PowerShell"),
            ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17126; Pro)".into(), "Outlook"),
            ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Word 16.0; Pro)".into(), "Microsoft Office"),
            ("Microsoft SkyDriveSync 23.246.1127.0002 ship; Windows NT 10.0 (22631)".into(), "OneDrive"),
            ("Client=OWA;Action=ViaProxy".into(), "Outlook on the web"),
            ("BAV2ROPC".into(), "Basic authentication"),
            ("Dalvik/2.1.0 (Linux; U; Android 10; Redmi K20 Pro MIUI/V12)".into(), "Android app"),
            ("MyApp/1 CFNetwork/1408.0.4 Darwin/22.5.0".into(), "Apple app"),
            ("Ann's laptop/1.0".into(), "Other"),
            ("Slackware".into(), "Other"),
            ("Mozilla/5.0".into(), "Other"),
            ("x".repeat(300), "Other"),
        ];
        for (agent, expected) in cases {
            assert_eq!(family(&agent), expected, "{agent}");
        }
    }

    /// The same said slowly: every word is held against every entry.
    fn slow(agent: &str) -> &'static str {
        if let Some(family) = named(agent) {
            return family;
        }
        let mut best = (0, OTHER);
        for word in agent.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
            let lower = word.to_ascii_lowercase();
            let begins = PREFIXES.iter().find(|(prefix, _)| lower.starts_with(prefix));
            let ends = ENDINGS.iter().find(|(ending, _)| lower.ends_with(ending));
            let found = WORDS.iter().find(|(known, _)| *known == lower).or(begins).or(ends);
            let long = !(2..=LONGEST).contains(&word.len());
            if let Some((_, family)) = found.filter(|(_, family)| !long && family.0 > best.0) {
                best = *family;
            }
        }
        best.1
    }

    fn any_agent() -> impl Strategy<Value = String> {
        let table = || WORDS.iter().chain(PREFIXES).chain(ENDINGS).map(|(word, _)| *word).collect::<Vec<_>>();
        let word = prop_oneof![
            proptest::sample::select(table()).prop_map(str::to_owned),
            proptest::sample::select(table()).prop_map(str::to_ascii_uppercase),
            "[A-Za-z0-9._-]{0,12}",
        ];
        let joint = prop_oneof![Just(""), Just(" "), Just("/"), Just(".x "), Just("-"), Just("; ü")];
        proptest::collection::vec((word, joint), 0..6)
            .prop_map(|parts| parts.iter().map(|(word, joint)| format!("{word}{joint}")).collect())
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_slow_one(agents in proptest::collection::vec(any_agent(), 1..9), order in proptest::collection::vec(0..9usize, 0..40)) {
            let mut seen = Seen::new();
            for agent in order.iter().filter_map(|at| agents.get(*at)).chain(&agents) {
                prop_assert_eq!(seen.family(agent), slow(agent));
                prop_assert_eq!(family(agent), slow(agent));
            }
        }

        #[test]
        fn twice_is_once_and_versions_make_no_difference(agent in "[A-Za-z0-9/ .;()_-]{0,60}|.{0,30}", a in "[0-9.]{1,9}", b in "[0-9.]{1,9}", word in 0..WORDS.len()) {
            prop_assert_eq!(family(family(&agent)), family(&agent));
            let versioned = |version: &str| family(&format!("x {}/{version}", WORDS[word].0));
            prop_assert_eq!(versioned(&a), versioned(&b));
        }
    }
}

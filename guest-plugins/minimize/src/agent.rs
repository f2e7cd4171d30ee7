//! User agents, down to the family of browser, bot, client or app.
//!
//! Words of the text are looked up in a table; the most telling one wins: a bot before an app, an app before the
//! browser it is made of, a browser before those it pretends to be. What has no entry becomes `Other`.

use crate::agents::{ENDINGS, PREFIXES, WORDS};

/// What agents become that nobody knows.
pub(crate) const OTHER: &str = "Other";
const LONGEST: usize = 40;

/// How telling a word is, and which family it stands for.
pub(crate) type Family = (u8, &'static str);

/// The family of an agent.
pub(crate) fn family(agent: &str) -> &'static str {
    if let Some(family) = named(agent) {
        return family;
    }
    let mut best: Family = (0, OTHER);
    let mut word = Word { bytes: [0; LONGEST], length: 0, letters: false };
    for byte in agent.bytes().chain([b' ']) {
        let plain = byte.is_ascii_alphabetic();
        if plain || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.') {
            word.push(byte.to_ascii_lowercase(), plain);
            continue;
        }
        if let Some(family) = word.look_up().filter(|family| family.0 > best.0) {
            best = family;
        }
        (word.length, word.letters) = (0, false);
    }
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

/// A word in lower case; one that is longer than any known is none.
struct Word {
    bytes: [u8; LONGEST],
    length: usize,
    letters: bool,
}

impl Word {
    fn push(&mut self, byte: u8, letter: bool) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
        }
        self.length += 1;
        self.letters |= letter;
    }

    fn look_up(&self) -> Option<Family> {
        // Versions and numbers are most of the words.
        if self.length < 2 || !self.letters {
            return None;
        }
        let word = self.bytes.get(..self.length)?;
        let first = usize::from(*word.first()?);
        let same = usize::from(*BEGIN.get(first)?)..usize::from(*BEGIN.get(first + 1)?);
        let words = WORDS.get(same)?;
        if let Ok(at) = words.binary_search_by(|(known, _)| known.as_bytes().cmp(word)) {
            return words.get(at).map(|(_, family)| *family);
        }
        let begins = || PREFIXES.iter().find(|(prefix, _)| word.starts_with(prefix.as_bytes()));
        let ends = || ENDINGS.iter().find(|(ending, _)| word.ends_with(ending.as_bytes()));
        let compound = word.contains(&b'-') || word.contains(&b'.');
        let found = if compound { begins().or_else(ends) } else { ends() };
        found.map(|(_, family)| *family)
    }
}

/// Where the words begin that have a first byte; they end where those of the next byte begin.
const BEGIN: [u16; 129] = {
    let mut begin = [0; 129];
    let mut word = 0;
    while word < WORDS.len() {
        begin[WORDS[word].0.as_bytes()[0] as usize + 1] = word as u16 + 1;
        word += 1;
    }
    let mut byte = 1;
    while byte < begin.len() {
        if begin[byte] == 0 {
            begin[byte] = begin[byte - 1];
        }
        byte += 1;
    }
    begin
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_tables_are_sorted_lower_case_and_short() {
        assert!(PREFIXES.iter().all(|(prefix, _)| prefix.contains(['-', '.'])));
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

    proptest! {
        #[test]
        fn twice_is_once_and_versions_make_no_difference(agent in "[A-Za-z0-9/ .;()_-]{0,60}|.{0,30}", a in "[0-9.]{1,9}", b in "[0-9.]{1,9}", word in 0..WORDS.len()) {
            prop_assert_eq!(family(family(&agent)), family(&agent));
            let versioned = |version: &str| family(&format!("x {}/{version}", WORDS[word].0));
            prop_assert_eq!(versioned(&a), versioned(&b));
        }
    }
}

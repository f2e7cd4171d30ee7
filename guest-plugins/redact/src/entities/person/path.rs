//! Accounts in paths: `C:\Users\ann`, `/home/ann`, `/personal/ann_contoso_com`, `ann_contoso_onmicrosoft_com`.

use super::super::tld;
use super::name::folded;
use super::words::{ACCOUNTS, holds};
use super::{Anchor, Finder, Hit, Site};
use crate::check::{before, byte, run, run_back, wordy};
use crate::types::Confidence::{Likely, Possible};

/// Asked at the separator behind a folder of homes.
pub(crate) static USER_PATH: Finder = Finder { anchors: &[Anchor::Folder], digits: 0, surest: Likely, find };

/// Longest account that is looked for, in bytes.
const MOST: usize = 80;

/// Whether the `/`, `\` or `_` at `at` may stand behind a folder of homes. `false` is certain.
#[inline]
pub(crate) fn may_begin(bytes: &[u8], at: usize) -> bool {
    let last = at.checked_sub(4).and_then(|from| bytes.get(from..)?.first_chunk());
    last.is_some_and(|last| {
        matches!(
            &(u32::from_le_bytes(*last) | 0x2020_2020).to_le_bytes(),
            b"sers" | b"home" | b"ings" | b"onal" | b"soft" | b"ome$" | b"les$"
        )
    })
}

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    if byte(text, at) == b'_' {
        return hits.extend(tenant(text, at));
    }
    let from = run(text, at, 8, |b| matches!(b, b'/' | b'\\'));
    let name = run_back(text, at, 24, |b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'$'));
    let folder = folded(text.get(name..at).unwrap_or_default());
    let is_windows = byte(text, at) == b'\\';
    let hit = match &*folder {
        "users" if is_windows || is_drive(text, name) || text.get(name) == Some(&b'U') && is_root(text, name) => {
            account(text, from, is_windows || is_drive(text, name))
        }
        "documents and settings" => account(text, from, true),
        "home" if is_windows || is_root(text, name) => account(text, from, is_windows),
        "home$" | "profiles$" => account(text, from, true),
        "personal" => personal(text, from),
        _ => None,
    };
    hits.extend(hit.filter(|hit| hit.end > hit.start));
}

/// Whether a folder at `name` stands on a drive: `C:/Users`, `/c/Users`.
fn is_drive(text: &[u8], name: usize) -> bool {
    let letter = run_back(text, name, 4, |b| matches!(b, b'/' | b'\\'));
    letter < name && before(text, letter) == b':' && letter >= 2 && before(text, letter - 1).is_ascii_alphabetic()
        || letter + 1 == name && before(text, letter).is_ascii_alphabetic() && before(text, letter - 1) == b'/'
}

/// Whether a folder at `name` stands at the root, or in one of those where homes are mounted: no part of a URL.
fn is_root(text: &[u8], name: usize) -> bool {
    const MOUNTS: [&[u8]; 13] = [
        b"export", b"mnt", b"var", b"data", b"net", b"nfs", b"usr", b"srv", b"rootfs", b"host", b"hostfs", b"media",
        b"volumes",
    ];
    let slash = run_back(text, name, 8, |b| matches!(b, b'/' | b'\\'));
    if slash == name {
        return false;
    }
    let lead = before(text, slash);
    if !wordy(lead) && !matches!(lead, b'.' | b'-' | b'_' | b'~' | b'}' | b')' | b'%') {
        // `GET /home/x`
        return !requests(text, slash);
    }
    let mount = run_back(text, slash, 8, |b| b.is_ascii_alphabetic());
    MOUNTS.iter().any(|known| text.get(mount..slash).is_some_and(|mount| mount.eq_ignore_ascii_case(known)))
        && before(text, mount) == b'/'
        && !wordy(before(text, mount.saturating_sub(1)))
}

/// Whether a method of HTTP stands before what begins at `start`.
fn requests(text: &[u8], start: usize) -> bool {
    const METHODS: [&[u8]; 7] = [b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"PATCH", b"OPTIONS"];
    let end = run_back(text, start, 1, |b| b == b' ');
    let word = run_back(text, end, 8, |b| b.is_ascii_uppercase());
    end < start && METHODS.iter().any(|method| text.get(word..end) == Some(method))
}

/// The account at `start`; on Windows there may be blanks in it.
fn account(text: &[u8], start: usize, is_windows: bool) -> Option<Hit> {
    let of_name = |b: u8| {
        b > b' '
            && !matches!(
                b,
                b'/' | b'\\'
                    | b':'
                    | b'*'
                    | b'?'
                    | b'"'
                    | b'<'
                    | b'>'
                    | b'|'
                    | b'\''
                    | b'`'
                    | b','
                    | b';'
                    | b'('
                    | b')'
                    | b'['
                    | b']'
                    | b'{'
                    | b'}'
                    | b'='
                    | b'&'
                    | b'#'
            )
    };
    let mut end = run(text, start, MOST, of_name);
    if is_windows {
        let long = run(text, start, MOST, |b| of_name(b) || b == b' ');
        let words = text.get(start..long).unwrap_or_default().split(|b| *b == b' ');
        let is_closed = matches!(byte(text, long), b'/' | b'\\') && long < text.len();
        let is_name = || words.clone().all(|word| word.first().is_some_and(|b| b.is_ascii_uppercase() || *b >= 0x80));
        if words.clone().count() <= 4 && (is_closed || (long == text.len() || byte(text, long) == b'"') && is_name()) {
            end = long;
        }
    }
    if !matches!(byte(text, end), b'/' | b'\\') {
        end -= text.get(start..end).unwrap_or_default().iter().rev().take_while(|b| matches!(b, b'.' | b'!')).count();
    }
    let written = text.get(start..end).filter(|written| !written.is_empty())?;
    judged(written).map(|confidence| Hit::new(start, end, confidence))
}

/// How sure it is that somebody has this account.
fn judged(written: &[u8]) -> Option<crate::types::Confidence> {
    const FILES: [&[u8]; 9] = [b".html", b".htm", b".php", b".jsp", b".aspx", b".js", b".css", b".png", b".json"];
    let name = folded(written);
    // `Administrator.DOMAIN`, `MSSQL$X`, `defaultuser100000`
    let base = name.split(['.', '$', '~', '@']).next().unwrap_or_default();
    let base = base.trim_end_matches(|c: char| c.is_ascii_digit());
    let place = matches!(written.first(), Some(b'%' | b'$' | b'~' | b'-' | b'.' | b'@'))
        || !name.chars().any(char::is_alphanumeric);
    let file = FILES.iter().any(|end| written.len() > end.len() && name.as_bytes().ends_with(end));
    let spaced = name
        .split(' ')
        .next()
        .is_some_and(|first| name.contains(' ') && matches!(first, "all" | "default" | "public" | "local" | "network"));
    if place || file || spaced || holds(&ACCOUNTS, &name) || !base.is_empty() && holds(&ACCOUNTS, base) {
        return None;
    }
    let code = name.len() >= 8
        && name.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        && name.chars().any(|c| c.is_ascii_digit());
    let letters = name.chars().any(char::is_alphabetic);
    Some(if code || !letters || written.len() == 1 { Possible } else { Likely })
}

/// `ann_meier_contoso_com` behind `/personal/`.
fn personal(text: &[u8], start: usize) -> Option<Hit> {
    let end = run(text, start, MOST, |b| wordy(b) || matches!(b, b'_' | b'-'));
    let written = folded(text.get(start..end)?);
    let mut parts = written.rsplit('_');
    let is_domain = parts.next().is_some_and(|top| tld::ALL.binary_search(&top).is_ok());
    (is_domain && parts.count() >= 2).then(|| Hit::new(start, end, Likely))
}

/// `user_tenant_onmicrosoft_com` around the underscore behind `onmicrosoft`.
fn tenant(text: &[u8], at: usize) -> Option<Hit> {
    const TENANT: &[u8] = b"_onmicrosoft";
    let end = at + 4;
    let is_tenant = text.get(at..end)?.eq_ignore_ascii_case(b"_com")
        && text.get(at.checked_sub(TENANT.len())?..at)?.eq_ignore_ascii_case(TENANT);
    let stop = at.saturating_sub(TENANT.len());
    let start = run_back(text, stop, MOST, |b| wordy(b) || matches!(b, b'_' | b'-'));
    let user = text.get(start..stop)?;
    let joint = user.iter().rposition(|b| *b == b'_').filter(|joint| *joint > 0);
    (is_tenant && joint.is_some() && !wordy(byte(text, end))).then(|| Hit::new(start, end, Likely))
}

#[cfg(test)]
mod tests {
    use crate::tests::texts;

    #[test]
    fn accounts_are_found_in_the_paths_of_every_system() {
        for (text, account) in [
            (r"C:\Users\ann.meier\Documents\x.docx", "ann.meier"),
            (r"C:\\Users\\ann\\AppData", "ann"),
            (r"C:\\\\Users\\\\ann\\\\AppData", "ann"),
            (r"C:\Users\Ann Meier\Desktop", "Ann Meier"),
            ("\"C:\\Users\\Ann Meier\"", "Ann Meier"),
            (r"open C:\Users\ann was denied", "ann"),
            (r"C:\Users\MSTICA~1\AppData", "MSTICA~1"),
            ("c:/users/ann/x", "ann"),
            ("file:///C:/Users/ann/x", "ann"),
            ("file:///C:/Users/Ann%20Meier/x", "Ann%20Meier"),
            ("/c/Users/ann/x", "ann"),
            (r"\\server\home$\ann", "ann"),
            (r"\\server\Users\ann", "ann"),
            (r"C:\Documents and Settings\ann\x", "ann"),
            ("PWD=/home/ann ; USER=root", "ann"),
            ("cd /home/ann.meier/src", "ann.meier"),
            ("file:///home/ann/x", "ann"),
            ("/mnt/home/ann", "ann"),
            ("/Users/ann/Library", "ann"),
            ("\\/home\\/ann\\/x", "ann"),
            ("%2Fhome%2Fann%2Fx", "ann"),
            ("https://contoso-my.sharepoint.com/personal/ann_meier_contoso_com/Documents", "ann_meier_contoso_com"),
            ("/personal/ann_contoso_onmicrosoft_com/x", "ann_contoso_onmicrosoft_com"),
            ("site ann_meier_contoso_onmicrosoft_com shared", "ann_meier_contoso_onmicrosoft_com"),
        ] {
            assert_eq!(texts("person.user-path", text), [account], "{text}");
        }
    }

    #[test]
    fn folders_of_nobody_and_paths_of_the_web_are_none() {
        for text in [
            r"C:\Users\Public\Desktop",
            r"C:\Users\Default User\x",
            r"C:\Users\%USERNAME%\x",
            r"C:\Documents and Settings\All Users\x",
            r"C:\Users\Administrator.CONTOSO\x",
            "/home/ubuntu/x",
            "/home/runner/work",
            "/home/$USER/x",
            "/home/ec2-user",
            "https://example.com/home/ann",
            "GET /home/ann HTTP/1.1",
            "/api/v1/Users/ann",
            "/users/ann",
            "/home/index.html",
            "/home/",
            r"C:\Users\",
            "/personal/finance",
            "contoso_onmicrosoft_com",
            r"BUILTIN\Users",
        ] {
            assert_eq!(texts("person.user-path", text), [""; 0], "{text}");
        }
    }
}

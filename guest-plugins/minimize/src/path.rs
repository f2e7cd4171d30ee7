//! Paths of files: the top folders and the type of file.
//!
//! `C:\Users\ann\x.docx` at depth 1 becomes `C:/Users/….docx`: slashes throughout, `…` for whatever was left out.
//! However deep, the folder of a user is never shown: behind `Users`, `home`, `Documents and Settings` and their like,
//! behind a name with an @, a `~` or a trailing `$`, nothing more is. The host of a web address stays as its root.
//! A `file:` address is read as its path.

use std::fmt::Write;

use tamis_plugin_sdk::bytes::{find, outside};
use tamis_plugin_sdk::file_name::extension;

use crate::Change;
use crate::url::Parts;

/// How much of a path stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Folders from the root.
    pub folders: u16,
    /// Whether the type of the file stays.
    pub extension: bool,
}

const LEFT_OUT: &str = "…";

/// Folders that hold the folders of persons, by their first letter.
fn homes(first: u8) -> &'static [&'static str] {
    match first.to_ascii_lowercase() {
        b'b' => &["benutzer"],
        b'd' => &["documents and settings", "dokumente und einstellungen"],
        b'h' => &["home", "homes", "home$"],
        b'm' => &["mail", "mailboxes", "mailbox"],
        b'p' => &["profiles", "personal", "profiles$"],
        b'u' => &["users", "user", "utilisateurs", "usuarios", "users$"],
        _ => &[],
    }
}

impl Depth {
    /// The change that leaves what stays; `None` for a web address that cannot be read.
    #[inline]
    pub(crate) fn change<'a>(self, value: &str, out: &'a mut String) -> Option<Change<'a>> {
        match self.usual(value, out) {
            Some(at) => Some(Change { range: at..value.len(), text: out }),
            None => self.reduce(value, out).map(|()| Change::whole(value, out)),
        }
    }

    /// Where a path as most are is cut, and what is put there: one with slashes, without a scheme or drive, of plain
    /// names. `None` where the general way must decide.
    fn usual(self, value: &str, out: &mut String) -> Option<usize> {
        let bytes = value.as_bytes();
        // Of the ASCII that is printed, not `"%*:;<=>?@\{|}~`.
        let plain = [(b' ', b'!'), (b'#', b'$'), (b'&', b')'), (b'+', b'9'), (b'A', b'['), (b']', b'z')];
        if outside(bytes, 0, plain) < bytes.len() {
            return None;
        }
        let mut at = usize::from(bytes.first() == Some(&b'/'));
        let mut kept = 0;
        let mut home = false;
        loop {
            let end = find(bytes, at, b'/');
            let folder = value.get(at..end)?;
            if end == bytes.len() {
                break;
            }
            if matches!(folder, "" | ".") {
                return None;
            }
            if kept == self.folders || home || folder == ".." || is_share(folder) {
                break;
            }
            (at, kept, home) = (end + 1, kept + 1, is_home(folder));
        }
        if at < bytes.len() {
            self.leave_out(value.get(at..)?, out);
        }
        Some(at)
    }

    /// Appends what stands for the rest of a path.
    fn leave_out(self, rest: &str, out: &mut String) {
        out.push_str(LEFT_OUT);
        // The name of a file may begin with a dot; then that is not the one of a type.
        let is_type = |dot: &usize| dot.checked_sub(1).and_then(|before| rest.as_bytes().get(before)) != Some(&b'/');
        if let Some((_, kind)) = extension(rest).filter(|(dot, _)| self.extension && is_type(dot)) {
            out.push('.');
            kind.bytes().for_each(|byte| out.push(byte.to_ascii_lowercase().into()));
        }
    }

    /// Appends what stays; `None` for a web address that cannot be read.
    #[inline(never)]
    pub(crate) fn reduce(self, value: &str, out: &mut String) -> Option<()> {
        let path = root(value, out)?;
        let (folders, name) = path.rsplit_once(is_separator).unwrap_or(("", path));
        let mut complete = name.is_empty();
        let mut home = false;
        let named = folders.split(is_separator).filter(|folder| !matches!(*folder, "" | "."));
        for (kept, folder) in (0..).zip(named) {
            if kept == self.folders || home || tells_a_person(folder) {
                complete = false;
                break;
            }
            write!(out, "{folder}/").ok()?;
            home = is_home(folder);
        }
        if !complete {
            self.leave_out(name, out);
        }
        Some(())
    }
}

fn is_home(folder: &str) -> bool {
    folder.bytes().next().is_some_and(|first| homes(first).iter().any(|name| folder.eq_ignore_ascii_case(name)))
}

/// A hidden share, which is often one person's.
fn is_share(folder: &str) -> bool {
    folder.ends_with('$') && folder.len() > 2 && !is_home(folder)
}

fn is_separator(c: char) -> bool {
    matches!(c, '/' | '\\')
}

/// A folder that may be named after a person, or that leads somewhere else than it says.
fn tells_a_person(folder: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '@' | '~' | '%' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '…');
    is_share(folder) || folder == ".." || folder.contains(odd)
}

/// Appends the root of a path and gives the rest.
fn root<'a>(value: &'a str, out: &mut String) -> Option<&'a str> {
    let value = value.strip_prefix(r"\\?\UNC").or_else(|| value.strip_prefix(r"\\?\")).unwrap_or(value);
    let value = value.strip_prefix(r"\??\").unwrap_or(value);
    let value = match value.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("file://") => {
            let path = value.get(7..)?.split(['?', '#']).next()?;
            // `file:///C:/x` has a slash before the drive.
            if drive(path.get(1..).unwrap_or_default()).is_some() { path.get(1..)? } else { path }
        }
        _ => value,
    };
    if value.contains("://") {
        let parts = Parts::of(value)?;
        parts.origin(out);
        out.push('/');
        return Some(parts.path);
    }
    if let Some((letter, rest)) = drive(value) {
        write!(out, "{}:/", letter.to_ascii_uppercase()).ok()?;
        return Some(rest);
    }
    let slashes = value.chars().take_while(|&c| is_separator(c)).count().min(2);
    out.push_str("//".get(..slashes)?);
    Some(value)
}

fn drive(value: &str) -> Option<(char, &str)> {
    let mut chars = value.chars();
    let letter = chars.next().filter(char::is_ascii_alphabetic)?;
    (chars.next() == Some(':')).then_some((letter, chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reduce(folders: u16, extension: bool, value: &str) -> Option<String> {
        let mut out = String::new();
        Depth { folders, extension }.reduce(value, &mut out).map(|()| out)
    }

    #[test]
    fn folders_of_persons_stand_at_their_letter() {
        let all: Vec<&str> = (0..=u8::MAX).flat_map(homes).copied().collect();
        assert_eq!(all.len(), 2 * 17);
        assert!(all.iter().all(|name| is_home(name) && is_home(&name.to_ascii_uppercase())));
    }

    #[test]
    fn the_top_folder_and_the_type_stay() {
        let cases = [
            (r"C:\Users\ann\Documents\x.docx", "C:/Users/….docx"),
            (r"c:\x.DOCX", "C:/….docx"),
            (r"C:\Windows\System32\cmd.exe", "C:/Windows/….exe"),
            (r"\\server\share\ann\x.xlsx", "//server/….xlsx"),
            (r"\\?\C:\Windows\x.dll", "C:/Windows/….dll"),
            (r"\Device\HarddiskVolume3\Users\ann\x.exe", "/Device/….exe"),
            ("/home/ann/.bashrc", "/home/…"),
            ("/etc/passwd", "/etc/…"),
            ("/etc/", "/etc/"),
            ("/", "/"),
            ("/usr/bin/", "/usr/…"),
            ("~/x.pdf", "….pdf"),
            ("docs/2026/plan.pdf", "docs/….pdf"),
            ("plan.pdf", "….pdf"),
            ("anna.smith", "…"),
            ("ann@example.com/x.pdf", "….pdf"),
            ("https://ann@example.com/sites/hr/x.docx?web=1", "https://example.com/sites/….docx"),
            ("file:///C:/Users/ann/x.docx", "C:/Users/….docx"),
            ("file:///home/ann/x.pdf", "/home/….pdf"),
            (r"HKLM\SOFTWARE\Ann", "HKLM/…"),
        ];
        for (value, kept) in cases {
            assert_eq!(reduce(1, true, value).as_deref(), Some(kept), "{value}");
        }
        assert_eq!(reduce(0, false, r"C:\Windows\x.dll").as_deref(), Some("C:/…"));
        assert_eq!(reduce(2, false, "/usr/bin/").as_deref(), Some("/usr/bin/"));
        assert_eq!(reduce(1, true, "https://a..b/x"), None);
    }

    #[test]
    fn a_users_folder_is_never_shown() {
        let values = [
            r"C:\Users\ann\a\b\x.txt",
            r"C:\Users\.\ann\x.txt",
            "C:/Windows/../Users/ann/x.txt",
            r"\\srv\USERS$\ann\x.txt",
            r"\\srv\ann$\x.txt",
            "/export/home/ann/x.txt",
            "/mnt/c/Users//ann/x.txt",
            "/srv/ann@example.com/x.txt",
            "/~ann/x.txt",
            "https://x.example/personal/ann_example_com/Documents/x.txt",
            "file://srv/Users/ann/x.txt",
            "/a%2FUsers%2Fann/x.txt",
            r"C:\Documents and Settings\ann\x.txt",
            "/var/mail/ann/x.txt",
            r"\\?\UNC\srv\home\ann\x.txt",
            "/ann.txt",
        ];
        for value in values {
            let kept = reduce(9, true, value).unwrap();
            assert!(!kept.contains("ann") && kept.ends_with("….txt"), "{value}: {kept}");
        }
    }

    fn any_path() -> impl Strategy<Value = String> {
        prop_oneof![
            r"([A-Za-z]:|\\\\|/|https://x\.example/|file:///|)((Users|home|a|b\.c|\.|\.\.|x y|d\$|é…)[/\\]){0,5}(x|\.y|report|)(\.(docx|EXE|doe))?",
            r"[a-c.:/\\~@…\$%?#]{0,16}",
            ".{0,16}",
        ]
    }

    proptest! {
        #[test]
        fn depths_are_a_ladder(value in any_path(), fine in 0..5u16, less in 0..5u16, kind in any::<bool>(), keep in any::<bool>()) {
            if let Some(once) = reduce(fine, kind, &value) {
                prop_assert_eq!(reduce(fine, kind, &once), Some(once.clone()));
                let coarse = (fine.saturating_sub(less), kind && keep);
                prop_assert_eq!(reduce(coarse.0, coarse.1, &once), reduce(coarse.0, coarse.1, &value));
            }
        }

        #[test]
        fn the_name_makes_no_difference(a in "[a-z ]{1,9}", b in "[a-z ]{1,9}", folders in 0..5u16) {
            let path = |name: &str| reduce(folders, true, &format!(r"C:\Users\{name}\{name}.pdf"));
            prop_assert_eq!(path(&a), path(&b));
        }
    }
}

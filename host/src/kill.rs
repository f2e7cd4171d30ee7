//! Named points at which a test has the process killed, as by `kill -9`: before, within and after whatever changes what is kept.
//!
//! They are compiled into debug builds only. A program that ends itself when its environment says so is no program to ship: whoever
//! can set a variable could stop it for good, and each point is a look-up on a path that has to be fast.
//!
//! | variable | says |
//! |---|---|
//! | `TAMIS_KILL` | `NAME#N`: kill at the Nth visit of a point |
//! | `TAMIS_PANIC` | `NAME#N,NAME#N,…`: panic there |
//! | `TAMIS_PATIENCE` | so many seconds instead of the longest wait for what may hang |
//! | `TAMIS_KILL_POINTS` | a file: the name of every point is written there, a line a visit |

use std::io::{self, Write};

/// A point: something was done. Its name is `what.act`.
#[inline]
pub(crate) fn point(what: &str, act: &str) {
    #[cfg(debug_assertions)]
    armed::visit(&[what, act]);
    #[cfg(not(debug_assertions))]
    let _ = (what, act);
}

/// Does something between two points, `what.act.before` and `what.act.after`.
#[inline]
pub(crate) fn around<T>(what: &str, act: &str, does: impl FnOnce() -> T) -> T {
    #[cfg(debug_assertions)]
    armed::visit(&[what, act, "before"]);
    let done = does();
    #[cfg(debug_assertions)]
    armed::visit(&[what, act, "after"]);
    #[cfg(not(debug_assertions))]
    let _ = (what, act);
    done
}

/// Writes all bytes, between two points, and has one when half of them is written: `what.write.torn`.
#[inline]
pub(crate) fn write(what: &str, to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    #[cfg(debug_assertions)]
    if armed::is_armed() {
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        armed::visit(&[what, "write", "before"]);
        to.write_all(first)?;
        armed::visit(&[what, "write", "torn"]);
        to.write_all(rest)?;
        armed::visit(&[what, "write", "after"]);
        return Ok(());
    }
    let _ = what;
    to.write_all(bytes)
}

/// The longest wait for what may hang.
pub(crate) fn patience(usual: std::time::Duration) -> std::time::Duration {
    #[cfg(debug_assertions)]
    if let Some(seconds) = std::env::var("TAMIS_PATIENCE").ok().and_then(|said| said.parse().ok()) {
        return std::time::Duration::from_secs(seconds);
    }
    usual
}

#[cfg(debug_assertions)]
mod armed {
    use std::fs::File;
    use std::io::Write as _;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Armed {
        /// Where it is killed, and how many visits there are until then.
        at: Option<(String, AtomicU64)>,
        /// Where it panics.
        panics: Vec<(String, AtomicU64)>,
        told: Option<File>,
    }

    fn armed() -> Option<&'static Armed> {
        static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
        let read = || {
            let visit = |said: &str| {
                let (name, visit) = said.split_once('#')?;
                Some((name.to_owned(), AtomicU64::new(visit.parse().ok()?)))
            };
            let at = std::env::var("TAMIS_KILL").ok().and_then(|said| visit(&said));
            let panics = std::env::var("TAMIS_PANIC").unwrap_or_default();
            let panics: Vec<_> = panics.split(',').filter_map(visit).collect();
            let told = std::env::var_os("TAMIS_KILL_POINTS")
                .and_then(|path| File::options().append(true).create(true).open(path).ok());
            (at.is_some() || told.is_some() || !panics.is_empty()).then_some(Armed { at, panics, told })
        };
        ARMED.get_or_init(read).as_ref()
    }

    pub(super) fn is_armed() -> bool {
        armed().is_some()
    }

    pub(super) fn visit(parts: &[&str]) {
        let Some(Armed { at, panics, told }) = armed() else { return };
        let name = parts.join(".");
        if let Some(mut told) = told.as_ref() {
            let _ = told.write_all(format!("{name}\n").as_bytes());
        }
        let is_reached =
            |(wanted, left): &(String, AtomicU64)| *wanted == name && left.fetch_sub(1, Ordering::Relaxed) == 1;
        // Each counts its visits, also behind one that is reached.
        let panics = panics.iter().filter(|at| is_reached(at)).count();
        assert!(panics == 0, "a test wants it here");
        if at.as_ref().is_some_and(is_reached) {
            // SAFETY: a signal to ourselves touches no memory. No handler can catch this one.
            unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
            loop {
                std::thread::park();
            }
        }
    }
}

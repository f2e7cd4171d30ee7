//! The progress bar: bytes, events, rate and time left, on a terminal's standard error; nothing when that is piped.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Redraws a second.
const REDRAWS: u8 = 8;

/// Shows how far a run has come. Calls cost an atomic store between redraws.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: ProgressBar,
    events: Arc<AtomicU64>,
}

impl Progress {
    /// A bar on standard error if that is a terminal, else none. `total`: all bytes of the input, if known; without it there is no time left.
    pub fn new(total: Option<u64>) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::hidden();
        }
        Self::on(ProgressDrawTarget::stderr_with_hz(REDRAWS), total)
    }

    /// No bar.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), events: Arc::default() }
    }

    fn on(target: ProgressDrawTarget, total: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(total, target);
        let events = Arc::new(AtomicU64::new(0));
        let template = match total {
            Some(_) => "{wide_bar} {bytes}/{total_bytes} · {events} · {binary_bytes_per_sec} · {eta} left",
            None => "{spinner} {bytes} · {events} · {binary_bytes_per_sec} · {elapsed}",
        };
        let counted = events.clone();
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("events", move |_: &ProgressState, out: &mut dyn Write| {
                let _ = write!(out, "{} events", HumanCount(counted.load(Ordering::Relaxed)));
            }));
        }
        Self { bar, events }
    }

    /// `bytes` of the input were read, `events` of it were dealt with, both since the beginning.
    pub fn update(&self, bytes: u64, events: u64) {
        self.events.store(events, Ordering::Relaxed);
        self.bar.set_position(bytes);
    }

    /// Prints a line of text without disturbing the bar.
    pub fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io::Result;
    use std::sync::Mutex;

    /// Everything that was written to a terminal.
    #[derive(Debug, Clone, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            120
        }
        fn move_cursor_up(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> Result<()> {
            Ok(())
        }
        fn flush(&self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn bytes_events_rate_and_time_left_are_shown() {
        let screen = Screen::default();
        let progress = Progress::on(ProgressDrawTarget::term_like(Box::new(screen.clone())), Some(4 << 20));
        progress.update(1 << 20, 1234);
        progress.bar.tick();
        progress.finish();
        let shown = screen.0.lock().unwrap().clone();
        for part in ["1.00 MiB/4.00 MiB", "1,234 events", "/s", "left"] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn nothing_is_drawn_when_hidden() {
        let progress = Progress::hidden();
        progress.update(1, 1);
        assert!(progress.bar.is_hidden());
        progress.finish();
    }
}

//! `tamis top`: what a running sidecar does, live.

mod page;

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use clap::Args;

use self::page::Page;
use super::admin::{Shown, block_on};
use super::{EXIT_CODES, Exit, stop};

/// Longest wait for a page.
const ANSWER: Duration = Duration::from_secs(10);
/// Goes to the first line, and clears what stands below.
const CLEAR: &str = "\x1b[H\x1b[J";

/// Show what a running sidecar does: what comes in, what each branch sends and holds, and what fails.
///
/// A terminal is drawn anew every second; elsewhere each branch gets a row every second. It ends with Ctrl+C, or after `--count`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Top {
    /// Where its metrics are: `[metrics] listen`, or the admin address with a role.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9601")]
    at: String,
    /// Seconds between looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// Looks, then an end.
    #[arg(long, value_name = "LOOKS")]
    count: Option<u64>,
    #[command(flatten)]
    shown: Shown,
}

impl Top {
    pub(super) fn run(&self) -> Exit {
        let asker = match self.shown.asker(&self.at) {
            Ok(asker) => asker,
            Err(text) => return stop(Exit::Wrong, &format!("error: {text}")),
        };
        let looked = block_on(async {
            let look = || async {
                let asking = async {
                    asker.get("/metrics", &[]).await?.text().await.map_err(|_| "the sidecar hung up".to_owned())
                };
                let text = tokio::time::timeout(ANSWER, asking).await;
                Ok::<_, String>((
                    Page::read(&text.map_err(|_| format!("{} does not answer", self.at))??),
                    Instant::now(),
                ))
            };
            let is_terminal = std::io::stdout().is_terminal();
            let (mut before, mut left) = (look().await?, self.count);
            while left != Some(0) {
                tokio::time::sleep(Duration::from_secs(self.every)).await;
                let now = look().await?;
                let text = view(&before.0, &now.0, now.1 - before.1, is_terminal);
                let mut out = std::io::stdout().lock();
                // Nobody reads any more: that ends it.
                if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
                    break;
                }
                (before, left) = (now, left.map(|left| left - 1));
            }
            Ok(())
        });
        looked.map_or_else(|text| stop(Exit::Failed, &format!("error: {text}")), |()| Exit::Done)
    }
}

/// What is written after a look.
fn view(before: &Page, now: &Page, between: Duration, is_terminal: bool) -> String {
    let branches = page::branches(before, now, between);
    let time = jiff::Timestamp::now().strftime("%H:%M:%S").to_string();
    if !is_terminal {
        let row = |row: &Vec<String>| {
            let cells = branches.columns.iter().zip(row).map(|(column, cell)| format!("{column}: {cell}"));
            format!("{time}  {}\n", cells.collect::<Vec<_>>().join("  "))
        };
        return branches.rows.iter().map(row).collect();
    }
    let sources = page::sources(before, now, between);
    let parts = [
        vec![format!("{time}  {}", page::memory(now)), String::new()],
        page::lines(&sources),
        vec![String::new()],
        page::lines(&branches),
    ];
    format!("{CLEAR}{}\n", parts.concat().join("\n"))
}

//! `tamis config`: what a configuration says.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{EXIT_CODES, Exit, say, stop};
use crate::config;
use crate::policy::syntax::{Bundle, render};

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Print the configuration: what its file says, each key with its line.
    Show(Show),
}

/// Print the configuration, each key with the line that it stands in. What is printed is a configuration that says the same. Secrets are
/// named in it, never shown.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Show {
    /// The configuration.
    #[arg(long, short, value_name = "FILE", default_value = "tamis.toml")]
    config: PathBuf,
    /// With the defaults of all that it does not say. A key that is not printed then has none: nothing is done of that kind.
    #[arg(long)]
    effective: bool,
}

impl Config {
    pub(super) fn run(&self) -> Exit {
        match self {
            Self::Show(show) => show.run(),
        }
    }
}

impl Show {
    fn run(&self) -> Exit {
        let text = match std::fs::read_to_string(&self.config) {
            Ok(text) => text,
            Err(error) => {
                return stop(Exit::Wrong, &format!("error: cannot read {}: {error}", self.config.display()));
            }
        };
        let (mut bundle, mut problems) = (Bundle::new(), Vec::new());
        let file = bundle.add(self.config.display().to_string(), text);
        let shown = config::effective(&bundle, file, self.effective, &mut problems);
        if !problems.is_empty() {
            say(&render(&config::hidden(&bundle, file, &problems), &problems, std::io::stderr().is_terminal()));
        }
        let Some(shown) = shown else { return Exit::Wrong };
        match std::io::stdout().write_all(shown.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                stop(Exit::Failed, &format!("error: cannot write: {error}"))
            }
            _ => Exit::Done,
        }
    }
}

//! `tamis completions` and `tamis man-pages`: what a package ships beside the binary.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, EXIT_CODES, Exit, stop};

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct ManPages {
    /// The folder: `tamis.1`, `tamis-filter.1` and so on. It is made where it is not there.
    folder: PathBuf,
}

impl Completions {
    pub(super) fn run(&self) -> Exit {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "tamis", &mut text);
        match std::io::stdout().write_all(&text) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                stop(Exit::Failed, &format!("error: cannot write to standard output: {error}"))
            }
            _ => Exit::Done,
        }
    }
}

impl ManPages {
    pub(super) fn run(&self) -> Exit {
        let commands = Cli::command().disable_help_subcommand(true);
        let written = std::fs::create_dir_all(&self.folder);
        match written.and_then(|()| clap_mangen::generate_to(commands, &self.folder)) {
            Ok(()) => Exit::Done,
            Err(error) => stop(Exit::Failed, &format!("error: cannot write to {}: {error}", self.folder.display())),
        }
    }
}

//! `tamis plugin`: for those who write plugins and those who admit them.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;

use super::{EXIT_CODES, Exit, plugin_build, stop};
use crate::plugin::{Grant, Host, Limits};

#[derive(Debug, Subcommand)]
pub(super) enum Plugin {
    /// Make a component from a Rust crate, with whichever WebAssembly toolchain is present.
    #[command(after_help = EXIT_CODES)]
    Build {
        /// The folder of the crate.
        dir: PathBuf,
        /// Where the component is written. Default: NAME.wasm in the crate's target folder.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Name the toolchain that `build` would use: equal names and equal sources give equal bytes.
    #[command(after_help = EXIT_CODES)]
    Toolchain,
    /// Say what a component is and whether it would be admitted.
    #[command(after_help = EXIT_CODES)]
    Inspect {
        /// The component.
        file: PathBuf,
    },
}

impl Plugin {
    pub(super) fn run(&self) -> Exit {
        match self {
            Self::Build { dir, output } => match plugin_build::build(dir, output.as_deref()) {
                Ok(built) => {
                    let (path, toolchain) = (built.component.display(), built.toolchain);
                    stop(Exit::Done, &format!("built {path}\nwith {toolchain}"))
                }
                Err(error) => stop(Exit::Failed, &format!("error: {error}")),
            },
            Self::Toolchain => match plugin_build::toolchain().map(|name| writeln!(io::stdout(), "{name}")) {
                Ok(Ok(())) => Exit::Done,
                Ok(Err(error)) => stop(Exit::Failed, &format!("error: {error}")),
                Err(error) => stop(Exit::Failed, &format!("error: {error}")),
            },
            Self::Inspect { file } => inspect(file),
        }
    }
}

fn inspect(file: &std::path::Path) -> Exit {
    let host = match Host::new(Limits::default(), None) {
        Ok(host) => host,
        Err(error) => return stop(Exit::Failed, &format!("error: {error}")),
    };
    match host.load(file, &Grant::default()) {
        Ok(plugin) => {
            let about = plugin.description();
            let head = format!("{} {}: {:?}, {}\n", about.name, about.version, plugin.kind(), plugin.digest_text());
            let entities = about.entities.iter();
            let entities = entities.map(|one| format!("  {}  {}  ({})\n", one.name, one.title, one.sets.join(", ")));
            // It is the answer: a script takes the digest from here.
            match io::stdout().write_all((head + &entities.collect::<String>()).as_bytes()) {
                Ok(()) => Exit::Done,
                Err(error) => stop(Exit::Failed, &format!("error: {error}")),
            }
        }
        Err(error) => stop(Exit::Failed, &format!("error: {error}")),
    }
}

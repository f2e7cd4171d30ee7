//! `tamis list`: seals the values of exact lists. Nothing that it prints holds a value.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{EXIT_CODES, Exit, load, stop};
use crate::edge::output::sealed_list;
use crate::edge::policies;
use crate::policy::exact::{ExactList, Refused, SIGNS_MIN, Sealing, VALUES_MAX, WORDS_MAX, seal};

/// Numbers of refused lines that are told.
const LINES_TOLD: usize = 10;

#[derive(Debug, Subcommand)]
pub(super) enum List {
    /// Seal values, one a line, under a key: digests of them are written, never the values. Whoever has the file and the key can
    /// hold guesses against it; without the key nobody can.
    #[command(after_help = EXIT_CODES)]
    Seal {
        /// The tenant's policy: its id is part of the key.
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// The name of the list, as `[[entity]] list` has it.
        #[arg(long)]
        name: String,
        /// Where the tenant's key is: `file:PATH` or `env:NAME`, 64 hexadecimal digits.
        #[arg(long, value_name = "SOURCE", env = "TAMIS_KEY_SOURCE")]
        key: String,
        /// Where the list is written. Default: POLICY.NAME.list beside the policy.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// The values in UTF-8, one a line; blank lines, and those that begin with `#` and a blank, are left out. `-`: standard input.
        values: PathBuf,
    },
}

impl List {
    pub(super) fn run(&self) -> Exit {
        let Self::Seal { policy, name, key, output, values } = self;
        let path = output.clone().unwrap_or_else(|| policies::exact_list_path(policy, name));
        let sealing = match sealed(policy, name, key, values) {
            Ok(sealing) => sealing,
            Err((exit, message)) => return stop(exit, &format!("error: {message}")),
        };
        match sealed_list(&path, &sealing) {
            Ok(()) => stop(Exit::Done, &format!("sealed {}: {}", path.display(), told(&sealing))),
            Err(error) => stop(Exit::Failed, &format!("error: {error}")),
        }
    }
}

fn sealed(policy: &Path, name: &str, key: &str, values: &Path) -> Result<Sealing, (Exit, String)> {
    if !policy.is_file() {
        return Err((Exit::Wrong, format!("there is no policy {}", policy.display())));
    }
    let root = load::root(key).map_err(|error| (Exit::Wrong, error))?;
    let mut text = Vec::new();
    let read = match values.to_str() {
        Some("-") => std::io::stdin().lock().read_to_end(&mut text),
        _ => std::fs::File::open(values).and_then(|mut file| file.read_to_end(&mut text)),
    };
    read.map_err(|error| (Exit::Failed, format!("cannot read {}: {error}", values.display())))?;
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
    let text = std::str::from_utf8(text).map_err(|error| {
        let before = text.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        (Exit::Wrong, format!("{}:{line}: this is not UTF-8", values.display()))
    })?;
    let key = root.list_key(&policies::id(policy), name);
    let sealing = seal(text.lines(), &key);
    if sealing.values == 0 {
        return Err((Exit::Wrong, format!("there is no value to seal: {}", told(&sealing))));
    }
    // What cannot be opened is not written.
    ExactList::open(&sealing.file, key).map_err(|error| (Exit::Failed, error.to_string()))?;
    Ok(sealing)
}

/// How many values there are, and what became of the other lines.
fn told(sealing: &Sealing) -> String {
    let mut text = format!("{} values, {} more lines of the same", sealing.values, sealing.again);
    for (why, lines) in &sealing.refused {
        let why = match why {
            Refused::TooShort => format!("fewer than {SIGNS_MIN} letters and digits: it would be found everywhere"),
            Refused::TooLong => format!("more than {WORDS_MAX} words"),
            Refused::TooMany => format!("more than {VALUES_MAX} values"),
        };
        let numbers: Vec<_> = lines.iter().take(LINES_TOLD).map(usize::to_string).collect();
        let more = if lines.len() > LINES_TOLD { " …" } else { "" };
        text.push_str(&format!("\n{} refused ({why}), lines {}{more}", lines.len(), numbers.join(", ")));
    }
    text
}

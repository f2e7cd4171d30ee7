//! How reports for officers are written: for a terminal, as JSON, or as one page of HTML.

use std::io::{IsTerminal as _, Write as _};

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::officer::phrase::Lang;
use crate::officer::report::Report;

use super::{Exit, stop};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text.
    Terminal,
    /// One JSON object.
    Json,
    /// One page that needs nothing else.
    Html,
}

/// The language of fixed phrases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// English.
    En,
    /// German.
    De,
}

/// Flags of every report.
#[derive(Debug, Args)]
pub(super) struct Written {
    /// How the report is written to standard output.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(super) format: Format,
    /// The language of fixed phrases; what a policy says stays as it is written.
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(super) lang: Language,
}

impl Written {
    /// The language.
    pub(super) fn lang(&self) -> Lang {
        match self.lang {
            Language::En => Lang::En,
            Language::De => Lang::De,
        }
    }

    /// Writes a report, or the same as JSON.
    pub(super) fn write(&self, report: &Report, json: impl FnOnce() -> Value) -> Exit {
        let mut out = std::io::stdout().lock();
        let text = match self.format {
            Format::Terminal => report.terminal(out.is_terminal()),
            Format::Html => report.html(self.lang()),
            Format::Json => format!("{:#}\n", json()),
        };
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                stop(Exit::Failed, &format!("error: cannot write: {error}"))
            }
            _ => Exit::Done,
        }
    }
}

//! How reports for officers are written: for a terminal, as JSON, as Markdown, or as one page of HTML.

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
    /// Markdown.
    Markdown,
}

impl Format {
    /// Writes a report to standard output, or the same as JSON.
    pub(super) fn write(self, report: &Report, lang: Lang, json: impl FnOnce() -> Value) -> Exit {
        let is_terminal = std::io::stdout().is_terminal();
        print(&match self {
            Format::Terminal => report.terminal(is_terminal),
            Format::Html => report.html(lang),
            Format::Markdown => report.markdown(),
            Format::Json => format!("{:#}\n", json()),
        })
    }
}

/// Writes a text to standard output.
pub(super) fn print(text: &str) -> Exit {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            stop(Exit::Failed, &format!("error: cannot write: {error}"))
        }
        _ => Exit::Done,
    }
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
        self.format.write(report, self.lang(), json)
    }
}

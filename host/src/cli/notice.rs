//! `tamis notice`: what people are told, from the policy in force.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::officer::compare;
use crate::officer::notice::{self, Gap, Subject};
use crate::officer::phrase::Lang;
use crate::officer::report::Report;
use crate::policy::document::Date;

use super::load::{self, Considered, Of, Refused, Wanted};
use super::report::print;
use super::{EXIT_CODES, Exit, say, stop};

/// Write the notice of a policy: what is recorded, why, what becomes of it, who gets it, how long is requested, and what the laws ask.
///
/// Every row follows from the compiled policy. What the policy does not know is marked where it is missing, and listed on
/// standard error.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Notice {
    /// The policy: a file below a folder of policies.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// A purpose; may be given several times. Default: every one that is allowed.
    #[arg(long, value_name = "NAME")]
    purpose: Vec<String>,
    /// The day the notice is for. Default: today.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// Evidence. Default: NAME.evidence.toml beside the policy.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Words of secret lists. Default: NAME.lists.toml beside the policy.
    #[arg(long, value_name = "FILE")]
    lists: Option<PathBuf>,
    #[command(flatten)]
    what: What,
    /// Exit with 8 if there is something to tell that the policy does not know.
    #[arg(long)]
    deny_gaps: bool,
    /// How it is written to standard output.
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// The language. Texts of policies are told in it where they are translated, else in English with a mark.
    #[arg(long, value_enum, default_value_t = Language::En)]
    lang: Language,
}

/// What is written instead of the notice.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct What {
    /// What it changes against the notice of this older policy, who has to be told anew, and by when.
    #[arg(long, value_name = "OLD_POLICY")]
    since: Option<PathBuf>,
    /// The record of the processing (GDPR Art. 30).
    #[arg(long)]
    record: bool,
    /// Facts for a data protection impact assessment (GDPR Art. 35).
    #[arg(long)]
    dpia: bool,
    /// Category by purpose; with `--format svg` as a picture.
    #[arg(long)]
    matrix: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Markdown.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// Text.
    Text,
    /// A picture; of `--matrix` only.
    Svg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// English.
    En,
    /// German.
    De,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// Italian.
    It,
}

impl Language {
    fn lang(self) -> Lang {
        match self {
            Language::En => Lang::En,
            Language::De => Lang::De,
            Language::Es => Lang::Es,
            Language::Fr => Lang::Fr,
            Language::It => Lang::It,
        }
    }
}

impl Notice {
    pub(super) fn run(&self) -> Exit {
        self.write().unwrap_or_else(|exit| exit)
    }

    fn write(&self) -> Result<Exit, Exit> {
        if self.format == Format::Svg && !self.what.matrix {
            return Err(stop(
                Exit::Wrong,
                "error: only a matrix is a picture\nhelp: add --matrix, or choose another --format",
            ));
        }
        let lang = self.lang.lang();
        let considered = self.considered(&self.policy)?;
        let subject = subject(&considered);
        let nothing = || stop(Exit::Closed, "closed: the policy allows no purpose");
        let mut gaps = Vec::new();
        let report = match &self.what {
            What { since: Some(old), .. } => {
                let before = self.considered(old)?;
                let compared = compare::compare(&before.side(), &considered.side(), lang);
                notice::since(self::subject(&before), subject, &compared, lang)
            }
            What { record: true, .. } => notice::record(subject, lang).map(|(report, own)| {
                gaps = own;
                report
            }),
            What { dpia: true, .. } => notice::dpia(subject, lang),
            What { matrix: true, .. } if self.format == Format::Svg => {
                let picture = notice::svg(subject, lang).ok_or_else(nothing)?;
                return Ok(print(&picture));
            }
            What { matrix: true, .. } => notice::matrix(subject, lang),
            _ => notice::notice(subject, lang).map(|notice| {
                gaps = notice.gaps;
                notice.report
            }),
        };
        let written = print(&self.text(&report.ok_or_else(nothing)?, lang));
        ahead(&considered).into_iter().for_each(|text| say(&text));
        gaps.iter().for_each(|gap| say(&listed(gap)));
        Ok(if written == Exit::Done && self.deny_gaps && !gaps.is_empty() { Exit::Gaps } else { written })
    }

    fn text(&self, report: &Report, lang: Lang) -> String {
        match self.format {
            Format::Markdown | Format::Svg => report.markdown(),
            Format::Html => report.html(lang),
            Format::Text => report.terminal(false),
        }
    }

    fn considered(&self, policy: &Path) -> Result<Considered, Exit> {
        let wanted = Wanted {
            policy,
            purpose: "",
            on: self.on.unwrap_or_else(|| jiff::Zoned::now().date()),
            system: None,
            evidence: self.evidence.as_deref(),
            lists: self.lists.as_deref(),
            exact: None,
            json: false,
        };
        let all = load::considered(&wanted, None, Of::EverySystem).map_err(Refused::say)?;
        if self.purpose.is_empty() {
            return Ok(all);
        }
        let known: Vec<_> = all.purposes.iter().map(|purpose| purpose.name.clone()).collect();
        if let Some(unknown) = self.purpose.iter().find(|name| !known.contains(name)) {
            return Err(stop(Exit::Closed, &format!("closed: the policy does not allow the purpose `{unknown}`")));
        }
        let purposes = all.purposes.into_iter().filter(|purpose| self.purpose.contains(&purpose.name)).collect();
        Ok(Considered { purposes, ..all })
    }
}

fn subject(considered: &Considered) -> Subject<'_> {
    Subject { purposes: &considered.purposes, evidence: &considered.evidence }
}

/// That everything is closed since another revision was agreed, and where the notice of that one is.
fn ahead(considered: &Considered) -> Option<String> {
    let scope = &considered.purposes.iter().find_map(|purpose| purpose.plan.as_deref())?.scope;
    let own = format!("{}@{}", scope.policy, scope.revision);
    let agreed = considered.evidence.answers.values().filter_map(|answer| answer.agreed_revision.as_ref());
    let mut others = agreed
        .map(|text| text.value.as_str())
        .filter(|agreed| agreed.split_once('@').is_some_and(|(policy, _)| policy == scope.policy) && **agreed != own);
    let is_closed = considered.purposes.iter().all(|purpose| !purpose.closed.is_empty());
    let other = others.next().filter(|_| is_closed)?;
    let help = "what is told while that one is in force is the notice of its release: --policy releases/NAME@REVISION.EVIDENCE.bundle";
    Some(format!(
        "{own} is not what its evidence agrees to, which is {other}: every purpose is told as closed\n  help: {help}"
    ))
}

/// A gap as it is listed: what is missing, who asks for it, how to mend it.
fn listed(gap: &Gap) -> String {
    let by =
        if gap.asked_by.is_empty() { String::new() } else { format!(" (asked for by {})", gap.asked_by.join("; ")) };
    format!("gap: not stated: {}{by}\n  help: {}", gap.text(Lang::En), gap.mend)
}

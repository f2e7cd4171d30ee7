//! Diagnostics → text for people: file, line, column, what stands there, underlined, and how to mend it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use super::{Bundle, codes};
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{FileId, Span};

/// Renders diagnostics, one after the other, each ended by an empty line.
///
/// Plain text has no escape sequences. Of a file added with [`Bundle::add_sealed`] the place is shown and the text
/// is not. Control characters of the files are replaced, so that a file cannot write to the terminal.
#[must_use]
pub fn render(bundle: &Bundle, diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(160);
    let mut report = String::new();
    for diagnostic in diagnostics {
        report.push_str(&renderer.render(&[group(bundle, diagnostic)]));
        report.push_str("\n\n");
    }
    report
}

fn group<'a>(bundle: &'a Bundle, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(&*diagnostic.message).id(diagnostic.code));
    let mut files: Vec<FileId> = Vec::new();
    for (span, _) in &diagnostic.labels {
        if !files.contains(&span.file) {
            files.push(span.file);
        }
    }
    for file in files {
        let labels = diagnostic.labels.iter().enumerate().filter(|(_, (span, _))| span.file == file);
        if bundle.is_sealed(file) {
            for (_, (span, _)) in labels {
                let (line, column) = bundle.line_column(*span);
                group = group.element(Origin::path(bundle.name(file)).line(line).char_column(column));
            }
            continue;
        }
        let annotations = labels.map(|(n, (span, label))| {
            let kind = if n == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let label = (!label.is_empty()).then_some(label.as_str());
            kind.span(range(bundle, *span)).label(label)
        });
        let snippet = Snippet::source(bundle.text(file)).path(bundle.name(file)).fold(true);
        group = group.element(snippet.annotations(annotations));
    }
    // Where nothing more is known about this very place, help is what its code stands for.
    let help = diagnostic.help.as_deref().or_else(|| codes::find(diagnostic.code).map(|code| code.explanation));
    if let Some(help) = help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    group
}

/// The bytes of a place, within the file and at character boundaries whoever made it.
fn range(bundle: &Bundle, span: Span) -> std::ops::Range<usize> {
    let text = bundle.text(span.file);
    let start = text.floor_char_boundary(span.start as usize);
    start..text.ceil_char_boundary((span.end as usize).max(start)).min(text.len())
}

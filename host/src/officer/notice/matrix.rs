//! Category by purpose: as a table, and as a picture.

use super::super::html::escaped;
use super::super::phrase::Lang;
use super::super::report::Report;
use super::rows::Scope;
use super::words::Word;
use super::{Row, Subject, Treated, Writer};

/// Category by purpose, as a report. `None`: the policy allows no purpose.
pub fn matrix(subject: Subject<'_>, lang: Lang) -> Option<Report> {
    let mut writer = Writer::new(subject, lang, Word::MatrixTitle)?;
    let Matrix { purposes, rows } = Matrix::of(&writer);
    let head = std::iter::once(Word::Item.of(lang)).chain(purposes).collect();
    let cell = |(treated, more): &(Treated, bool)| format!("{}{}", treated.text(lang), if *more { " *" } else { "" });
    let rows = rows.iter().map(|(title, cells)| std::iter::once(title.clone()).chain(cells.iter().map(cell)).collect());
    let rows = rows.collect();
    writer.report.table(head, rows);
    writer.report.text(format!("* {}", Word::MatrixNote.text(lang)));
    writer.version();
    Some(writer.report)
}

/// The same as a picture that needs nothing else (SVG).
pub fn svg(subject: Subject<'_>, lang: Lang) -> Option<String> {
    const LABEL: u32 = 460;
    const WIDE: u32 = 150;
    const HIGH: u32 = 24;
    const TOP: u32 = 74;
    let writer = Writer::new(subject, lang, Word::MatrixTitle)?;
    let Matrix { purposes, rows } = Matrix::of(&writer);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let width = LABEL + WIDE * count(purposes.len()).max(1) + 20;
    let height = TOP + HIGH * count(rows.len()) + 40;
    let plan = writer.plan()?;
    let title =
        format!("{}: {}@{}, {}", Word::MatrixTitle.text(lang), plan.scope.policy, plan.scope.revision, plan.scope.on);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" role=\"img\">\n<title>{0}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n<text x=\"10\" y=\"24\" font-size=\"16\">{0}</text>\n",
        escaped(&title)
    );
    for (at, purpose) in (0u32..).zip(&purposes) {
        let x = LABEL + WIDE * at + 6;
        for (line, text) in (0u32..).zip(wrapped(purpose)) {
            out.push_str(&format!(
                "<text x=\"{x}\" y=\"{}\" font-weight=\"600\">{}</text>\n",
                44 + 14 * line,
                escaped(&text)
            ));
        }
    }
    for (at, (title, cells)) in (0u32..).zip(&rows) {
        let y = TOP + HIGH * at;
        out.push_str(&format!("<text x=\"10\" y=\"{}\">{}</text>\n", y + 16, escaped(&cut(title, 70))));
        for (column, (treated, more)) in (0u32..).zip(cells) {
            let (x, (fill, ink)) = (LABEL + WIDE * column, colours(*treated));
            let text = format!("{}{}", treated.text(lang), if *more { " *" } else { "" });
            out.push_str(&format!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"/><text x=\"{}\" y=\"{}\" fill=\"{ink}\">{}</text>\n",
                WIDE - 2, HIGH - 2, x + 6, y + 15, escaped(&cut(&text, 24))
            ));
        }
    }
    out.push_str(&format!(
        "<text x=\"10\" y=\"{}\" fill=\"#444\">* {}</text>\n</svg>\n",
        height - 14,
        escaped(Word::MatrixNote.text(lang))
    ));
    Some(out)
}

struct Matrix {
    purposes: Vec<String>,
    /// Title, and by purpose what is done and whether conditions change it.
    rows: Vec<(String, Vec<(Treated, bool)>)>,
}

impl Matrix {
    fn of(writer: &Writer<'_>) -> Self {
        let lang = writer.lang;
        let scopes: Vec<_> = writer.plain().map(|(purpose, _)| Scope::of(purpose)).collect();
        let mut rows: Vec<(String, Vec<(Treated, bool)>)> = Vec::new();
        let mut names: Vec<&str> = writer.rows.iter().map(|row| row.category.as_str()).collect();
        names.dedup();
        for name in names {
            let own: Vec<&Row> = writer.rows.iter().filter(|row| row.category == name).collect();
            let of = |scope: &Scope| own.iter().find(|row| row.scopes.contains(scope));
            let cells = scopes.iter().filter_map(of).map(|row| (row.treated, !row.times.is_empty()));
            rows.extend(own.first().map(|first| (first.title.marked(lang), cells.collect())));
        }
        Self { purposes: scopes.iter().map(|scope| scope.text(lang)).collect(), rows }
    }
}

/// Fill and ink: from what shows most to what shows least. Each pair has a contrast of at least 4.5.
fn colours(treated: Treated) -> (&'static str, &'static str) {
    match treated {
        Treated::Whole => ("#8a5200", "white"),
        Treated::Shortened => ("#f2b8a0", "black"),
        Treated::PartlyHidden => ("#f7d9a8", "black"),
        Treated::Code => ("#cfe0f7", "black"),
        Treated::Hidden | Treated::Constant => ("#d7e8d4", "black"),
        Treated::Never => ("#e6e6e6", "black"),
        Treated::Forbidden => ("#3c3c3c", "white"),
    }
}

fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['…']).collect()
}

/// At most two lines of a heading.
fn wrapped(text: &str) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + word.chars().count() > 20 {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.truncate(2);
    lines.iter().map(|line| cut(line, 22)).collect()
}

//! A report as Markdown, with tables as GitHub reads them.

use super::html;
use super::report::{Block, Mark, Report, plain};

/// The page.
pub(super) fn page(report: &Report) -> String {
    let mut out = format!("# {}\n", escaped(&report.title));
    for block in &report.blocks {
        out.push('\n');
        match block {
            Block::Heading(level, text) => {
                out.push_str(&format!("{} {}\n", "#".repeat(usize::from((*level).clamp(2, 3))), escaped(text)));
            }
            Block::Text(text) => out.push_str(&format!("{}\n", escaped(text))),
            Block::Pairs(pairs) => {
                for (name, what) in pairs {
                    out.push_str(&format!("- {}: {}\n", escaped(name), escaped(what)));
                }
            }
            Block::Table { head, rows } => {
                let row = |cells: &[String]| {
                    format!("| {} |\n", cells.iter().map(|cell| cell_of(cell)).collect::<Vec<_>>().join(" | "))
                };
                out.push_str(&format!("{}|{}\n", row(head), "---|".repeat(head.len())));
                rows.iter().for_each(|cells| out.push_str(&row(cells)));
            }
            Block::Item { mark, what, lines } => {
                let sign = if *mark == Mark::Wide { "**!** " } else { "" };
                out.push_str(&format!("> {sign}**{}**\n", escaped(what)));
                lines.iter().for_each(|line| out.push_str(&format!("> <br>{}\n", escaped(line))));
            }
        }
    }
    out
}

fn cell_of(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("<br>")
}

/// Text of which no character is markup, neither of Markdown nor of HTML.
fn escaped(text: &str) -> String {
    let text = html::escaped(&plain(text)).replace("&quot;", "\"").replace("&#39;", "'");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let begins_a_line = at == 0 && matches!(c, '#' | '-' | '+' | '=');
        let numbers_a_line = at == digits && digits > 0 && matches!(c, '.' | ')');
        if begins_a_line || numbers_a_line || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

//! A report as one page of HTML: it loads nothing, and prints.

use super::phrase::Lang;
use super::report::{Block, Mark, Report};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:black;background:white;max-width:60rem;margin:2rem auto;\
padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid silver}h3{font-size:1rem}\
section{break-inside:avoid;margin:.6rem 0;padding-left:.7rem;border-left:3px solid gainsboro}section.wide{border-color:firebrick}\
section.tight{border-color:seagreen}section.wide>p:first-child::before{content:\"! \";color:firebrick;font-weight:bold}\
section p{margin:0;overflow-wrap:anywhere}section p:first-child{font-weight:600}dl{display:grid;grid-template-columns:max-content 1fr;\
gap:.1rem 1rem}dt{color:dimgray}dd{margin:0;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}\
th,td{border:1px solid silver;padding:.25rem .5rem;text-align:left;vertical-align:top}th{background:whitesmoke}@media print{body{margin:0;max-width:none;font-size:11px}}";

/// The page.
pub(super) fn page(report: &Report, lang: Lang) -> String {
    let code = lang.code();
    let title = escaped(&report.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    );
    for block in &report.blocks {
        match block {
            Block::Heading(level, text) => {
                let level = (*level).clamp(2, 3);
                out.push_str(&format!("<h{level}>{}</h{level}>\n", escaped(text)));
            }
            Block::Text(text) => out.push_str(&format!("<p>{}</p>\n", escaped(text))),
            Block::Pairs(pairs) => {
                let pair =
                    |(name, what): &(String, String)| format!("<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(what));
                out.push_str(&format!("<dl>{}</dl>\n", pairs.iter().map(pair).collect::<String>()));
            }
            Block::Table { head, rows } => {
                let row = |cells: &[String], tag: &str| {
                    let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", lines(cell)));
                    format!("<tr>{}</tr>\n", cells.collect::<String>())
                };
                let body: String = rows.iter().map(|cells| row(cells, "td")).collect();
                out.push_str(&format!("<table><thead>{}</thead><tbody>{body}</tbody></table>\n", row(head, "th")));
            }
            Block::Item { mark, what, lines } => {
                let class = match mark {
                    Mark::Plain => "plain",
                    Mark::Tight => "tight",
                    Mark::Wide => "wide",
                };
                let lines = std::iter::once(what).chain(lines).map(|line| format!("<p>{}</p>", escaped(line)));
                out.push_str(&format!("<section class=\"{class}\">{}</section>\n", lines.collect::<String>()));
            }
        }
    }
    out.push_str("</body></html>\n");
    out
}

/// Escaped, with each of its lines on one of its own.
fn lines(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("<br>")
}

/// Text of which no character is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

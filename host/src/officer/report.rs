//! A report as people read it: blocks that become text for a terminal, or one page of HTML.

use serde_json::{Value, json};

use super::phrase::Lang;

/// How a line stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Not at all.
    #[default]
    Plain,
    /// What becomes stricter, or is kept back.
    Tight,
    /// What becomes wider, or needs somebody's attention.
    Wide,
}

/// A piece of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading, 1 to 3.
    Heading(u8, String),
    /// A paragraph.
    Text(String),
    /// Names and what they are.
    Pairs(Vec<(String, String)>),
    /// A table. Lines in a cell are separated by line breaks.
    Table {
        /// What the columns are.
        head: Vec<String>,
        /// As many cells a row as there are columns.
        rows: Vec<Vec<String>>,
    },
    /// Something with what there is to say of it, line by line.
    Item {
        /// How it stands out.
        mark: Mark,
        /// What.
        what: String,
        /// What it is about, line by line.
        lines: Vec<String>,
    },
}

/// A report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// Its pieces.
    pub blocks: Vec<Block>,
}

impl Report {
    /// An empty one.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// Adds a heading.
    pub fn heading(&mut self, level: u8, text: impl Into<String>) {
        self.blocks.push(Block::Heading(level, text.into()));
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }

    /// Adds an item.
    pub fn item(&mut self, mark: Mark, what: impl Into<String>, lines: Vec<String>) {
        self.blocks.push(Block::Item { mark, what: what.into(), lines });
    }

    /// Adds a table, if there is a row.
    pub fn table(&mut self, head: Vec<String>, rows: Vec<Vec<String>>) {
        if !rows.is_empty() {
            self.blocks.push(Block::Table { head, rows });
        }
    }

    /// As text for a terminal. Nothing in it can write to the terminal.
    pub fn terminal(&self, colour: bool) -> String {
        let paint =
            |code: &str, text: &str| if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() };
        let mut out = format!("{}\n", paint("1", &plain(&self.title)));
        for block in &self.blocks {
            match block {
                Block::Heading(level, text) => {
                    let text = paint("1", &plain(text));
                    out.push_str(&if *level < 3 { format!("\n{text}\n") } else { format!("{text}\n") });
                }
                Block::Text(text) => out.push_str(&format!("{}\n", plain(text))),
                Block::Pairs(pairs) => {
                    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
                    for (name, what) in pairs {
                        let gap = " ".repeat(width - name.chars().count());
                        out.push_str(&format!("  {}{gap}  {}\n", plain(name), plain(what)));
                    }
                }
                // A terminal is too narrow for columns: each row is an item.
                Block::Table { head, rows } => {
                    for row in rows {
                        let mut cells = head.iter().zip(row);
                        let what = cells.next().map(|(_, cell)| plain(&cell.replace('\n', " "))).unwrap_or_default();
                        out.push_str(&format!("  {}\n", paint("1", &what)));
                        for (name, cell) in cells {
                            let cell = cell.split('\n').map(plain).collect::<Vec<_>>().join("\n        ");
                            out.push_str(&format!("      {}: {cell}\n", plain(name)));
                        }
                    }
                }
                Block::Item { mark, what, lines } => {
                    let (sign, code) = match mark {
                        Mark::Plain => (" ", "0"),
                        Mark::Tight => ("-", "32"),
                        Mark::Wide => ("!", "31;1"),
                    };
                    out.push_str(&format!("{} {}\n", paint(code, sign), paint(code, &plain(what))));
                    lines.iter().for_each(|line| out.push_str(&format!("      {}\n", plain(line))));
                }
            }
        }
        out
    }

    /// As one page that needs nothing else.
    pub fn html(&self, lang: Lang) -> String {
        super::html::page(self, lang)
    }

    /// As Markdown (GitHub's tables).
    pub fn markdown(&self) -> String {
        super::markdown::page(self)
    }

    /// As JSON: its pieces in turn.
    pub fn json(&self) -> Value {
        let blocks = self.blocks.iter().map(|block| match block {
            Block::Heading(level, text) => json!({ "heading": text, "level": level }),
            Block::Text(text) => json!({ "text": text }),
            Block::Pairs(pairs) => json!({ "pairs": pairs }),
            Block::Table { head, rows } => json!({ "head": head, "rows": rows }),
            Block::Item { what, lines, .. } => json!({ "item": what, "lines": lines }),
        });
        json!({ "title": self.title, "blocks": blocks.collect::<Vec<_>>() })
    }
}

/// Without characters that a terminal or a reader takes for orders, or that turn the order of what is read.
pub(super) fn plain(text: &str) -> String {
    let is_order = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().map(|c| if is_order(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::new("A <title> & more");
        report.heading(2, "Heading \u{1b}[31m");
        report.item(Mark::Wide, "<script>alert(1)</script>", vec!["\"quoted\" \u{202e}x".into()]);
        report.blocks.push(Block::Pairs(vec![("a".into(), "<b>".into())]));
        report.table(vec!["<i>".into(), "b".into()], vec![vec!["x | y\n*z*".into(), "\u{1b}<u>".into()]]);
        report
    }

    #[test]
    fn no_text_of_a_report_is_markup() {
        let html = report().html(Lang::En);
        assert!(
            !html.contains("<script")
                && !html.contains("<b>")
                && !html.contains("<i>")
                && !html.contains("<u>")
                && !html.contains("<title> &"),
            "{html}"
        );
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("&quot;quoted&quot;"),
            "{html}"
        );
        // It loads nothing.
        assert!(!html.contains("http") && !html.contains("src="), "{html}");
    }

    #[test]
    fn no_text_of_a_report_is_markdown() {
        let text = report().markdown();
        assert!(text.contains("| x \\| y<br>\\*z\\* | \u{fffd}&lt;u&gt; |"), "{text}");
        assert!(!text.contains("<script") && !text.contains('\u{1b}'), "{text}");
        // A line that would begin a list, a heading or a quotation does not.
        let mut report = Report::new("t");
        ["# a", "- b", "1. c", "> d", "[e](http://f)", "+ g"].iter().for_each(|line| report.text(*line));
        let text = report.markdown();
        for line in ["\\# a", "\\- b", "1\\. c", "&gt; d", "\\[e\\](http://f)", "\\+ g"] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

    #[test]
    fn no_text_of_a_report_orders_a_terminal() {
        let text = report().terminal(false);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
}

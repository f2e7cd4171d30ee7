//! A report as people read it: blocks that become text for a terminal, or one page of HTML.

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
}

/// Without characters that a terminal takes for orders, or that turn the order of what is read.
fn plain(text: &str) -> String {
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
        report
    }

    #[test]
    fn no_text_of_a_report_is_markup() {
        let html = report().html(Lang::En);
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<title> &"), "{html}");
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("&quot;quoted&quot;"),
            "{html}"
        );
        // It loads nothing.
        assert!(!html.contains("http") && !html.contains("src="), "{html}");
    }

    #[test]
    fn no_text_of_a_report_orders_a_terminal() {
        let text = report().terminal(false);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
}

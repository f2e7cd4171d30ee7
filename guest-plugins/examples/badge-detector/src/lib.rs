//! A vendor's plugin in one file: finds badge numbers such as `B-123456`.
//!
//! A badge number is `B-` and exactly six digits, with no letter or digit on either side. It is `likely` where the
//! text before it speaks of a badge, `possible` elsewhere. Build it with `tamis plugin build`.

use tamis_plugin_sdk::{Column, Confidence, Description, Detector, Entity, Failure, Finding};

/// The plugin. It has nothing to configure.
pub struct Badge;

const DIGITS: usize = 6;
const WORDS: [&str; 3] = ["badge", "ausweis", "carte"];
/// How many bytes before a number are searched for one of the words.
const NEAR: usize = 32;

impl Detector for Badge {
    fn describe() -> Description {
        let schema = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","maxProperties":0}"#;
        Description::new("badge-detector", env!("CARGO_PKG_VERSION"), schema).with(Entity::new(
            "example.badge",
            &["personal"],
            "Badge number",
        ))
    }

    fn configure(_settings: &str, _prepared: &[Vec<u8>]) -> Result<Self, Failure> {
        Ok(Badge)
    }

    fn scan(&mut self, columns: &[Column]) -> Result<Vec<Finding>, Failure> {
        let mut found = Vec::new();
        for (number, column) in (0..).zip(columns) {
            for row in column.rows()? {
                for (start, _) in row.text.match_indices("B-") {
                    let bytes = row.text.as_bytes();
                    let end = start + 2 + DIGITS;
                    if is_badge(bytes, start, end) {
                        found.push(Finding::new(number, row.number, start..end, 0, confidence(&bytes[..start])));
                    }
                }
            }
        }
        Ok(found)
    }
}

fn is_badge(text: &[u8], start: usize, end: usize) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    let digits = text.get(start + 2..end).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit));
    digits && !text[..start].last().is_some_and(word) && !text.get(end).is_some_and(word)
}

fn confidence(before: &[u8]) -> Confidence {
    let near = before[before.len().saturating_sub(NEAR)..].to_ascii_lowercase();
    let holds = |word: &str| near.windows(word.len()).any(|window| window == word.as_bytes());
    if WORDS.iter().any(|word| holds(word)) { Confidence::Likely } else { Confidence::Possible }
}

tamis_plugin_sdk::export_detector!(Badge);

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Vec<(u32, u32, u32)> {
        let found = Badge.scan(&[Column::of(0, [text])]).unwrap();
        found.iter().map(|finding| (finding.start, finding.end, finding.confidence)).collect()
    }

    #[test]
    fn finds_badges_and_nothing_that_only_looks_like_one() {
        assert_eq!(scan("Badge no. B-123456, B-654321."), [(10, 18, 2), (20, 28, 2)]);
        assert_eq!(scan("B-123456"), [(0, 8, 1)]);
        for other in ["", "B-12345", "B-1234567", "AB-123456", "éB-123456", "B-12345é", "b-123456", "B-"] {
            assert_eq!(scan(other), [], "{other}");
        }
    }
}

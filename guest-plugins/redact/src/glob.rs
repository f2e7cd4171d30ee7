//! Values that an `except` lets pass: literal text or `*` for any text, whatever the case.

/// One pattern, in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Glob(Vec<char>);

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        Glob(pattern.chars().flat_map(char::to_lowercase).collect())
    }

    /// Whether the whole text is of this pattern.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        let (mut p, mut t) = (0, 0);
        // Where to try again: behind the last star, one character further into the text.
        let mut again: Option<(usize, usize)> = None;
        while t < text.len() {
            match self.0.get(p) {
                Some('*') => {
                    p += 1;
                    again = Some((p, t));
                }
                Some(c) if text.get(t) == Some(c) => {
                    p += 1;
                    t += 1;
                }
                _ => {
                    let Some((star, from)) = again else { return false };
                    again = Some((star, from + 1));
                    (p, t) = (star, from + 1);
                }
            }
        }
        self.0.get(p..).unwrap_or_default().iter().all(|&c| c == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_stars() {
        assert!(Glob::new("*@Example.COM").matches("anna@EXAMPLE.com"));
        assert!(!Glob::new("*@example.com").matches("anna@example.com.au"));
        assert!(Glob::new("a*b*c").matches("a-b-b-c"));
        assert!(!Glob::new("a*b*c").matches("a-b-b-"));
        assert!(Glob::new("straße").matches("STRAßE"));
        assert!(Glob::new("*").matches(""));
        assert!(!Glob::new("").matches("a"));
        assert!(!Glob::new("a").matches("ab"));
    }
}

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
        fits(&self.0, &text, '*', |one, other| one == other)
    }
}

/// Whether the whole text is of a pattern in which `star` stands for any text.
pub(crate) fn fits<T: Copy + PartialEq>(pattern: &[T], text: &[T], star: T, same: impl Fn(T, T) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to try again: behind the last star, one character further into the text.
    let mut again: Option<(usize, usize)> = None;
    while let Some(&here) = text.get(t) {
        match pattern.get(p) {
            Some(&sign) if sign == star => {
                p += 1;
                again = Some((p, t));
            }
            Some(&sign) if same(sign, here) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((behind, from)) = again else { return false };
                again = Some((behind, from + 1));
                (p, t) = (behind, from + 1);
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|&sign| sign == star)
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

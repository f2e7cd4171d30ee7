//! `{app="shop", env="prod"}`: labels as Prometheus writes them.

/// Reads labels. `None`: it is none.
pub fn read(text: &str) -> Option<Vec<(String, String)>> {
    let mut rest = text.trim().strip_prefix('{')?.trim_start();
    let mut labels = Vec::new();
    loop {
        if let Some(behind) = rest.strip_prefix('}') {
            return behind.trim().is_empty().then_some(labels);
        }
        let (name, behind) = rest.split_once('=')?;
        let name = name.trim_end();
        if !is_name(name) {
            return None;
        }
        let (value, behind) = quoted(behind.trim_start())?;
        labels.push((name.to_owned(), value));
        rest = behind.trim_start();
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind.trim_start(),
            None if rest.starts_with('}') => {}
            None => return None,
        }
    }
}

/// Whether it may name a label.
pub fn is_name(name: &str) -> bool {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
    !name.is_empty() && name.chars().all(is_good) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Writes labels.
pub fn write<'l>(labels: impl Iterator<Item = (&'l str, &'l str)>) -> String {
    let mut out = String::from("{");
    for (name, value) in labels {
        if out.len() > 1 {
            out.push_str(", ");
        }
        out.push_str(name);
        out.push_str("=\"");
        for c in value.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out.push('"');
    }
    out.push('}');
    out
}

/// A string as Go writes it, and what stands behind it. Escapes of single bytes become what they are in UTF-8, else U+FFFD.
fn quoted(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('`') {
        return rest.split_once('`').map(|(value, rest)| (value.to_owned(), rest));
    }
    let text = text.strip_prefix('"')?;
    let (mut bytes, mut at) = (Vec::new(), text.char_indices());
    while let Some((number, c)) = at.next() {
        match c {
            '"' => return Some((String::from_utf8_lossy(&bytes).into_owned(), text.get(number + 1..)?)),
            '\n' => return None,
            '\\' => escape(&mut at, &mut bytes)?,
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    None
}

fn escape(at: &mut std::str::CharIndices<'_>, out: &mut Vec<u8>) -> Option<()> {
    let (_, c) = at.next()?;
    let mut number = |digits: usize, base: u32, first: u32| {
        (0..digits).try_fold(first, |sum: u32, _| sum.checked_mul(base)?.checked_add(at.next()?.1.to_digit(base)?))
    };
    let byte = match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' | '"' | '\'' => c as u8,
        'x' => number(2, 16, 0)? as u8,
        '0'..='7' => u8::try_from(number(2, 8, c.to_digit(8)?)?).ok()?,
        'u' | 'U' => {
            let digits = if c == 'u' { 4 } else { 8 };
            let c = char::from_u32(number(digits, 16, 0)?)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(());
        }
        _ => return None,
    };
    out.push(byte);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Option<Vec<(String, String)>> {
        read(text)
    }

    #[test]
    fn labels_are_read() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let wanted = vec![pair("app", "shop"), pair("path", "C:\\x \"y\"\n,}ü\u{e9}")];
        assert_eq!(of(r#" { app = "shop" ,path="C:\\x \"y\"\n,}ü\u00e9", } "#), Some(wanted));
        assert_eq!(of("{a=`b\\n`}"), Some(vec![pair("a", "b\\n")]));
        assert_eq!(of(r#"{a="\x41\102\U00000043"}"#), Some(vec![pair("a", "ABC")]));
        assert_eq!(of("{}"), Some(vec![]));
        for wrong in [
            "",
            "{",
            "{a}",
            "{a=b}",
            "{a=\"b\"",
            "{a=\"b\"c=\"d\"}",
            "{=\"b\"}",
            "{a=\"b\"}x",
            "{a=\"\\q\"}",
            "{a=\"b}",
            "{,}",
        ] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    proptest! {
        /// LAW: labels that are written are read as the same.
        #[test]
        fn what_is_written_is_read(labels in proptest::collection::vec(("[a-z_]{1,5}", ".{0,8}"), 0..5)) {
            let text = write(labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert_eq!(read(&text), Some(labels));
        }

        /// LAW: nothing panics.
        #[test]
        fn hostile_texts_are_refused_or_read(text in "\\{[a-z=\"\\\\xuU07`,} ]{0,30}|\\PC*") {
            let _ = read(&text);
        }
    }
}

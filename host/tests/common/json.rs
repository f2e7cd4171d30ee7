//! JSON texts that say the same in many ways, and what is in them.

use serde_json::Value;

/// Text of a value with blanks and escapes strewn over it; `seed` says where.
pub(crate) fn strewn(value: &Value, seed: u64) -> String {
    let mut out = String::new();
    let mut dice = Dice(seed | 1);
    write(value, &mut dice, &mut out);
    out
}

/// Numbers that differ enough from each other (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn blank(&mut self, out: &mut String) {
        out.push_str(["", "", "", " ", "\t", "  "][self.roll(6) as usize]);
    }
}

fn write(value: &Value, dice: &mut Dice, out: &mut String) {
    match value {
        Value::Object(members) => {
            out.push('{');
            for (number, (key, value)) in members.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { "," });
                dice.blank(out);
                text(key, dice, out);
                dice.blank(out);
                out.push(':');
                dice.blank(out);
                write(value, dice, out);
                dice.blank(out);
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (number, value) in elements.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { "," });
                dice.blank(out);
                write(value, dice, out);
                dice.blank(out);
            }
            out.push(']');
        }
        Value::String(string) => text(string, dice, out),
        other => out.push_str(&other.to_string()),
    }
}

fn text(string: &str, dice: &mut Dice, out: &mut String) {
    out.push('"');
    for c in string.chars() {
        match c {
            _ if dice.roll(12) == 0 => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
            '/' if dice.roll(3) == 0 => out.push_str("\\/"),
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The tokens of a JSON text: strings and numbers as they are written, without the blanks between them.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let from = at;
        match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => at += 1,
            _ => {
                while at < bytes.len() && !b" \t\r\n{}[],:\"".contains(&bytes[at]) {
                    at += 1;
                }
            }
        }
        tokens.push(&text[from..at.min(bytes.len())]);
    }
    tokens
}

/// Strings and numbers of a value, keys left out; JSON in strings is looked into.
pub(crate) fn leaves(value: &Value, into: &mut Vec<Value>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| leaves(value, into)),
        Value::Array(elements) => elements.iter().for_each(|value| leaves(value, into)),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => leaves(&inner, into),
            _ => into.push(value.clone()),
        },
        Value::Number(_) => into.push(value.clone()),
        Value::Bool(_) | Value::Null => {}
    }
}

/// All text of a value, decoded: keys, strings, strings in strings.
pub(crate) fn words(value: &Value, into: &mut String) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                into.push_str(key);
                into.push('\n');
                words(value, into);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| words(value, into)),
        Value::String(text) => {
            into.push_str(text);
            into.push('\n');
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                words(&inner, into);
            }
        }
        other => {
            into.push_str(&other.to_string());
            into.push('\n');
        }
    }
}

/// One spelling of a value, members in their order; JSON in strings in one spelling as well.
pub(crate) fn spelled(value: &Value) -> String {
    fn plain(value: &Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(members.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
            Value::Array(elements) => Value::Array(elements.iter().map(plain).collect()),
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(inner @ (Value::Object(_) | Value::Array(_))) => Value::String(plain(&inner).to_string()),
                _ => value.clone(),
            },
            other => other.clone(),
        }
    }
    plain(value).to_string()
}

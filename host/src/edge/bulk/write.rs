//! Filtered events as a body of `_bulk`.

use serde_json::{Map, Value};

use super::request::Action;

/// Members of an envelope that say how a document is written, and stand in its action. `_id` is none of them: redaction makes
/// distinct ids equal, and one document would stand for two.
pub const SAID: [&str; 2] = ["routing", "pipeline"];

/// Writes an action and its document, an object without line breaks: two lines.
pub fn item(action: Action, said: &Map<String, Value>, document: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"{}\":", action.word()).as_bytes());
    // Into memory, and of values only: it does not fail.
    let _ = serde_json::to_writer(&mut *out, said);
    out.extend_from_slice(b"}\n");
    out.extend_from_slice(document);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let said = object(serde_json::json!({"_index": "a\n"}));
        let mut body = Vec::new();
        item(Action::Create, &said, br#"{"n":"\n"}"#, &mut body);
        let items = request::items(&body).unwrap();
        assert_eq!((items.len(), items[0].action), (1, Action::Create));
        assert_eq!(items[0].document(&body), b"{\"n\":\"\\n\"}");
        assert_eq!(items[0].said(&body).get("_index").unwrap().get(), "\"a\\n\"");
    }
}

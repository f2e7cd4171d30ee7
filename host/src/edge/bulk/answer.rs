//! What `_bulk` answers, item by item.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::request::{Item, Usual};
use crate::edge::line::string;

/// What became of an item.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// It is safe.
    Taken,
    /// Not now: send it again.
    Later,
    /// Never, for this reason of our own.
    Refused(&'static str),
    /// What another server said of it: an object, `{"create":{…}}`.
    Said(&'a RawValue),
}

/// Writes the answer to a request; `outcome` is asked for each item in turn. `took`: milliseconds.
pub fn answer<'a>(
    body: &[u8],
    items: &[Item],
    usual: &Usual,
    took: u128,
    mut outcome: impl FnMut(usize) -> Outcome<'a>,
) -> Vec<u8> {
    let (mut out, mut errors) = (Vec::new(), false);
    for (number, item) in items.iter().enumerate() {
        let outcome = outcome(number);
        errors |= match outcome {
            Outcome::Taken => false,
            Outcome::Later | Outcome::Refused(_) => true,
            Outcome::Said(said) => statuses_of(said).is_none_or(|status| status >= 300),
        };
        if number > 0 {
            out.push(b',');
        }
        one(body, item, usual, outcome, &mut out);
    }
    let head = format!("{{\"took\":{took},\"errors\":{errors},\"items\":[");
    out.extend_from_slice(b"]}");
    out.splice(0..0, head.into_bytes());
    out
}

fn one(body: &[u8], item: &Item, usual: &Usual, outcome: Outcome<'_>, out: &mut Vec<u8>) {
    if let Outcome::Said(said) = outcome {
        return out.extend_from_slice(said.get().as_bytes());
    }
    let said = item.said(body);
    out.extend_from_slice(format!("{{\"{}\":{{\"_index\":", item.action.word()).as_bytes());
    match said.get("_index") {
        Some(index) => out.extend_from_slice(index.get().as_bytes()),
        None => string(usual.index.as_deref().unwrap_or_default(), out),
    }
    if let Some(id) = said.get("_id") {
        out.extend_from_slice(b",\"_id\":");
        out.extend_from_slice(id.get().as_bytes());
    }
    let (status, error) = match outcome {
        Outcome::Taken | Outcome::Said(_) => {
            let result = concat!(
                r#","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"#,
                r#""_seq_no":0,"_primary_term":1,"status":201}}"#
            );
            return out.extend_from_slice(result.as_bytes());
        }
        Outcome::Later => (429, ("es_rejected_execution_exception", "not now: send it again later")),
        Outcome::Refused(why) => (400, ("illegal_argument_exception", why)),
    };
    out.extend_from_slice(format!(",\"status\":{status},\"error\":{{\"type\":\"{}\",\"reason\":", error.0).as_bytes());
    string(error.1, out);
    out.extend_from_slice(b"}}}");
}

/// An answer to a request that was refused as a whole.
pub fn refused(status: u16, kind: &str, reason: &str) -> Vec<u8> {
    let error = serde_json::json!({ "type": kind, "reason": reason });
    let cause = error.clone();
    let mut error = error;
    if let Some(error) = error.as_object_mut() {
        error.insert("root_cause".to_owned(), serde_json::Value::Array(vec![cause]));
    }
    serde_json::json!({ "error": error, "status": status }).to_string().into_bytes()
}

#[derive(Deserialize)]
struct Answer<'t> {
    #[serde(borrow)]
    items: Vec<&'t RawValue>,
}

#[derive(Deserialize)]
struct Said {
    status: u16,
}

/// The items of an answer, as they were written. `None`: it is none.
pub fn items(answer: &[u8]) -> Option<Vec<&RawValue>> {
    serde_json::from_slice::<Answer<'_>>(answer).ok().map(|answer| answer.items)
}

/// The status of each item. Nothing else of an answer is read: it may quote documents.
pub fn statuses(answer: &[u8]) -> Option<Vec<u16>> {
    items(answer)?.into_iter().map(statuses_of).collect()
}

fn statuses_of(item: &RawValue) -> Option<u16> {
    let members = crate::edge::line::Members::parse(item.get())?;
    let [(_, said)] = members.0.as_slice() else { return None };
    serde_json::from_str::<Said>(said.get()).ok().map(|said| said.status)
}

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn each_item_has_its_answer() {
        let body = b"{\"create\":{\"_id\":\"7\"}}\n{}\n{\"index\":{\"_index\":\"b\"}}\n{}\n{\"delete\":{}}\n{\"index\":{}}\n{}\n";
        let items = request::items(body).unwrap();
        let usual = Usual { index: Some("u".to_owned()), ..Usual::default() };
        let other: Box<RawValue> = RawValue::from_string(r#"{"index":{"status":200}}"#.to_owned()).unwrap();
        let all = [Outcome::Taken, Outcome::Later, Outcome::Refused("no \"delete\""), Outcome::Said(&other)];
        let text = answer(body, &items, &usual, 3, |item| all[item]);
        let read: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!((&read["took"], &read["errors"]), (&json!(3), &json!(true)));
        let item = &read["items"][0]["create"];
        assert_eq!((&item["_index"], &item["_id"], &item["status"]), (&json!("u"), &json!("7"), &json!(201)));
        assert_eq!(
            (&read["items"][1]["index"]["_index"], &read["items"][1]["index"]["status"]),
            (&json!("b"), &json!(429))
        );
        assert_eq!(read["items"][2]["delete"]["error"]["reason"], "no \"delete\"");
        assert_eq!(statuses(&text), Some(vec![201, 429, 400, 200]));
        let well = answer(body, &items[..1], &usual, 0, |_| Outcome::Taken);
        assert_eq!(serde_json::from_slice::<Value>(&well).unwrap()["errors"], false);
    }

    #[test]
    fn what_is_no_answer_says_nothing() {
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"items":[{}]}"#,
            r#"{"items":[{"create":{}}]}"#,
            r#"{"items":[{"create":{"status":"x"}}]}"#,
        ] {
            assert_eq!(statuses(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(statuses(br#"{"items":[]}"#), Some(vec![]));
    }
}

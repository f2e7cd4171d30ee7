//! A body of `_bulk` → its items. Lines stay where they are: an item is where its lines lie.

use std::ops::Range;

use crate::edge::line::{self, Envelope, Members};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Write a document that is not there.
    Create,
    /// Write a document.
    Index,
    /// Change one.
    Update,
    /// Delete one. It has no document.
    Delete,
}

impl Action {
    const ALL: [(&'static str, Self); 4] =
        [("create", Self::Create), ("index", Self::Index), ("update", Self::Update), ("delete", Self::Delete)];

    /// What the protocol calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Index => "index",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Whether it only adds a document: the others would change what is there by parts that nobody filtered.
    pub fn adds(self) -> bool {
        matches!(self, Self::Create | Self::Index)
    }
}

/// An action with its document.
#[derive(Clone, Debug)]
pub struct Item {
    /// What is to be done.
    pub action: Action,
    /// Where the object lies that says where and how.
    said: Range<u32>,
    /// Where the document lies, without its line break; nothing for a delete.
    document: Range<u32>,
}

/// What a request says for all items that say nothing themselves: by its path, or as `?pipeline=…&routing=…`.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    /// Index.
    pub index: Option<String>,
    /// Pipeline.
    pub pipeline: Option<String>,
    /// Routing.
    pub routing: Option<String>,
}

/// The body is none of `_bulk`: nobody knows where items begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Takes a body apart.
///
/// # Errors
///
/// A line that should be an action is none, a document is missing, or the last line has no line break.
pub fn items(body: &[u8]) -> Result<Vec<Item>, Malformed> {
    let (mut items, mut at) = (Vec::new(), 0);
    while let Some(line) = next(body, &mut at)? {
        let (from, to) = (line.start, trimmed(body, line));
        if body.get(from..to).is_none_or(|line| line.trim_ascii().is_empty()) {
            continue;
        }
        let (action, said) = action(body.get(from..to).ok_or(Malformed)?)?;
        let document = match action {
            Action::Delete => 0..0,
            _ => {
                let line = next(body, &mut at)?.ok_or(Malformed)?;
                line.start..trimmed(body, line)
            }
        };
        let here = |range: Range<usize>| -> Result<Range<u32>, Malformed> {
            let number = |at: usize| u32::try_from(at).map_err(|_| Malformed);
            Ok(number(range.start)?..number(range.end)?)
        };
        items.push(Item { action, said: here(from + said.start..from + said.end)?, document: here(document)? });
    }
    Ok(items)
}

/// Where the next line lies.
fn next(body: &[u8], at: &mut usize) -> Result<Option<Range<usize>>, Malformed> {
    let rest = body.get(*at..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(None);
    }
    let end = *at + memchr::memchr(b'\n', rest).ok_or(Malformed)?;
    let line = *at..end;
    *at = end + 1;
    Ok(Some(line))
}

fn trimmed(body: &[u8], line: Range<usize>) -> usize {
    let is_two = line.end > line.start && body.get(line.end - 1) == Some(&b'\r');
    line.end - usize::from(is_two)
}

/// `{"create": {…}}`: what is done, and where the object lies in the line.
fn action(line: &[u8]) -> Result<(Action, Range<usize>), Malformed> {
    let text = std::str::from_utf8(line).map_err(|_| Malformed)?;
    let Members(members) = Members::parse(text).ok_or(Malformed)?;
    let [(word, said)] = members.as_slice() else { return Err(Malformed) };
    let (_, action) = Action::ALL.into_iter().find(|(name, _)| word == name).ok_or(Malformed)?;
    Members::parse(said.get()).ok_or(Malformed)?;
    let from = (said.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    Ok((action, from..from + said.get().len()))
}

impl Item {
    /// What the action says, as it was written.
    pub fn said<'b>(&self, body: &'b [u8]) -> Members<'b> {
        let said = body.get(self.said.start as usize..self.said.end as usize).unwrap_or_default();
        std::str::from_utf8(said).ok().and_then(Members::parse).unwrap_or_else(|| Members(Vec::new()))
    }

    /// The document, as it was written.
    pub fn document<'b>(&self, body: &'b [u8]) -> &'b [u8] {
        body.get(self.document.start as usize..self.document.end as usize).unwrap_or_default()
    }

    /// Writes its event, one line. What is no object becomes a line that is no event.
    pub fn line(&self, body: &[u8], usual: &Usual, out: &mut Vec<u8>) {
        let (said, mut envelope) = (self.said(body), Envelope::default());
        said.0.iter().for_each(|(key, value)| envelope.raw(key, value.get()));
        for (key, usual) in [("_index", &usual.index), ("pipeline", &usual.pipeline), ("routing", &usual.routing)] {
            if let (None, Some(usual)) = (said.get(key), usual) {
                envelope.text(key, usual);
            }
        }
        let document = self.document(body);
        if !line::object(&String::from_utf8_lossy(document), &envelope, out) {
            line::no_event(document, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn events(body: &str, usual: &Usual) -> Vec<(Action, Value)> {
        let items = items(body.as_bytes()).unwrap();
        let event = |item: &Item| {
            let mut out = Vec::new();
            item.line(body.as_bytes(), usual, &mut out);
            (item.action, serde_json::from_slice(&out).unwrap())
        };
        items.iter().map(event).collect()
    }

    #[test]
    fn documents_are_events_and_what_actions_say_is_their_envelope() {
        let body = "{\"create\":{\"_id\":\"7\",\"_index\":\"a\",\"pipeline\":\"p\"}}\r\n{\"n\":1}\r\n\n \
                    { \"index\" : { } }\n{\"n\":2,\"@envelope\":{\"_id\":\"forged\"}}\n{\"delete\":{\"_id\":\"9\"}}\n{\"update\":{}}\nno json\n";
        let usual = Usual { index: Some("u".to_owned()), pipeline: None, routing: Some("r".to_owned()) };
        let events = events(body, &usual);
        let first = json!({"n": 1, "@envelope": {"_id": "7", "_index": "a", "pipeline": "p", "routing": "r"}});
        assert_eq!(events[0], (Action::Create, first));
        let second = json!({"n": 2, "@@envelope": {"_id": "forged"}, "@envelope": {"_index": "u", "routing": "r"}});
        assert_eq!(events[1], (Action::Index, second));
        assert_eq!(events[2].0, Action::Delete);
        assert!(events[3].0 == Action::Update && events[3].1.is_string());
    }

    #[test]
    fn what_is_no_bulk_body_is_refused() {
        for wrong in [
            "{\"index\":{}}\n",
            "{\"index\":{}}\n{}",
            "{\"index\":[]}\n{}\n",
            "{\"index\":{},\"create\":{}}\n{}\n",
            "{\"make\":{}}\n{}\n",
            "{}\n{}\n",
            "x\n",
        ] {
            assert!(items(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(items(b"").unwrap().is_empty() && items(b"\n\n").unwrap().is_empty());
    }

    proptest! {
        /// LAW: hostile bytes are refused, or items that are one line of JSON each.
        #[test]
        fn hostile_bytes_are_refused_or_lines(parts in proptest::collection::vec(
            prop_oneof![
                Just(b"{\"index\":{\"_id\":\"1\"}}\n".to_vec()), Just(b"{\"delete\":{}}\n".to_vec()), Just(b"{\"a\":1}\n".to_vec()),
                Just(b"\r\n".to_vec()), proptest::collection::vec(any::<u8>(), 0..20),
            ], 0..12)) {
            let body = parts.concat();
            let Ok(items) = items(&body) else { return Ok(()) };
            for item in items {
                let mut out = Vec::new();
                item.line(&body, &Usual::default(), &mut out);
                prop_assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 1);
                prop_assert!(serde_json::from_slice::<Value>(&out).is_ok());
            }
        }
    }
}

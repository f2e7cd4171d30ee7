//! Elasticsearch and OpenSearch, by `_bulk`. Documents are created under ids of our own, so that one that arrived is not written again.
//!
//! | answer of the server | means |
//! |---|---|
//! | item 2xx; item 409 | delivered; it was there before, under the id that we gave it |
//! | item 401, 403, 404, 408, 425, 429, 5xx | that item again |
//! | other items | those never |
//! | 413; 400 for several | halve it |
//! | 3xx, 401, 403, 404, 405, 407, 408, 425, 429, 5xx, no connection | again, after `Retry-After` at the earliest |
//! | other | never |
//! | none, cut, or not one of `_bulk` | again; it may have arrived |
//!
//! Of an answer only the statuses are asked for and read: the rest may quote documents.

use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde_json::{Map, Value};

use super::http::{after, answer, body, client, gzip};
use super::{Events, Sink};
use crate::config::{BulkAuth, BulkSink};
use crate::delivery::branch::{Answer, ItemAnswer};
use crate::edge::bulk::answer::statuses;
use crate::edge::bulk::request::Action;
use crate::edge::bulk::write::{self, SAID};
use crate::edge::opened::Opened;

/// A server.
pub(super) struct Bulk {
    client: Client,
    url: Url,
    index: String,
    headers: HeaderMap,
    gzip: bool,
}

impl Bulk {
    pub(super) fn new(said: &BulkSink) -> Result<Self, String> {
        let client = client(said.ca.as_ref(), said.timeout)?.build();
        let client = client.map_err(|error| format!("no client can be made: {error}"))?;
        let mut url = said.url.value.clone();
        url.set_path(&format!("{}/_bulk", url.path().trim_end_matches('/')));
        url.set_query(Some("filter_path=errors,items.*.status"));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        if said.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(auth) = &said.auth {
            headers.insert(AUTHORIZATION, authorization(auth)?);
        }
        Ok(Self { client, url, index: said.index.clone(), headers, gzip: said.gzip })
    }

    async fn post(&self, events: Vec<Events>) -> Answer {
        let (index, is_packed) = (self.index.clone(), self.gzip);
        let encoding = tokio::task::spawn_blocking(move || encode(&events, &index, is_packed));
        let Ok((message, number, unsent)) = encoding.await else { return Answer::Retry { after: None } };
        if let Some(unsent) = unsent {
            return unsent;
        }
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(message);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Answer::Retry { after: None },
            Err(_) => return Answer::Lost,
        };
        let (status, after) = (response.status(), after(&response));
        match answer(status, after) {
            Answer::Delivered => {}
            // For one document's sake, perhaps.
            Answer::Rejected if status == 400 && number > 1 => return Answer::TooLarge,
            other => return other,
        }
        // A status and what stands around it.
        let Some(said) = body(response, (64 << 10) + number * 128).await else { return Answer::Lost };
        match statuses(&said) {
            Some(statuses) if statuses.len() == number => items(&statuses),
            _ => Answer::Lost,
        }
    }
}

fn authorization(auth: &BulkAuth) -> Result<HeaderValue, String> {
    let text = match auth {
        BulkAuth::ApiKey(key) => format!("ApiKey {}", key.read()?),
        BulkAuth::Bearer(token) => format!("Bearer {}", token.read()?),
        BulkAuth::Basic(user, password) => format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.read()?))),
    };
    let mut value: HeaderValue = text.parse().map_err(|_| "what `auth` names cannot be sent as a header".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// The body of these events, and how many they are; or what becomes of them without one. Where one of them is no JSON object, it is
/// rejected, and the others are sent in the next.
fn encode(events: &[Events], index: &str, packed: bool) -> (Vec<u8>, usize, Option<Answer>) {
    let (mut out, mut unread, mut number) = (Vec::new(), Vec::new(), 0);
    for events in events {
        let day = events.time().to_string();
        let usual = index.replace("{date}", day.get(..10).unwrap_or_default());
        for (id, event) in events.named() {
            if !document(Action::Create, id, event, &usual, &mut out) {
                unread.push((number, ItemAnswer::Rejected));
            }
            number += 1;
        }
    }
    if !unread.is_empty() {
        return (Vec::new(), number, Some(Answer::Partial(unread)));
    }
    match packed.then(|| gzip(&out)) {
        None => (out, number, None),
        Some(Some(packed)) => (packed, number, None),
        Some(None) => (Vec::new(), number, Some(Answer::Retry { after: None })),
    }
}

/// Writes an event as a document. False: it is none.
pub(in crate::edge) fn document(
    action: Action,
    id: Option<String>,
    event: &[u8],
    index: &str,
    out: &mut Vec<u8>,
) -> bool {
    let mut said = Map::from_iter([("_index".to_owned(), Value::from(index))]);
    said.extend(id.map(|id| ("_id".to_owned(), id.into())));
    // Most events have no envelope that survived: they are written as they are.
    if memchr::memmem::find(event, b"@envelope").is_none() && event.starts_with(b"{") {
        write::item(action, &said, event, out);
        return true;
    }
    let Some(mut opened) = Opened::new(event) else { return false };
    said.extend(opened.take("_index").filter(|own| !own.is_empty()).map(|own| ("_index".to_owned(), own.into())));
    for key in SAID {
        said.extend(opened.take(key).map(|own| (key.to_owned(), own.into())));
    }
    write::item(action, &said, opened.close().as_bytes(), out);
    true
}

/// What the statuses of all items mean.
fn items(statuses: &[u16]) -> Answer {
    let of = |status: u16| match StatusCode::from_u16(status).map(|status| answer(status, None)) {
        Ok(Answer::Delivered) => ItemAnswer::Delivered,
        _ if status == 409 => ItemAnswer::Delivered,
        Ok(Answer::Retry { .. }) => ItemAnswer::Retry,
        _ => ItemAnswer::Rejected,
    };
    let items: Vec<_> = statuses.iter().map(|status| of(*status)).enumerate().collect();
    let is_delivered = items.iter().all(|(_, item)| *item == ItemAnswer::Delivered);
    if is_delivered { Answer::Delivered } else { Answer::Partial(items) }
}

impl Sink for Bulk {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.post(events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_has_its_own_fate() {
        use ItemAnswer::{Delivered, Rejected, Retry};
        assert_eq!(items(&[201, 200, 409]), Answer::Delivered);
        let all = [201, 429, 400, 409, 503, 403, 404, 413, 0];
        let wanted = [Delivered, Retry, Rejected, Delivered, Retry, Retry, Retry, Rejected, Rejected];
        assert_eq!(items(&all), Answer::Partial(wanted.into_iter().enumerate().collect()));
    }

    #[test]
    fn what_survived_says_where_a_document_goes_but_not_under_which_id() {
        let of = |event: &str| {
            let mut out = Vec::new();
            assert!(document(Action::Create, Some("own".to_owned()), event.as_bytes(), "usual", &mut out));
            let lines: Vec<Value> =
                String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            (lines[0]["create"].clone(), lines[1].clone())
        };
        let plain = of(r#"{"n":1}"#);
        assert_eq!(plain, (serde_json::json!({"_index": "usual", "_id": "own"}), serde_json::json!({"n": 1})));
        let (said, document) = of(r#"{"n":1,"@envelope":{"_index":"a","_id":"7","routing":"r","pipeline":"p"}}"#);
        let wanted = serde_json::json!({"_index": "a", "_id": "own", "routing": "r", "pipeline": "p"});
        assert_eq!(said, wanted);
        assert_eq!(document, serde_json::json!({"n": 1, "@envelope": {"_id": "7"}}));
        assert!(!super::document(Action::Create, None, b"[1]", "usual", &mut Vec::new()));
    }
}

//! The policies A and B over `serde_json::Value`, as one would write them by hand for three known shapes.

use serde_json::{Map, Value};

use crate::treat::{Coder, agent, amount, file_name, host, hour, ip, path, place, redact};

type Event = Map<String, Value>;

/// One of the two policies, with its keys.
pub struct Policy {
    coarse: bool,
    person: Coder,
    key: Coder,
    device: Coder,
    session: Coder,
    object: Coder,
}

/// Replaces a text.
fn text(event: &mut Event, name: &str, treat: impl FnOnce(&str) -> String) {
    if let Some(Value::String(value)) = event.get_mut(name) {
        *value = treat(value);
    }
}

/// Replaces a text where there is something to replace.
fn prose(event: &mut Event, name: &str) {
    if let Some(Value::String(value)) = event.get_mut(name)
        && let Some(redacted) = redact(value)
    {
        *value = redacted;
    }
}

fn number(event: &mut Event, name: &str, treat: impl FnOnce(&Value) -> Option<Value>) {
    if let Some(value) = event.get_mut(name) {
        *value = treat(value).unwrap_or(Value::Null);
    }
}

fn object<'e>(event: &'e mut Event, name: &str) -> &'e mut Event {
    event.get_mut(name).and_then(Value::as_object_mut).expect("an object")
}

impl Policy {
    /// A, or, if `coarse`, B.
    pub fn new(coarse: bool) -> Self {
        let coder = |domain: &str| Coder::new(domain);
        Self {
            coarse,
            person: coder("person"),
            key: coder("key"),
            device: coder("device"),
            session: coder("session"),
            object: coder("object"),
        }
    }

    /// Treats an event and writes it.
    pub fn line(&self, line: &[u8], out: &mut Vec<u8>) {
        let mut value: Value = serde_json::from_slice(line).expect("JSON");
        let event = value.as_object_mut().expect("an object");
        match (event.contains_key("Workload"), event.contains_key("eventTime")) {
            (true, _) => self.m365(event),
            (_, true) => self.auth(event),
            _ => self.segment(event),
        }
        serde_json::to_writer(&mut *out, &value).expect("memory");
        out.push(b'\n');
    }

    /// Treats a row of the export by policy A and writes it as an object.
    pub fn row(&self, line: &[u8], out: &mut Vec<u8>) {
        const NAMES: [&str; 6] = ["RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData"];
        let mut reader = csv_core::Reader::new();
        let (mut cell, mut event, mut rest) = (vec![0; line.len() + 1], Event::new(), line);
        for name in NAMES {
            let (_, read, written) = reader.read_field(rest, &mut cell);
            rest = &rest[read..];
            let text = std::str::from_utf8(&cell[..written]).expect("UTF-8");
            event.insert(name.to_owned(), Value::String(text.to_owned()));
        }
        text(&mut event, "UserId", |v| self.person.code(v));
        text(&mut event, "AuditData", |v| {
            let mut record: Value = serde_json::from_str(v).expect("JSON");
            self.m365(record.as_object_mut().expect("an object"));
            record.to_string()
        });
        serde_json::to_writer(&mut *out, &event).expect("memory");
        out.push(b'\n');
    }

    fn m365(&self, event: &mut Event) {
        text(event, "UserId", |v| self.person.code(v));
        text(event, "ClientIP", ip);
        prose(event, "Comment");
        if !self.coarse {
            for name in ["UserKey", "CorrelationId", "TargetUserOrGroupName"] {
                event.remove(name);
            }
            return;
        }
        text(event, "UserKey", |v| self.key.code(v));
        text(event, "CorrelationId", |v| self.session.code(v));
        text(event, "TargetUserOrGroupName", |v| self.person.code(v));
        for name in ["Id", "ListId", "ListItemUniqueId", "Site"] {
            text(event, name, |v| self.object.code(v));
        }
        text(event, "CreationTime", |v| hour(v, ""));
        text(event, "UserAgent", agent);
        text(event, "SiteUrl", host);
        text(event, "SourceFileName", file_name);
        text(event, "SourceRelativeUrl", path);
        number(event, "FileSizeBytes", amount);
    }

    fn auth(&self, event: &mut Event) {
        text(event, "user", |v| self.person.code(v));
        text(event, "srcIp", ip);
        prose(event, "message");
        if !self.coarse {
            for name in ["device", "session", "requestId"] {
                event.remove(name);
            }
            return;
        }
        text(event, "device", |v| self.device.code(v));
        text(event, "session", |v| self.session.code(v));
        text(event, "requestId", |v| self.session.code(v));
        text(event, "eventTime", |v| hour(v, "Z"));
        number(event, "latencyMs", amount);
    }

    fn segment(&self, event: &mut Event) {
        text(event, "userId", |v| self.person.code(v));
        text(object(event, "context"), "ip", ip);
        prose(object(event, "properties"), "comment");
        if !self.coarse {
            event.remove("messageId");
            event.remove("anonymousId");
            object(object(event, "context"), "traits").remove("email");
            return;
        }
        text(event, "messageId", |v| self.session.code(v));
        text(event, "anonymousId", |v| self.device.code(v));
        text(event, "timestamp", |v| hour(v, "Z"));
        let properties = object(event, "properties");
        text(properties, "orderId", |v| self.object.code(v));
        number(properties, "revenue", amount);
        let context = object(event, "context");
        text(context, "userAgent", agent);
        text(object(context, "traits"), "email", |v| self.person.code(v));
        let page = object(context, "page");
        text(page, "url", host);
        text(page, "title", |_| "[redacted]".to_owned());
        let location = object(context, "location");
        number(location, "latitude", place);
        number(location, "longitude", place);
    }
}

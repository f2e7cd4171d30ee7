//! Filtered events → one export request in protobuf. Events of equal resources and scopes stand together, each in its order.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::read::{Message, RECORD, RESOURCE, SCOPE, Shape, bytes};
use crate::edge::line::Members;

/// What is no part of an event as it came.
const ADDED: [&str; 2] = ["@tamis", "@envelope"];

/// Gathers events.
#[derive(Debug, Default)]
pub struct Group {
    /// Each resource and its schema, written.
    resources: Vec<Vec<u8>>,
    scopes: Vec<Scope>,
    /// Where resources stand, by their text and that of their schema; scopes, by theirs and what they belong to.
    by_resource: FxHashMap<String, usize>,
    by_scope: FxHashMap<String, usize>,
    /// What the scope of a record is looked for by.
    sought: String,
    record: Message,
    /// Scopes that the event under way was written into, and how long they were before.
    before: Vec<(usize, usize)>,
}

#[derive(Debug)]
struct Scope {
    resource: usize,
    /// It, its schema and its records, written.
    content: Vec<u8>,
}

/// A resource or a scope as it stands in an event, and its schema.
#[derive(Clone, Copy, Default)]
struct Part<'t> {
    said: Option<&'t RawValue>,
    schema: Option<&'t RawValue>,
}

#[derive(Deserialize)]
struct OfResource<'t> {
    #[serde(borrow, default)]
    resource: Option<&'t RawValue>,
    #[serde(borrow, default, rename = "scopeLogs")]
    scope_logs: Vec<OfScope<'t>>,
    #[serde(borrow, default, rename = "schemaUrl")]
    schema_url: Option<&'t RawValue>,
}

#[derive(Deserialize)]
struct OfScope<'t> {
    #[serde(borrow, default)]
    scope: Option<&'t RawValue>,
    #[serde(borrow, default, rename = "logRecords")]
    log_records: Vec<&'t RawValue>,
    #[serde(borrow, default, rename = "schemaUrl")]
    schema_url: Option<&'t RawValue>,
}

impl Group {
    /// Adds an event: a request's records, a record, or anything else as the body of one; what Tamis added to it (`@tamis`,
    /// `@envelope`) as attributes. False, and nothing is added, where it is no JSON object, or so deep that readers of protobuf would
    /// refuse the request.
    #[must_use]
    pub fn add(&mut self, event: &[u8]) -> bool {
        let is_added = self.event(event).is_some();
        let before = self.before.drain(..).rev();
        if !is_added {
            before.for_each(|(scope, length)| self.scopes[scope].content.truncate(length));
        }
        is_added
    }

    fn event(&mut self, event: &[u8]) -> Option<()> {
        let Members(mut members) = Members::parse(std::str::from_utf8(event).ok()?)?;
        let at = members.iter().position(|(key, _)| key == "resourceLogs");
        if let Some((at, list)) = at.and_then(|at| Some((at, request(members.get(at)?.1)?))) {
            members.remove(at);
            return self.request(&list, &members);
        }
        let is_record = members.iter().any(|(key, _)| ["timeUnixNano", "observedTimeUnixNano"].contains(&&**key));
        let members = members.iter().map(|(key, value)| (&**key, *value));
        self.record.clear();
        if is_record {
            members.into_iter().try_for_each(|(key, value)| self.record.member(&RECORD, key, value))?;
        } else {
            let (added, said): (Vec<_>, Vec<_>) = members.partition(|(key, _)| ADDED.contains(key));
            self.record.body(&said)?;
            added.into_iter().try_for_each(|(key, value)| self.record.other(&RECORD, key, value))?;
        }
        self.push(Part::default(), Part::default())
    }

    fn request(&mut self, list: &[OfResource<'_>], others: &[(impl AsRef<str>, &RawValue)]) -> Option<()> {
        let mut is_empty = true;
        for of in list {
            let resource = Part { said: of.resource, schema: of.schema_url };
            for of in &of.scope_logs {
                for record in &of.log_records {
                    self.record.clear();
                    self.record.members(&RECORD, record.get())?;
                    for (key, value) in others {
                        self.record.other(&RECORD, key.as_ref(), value)?;
                    }
                    self.push(resource, Part { said: of.scope, schema: of.schema_url })?;
                    is_empty = false;
                }
            }
        }
        if !is_empty {
            return Some(());
        }
        // Its record was filtered away as a whole. That there was one stays.
        self.record.clear();
        others.iter().try_for_each(|(key, value)| self.record.member(&RECORD, key.as_ref(), value))?;
        let of = list.first();
        let resource = of.map(|of| Part { said: of.resource, schema: of.schema_url });
        let of = of.and_then(|of| of.scope_logs.first());
        let scope = of.map(|of| Part { said: of.scope, schema: of.schema_url });
        self.push(resource.unwrap_or_default(), scope.unwrap_or_default())
    }

    /// Puts the record that was written where it belongs.
    fn push(&mut self, resource: Part<'_>, scope: Part<'_>) -> Option<()> {
        let at = self.scope(resource, scope)?;
        let content = &mut self.scopes.get_mut(at)?.content;
        self.before.push((at, content.len()));
        bytes(2, self.record.close(), content);
        Some(())
    }

    /// Where a scope stands. Events are one line: a line break is between its parts only.
    fn scope(&mut self, resource: Part<'_>, scope: Part<'_>) -> Option<usize> {
        let sought = &mut self.sought;
        sought.clear();
        resource.text(sought);
        let end = sought.len();
        scope.text(sought);
        if let Some(at) = self.by_scope.get(sought.as_str()) {
            return Some(*at);
        }
        let of = match self.by_resource.get(&sought[..end]) {
            Some(at) => *at,
            None => {
                self.resources.push(resource.write(&RESOURCE)?);
                self.by_resource.insert(sought[..end].to_owned(), self.resources.len() - 1);
                self.resources.len() - 1
            }
        };
        self.scopes.push(Scope { resource: of, content: scope.write(&SCOPE)? });
        self.by_scope.insert(sought.clone(), self.scopes.len() - 1);
        Some(self.scopes.len() - 1)
    }

    /// The request.
    pub fn finish(mut self) -> Vec<u8> {
        self.scopes.sort_by_key(|scope| scope.resource);
        let of = |scopes: &[Scope]| scopes.iter().map(|scope| field(scope.content.len())).sum::<usize>();
        let mut out = Vec::new();
        for scopes in self.scopes.chunk_by(|one, next| one.resource == next.resource) {
            let Some(head) = scopes.first().and_then(|scope| self.resources.get(scope.resource)) else { continue };
            let length = head.len() + of(scopes);
            out.reserve(field(length));
            encode_key(1, WireType::LengthDelimited, &mut out);
            encode_varint(length as u64, &mut out);
            out.extend_from_slice(head);
            scopes.iter().for_each(|scope| bytes(2, &scope.content, &mut out));
        }
        out
    }
}

/// Bytes of a field that holds so many, with a tag of one byte.
fn field(length: usize) -> usize {
    1 + encoded_len_varint(length as u64) + length
}

/// The parts of a request. `None`: it is none.
fn request<'t>(list: &'t RawValue) -> Option<Vec<OfResource<'t>>> {
    let list: Vec<OfResource<'t>> = serde_json::from_str(list.get()).ok()?;
    let mut records = list.iter().flat_map(|of| &of.scope_logs).flat_map(|of| &of.log_records);
    records.all(|record| record.get().starts_with('{')).then_some(list)
}

impl Part<'_> {
    /// What tells it from others.
    fn text(self, out: &mut String) {
        for part in [self.said, self.schema] {
            out.push_str(part.map_or("", RawValue::get));
            out.push('\n');
        }
    }

    /// What stands of it in the message that it belongs to. `None`: it cannot be read.
    fn write(self, shape: &Shape) -> Option<Vec<u8>> {
        let (mut out, mut part) = (Vec::new(), Message::default());
        if let Some(said) = self.said.filter(|said| said.get().starts_with('{')) {
            part.members(shape, said.get())?;
            bytes(1, part.close(), &mut out);
        }
        if let Some(schema) = self.schema.and_then(|schema| crate::edge::walk::text(schema.get())) {
            bytes(3, schema.as_bytes(), &mut out);
        }
        Some(out)
    }
}

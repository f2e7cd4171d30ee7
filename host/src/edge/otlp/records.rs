//! An export request → its records, each an event with its resource and scope.
//!
//! A request is not decoded as a whole: a record of two bytes would take hundreds in memory. Its text is held once; resource
//! and scope are repeated only as events are written, some at a time.

use std::ops::Range;

use bytes::{Buf as _, Bytes};
use prost::Message;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::message::{LogRecord, Resource, Scope};
use super::write;

/// Bounds on a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// Longest event, in bytes. A longer part is not decoded, and its events are as long as it, for the framer to refuse.
    pub event: usize,
    /// All events together, resources and scopes repeated, in bytes.
    pub all: usize,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is no export request.
    Malformed,
    /// It has names that this version of the protocol does not have: `resource_logs`, `instrumentationLibraryLogs`.
    OtherNames,
    /// Its events would be too much.
    TooLarge,
}

/// Records of a request.
#[derive(Debug, Default)]
pub struct Records {
    text: Vec<u8>,
    resources: Vec<Outer>,
    scopes: Vec<Inner>,
    /// Where each record lies; `None`: it is too long.
    records: Vec<Option<Range<usize>>>,
    /// The scope that is next, and the record.
    at: (usize, usize),
    bounds: Bounds,
}

/// A part that records are in: where it lies, and the URL of its schema, a JSON string.
#[derive(Clone, Debug, Default)]
struct Outer {
    part: Option<Range<usize>>,
    schema: Option<Range<usize>>,
    is_too_long: bool,
}

#[derive(Debug)]
struct Inner {
    outer: Outer,
    resource: usize,
    /// Behind its last record.
    end: usize,
}

impl Records {
    /// Reads a request in protobuf.
    ///
    /// # Errors
    ///
    /// It is none, or too large.
    pub fn of_protobuf(body: &Bytes, bounds: Bounds) -> Result<Self, Unread> {
        let mut all = Self { bounds, ..Self::default() };
        fields(body, &[1], |_, resource_logs| {
            let (first, mut outer) = (all.scopes.len(), Outer::default());
            fields(&resource_logs, &[1, 3], |tag, part| match tag {
                1 => all.part::<Resource>(part, &mut outer, write::resource),
                _ => all.schema(&part, &mut outer),
            })?;
            fields(&resource_logs, &[2], |_, scope_logs| all.scope_of_protobuf(&scope_logs))?;
            all.resource(outer, first);
            Ok(())
        })?;
        all.bounded()
    }

    fn scope_of_protobuf(&mut self, scope_logs: &Bytes) -> Result<(), Unread> {
        let (before, mut outer) = (self.records.len(), Outer::default());
        fields(scope_logs, &[1, 2, 3], |tag, part| match tag {
            1 => self.part::<Scope>(part, &mut outer, write::scope),
            2 if part.len() > self.bounds.event => self.record(None),
            2 => {
                let record = LogRecord::decode(part).map_err(|_| Unread::Malformed)?;
                let at = self.write(|out| write::record(&record, out));
                self.record(Some(at))
            }
            _ => self.schema(&part, &mut outer),
        })?;
        self.scope(outer, before);
        Ok(())
    }

    fn schema(&mut self, url: &[u8], outer: &mut Outer) -> Result<(), Unread> {
        outer.schema = Some(self.write(|out| write::string(url, out)));
        Ok(())
    }

    fn record(&mut self, record: Option<Range<usize>>) -> Result<(), Unread> {
        self.records.push(record);
        let least = self.records.len().saturating_mul(AROUND).saturating_add(self.text.len());
        if least > self.bounds.all { Err(Unread::TooLarge) } else { Ok(()) }
    }

    /// Decodes and writes a resource or a scope.
    fn part<M: Message + Default>(
        &mut self,
        part: Bytes,
        outer: &mut Outer,
        write: impl Fn(&M, &mut Vec<u8>),
    ) -> Result<(), Unread> {
        outer.is_too_long |= part.len() > self.bounds.event;
        if !outer.is_too_long {
            let part = M::decode(part).map_err(|_| Unread::Malformed)?;
            outer.part = Some(self.write(|out| write(&part, out)));
        }
        Ok(())
    }

    fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        let start = self.text.len();
        write(&mut self.text);
        start..self.text.len()
    }

    fn scope(&mut self, outer: Outer, before: usize) {
        if self.records.len() > before {
            self.scopes.push(Inner { outer, resource: self.resources.len(), end: self.records.len() });
        }
    }

    fn resource(&mut self, outer: Outer, first: usize) {
        if self.scopes.len() > first {
            self.resources.push(outer);
        }
    }

    /// Reads a request in JSON. Every value stays as it was written.
    ///
    /// # Errors
    ///
    /// It is none, or too large.
    pub fn of_json(body: Vec<u8>, bounds: Bounds) -> Result<Self, Unread> {
        let mut all = Self { bounds, ..Self::default() };
        let text = std::str::from_utf8(&body).map_err(|_| Unread::Malformed)?;
        let root: Root<'_> = parse(text)?;
        known(root.old.is_none())?;
        let place = |raw: &RawValue| place(text, raw.get());
        for resource_logs in root.resource_logs.unwrap_or_default() {
            let said: OfResource<'_> = parse(resource_logs.get())?;
            known(said.old.is_none())?;
            let first = all.scopes.len();
            for scope_logs in said.scope_logs.unwrap_or_default() {
                let said: OfScope<'_> = parse(scope_logs.get())?;
                known(said.old.is_none())?;
                let before = all.records.len();
                for record in said.log_records.unwrap_or_default() {
                    if !record.get().starts_with('{') {
                        return Err(Unread::Malformed);
                    }
                    all.record(Some(place(record)))?;
                }
                all.scope(Outer::at(said.scope.map(place), said.schema_url.map(place)), before);
            }
            all.resource(Outer::at(said.resource.map(place), said.schema_url.map(place)), first);
        }
        // Line breaks of a text that was read are between values, never in one.
        all.text = body;
        all.text.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        all.bounded()
    }

    fn bounded(self) -> Result<Self, Unread> {
        let (mut all, mut before) = (self.text.len(), 0);
        for scope in &self.scopes {
            let around = AROUND + scope.outer.len() + self.resources.get(scope.resource).map_or(0, Outer::len);
            all = all.saturating_add(around.saturating_mul(scope.end - before));
            before = scope.end;
        }
        if all > self.bounds.all { Err(Unread::TooLarge) } else { Ok(self) }
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes that are held.
    pub fn bytes(&self) -> usize {
        let lists = size_of_val(&self.records[..]) + size_of_val(&self.scopes[..]) + size_of_val(&self.resources[..]);
        self.text.len() + lists
    }

    /// The next events, a line each, until they are so many bytes; at least one, or `None` at the end.
    pub fn lines(&mut self, bytes: usize) -> Option<Vec<u8>> {
        let (mut out, mut head, mut tail) = (Vec::new(), Vec::new(), Vec::new());
        let mut of = None;
        while out.len() < bytes {
            let Some(scope) = self.scopes.get(self.at.0) else { break };
            if self.at.1 >= scope.end {
                self.at.0 += 1;
                continue;
            }
            let resource = self.resources.get(scope.resource)?;
            if of != Some(self.at.0) {
                self.around(resource, &scope.outer, &mut head, &mut tail);
                of = Some(self.at.0);
            }
            out.extend_from_slice(&head);
            let is_too_long = resource.is_too_long || scope.outer.is_too_long;
            match self.records.get(self.at.1)?.clone().filter(|_| !is_too_long) {
                Some(record) => out.extend_from_slice(self.text.get(record)?),
                None => out.resize(out.len() + self.bounds.event + 1, b' '),
            }
            out.extend_from_slice(&tail);
            self.at.1 += 1;
        }
        (!out.is_empty()).then_some(out)
    }

    /// What stands before and behind each record of a scope.
    fn around(&self, resource: &Outer, scope: &Outer, head: &mut Vec<u8>, tail: &mut Vec<u8>) {
        (*head, *tail) = (Vec::new(), Vec::new());
        let member = |name: &[u8], at: &Option<Range<usize>>, behind: &[u8], out: &mut Vec<u8>| {
            if let Some(text) = at.clone().and_then(|at| self.text.get(at)) {
                out.extend_from_slice(name);
                out.extend_from_slice(text);
                out.extend_from_slice(behind);
            }
        };
        head.extend_from_slice(b"{\"resourceLogs\":[{");
        member(b"\"resource\":", &resource.part, b",", head);
        head.extend_from_slice(b"\"scopeLogs\":[{");
        member(b"\"scope\":", &scope.part, b",", head);
        head.extend_from_slice(b"\"logRecords\":[");
        tail.push(b']');
        member(b",\"schemaUrl\":", &scope.schema, b"", tail);
        tail.extend_from_slice(b"}]");
        member(b",\"schemaUrl\":", &resource.schema, b"", tail);
        tail.extend_from_slice(b"}]}\n");
    }
}

/// Bytes around a record that has neither resource nor scope, and a little more.
const AROUND: usize = 100;

impl Outer {
    fn at(part: Option<Range<usize>>, schema: Option<Range<usize>>) -> Self {
        Self { part, schema, is_too_long: false }
    }

    fn len(&self) -> usize {
        self.part.as_ref().map_or(0, Range::len) + self.schema.as_ref().map_or(0, Range::len)
    }
}

/// Hands out the parts of a message that have one of these tags, in their order; all of them are messages or texts.
pub(in crate::edge) fn fields(
    message: &Bytes,
    tags: &[u32],
    mut each: impl FnMut(u32, Bytes) -> Result<(), Unread>,
) -> Result<(), Unread> {
    let mut rest = message.clone();
    let bad = |_| Unread::Malformed;
    while rest.has_remaining() {
        let (tag, wire) = decode_key(&mut rest).map_err(bad)?;
        if !tags.contains(&tag) {
            skip_field(wire, tag, &mut rest, DecodeContext::default()).map_err(bad)?;
            continue;
        }
        if wire != WireType::LengthDelimited {
            return Err(Unread::Malformed);
        }
        let length = decode_varint(&mut rest).map_err(bad)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= rest.len()).ok_or(Unread::Malformed)?;
        each(tag, rest.split_to(length))?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Root<'t> {
    #[serde(borrow, default, rename = "resourceLogs")]
    resource_logs: Option<Vec<&'t RawValue>>,
    #[serde(default, rename = "resource_logs")]
    old: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct OfResource<'t> {
    #[serde(borrow, default)]
    resource: Option<&'t RawValue>,
    #[serde(borrow, default, rename = "scopeLogs")]
    scope_logs: Option<Vec<&'t RawValue>>,
    #[serde(borrow, default, rename = "schemaUrl")]
    schema_url: Option<&'t RawValue>,
    #[serde(
        default,
        rename = "scope_logs",
        alias = "instrumentationLibraryLogs",
        alias = "instrumentation_library_logs"
    )]
    old: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct OfScope<'t> {
    #[serde(borrow, default)]
    scope: Option<&'t RawValue>,
    #[serde(borrow, default, rename = "logRecords")]
    log_records: Option<Vec<&'t RawValue>>,
    #[serde(borrow, default, rename = "schemaUrl")]
    schema_url: Option<&'t RawValue>,
    #[serde(default, rename = "log_records")]
    old: Option<IgnoredAny>,
}

fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Unread> {
    // A list would be read as the fields of a struct, one after the other.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Unread::Malformed);
    }
    serde_json::from_str(text).map_err(|_| Unread::Malformed)
}

/// Records under a name that is not read would be lost and acknowledged.
fn known(is_known: bool) -> Result<(), Unread> {
    if is_known { Ok(()) } else { Err(Unread::OtherNames) }
}

/// Where a part of a text lies in it.
fn place(text: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + part.len()
}

//! Filtered events → one export request. Events of equal resources and scopes stand together, each in its order.

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::message::{Export, LogRecord, ResourceLogs, ScopeLogs};
use super::read;

/// Gathers events.
#[derive(Debug, Default)]
pub struct Group {
    export: Export,
    /// Where resources and scopes stand, by their text.
    resources: FxHashMap<(String, String), usize>,
    scopes: FxHashMap<(usize, String, String), usize>,
}

/// An event that is an export request.
#[derive(Deserialize)]
struct Request<'t> {
    #[serde(borrow, rename = "resourceLogs")]
    resource_logs: Vec<OfResource<'t>>,
    #[serde(flatten)]
    others: Map<String, Json>,
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
    #[serde(default, rename = "logRecords")]
    log_records: Vec<Map<String, Json>>,
    #[serde(borrow, default, rename = "schemaUrl")]
    schema_url: Option<&'t RawValue>,
}

impl Group {
    /// Adds an event: a request's records, a record, or anything else as the body of one; what Tamis added to it (`@tamis`,
    /// `@envelope`) as attributes. False where it is no JSON object, or
    /// nested deeper than 128.
    #[must_use]
    pub fn add(&mut self, event: &[u8]) -> bool {
        if let Ok(request) = serde_json::from_slice::<Request<'_>>(event) {
            self.request(request);
            return true;
        }
        let Ok(Json::Object(said)) = serde_json::from_slice(event) else { return false };
        let is_record = ["timeUnixNano", "observedTimeUnixNano"].iter().any(|key| said.contains_key(*key));
        let record = if is_record { read::record(said) } else { read::body(said) };
        let resource = self.resource(None, None);
        self.scope(resource, None, None).push(record);
        true
    }

    fn request(&mut self, request: Request<'_>) {
        let of = |of: &OfResource<'_>| of.scope_logs.iter().map(|of| of.log_records.len()).sum::<usize>();
        if request.resource_logs.iter().map(of).sum::<usize>() == 0 {
            // Its record was filtered away as a whole. That there was one stays.
            let of = request.resource_logs.first();
            let resource = self.resource(of.and_then(|of| of.resource), of.and_then(|of| of.schema_url));
            let of = of.and_then(|of| of.scope_logs.first());
            let records = self.scope(resource, of.and_then(|of| of.scope), of.and_then(|of| of.schema_url));
            records.push(read::record(request.others));
            return;
        }
        for of in request.resource_logs {
            let resource = self.resource(of.resource, of.schema_url);
            for of in of.scope_logs {
                let records = of.log_records.into_iter().map(|said| {
                    let mut record = read::record(said);
                    read::others(request.others.clone(), &mut record.attributes);
                    record
                });
                self.scope(resource, of.scope, of.schema_url).extend(records);
            }
        }
    }

    fn resource(&mut self, resource: Option<&RawValue>, schema: Option<&RawValue>) -> usize {
        let all = &mut self.export.resource_logs;
        *self.resources.entry((key(resource), key(schema))).or_insert_with(|| {
            let resource = object(resource).map(read::resource);
            all.push(ResourceLogs { resource, schema_url: string(schema), ..ResourceLogs::default() });
            all.len() - 1
        })
    }

    fn scope(&mut self, at: usize, scope: Option<&RawValue>, schema: Option<&RawValue>) -> &mut Vec<LogRecord> {
        let all = &mut self.export.resource_logs[at].scope_logs;
        let at = *self.scopes.entry((at, key(scope), key(schema))).or_insert_with(|| {
            let scope = object(scope).map(read::scope);
            all.push(ScopeLogs { scope, schema_url: string(schema), ..ScopeLogs::default() });
            all.len() - 1
        });
        &mut all[at].log_records
    }

    /// The request.
    pub fn finish(self) -> Export {
        self.export
    }
}

fn key(part: Option<&RawValue>) -> String {
    part.map_or_else(String::new, |part| part.get().to_owned())
}

fn object(part: Option<&RawValue>) -> Option<Map<String, Json>> {
    serde_json::from_str(part?.get()).ok()
}

fn string(part: Option<&RawValue>) -> bytes::Bytes {
    part.and_then(|part| serde_json::from_str::<String>(part.get()).ok()).unwrap_or_default().into()
}

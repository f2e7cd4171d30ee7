//! Protocols of the HTTP family: Elasticsearch's `_bulk`, Splunk's HTTP Event Collector, Loki's push; source and sink of each.

pub(crate) mod bulk;
pub(crate) mod hec;
pub(crate) mod loki;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// What a backend has, and what it says first.
#[derive(Clone, Default)]
pub(crate) struct Script {
    /// One a request.
    pub(crate) says: Arc<Mutex<VecDeque<u16>>>,
    /// Documents that it took, in their order.
    pub(crate) taken: Arc<Mutex<Vec<Value>>>,
}

impl Script {
    pub(crate) fn new(says: &[u16]) -> Self {
        Self { says: Arc::new(Mutex::new(says.iter().copied().collect())), ..Self::default() }
    }

    /// The status that comes next; `None`: all is well.
    pub(crate) fn next(&self) -> Option<u16> {
        self.says.lock().unwrap().pop_front()
    }

    /// All is well from now on.
    pub(crate) fn heal(&self) {
        self.says.lock().unwrap().clear();
    }

    pub(crate) fn take(&self, document: Value) {
        self.taken.lock().unwrap().push(document);
    }

    pub(crate) fn documents(&self) -> Vec<Value> {
        self.taken.lock().unwrap().clone()
    }

    /// How often each number stands in documents.
    pub(crate) fn numbers(&self) -> BTreeMap<u32, usize> {
        let mut found = BTreeMap::new();
        for document in self.documents() {
            *found.entry(document["Version"].as_u64().unwrap() as u32).or_default() += 1;
        }
        found
    }
}

/// A source and a sink of one protocol.
pub(crate) fn config(source: &str, sink: &str) -> String {
    format!(
        r#"
[source.apps]
listen = "127.0.0.1:0"
answer = "20 s"
{source}
[sink.siem]
batch = {{ events = 50, age = "20 ms" }}
retry = {{ first = "20 ms", most = "200 ms" }}
{sink}
[route.staff]
from   = "apps"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink      = "siem"
purpose   = "security"
"#
    )
}

/// A tenant's policies that say more of the envelope: `more` stands behind them.
pub(crate) fn policies(folder: &std::path::Path, more: &str) -> String {
    let own = folder.join("policies");
    crate::process::copy(std::path::Path::new(crate::policies()), &own);
    let tenant = own.join("tenants/example-de.toml");
    let before = std::fs::read_to_string(&tenant).unwrap();
    std::fs::write(&tenant, format!("{before}\n{more}\n")).unwrap();
    own.to_str().unwrap().to_owned()
}

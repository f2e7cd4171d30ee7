//! What clients ask before they send: who answers, and whether it is well. Nothing of it depends on what was sent.

/// Said in the header of this name on every answer: official clients speak to nothing else.
pub const PRODUCT: (&str, &str) = ("x-elastic-product", "Elasticsearch");

/// The version that is spoken.
const VERSION: &str = "8.19.0";

/// The answer to a question. `None`: it is none that is answered.
pub fn answer(method: &str, path: &str) -> Option<String> {
    if !matches!(method, "GET" | "HEAD") {
        return None;
    }
    let said = match path.trim_end_matches('/') {
        "" => serde_json::json!({
            "name": "tamis", "cluster_name": "tamis", "cluster_uuid": "tamis",
            "version": {
                "number": VERSION, "build_flavor": "default", "build_type": "docker", "build_hash": "0",
                "build_date": "2025-01-01T00:00:00Z", "build_snapshot": false, "lucene_version": "9.12.0",
                "minimum_wire_compatibility_version": "7.17.0", "minimum_index_compatibility_version": "7.0.0",
            },
            "tagline": "You Know, for Search",
        }),
        "/_license" => serde_json::json!({
            "license": { "status": "active", "uid": "tamis", "type": "basic", "issued_to": "tamis", "issuer": "tamis" },
        }),
        "/_xpack" => serde_json::json!({
            "build": {}, "license": { "uid": "tamis", "type": "basic", "mode": "basic", "status": "active" },
            "features": { "ilm": { "available": false, "enabled": false } },
        }),
        "/_cluster/health" => serde_json::json!({
            "cluster_name": "tamis", "status": "green", "timed_out": false, "number_of_nodes": 1, "number_of_data_nodes": 1,
            "active_primary_shards": 0, "active_shards": 0, "relocating_shards": 0, "initializing_shards": 0,
            "unassigned_shards": 0,
        }),
        _ => return None,
    };
    Some(said.to_string())
}

/// The index that a path of `_bulk` names. `None`: it is no such path.
pub fn bulk(path: &str) -> Option<Option<&str>> {
    let inner = path.strip_prefix('/')?.trim_end_matches('/').strip_suffix("_bulk")?;
    match inner.strip_suffix('/') {
        None => inner.is_empty().then_some(None),
        Some(index) if !index.is_empty() && !index.starts_with('_') && !index.contains('/') => Some(Some(index)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_paths_are_answered() {
        assert!(answer("GET", "/").is_some() && answer("HEAD", "/").is_some() && answer("GET", "/_license").is_some());
        assert!(
            answer("GET", "/_search").is_none()
                && answer("PUT", "/").is_none()
                && answer("POST", "/_license").is_none()
        );
        assert_eq!((bulk("/_bulk"), bulk("/a-b/_bulk"), bulk("/_bulk/")), (Some(None), Some(Some("a-b")), Some(None)));
        for wrong in ["/a/b/_bulk", "/_all/_bulk", "/x_bulk", "//_bulk", "/a/_bulk/x", "/", "_bulk"] {
            assert_eq!(bulk(wrong), None, "{wrong}");
        }
    }
}

//! What goes in as protobuf is an event, and comes out as the same protobuf.

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;
use serde_json::{Value as Json, json};

use super::group::Group;
use super::message::*;
use super::records::{Bounds, Records, Unread};
use super::{grpc, write};

const WIDE: Bounds = Bounds { event: 1 << 20, all: 8 << 20 };

fn lines(mut records: Records) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(some) = records.lines(200) {
        assert!(some.ends_with(b"\n"));
        all.extend(String::from_utf8(some).unwrap().lines().map(str::to_owned));
    }
    all
}

fn finished(group: Group) -> Export {
    Export::decode(&group.finish()[..]).unwrap()
}

fn of_protobuf(export: &Export) -> Vec<String> {
    lines(Records::of_protobuf(&export.encode_to_vec().into(), WIDE).unwrap())
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: Bytes::from(key.to_owned()), value: Some(value.into()) }
}

fn every_type() -> LogRecord {
    let inner = KeyValueList { values: vec![pair("k", Value::Int(1)), pair("none", Value::Bool(false))] };
    let array =
        ArrayValue { values: vec![Value::Int(i64::MIN).into(), AnyValue::default(), Value::Double(-0.5).into()] };
    LogRecord {
        time_unix_nano: u64::MAX,
        observed_time_unix_nano: 1,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(Value::KeyValues(inner).into()),
        attributes: vec![
            pair("text", Value::String("a \"b\"\nü".into())),
            pair("empty", Value::String("".into())),
            pair("long", Value::Int(i64::MAX)),
            pair("double", Value::Double(0.1)),
            pair("nan", Value::Double(f64::INFINITY)),
            pair("bytes", Value::Bytes(Bytes::from_static(&[0, 255, 7]))),
            pair("array", Value::Array(array)),
        ],
        dropped_attributes_count: 3,
        flags: 1,
        trace_id: Bytes::from_static(&[0xab; 16]),
        span_id: Bytes::from_static(&[1; 8]),
        event_name: "user.login".into(),
    }
}

fn export(records: Vec<LogRecord>) -> Export {
    let resource =
        Resource { attributes: vec![pair("service.name", Value::String("shop".into()))], ..Resource::default() };
    let scope = Scope { name: "http".into(), version: "1".into(), ..Scope::default() };
    let scopes = vec![ScopeLogs { scope: Some(scope), log_records: records, schema_url: "https://s".into() }];
    let of = ResourceLogs { resource: Some(resource), scope_logs: scopes, schema_url: "https://r".into() };
    Export { resource_logs: vec![of] }
}

#[test]
fn every_type_is_written_as_the_mapping_says() {
    let events = of_protobuf(&export(vec![every_type()]));
    let event: Json = serde_json::from_str(&events[0]).unwrap();
    let of = &event["resourceLogs"][0];
    assert_eq!(of["schemaUrl"], "https://r");
    assert_eq!(of["scopeLogs"][0]["scope"], json!({ "name": "http", "version": "1" }));
    let record = &of["scopeLogs"][0]["logRecords"][0];
    assert_eq!(record["timeUnixNano"], "18446744073709551615");
    assert_eq!((&record["severityNumber"], &record["flags"]), (&json!(9), &json!(1)));
    assert_eq!((&record["traceId"], &record["spanId"]), (&json!("ab".repeat(16)), &json!("0101010101010101")));
    assert_eq!(record["body"]["kvlistValue"]["values"][0], json!({ "key": "k", "value": { "intValue": "1" } }));
    let values: Vec<_> = record["attributes"].as_array().unwrap().iter().map(|pair| pair["value"].clone()).collect();
    let array = json!({ "values": [{ "intValue": "-9223372036854775808" }, {}, { "doubleValue": -0.5 }] });
    assert_eq!(
        values,
        [
            json!({ "stringValue": "a \"b\"\nü" }),
            json!({ "stringValue": "" }),
            json!({ "intValue": "9223372036854775807" }),
            json!({ "doubleValue": 0.1 }),
            json!({ "doubleValue": "Infinity" }),
            json!({ "bytesValue": "AP8H" }),
            json!({ "arrayValue": array }),
        ]
    );
}

/// LAW: one record an event, each with its resource and scope; grouped again they are the request they were.
#[test]
fn a_request_is_the_same_when_its_records_are_grouped_again() {
    let one = LogRecord { severity_number: 1, ..LogRecord::default() };
    let mut request = export(vec![every_type(), one.clone()]);
    request.resource_logs[0].scope_logs.push(ScopeLogs { log_records: vec![one.clone()], ..ScopeLogs::default() });
    let bare = ScopeLogs { log_records: vec![one], ..ScopeLogs::default() };
    request.resource_logs.push(ResourceLogs { scope_logs: vec![bare], ..ResourceLogs::default() });
    let events = of_protobuf(&request);
    assert_eq!(events.len(), 4);
    let mut group = Group::default();
    assert!(events.iter().all(|event| group.add(event.as_bytes())));
    assert_eq!(finished(group), request);
    // As JSON it is the same, however it is laid out.
    let whole: Vec<Json> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    for event in whole {
        let pretty = serde_json::to_vec_pretty(&event).unwrap();
        let again = lines(Records::of_json(pretty, WIDE).unwrap());
        assert_eq!(again.len(), 1);
        assert_eq!(serde_json::from_str::<Json>(&again[0]).unwrap(), event);
    }
}

#[test]
fn json_stays_as_it_was_written_and_what_would_be_lost_is_refused() {
    let text = br#" { "resourceLogs": [ { "scopeLogs": [ { "logRecords": [ { "doubleValue": 1.10, "x": "\u00e4" },{} ] } ], "resource": {"n":1e2} } ] }"#;
    let events = lines(Records::of_json(text.to_vec(), WIDE).unwrap());
    let first = r#"{"resourceLogs":[{"resource":{"n":1e2},"scopeLogs":[{"logRecords":[{ "doubleValue": 1.10, "x": "\u00e4" }]}]}]}"#;
    assert_eq!((events.len(), events[0].as_str()), (2, first));
    for (text, why) in [
        ("", Unread::Malformed),
        ("[]", Unread::Malformed),
        ("{\"resourceLogs\":[[]]}", Unread::Malformed),
        ("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[1]}]}]}", Unread::Malformed),
        ("{\"resourceLogs\":[]}{}", Unread::Malformed),
        ("{\"resource_logs\":[]}", Unread::OtherNames),
        ("{\"resourceLogs\":[{\"instrumentationLibraryLogs\":[]}]}", Unread::OtherNames),
        ("{\"resourceLogs\":[{\"scopeLogs\":[{\"log_records\":[]}]}]}", Unread::OtherNames),
    ] {
        assert_eq!(Records::of_json(text.into(), WIDE).err(), Some(why), "{text}");
    }
    for nothing in ["{}", "{\"resourceLogs\":null,\"new\":1}", "{\"resourceLogs\":[{}]}"] {
        assert!(Records::of_json(nothing.into(), WIDE).unwrap().is_empty(), "{nothing}");
    }
}

/// LAW (bounds): neither a long part nor many records of a large resource grow beyond what was allowed.
#[test]
fn what_is_too_long_is_left_to_the_framer_and_too_much_is_refused() {
    let long = LogRecord { severity_text: "x".repeat(2000).into(), ..LogRecord::default() };
    let bytes: Bytes = export(vec![long, every_type()]).encode_to_vec().into();
    let bounds = Bounds { event: 1500, all: 1 << 20 };
    let events = lines(Records::of_protobuf(&bytes, bounds).unwrap());
    assert!(events[0].len() > 1500 && events[1].len() < 1500 && events.len() == 2);
    let mut request = export(vec![LogRecord::default(); 1000]);
    let resource = request.resource_logs[0].resource.as_mut().unwrap();
    resource.attributes.push(pair("much", Value::String("x".repeat(1000).into())));
    let bytes: Bytes = request.encode_to_vec().into();
    assert_eq!(Records::of_protobuf(&bytes, Bounds { event: 1500, all: 1 << 20 }).err(), Some(Unread::TooLarge));
    assert_eq!(lines(Records::of_protobuf(&bytes, Bounds { event: 1500, all: 2 << 20 }).unwrap()).len(), 1000);
    assert_eq!(Records::of_protobuf(&bytes, Bounds { event: 1500, all: 50_000 }).err(), Some(Unread::TooLarge));
    let events = lines(Records::of_protobuf(&bytes, Bounds { event: 500, all: 2 << 20 }).unwrap());
    assert!(events.len() == 1000 && events.iter().all(|event| event.len() > 500 && !event.contains("xxx")));
}

/// LAW: what a filter made of a value finds a place: a code where a number was, an id that is none, a stamp, another event.
#[test]
fn what_was_filtered_is_not_lost() {
    let event = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{
        "timeUnixNano": "not a time", "traceId": "e229-abc", "spanId": "0102030405060708",
        "attributes": [{ "key": "n", "value": { "intValue": "e229-x" } }, { "key": "i", "value": { "intValue": 5 } }, { "key": "e", "value": {} }, {}],
    }] }] }], "@tamis": { "policy": "p@1" } });
    let mut group = Group::default();
    assert!(group.add(event.to_string().as_bytes()));
    assert!(group.add(br#"{"Operation":"UserLoggedIn","n":[1,2.5,null,true],"o":{"a":"b"}}"#));
    assert!(group.add(br#"{"timeUnixNano":"5","body":{"stringValue":"x"},"attributes":[]}"#));
    assert!(group.add(br#"{"resourceLogs":[],"@tamis":1}"#));
    assert!(group.add(br#"{"@tamis":1}"#));
    assert!(group.add(br#"{"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"scope":{"name":"s"}}]}]}"#));
    for wrong in ["5", "", "[1]", &("[".repeat(200) + &"]".repeat(200))] {
        assert!(!group.add(wrong.as_bytes()), "{wrong}");
    }
    let export = finished(group);
    let records = |of: usize| &export.resource_logs[of].scope_logs[0].log_records;
    let first = &records(0)[0];
    assert_eq!((first.time_unix_nano, first.trace_id.len(), first.span_id.len()), (0, 0, 8));
    let mut written = Vec::new();
    write::record(first, &mut written);
    let written: Json = serde_json::from_slice(&written).unwrap();
    assert_eq!(
        written["attributes"],
        json!([
            { "key": "n", "value": { "stringValue": "e229-x" } },
            { "key": "i", "value": { "intValue": "5" } },
            { "key": "e", "value": {} },
            { "key": "timeUnixNano", "value": { "stringValue": "not a time" } },
            { "key": "traceId", "value": { "stringValue": "e229-abc" } },
            { "key": "@tamis", "value": { "kvlistValue": { "values": [{ "key": "policy", "value": { "stringValue": "p@1" } }] } } },
        ])
    );
    assert_eq!(records(0).len(), 5, "nobody said of what resource the others are");
    assert_eq!(export.resource_logs.len(), 2);
    let of = &export.resource_logs[1].scope_logs[0];
    assert_eq!((of.scope.as_ref().unwrap().name.as_ref(), of.log_records.len()), (&b"s"[..], 1));
    assert!(
        matches!(&records(0)[1].body, Some(AnyValue { value: Some(Value::KeyValues(all)) }) if all.values.len() == 3)
    );
    assert_eq!((records(0)[2].time_unix_nano, records(0)[3].attributes.len(), &records(0)[4]), (5, 1, &records(0)[3]));
}

#[test]
fn text_that_is_no_utf_8_is_no_reason_to_refuse_the_rest() {
    let odd = LogRecord { severity_text: Bytes::from_static(&[b'a', 0xff]), ..LogRecord::default() };
    assert!(of_protobuf(&export(vec![odd]))[0].contains("a\u{fffd}"));
}

#[test]
fn frames_and_statuses_are_read_as_they_are_written() {
    assert_eq!(grpc::unframe(grpc::frame(b"abc", true).into()), Some((Bytes::from_static(b"abc"), true)));
    let whole = grpc::frame(b"abc", false);
    for wrong in [&whole[..7], &[&whole[..], &whole[..]].concat(), b"", &[2, 0, 0, 0, 0]] {
        assert_eq!(grpc::unframe(Bytes::copy_from_slice(wrong)), None);
    }
    for again in [None, Some(std::time::Duration::from_millis(1500))] {
        let text = grpc::binary(&grpc::status(14, "later", again));
        assert_eq!(grpc::retry_delay(&grpc::unbinary(text.as_bytes()).unwrap()), again);
    }
    assert!(grpc::unbinary(b"AAE=").is_some() && grpc::unbinary(b"AAE").is_some() && grpc::unbinary(b"!").is_none());
}

fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(AnyValue::default()),
        ".{0,8}".prop_map(|text| Value::String(text.into()).into()),
        any::<bool>().prop_map(|value| Value::Bool(value).into()),
        any::<i64>().prop_map(|value| Value::Int(value).into()),
        any::<f64>().prop_filter("equal to itself", |v| !v.is_nan()).prop_map(|value| Value::Double(value).into()),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(|bytes| Value::Bytes(bytes.into()).into()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|values| Value::Array(ArrayValue { values }).into()),
            prop::collection::vec(("[a-z]{1,4}", inner), 0..4).prop_map(|pairs| {
                let values = pairs.into_iter().map(|(key, value)| KeyValue { key: key.into(), value: Some(value) });
                Value::KeyValues(KeyValueList { values: values.collect() }).into()
            }),
        ]
    })
}

/// JSON as a filter might leave it: names and values of the protocol, at any place.
fn left_over() -> impl Strategy<Value = Json> {
    const NAMES: [&str; 19] = [
        "attributes",
        "droppedAttributesCount",
        "name",
        "timeUnixNano",
        "severityNumber",
        "severityText",
        "body",
        "flags",
        "traceId",
        "spanId",
        "key",
        "value",
        "intValue",
        "doubleValue",
        "bytesValue",
        "arrayValue",
        "kvlistValue",
        "values",
        "@tamis",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (-300..300_i32).prop_map(Json::from),
        (0..300_u32).prop_map(|number| number.to_string().into()),
        "[0-9a-fA-F]{16}|[0-9a-fA-F]{32}|[A-Za-z0-9+/]{4}|NaN|-Infinity|\\PC{130}|.{0,6}".prop_map(Json::from),
    ];
    leaf.prop_recursive(8, 64, 6, |inner| {
        let name = prop_oneof![8 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => ".{1,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((name, inner), 0..6).prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// LAW (meaning): whatever a filter left of records, what is written of it says the same when it is read as OTLP/JSON and written again.
    #[test]
    fn what_is_written_is_read_as_the_same(said in [left_over(), left_over(), left_over()], others in left_over()) {
        let [scope, mut record, attributes] = said;
        if !record.is_object() {
            record = json!({});
        }
        record["attributes"] = json!([attributes, { "key": "k", "value": attributes }]);
        let scopes = json!([{ "scope": scope, "logRecords": [record, record] }]);
        let event = json!({ "resourceLogs": [{ "scopeLogs": scopes, "resource": { "attributes": attributes } }], "others": others });
        let (mut group, mut again) = (Group::default(), Group::default());
        prop_assert!(group.add(event.to_string().as_bytes()));
        let written = finished(group);
        prop_assert_eq!(written.resource_logs[0].scope_logs[0].log_records.len(), 2);
        prop_assert!(again.add(&super::json(&written)));
        // NaN is not equal to itself.
        prop_assert_eq!(format!("{:?}", finished(again)), format!("{written:?}"));
    }

    /// LAW (neighbours): an event is added whole, and readers of protobuf follow all of it, or not at all.
    #[test]
    fn what_is_too_deep_is_not_added(deep in 1..150_usize, with in 0..3_usize, last in prop::sample::select(&["1", "1e999", "\"\\ud800\""][..])) {
        let (open, close) = [("[", "]"), ("{\"a\":", "}"), ("{\"arrayValue\":{\"values\":[", "]}}")][with];
        let body = open.repeat(deep) + last + &close.repeat(deep);
        let event = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"flags":1}},{{"body":{body}}}]}}]}}]}}"#);
        let mut group = Group::default();
        let is_added = group.add(event.as_bytes());
        prop_assert!(is_added || deep > 20 || last != "1");
        let records: usize = finished(group).resource_logs.iter().flat_map(|of| &of.scope_logs).map(|of| of.log_records.len()).sum();
        prop_assert_eq!(records, if is_added { 2 } else { 0 });
    }
}

proptest! {
    /// LAW (types): every value comes back as it was, of the same type.
    #[test]
    fn values_keep_their_types(body in value(), trace in prop::array::uniform16(any::<u8>()), time: u64) {
        let record = LogRecord { body: Some(body), trace_id: trace.to_vec().into(), time_unix_nano: time, ..LogRecord::default() };
        let request = export(vec![record]);
        let mut group = Group::default();
        prop_assert!(group.add(of_protobuf(&request)[0].as_bytes()));
        prop_assert_eq!(finished(group), request);
    }

    /// LAW (hostile bytes): whatever comes, nothing panics, and every event is a line of JSON.
    #[test]
    fn any_bytes_are_read_or_refused(
        seed in prop::collection::vec(any::<u8>(), 0..64),
        cut in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        let bounds = Bounds { event: 4096, all: 1 << 20 };
        let mut near = export(vec![every_type()]).encode_to_vec();
        let at = cut.index(near.len());
        near[at] = with;
        let mut json = of_protobuf(&export(vec![every_type()]))[0].clone().into_bytes();
        let at = cut.index(json.len());
        json[at] = with;
        for bytes in [seed.clone(), near] {
            if let Ok(records) = Records::of_protobuf(&Bytes::from(bytes), bounds) {
                prop_assert!(lines(records).iter().all(|line| serde_json::from_str::<Json>(line).is_ok()));
            }
        }
        for bytes in [seed.clone(), json] {
            if let Ok(records) = Records::of_json(bytes.clone(), bounds) {
                prop_assert!(lines(records).iter().all(|line| serde_json::from_str::<Json>(line).is_ok()));
            }
            let _ = Group::default().add(&bytes);
        }
        let _ = (grpc::unframe(Bytes::from(seed.clone())), grpc::retry_delay(&seed), grpc::unbinary(&seed));
    }
}

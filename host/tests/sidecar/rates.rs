//! LAW (rates): who gives more than its rate waits, alone, and nothing that was acknowledged is lost.

use crate::neighbours::{fleet, fleet_of};
use crate::process::{self, Process, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, event, numbers, policies};

/// LAW: a tenant that gives more than its rate is held back, its neighbours are not, and nothing that was acknowledged is lost.
#[test]
fn a_tenant_that_floods_is_held_back_and_nobody_else() {
    let receiver = Receiver::start(Vec::new());
    let (_folder, process) = fleet(&receiver, "[limits]\ntenant-rate = \"1 KiB/s\"\n");
    let at = process.listening("apps");
    let events = |tenant: &str, many: usize| {
        let line = format!(
            "{{\"Tenant\":\"{tenant}\",\"eventTime\":\"2026-11-03T06:12:34.000Z\",\"eventType\":\"x\",\"outcome\":\"y\"}}\n"
        );
        line.repeat(many)
    };
    assert_eq!(post(&at, &events("c", 120), &[]), 200, "what comes in a burst is taken whole");
    assert_eq!(post(&at, &events("c", 1), &[]), 503);
    assert_eq!(post(&at, &events("d", 1), &[]), 200);
    assert_eq!(
        post(&at, &format!("{}{}", events("d", 1), events("c", 1)), &[]),
        503,
        "one delivery is given back whole"
    );
    assert_eq!(post(&at, &events("d", 1), &[]), 200, "what was given back was not counted");
    assert!(process.said("tenant-over-rate").contains("\"tenant\":\"c\""), "{}", process.said(""));
    process::eventually("its rate allows more again", || post(&at, &events("c", 1), &[]) == 200);
    assert_eq!(process.stop(), Some(0));
    let of = |tenant: &str| receiver.text().matches(&format!("\"Tenant\":\"{tenant}\"")).count();
    assert_eq!((of("c"), of("d")), (121, 2));
}

/// LAW: what a closed tenant holds takes nothing of its neighbours' rates, however often it comes again.
#[test]
fn what_a_closed_tenant_holds_counts_for_no_rate() {
    let receiver = Receiver::start(Vec::new());
    let (_folder, process) = fleet_of(&receiver, "[limits]\ntenant-rate = \"1 KiB/s\"\n", |own, config| {
        std::fs::remove_file(own.join("tenants/a.lists.toml")).unwrap();
        config.replace("closed = \"skip\"", "closed = \"hold\"")
    });
    let at = process.listening("apps");
    let events = |tenant: &str, many: usize| {
        let line = format!(
            "{{\"Tenant\":\"{tenant}\",\"eventTime\":\"2026-11-03T06:12:34.000Z\",\"eventType\":\"x\",\"outcome\":\"y\"}}\n"
        );
        line.repeat(many)
    };
    for _ in 0..3 {
        assert_eq!(post(&at, &format!("{}{}", events("d", 40), events("a", 1)), &[]), 503);
    }
    assert_eq!(post(&at, &events("d", 1), &[]), 200, "{}", process.said("tenant-over-rate"));
    assert_eq!(process.stop(), Some(0));
}

/// LAW: sources of a tenant that gave more than its rate wait, and nothing is lost of what they cannot give again.
#[test]
fn sources_of_a_tenant_above_its_rate_wait() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[limits]\ntenant-rate = \"1 KiB/s\"\n{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let lines = |from: u32| (from..from + 40).map(event).collect::<Vec<_>>().join("\n");
    assert_eq!(post(&at, &lines(0), &[]), 200);
    assert_eq!(post(&at, &lines(40), &[]), 503);
    process::eventually("its rate allows more again", || post(&at, &lines(80), &[]) == 200);
    assert_eq!(process.stop(), Some(0));
    let arrived: Vec<_> = numbers(&receiver.text()).into_keys().collect();
    assert_eq!(arrived, (0..40).chain(80..120).collect::<Vec<_>>());
}

//! A plugin that traps, and a worker that panics: mistakes of a vendor and of ours.

use std::sync::Mutex;

use age::secrecy::ExposeSecret as _;
use tamis::edge::quarantine::{Content, Reader};

use crate::canary;
use crate::flow::{counted, event};
use crate::others::{config, metric, policies, post};
use crate::process::{self, Process};
use crate::receiver::Receiver;
use crate::trapping;

const BATCHES: u32 = 60;
const BATCH: u32 = 20;

/// LAW (promise 3): a plugin that traps on every third batch takes the event that it traps on, which is sealed, and no other.
#[test]
fn a_plugin_that_traps_on_every_third_batch_takes_one_event_of_each() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let own = folder.path().join("policies");
    trapping::policies(&own, "quarantine");
    let identity = age::x25519::Identity::generate();
    std::fs::write(folder.path().join("quarantine.pub"), identity.to_public().to_string()).unwrap();
    let quarantine = "[quarantine]\nrecipients = [\"file:HERE/quarantine.pub\"]\n";
    let config = config(&receiver.url(), "").replace("tenants/example-de", "tenants/firm");
    let process = Process::start(folder.path(), &format!("{quarantine}{config}"), own.to_str().unwrap());
    let traps = |number: u32| (number / BATCH).is_multiple_of(3) && number % BATCH == number / BATCH % BATCH;
    let next = Mutex::new(0..BATCHES);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some(batch) = next.lock().unwrap().next() else { return };
                    // A value that is hidden in part, and one that is beside the plan.
                    let one = |number| {
                        let note = if traps(number) { "geheimxnisT" } else { "geheimxnis" };
                        trapping::event(number, note).replace('}', &format!(",\"who\":\"{}\"}}\n", canary::CANARIES[0]))
                    };
                    let body: String = (batch * BATCH..(batch + 1) * BATCH).map(one).collect();
                    assert_eq!(process::post(&process.listening("apps"), &body, &[]), 200);
                }
            });
        }
    });
    let (delivered, all) = (counted(&receiver.text()), 0..BATCHES * BATCH);
    assert_eq!(delivered, all.clone().filter(|number| !traps(*number)).map(|number| (number, 1)).collect());
    let text = receiver.text();
    assert!(!text.contains("xnis") && !canary::is_in(text.as_bytes()) && text.contains("geheim"), "{}", &text[..400]);
    let failures =
        "tamis_plugin_failures_total{route=\"staff\",purpose=\"security\",plugin=\"firm.sieve\",cause=\"trap\"}";
    let trapped = all.clone().filter(|number| traps(*number)).count() as u64;
    assert_eq!((metric(&process, failures), metric(&process, "tamis_plugin_circuit_open")), (trapped, 0));
    let log = process.lines();
    assert_eq!(process.stop(), Some(0));
    let said = || -> Vec<u64> {
        let lines = log.lines();
        let told = lines.iter().filter(|line| line["event"] == "plugin-failed" && line["plugin"] == "firm.sieve");
        told.map(|line| line["events"].as_u64().unwrap()).collect()
    };
    process::eventually("every failure is told", || said().iter().sum::<u64>() == trapped);
    assert!(said().len() <= 4, "not a line an event: {:?}", said());
    let identity = identity.to_string().expose_secret().parse().unwrap();
    let sealed = Reader::open(&folder.path().join("state/quarantine.ndjson"), vec![identity]).unwrap().flatten();
    let sealed: Vec<_> = sealed.collect();
    assert!(sealed.iter().all(|opened| opened.metadata.reason == "step-failed"));
    let texts = sealed.into_iter().filter_map(|opened| match opened.content {
        Content::Opened(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    });
    let kept = counted(&texts.map(|text| text + "\n").collect::<String>());
    assert_eq!(kept, all.filter(|number| traps(*number)).map(|number| (number, 1)).collect(), "each is sealed once");
    let raw = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    assert!(!raw.contains("geheim") && canary::below(&folder.path().join("state")).is_empty());
}

fn send(process: &Process, first: u32) -> u16 {
    post(process, first..first + 5)
}

/// LAW (neighbours): a batch that the engine panics on is done event by event; the one that it is about is put aside, with nothing of what
/// it holds.
#[test]
fn a_panic_takes_one_event() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    // The first visit is the batch, the fourth its third event.
    let armed = [("TAMIS_PANIC", "worker.engine#1,worker.engine#4")];
    let process = Process::start_with(folder.path(), &config(&receiver.url(), ""), policies(), &[], &armed);
    assert_eq!(send(&process, 0), 200);
    assert_eq!(send(&process, 5), 200);
    let whole = |numbers: &[u32]| numbers.iter().map(|number| (*number, 1)).collect();
    assert_eq!(counted(&receiver.text()), whole(&[0, 1, 3, 4, 5, 6, 7, 8, 9]));
    assert_eq!(metric(&process, "tamis_panics_total"), 1);
    assert_eq!(
        metric(
            &process,
            "tamis_events_total{route=\"staff\",sink=\"siem\",purpose=\"security\",outcome=\"quarantined\"}"
        ),
        1
    );
    assert_eq!(process.stop(), Some(0));
    let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap();
    assert!(kept.contains("\"event\":3,\"reason\":\"panic\"") && kept.matches("panic").count() == 1, "{kept}");
    assert_eq!(canary::below(&folder.path().join("state")), Vec::<String>::new());
}

/// LAW (acknowledged): a worker that panics elsewhere gives its batch back to who sent it, and goes on with the next one.
#[test]
fn a_worker_that_panics_gives_its_batch_back_and_goes_on() {
    for point in [
        "worker.filter.before",
        "worker.filter.after",
        "worker.offer.before",
        "worker.offer.after",
        "worker.resolve.before",
    ] {
        let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
        let armed = [("TAMIS_PANIC", format!("{point}#2"))];
        let armed = armed.each_ref().map(|(name, value)| (*name, value.as_str()));
        let process = Process::start_with(folder.path(), &config(&receiver.url(), ""), policies(), &[], &armed);
        let told: Vec<_> = (0..4).map(|part| (part, send(&process, part * 5))).collect();
        assert_eq!(told.iter().filter(|(_, status)| *status == 503).count(), 1, "{point}: {told:?}");
        for (part, _) in told.iter().filter(|(_, status)| *status == 503) {
            assert_eq!(send(&process, part * 5), 200, "{point}");
        }
        let found = counted(&receiver.text());
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), (0..20).collect::<Vec<_>>(), "{point}");
        // What was handed on before the panic comes again with its batch.
        let is_before = ["worker.filter.before", "worker.filter.after", "worker.offer.before"].contains(&point);
        assert!(!is_before || found.values().all(|times| *times == 1), "{point}: {found:?}");
        assert_eq!(metric(&process, "tamis_panics_total"), 1, "{point}");
        assert_eq!(process.stop(), Some(0), "{point}");
        assert!(!receiver.text().contains(&event(0)) && !canary::is_in(receiver.text().as_bytes()));
    }
}

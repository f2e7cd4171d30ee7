//! Calls that go well: settings, instances, the cache, narrowing with real guests.

use super::guest::{Guest, unless_empty};
use super::{host, tight};
use crate::event::{Column, ColumnBuf, Finding};
use crate::plugin::*;
use std::time::{Duration, Instant};

fn column(rows: &[&str]) -> ColumnBuf {
    let mut column = ColumnBuf::new(0);
    for (event, row) in rows.iter().enumerate() {
        column.push(event as u32, row.as_bytes());
    }
    column
}

fn sieve(reuse: Reuse) -> SandboxedDetector {
    Guest::sieve().load(host()).unwrap().configure("{}", Vec::new()).unwrap().detector(reuse).unwrap()
}

#[test]
fn what_plans_share_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<Host>();
    shared::<Plugin>();
    shared::<Configured>();
    sent::<SandboxedDetector>();
    sent::<SandboxedTransformer>();
}

#[test]
fn a_detector_reads_its_rows() {
    for reuse in [Reuse::PerBatch, Reuse::Reused] {
        let mut detector = sieve(reuse);
        for _ in 0..3 {
            let (a, b) = (column(&["ax", "", "xéx"]), column(&["x"]));
            let found = detector.scan(&[a.view(), b.view()]).unwrap();
            let spans: Vec<_> = found.iter().map(|f| (f.column, f.row, f.start, f.end)).collect();
            assert_eq!(spans, [(0, 0, 1, 2), (0, 2, 0, 1), (0, 2, 3, 4), (1, 0, 0, 1)]);
        }
    }
}

/// One host runs the built-ins' code where it lies in the binary, the others copies of it.
#[test]
fn hosts_that_come_and_go_run_the_same_built_ins() {
    let make = || Host::new(Limits::default(), None).unwrap();
    let rows = column(&["to ann@example.com"]);
    let find = |host: &Host| {
        let configured = host.builtin("redact").unwrap().configure(r#"{"fields":[{"find":["personal"]}]}"#, Vec::new());
        configured.unwrap().detector(Reuse::Reused).unwrap().scan(&[rows.view()]).unwrap().len()
    };
    let (first, second) = (make(), make());
    assert_eq!((find(&first), find(&second)), (1, 1));
    drop(first);
    assert_eq!(find(&second), 1);
    drop(second);
    assert_eq!((find(&make()), find(&make())), (1, 1));
}

#[test]
fn a_fresh_instance_remembers_nothing() {
    let mut counting = Guest::finding(&[[0, 0, 0, 1, 0, 1]]);
    counting.extra += "(global $calls (mut i32) (i32.const 0))";
    // Finds something in its first call with a column, nothing afterwards.
    counting.call = unless_empty(
        "global.get $calls global.get $calls i32.const 1 i32.add global.set $calls
         if (result i32) i32.const 512 else i32.const 32768 end",
    );
    let configured = counting.load(host()).unwrap().configure("{}", Vec::new()).unwrap();
    let rows = column(&["a"]);
    let calls = |reuse| {
        let mut detector = configured.detector(reuse).unwrap();
        (0..3).map(|_| detector.scan(&[rows.view()]).unwrap().len()).collect::<Vec<_>>()
    };
    assert_eq!(calls(Reuse::PerBatch), [1, 1, 1]);
    assert_eq!(calls(Reuse::Reused), [1, 0, 0]);
}

/// LAW (no mixing): nothing that a guest wrote is there in another instance of it, however often its component is loaded and tried.
#[test]
fn each_load_is_the_first() {
    let mut counting = Guest::finding(&[[0, 0, 0, 1, 0, 1]]);
    counting.extra += "(global $calls (mut i32) (i32.const 0))";
    // What it finds in its second call, by a global or by its memory, stands in no column of a trial, which is its first.
    counting.call = "global.get $calls i32.const 4 i32.load i32.or
         global.get $calls i32.const 1 i32.add global.set $calls
         i32.const 4 i32.const 1 i32.store
         if (result i32) i32.const 32768 else i32.const 512 end"
        .into();
    let rows = column(&["a"]);
    let mut kept = Vec::new();
    for _ in 0..3 {
        let configured = counting.load(host()).unwrap().configure("{}", Vec::new()).unwrap();
        // The instance of the trial: that was its first call.
        let mut reused = configured.detector(Reuse::Reused).unwrap();
        assert_eq!(reused.scan(&[rows.view()]).map(|found| found.len()), Ok(1));
        let mut fresh = configured.detector(Reuse::PerBatch).unwrap();
        for _ in 0..3 {
            assert_eq!(fresh.scan(&[rows.view()]).map(|found| found.len()), Ok(0));
        }
        kept.push(reused);
    }
}

#[test]
fn a_kept_instance_is_gone_after_any_failure() {
    let mut evil = Guest::sieve();
    // A byte of its memory outlives a call: once it is set, which the first call with a column does, nothing is found.
    evil.extra += "(func $first (param i32) (result i32)
        i32.const 4 i32.load8_u if i32.const 0 return end
        local.get 0 if i32.const 4 i32.const 1 i32.store8 end
        i32.const 1)";
    let (locals, body) = evil.call.split_at(evil.call.find("i32.const 1048576").unwrap());
    evil.call = format!("{locals} local.get $count call $first i32.eqz if i32.const 512 return end {body}");
    let configured = evil.load(host()).unwrap().configure("{}", Vec::new()).unwrap();
    for poison in ["T", "L", "M", "S", "R", "F"] {
        let mut detector = configured.detector(Reuse::Reused).unwrap();
        assert!(detector.scan(&[column(&[poison]).view()]).is_err(), "{poison}");
        assert_eq!(detector.scan(&[column(&["x"]).view()]).map(|found| found.len()), Ok(1), "{poison}: a new instance");
        assert_eq!(detector.scan(&[column(&["x"]).view()]).map(|found| found.len()), Ok(0), "{poison}: which is kept");
    }
}

#[test]
fn only_poisonous_events_fail_and_the_others_are_found_whole() {
    let mut rows: Vec<String> = (0..200).map(|i| format!("{}x", "a".repeat(i % 7))).collect();
    let poison = [
        (3, "T", Failure::Trap),
        (64, "F", Failure::BadAnswer(Nonsense::Row)),
        (65, "R", Failure::Refused(GuestCode::Internal)),
        (130, "L", Failure::Deadline),
        (131, "S", Failure::Stack),
        (199, "M", Failure::Memory),
    ];
    for (row, what, _) in poison {
        rows[row] += what;
    }
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let columns = [column(&rows), column(&["x", "x"])];
    let views: Vec<Column<'_>> = columns.iter().map(ColumnBuf::view).collect();
    for reuse in [Reuse::PerBatch, Reuse::Reused] {
        let narrowed = narrow(&mut sieve(reuse), &mut Circuit::default(), &views);
        assert_eq!(narrowed.failed, poison.map(|(row, _, failure)| (row as u32, failure)));
        let expected: Vec<Finding> = (0..200)
            .filter(|row| poison.iter().all(|(bad, _, _)| bad != row))
            .map(|row| (0, row, (row % 7) as u32))
            .chain([(1, 0, 0), (1, 1, 0)])
            .map(|(column, row, start)| Finding {
                column,
                row: row as u32,
                start,
                end: start + 1,
                entity: 0,
                confidence: 1,
            })
            .collect();
        assert_eq!(narrowed.answer, expected);
    }
}

#[test]
fn a_transformer_fails_for_poisonous_events_alone() {
    let configured = Guest::obeying().load(host()).unwrap().configure("{}", Vec::new()).unwrap();
    let rows = column(&["a", "T", "b", "F", "R", "c"]);
    for reuse in [Reuse::PerBatch, Reuse::Reused] {
        let mut transformer = configured.transformer(reuse).unwrap();
        let narrowed = narrow_edits(&mut transformer, &mut Circuit::default(), &[rows.view()]);
        let refused = Failure::Refused(GuestCode::Internal);
        assert_eq!(narrowed.failed, [(1, Failure::Trap), (3, Failure::BadAnswer(Nonsense::Row)), (4, refused)]);
        assert!(narrowed.answer.edits.is_empty());
    }
}

#[test]
fn settings_are_held_against_the_schema_before_the_guest_sees_them() {
    let mut guest = Guest::new(Kind::Detector);
    guest.schema = r#"{"type":"object","required":["find"]}"#.into();
    let plugin = guest.load(host()).unwrap();
    assert!(plugin.configure(r#"{"find": []}"#, Vec::new()).is_ok());
    assert!(matches!(plugin.configure("{}", Vec::new()), Err(ConfigureError::Schema(_))));
    assert!(matches!(plugin.configure("{", Vec::new()), Err(ConfigureError::Json { .. })));
    // The same guest, which would trap if it were asked.
    guest.configure = "unreachable".into();
    assert!(matches!(guest.load(host()).unwrap().configure("{}", Vec::new()), Err(ConfigureError::Schema(_))));
    let transformer = Guest::new(Kind::Transformer).load(host()).unwrap();
    assert!(matches!(transformer.configure("{}", vec![vec![1]]), Err(ConfigureError::Prepared)));
    assert!(transformer.configure("{}", Vec::new()).unwrap().detector(Reuse::Reused).is_none());
}

#[test]
fn prepared_automata_and_settings_arrive() {
    let mut guest = Guest::new(Kind::Detector);
    // Refuses unless: 2 bytes of settings, 2 automata, the second of 3 bytes, ending in 9.
    guest.configure = "
        i32.const 600 i32.const 1 i32.store8
        i32.const 604 i32.const 0 i32.store8
        local.get 1 i32.const 2 i32.eq local.get 3 i32.const 2 i32.eq i32.and
        local.get 2 i32.load offset=12 i32.const 3 i32.eq i32.and
        local.get 2 i32.load offset=8 i32.load8_u offset=2 i32.const 9 i32.eq i32.and
        if i32.const 600 i32.const 0 i32.store8 end
        i32.const 600"
        .into();
    let plugin = guest.load(host()).unwrap();
    assert!(plugin.configure("{}", vec![vec![1], vec![7, 8, 9]]).is_ok());
    let refused = Failure::Refused(GuestCode::SettingsRejected);
    assert_eq!(plugin.configure("{}", vec![vec![1]]).unwrap_err(), ConfigureError::Rejected(refused));
}

#[test]
fn a_grant_can_pin_a_component() {
    let component = Guest::new(Kind::Detector).component();
    let free = host().load_bytes(&component, &Grant::default()).unwrap();
    let pinned = Grant { sha256: Some(free.digest()), limits: None };
    assert!(host().load_bytes(&component, &pinned).is_ok());
    let other = Grant { sha256: Some([0; 32]), limits: None };
    assert!(matches!(host().load_bytes(&component, &other), Err(LoadError::Digest { .. })));
    let small = Grant { sha256: None, limits: Some(Limits { component_bytes: 10, ..tight() }) };
    assert!(matches!(host().load_bytes(&component, &small), Err(LoadError::Refused(Refusal::TooLarge { .. }))));
}

#[test]
fn compiled_code_is_kept_and_a_damaged_entry_is_compiled_again() {
    let dir = std::env::temp_dir().join(format!("tamis-host-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    let component = Guest::sieve().component();
    let entry = || {
        let mut entries = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path());
        entries.find(|path| path.extension().is_some_and(|e| e == "cwasm")).unwrap()
    };
    for _ in 0..2 {
        let host = Host::new(tight(), Some(&dir)).unwrap();
        assert!(host.cache_problem().is_none());
        host.load_bytes(&component, &Grant::default()).unwrap();
    }
    let good = std::fs::read(entry()).unwrap();
    let mut damaged = good.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 0x40;
    std::fs::write(entry(), &damaged).unwrap();
    let host = Host::new(tight(), Some(&dir)).unwrap();
    host.load_bytes(&component, &Grant::default()).unwrap();
    assert_eq!(std::fs::read(entry()).unwrap(), good, "written anew");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_deadline_is_kept_and_starts_anew_with_every_call() {
    let mut detector = sieve(Reuse::Reused);
    let (quiet, looping) = (column(&["x"]), column(&["L"]));
    for _ in 0..2 {
        assert!(detector.scan(&[quiet.view()]).is_ok());
        std::thread::sleep(tight().call + Duration::from_millis(50));
    }
    let begin = Instant::now();
    assert_eq!(detector.scan(&[looping.view()]), Err(Failure::Deadline));
    assert!(begin.elapsed() >= tight().call);
}

/// A detector that works for a while in each call, and whose answer is empty.
fn busy(rounds: u64, limits: Limits) -> SandboxedDetector {
    let mut guest = Guest::new(Kind::Detector);
    let work = format!(
        "i64.const {rounds} local.set $left
         (loop $work local.get $left i64.const 1 i64.sub local.tee $left i64.eqz i32.eqz br_if $work)
         i32.const 512"
    );
    guest.call = format!("(local $left i64) {}", unless_empty(&work));
    let grant = Grant { sha256: None, limits: Some(limits) };
    let plugin = host().load_bytes(&guest.component(), &grant).unwrap();
    plugin.configure("{}", Vec::new()).unwrap().detector(Reuse::PerBatch).unwrap()
}

/// Keeps this thread, and threads that it starts from now on, on one processor.
#[cfg(target_os = "linux")]
fn on_one_processor() {
    // SAFETY: both calls get pointers to a whole set of processors that lives through them; no processor is written
    // outside it, since the system's own set says which there are.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of_val(&set), &raw mut set), 0);
        let first = (0..libc::CPU_SETSIZE as usize).find(|cpu| libc::CPU_ISSET(*cpu, &set)).unwrap();
        libc::CPU_ZERO(&mut set);
        libc::CPU_SET(first, &mut set);
        assert_eq!(libc::sched_setaffinity(0, size_of_val(&set), &raw const set), 0);
    }
}

/// LAW (load fails nobody): a call that would fit its deadline on an idle machine fits it on one that is overloaded; a
/// loop ends on both; and whoever gets hardly any time at all ends too.
#[cfg(target_os = "linux")]
#[test]
fn load_fails_no_honest_call_and_saves_no_loop() {
    use crate::plugin::deadline::used;
    use std::sync::atomic::{AtomicBool, Ordering};
    let rows = column(&["x"]);
    let deadline = Duration::from_millis(200);
    let limits = |patience| Limits { call: deadline, patience, ..tight() };
    // Rounds that take a quarter of the deadline on this machine.
    let mut calm = busy(10_000_000, tight());
    let begin = used();
    assert!(calm.scan(&[rows.view()]).is_ok());
    let rounds = 10_000_000 * 50_000 / ((used() - begin).as_micros() as u64).max(1);
    let detectors = [busy(rounds, limits(20)), busy(rounds, limits(1)), busy(u64::MAX, limits(20))];
    let done = AtomicBool::new(false);
    let answers = std::thread::scope(|scope| {
        let pinned = scope.spawn(|| {
            on_one_processor();
            std::thread::scope(|others| {
                for _ in 0..15 {
                    others.spawn(|| {
                        while !done.load(Ordering::Relaxed) {
                            std::hint::spin_loop();
                        }
                    });
                }
                let answers = detectors.map(|mut detector| {
                    let begin = Instant::now();
                    let answer = detector.scan(&[rows.view()]).map(|found| found.len());
                    (answer, begin.elapsed())
                });
                done.store(true, Ordering::Relaxed);
                answers
            })
        });
        pinned.join().unwrap()
    });
    let [honest, impatient, looping] = answers;
    assert_eq!(honest.0, Ok(0));
    assert!(honest.1 > deadline, "the machine was not overloaded: {:?}", honest.1);
    assert_eq!(looping.0, Err(Failure::Deadline));
    assert!(looping.1 > 2 * deadline, "it had its own time, not that of others: {:?}", looping.1);
    assert_eq!(impatient.0, Err(Failure::Deadline), "it may last as long as its deadline only");
}

//! LAW (invariance): the same bytes, however events were batched, read, ordered, or shared between threads.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::convert::Infallible;
use std::sync::{Arc, Condvar, Mutex};

use common::random::{Node, Repertoire, World, event, world};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use tamis::event::frame::FrameLimits;
use tamis::pipeline::{Counts, Engine, Next, Options, Sanitized, run};
use tamis::policy::Plan;

/// Everything that leaves, by so many engines, the input cut into batches of so many bytes.
fn bytes(plan: &Arc<Plan>, input: &[u8], engines: usize, block: usize, batch_bytes: usize) -> (Vec<u8>, Counts) {
    let limits = FrameLimits { batch_bytes, ..FrameLimits::default() };
    let mut batches = common::batches(input, block, limits).into_iter();
    let engines: Vec<Engine> = (0..engines).map(|_| common::engine(plan, Options::default())).collect();
    let mut out = Vec::new();
    let counts = run(
        engines,
        |_| Ok::<_, Infallible>(batches.next().map(|batch| (batch, Arc::from("")))),
        |filtered| {
            out.extend_from_slice(filtered.sanitized.bytes());
            Ok(Next::Go)
        },
        || (),
    );
    (out, counts.unwrap())
}

fn input(events: &[Node]) -> Vec<String> {
    // Numbers go on from event to event: no two events hold the same values.
    let text = |(at, node): (usize, &Node)| node.event(&move |n| (n + at * 37) % 400).to_string();
    events.iter().enumerate().map(text).collect()
}

fn plan(world: &World) -> Arc<Plan> {
    common::plan(&common::library(&world.files()), "firm", &[], world.purpose)
}

proptest! {
    #![proptest_config(common::cases(60))]

    #[test]
    fn batches_and_threads_make_no_difference(
        mut world in world(Repertoire::All),
        guard in any::<bool>(),
        events in vec(event(), 1..24),
        block in 1..3000usize,
        batch_bytes in 1..4000usize,
    ) {
        world.guard = guard;
        let plan = plan(&world);
        let input = common::ndjson(input(&events));
        let (whole, counts) = bytes(&plan, &input, 1, usize::MAX, 256 << 10);
        for (engines, block, batch_bytes) in [(1, block, batch_bytes), (3, usize::MAX, batch_bytes), (3, block, batch_bytes)] {
            let (other, other_counts) = bytes(&plan, &input, engines, block, batch_bytes);
            prop_assert_eq!(String::from_utf8_lossy(&whole), String::from_utf8_lossy(&other));
            prop_assert_eq!(&counts, &other_counts);
        }
    }

    #[test]
    fn each_event_becomes_what_it_becomes_alone(mut world in world(Repertoire::All), guard in any::<bool>(), events in vec(event(), 1..12)) {
        world.guard = guard;
        let plan = plan(&world);
        let events = input(&events);
        let together = common::filter(&plan, &common::ndjson(&events), Options::default());
        let mut alone = Vec::new();
        for event in &events {
            alone.extend(common::filter(&plan, &common::ndjson([event]), Options::default()).bytes);
        }
        prop_assert_eq!(String::from_utf8_lossy(&together.bytes), String::from_utf8_lossy(&alone));
    }

    #[test]
    fn order_moves_lines_and_changes_none(world in world(Repertoire::All), events in vec(event(), 1..12), order in vec(any::<u16>(), 12)) {
        let plan = plan(&world);
        let events = input(&events);
        let mut shuffled: Vec<usize> = (0..events.len()).collect();
        shuffled.sort_by_key(|at| order[*at]);
        let straight = common::filter(&plan, &common::ndjson(&events), Options::default());
        let moved = common::filter(&plan, &common::ndjson(shuffled.iter().map(|at| &events[*at])), Options::default());
        let (straight_lines, moved_lines) = (straight.by_event(), moved.by_event());
        for (at, from) in shuffled.iter().enumerate() {
            prop_assert_eq!(moved_lines[at], straight_lines[*from]);
        }
        prop_assert_eq!(&straight.counts, &moved.counts);
    }
}

proptest! {
    #![proptest_config(common::cases(60))]

    /// With what it remembers of earlier batches an engine does what one made anew for each event does. Values repeat here, also
    /// in fields that are something else.
    #[test]
    fn what_is_remembered_changes_nothing(
        mut world in world(Repertoire::All),
        guard in any::<bool>(),
        nodes in vec(event(), 1..4),
        order in vec((any::<prop::sample::Index>(), 0..3usize), 4..16),
        batch in 1..4usize,
        forgets in any::<prop::sample::Index>(),
    ) {
        world.guard = guard;
        let plan = plan(&world);
        let event = |(node, more): &(prop::sample::Index, usize)| node.get(&nodes).event(&|n| (n + more) % 5).to_string();
        let events: Vec<_> = order.iter().map(event).collect();
        let mut engine = common::engine(&plan, Options::default());
        let mut left = Vec::new();
        for (number, batch) in events.chunks(batch).enumerate() {
            if number == forgets.index(events.len()) {
                engine.start_over();
            }
            for batch in common::batches(&common::ndjson(batch), usize::MAX, FrameLimits::default()) {
                let mut out = Sanitized::default();
                engine.run(&batch, &mut out).unwrap();
                left.extend_from_slice(out.bytes());
            }
        }
        let anew = |event| common::filter(&plan, &common::ndjson([event]), Options::default()).bytes;
        let anew: Vec<u8> = events.iter().flat_map(anew).collect();
        prop_assert_eq!(String::from_utf8_lossy(&left), String::from_utf8_lossy(&anew));
    }
}

/// What may leave as an address may not leave as a text, though once all was forgotten the number of one is that of the other.
#[test]
fn what_was_cleared_is_forgotten_with_its_number() {
    let schema = "[fields]\n\"op\" = \"event.action\"\n[variant.login]\nwhen = { op = [\"login\"] }\n\"who\" = \"id.email\"\n\
                  [variant.read]\nwhen = { op = [\"read\"] }\n\"who\" = \"content.text\"\n";
    let rule = "guard = true\n[rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n\
                \"event.action\" = \"keep\"\n\"id.email\" = \"keep\"\n\"content.text\" = \"keep\"\n";
    let mut engine = common::engine(&common::small_plan(schema, rule), Options::default());
    let mut left = |event: &str| {
        let batches = common::batches(&common::ndjson([event]), usize::MAX, FrameLimits::default());
        let mut out = Sanitized::default();
        engine.run(&batches[0], &mut out).unwrap();
        engine.start_over();
        String::from_utf8_lossy(out.bytes()).into_owned()
    };
    let login = r#"{"op":"login","who":"ann@example.org"}"#;
    assert_eq!(left(login).trim_end(), login);
    assert_eq!(left(&login.replace("login", "read")).trim_end(), r#"{"op":"read"}"#);
}

/// Thirteen conditions on values hold in any combination: each needs a table of its own.
fn endless() -> Arc<Plan> {
    let mut files = common::random::words();
    let head = "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\n";
    let fields = "[fields]\n\"op\" = \"event.action\"\n\"is[*]\" = \"event.action\"\n\"text\" = \"content.text\"\n\"who\" = \"id.email\"\n";
    let mut base = "[policy]\nid = \"base\"\ntitle = \"A layer\"\nlayer = \"base\"\nrevision = 1\nguard = true\n\
                    [law]\nown = { cite = \"none\", sure = \"high\", seen = \"text\" }\n\
                    [rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n\
                    \"content.text\" = \"keep\"\n\"id.email\" = \"pseudonymise\"\n"
        .to_owned();
    for number in 0..13 {
        let what = if number % 2 == 0 { "mask-last" } else { "redact-personal" };
        base += &format!(
            "[rule.r{number}]\nbecause = \"It is a test.\"\ncite = \"own\"\n\
             when.equals = {{ \"event.action\" = [\"v{number}\"] }}\n\"content.text\" = \"{what}\"\n"
        );
    }
    files.push(("schemas/small.toml".into(), format!("{head}{fields}")));
    files.push(("base/base.toml".into(), base));
    common::plan(&common::library(&files), "base", &[], "security")
}

/// An input that makes up combinations without end fills no memory: what was computed is forgotten at times, and nobody can tell.
#[test]
fn what_is_forgotten_changes_nothing() {
    let plan = endless();
    let event = |set: u32| {
        let held: Vec<_> = (0..13).filter(|bit| set >> bit & 1 == 1).map(|bit| format!("\"v{bit}\"")).collect();
        format!(r#"{{"op":"x","is":[{}],"text":"to ann{set}@example.com","who":"u{}"}}"#, held.join(","), set % 50)
    };
    let sets: Vec<u32> = (0..8192).collect();
    let events: Vec<_> = sets.iter().map(|set| event(*set)).collect();
    let (all, counts) = bytes(&plan, &common::ndjson(&events), 1, usize::MAX, 64 << 10);
    let lines: Vec<_> = std::str::from_utf8(&all).unwrap().lines().collect();
    assert_eq!((lines.len(), counts.events_out), (events.len(), 8192));
    for at in (0..events.len()).step_by(97) {
        let alone = common::filter(&plan, &common::ndjson([&events[at]]), Options::default());
        assert_eq!(lines[at].as_bytes(), alone.lines()[0], "{}", events[at]);
    }
    for bit in 0..13 {
        assert_eq!(counts.rules[&format!("base.r{bit}")], 4096, "each rule holds for every second event");
    }
}

/// A batch that is done before its turn waits for it, and its worker goes on.
#[test]
fn batches_that_are_done_early_keep_their_turn() {
    let plan = endless();
    let text = |n: u32| "to ann@example.com ".repeat(if n.is_multiple_of(7) { 4_000 } else { 1 });
    let events: Vec<_> = (0..60).map(|n| format!(r#"{{"op":"x","text":"{}","who":"u{n}"}}"#, text(n))).collect();
    let input = common::ndjson(&events);
    let (whole, counts) = bytes(&plan, &input, 1, usize::MAX, 1);
    for engines in 2..5 {
        assert!((whole.clone(), counts.clone()) == bytes(&plan, &input, engines, usize::MAX, 1), "{engines} engines");
    }
}

/// However a run ends early, it ends: no worker waits for a batch that never comes.
#[test]
fn a_run_that_ends_early_ends() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let world = world(Repertoire::All).new_tree(&mut runner).unwrap().current();
    let plan = plan(&world);
    let events = vec(event(), 60).new_tree(&mut runner).unwrap().current();
    let input = common::ndjson(input(&events));
    let limits = FrameLimits { batch_bytes: 1, ..FrameLimits::default() };
    let run_to = |last: usize, end: fn() -> Result<Next, &'static str>| {
        let mut batches = common::batches(&input, 64, limits).into_iter();
        let engines: Vec<Engine> = (0..3).map(|_| common::engine(&plan, Options::default())).collect();
        let (mut put, stopped, told) = (0, Mutex::new(false), Condvar::new());
        let sink = |_: &mut tamis::pipeline::Filtered| {
            put += 1;
            if put == last { end() } else { Ok(Next::Go) }
        };
        // Like a pipe that stays open: whoever asks for more than there is waits until the run is stopped.
        let source = |_| {
            let batch = batches.next();
            if batch.as_ref().is_none_or(|batch| batch.first_number > last as u64 + 1) {
                drop(told.wait_while(stopped.lock().unwrap(), |stopped| !*stopped).unwrap());
                return Ok(None);
            }
            Ok(batch.map(|batch| (batch, Arc::from(""))))
        };
        let stop = || {
            *stopped.lock().unwrap() = true;
            told.notify_all();
        };
        let counts = run(engines, source, sink, stop);
        (put, counts.map(drop).map_err(|error| error.to_string()))
    };
    assert_eq!(run_to(7, || Ok(Next::Stop)), (7, Ok(())));
    assert_eq!(run_to(7, || Err("full")), (7, Err("full".into())));
    let (put, ended) = run_to(7, || panic!("on purpose"));
    assert_eq!((put, ended.is_err()), (7, true));
}

/// What stands inside a text recognises nothing, whatever map the event before had: maps that look inside see names that others do not.
#[test]
fn what_is_inside_recognises_nothing() {
    // What `small` looks inside; by what another map, in which the note is an address, recognises its events; an event of `small`,
    // and one of the other map that begins alike.
    for (inside, by, small, other) in [
        // As from the top.
        ("raw", "raw", r#"{"raw":"{\"op\":\"xxxx\"}","op":"x"}"#, r#"{"raw":"{\"op\":\"xxxx\"}","note":"n"}"#),
        ("raw", "raw", r#"{"raw":{"op":"xxxxxxxxxxxx"},"op":"x"}"#, r#"{"raw":{"op":"xxxxxxxxxxxx"},"note":"n"}"#),
        // A value that is looked inside, and that the other map asks for: under a pattern that is written otherwise.
        (
            "a.*",
            "a.raw = *q*",
            r#"{"a":{"raw":"{\"r\":\"pppp\"}"},"op":"x"}"#,
            r#"{"a":{"raw":"{\"r\":\"pqqp\"}"},"op":"x","note":"n"}"#,
        ),
    ] {
        let fields = format!(
            "[inside]\n{inside:?} = {{ as = \"json\", else = \"content.text\" }}\n[fields]\n\"op\" = \"event.action\"\n\"note\" = \"content.text\"\n"
        );
        let rule = "[rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n\"content.text\" = \"keep\"\n";
        let mut files = common::small(&fields, rule);
        let head = format!("[schema]\nid = \"another\"\ntitle = \"Another\"\nrevision = 1\nrecognise = [{by:?}]\n");
        let first = if by == "raw" { "priority = 200\n" } else { "" };
        files.push((
            "schemas/another.toml".into(),
            format!("{head}{first}[fields]\n\"op\" = \"event.action\"\n\"note\" = \"id.email\"\n"),
        ));
        let plan = common::plan(&common::library(&files), "base", &[], "security");
        let filtered = |events: &[&str]| common::filter(&plan, &common::ndjson(events), Options::default());
        let alone = filtered(&[other]);
        assert!(!String::from_utf8_lossy(&alone.bytes).contains("note"), "it is of the other map: {other}");
        let together = filtered(&[small, other]);
        assert_eq!(together.counts.events_in, 2);
        assert!(!String::from_utf8_lossy(&together.bytes).contains("note"), "behind {small}: {other}");
    }
}

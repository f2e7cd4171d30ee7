//! What work takes of memory, counted by the allocator: on this thread only, so that no other test has a say.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops where it fails, and prints what it counted")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use tamis::edge::{hec, loki};

struct Counting;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

fn took(bytes: usize) {
    let live = LIVE.get().wrapping_add(bytes);
    LIVE.set(live);
    MOST.set(MOST.get().max(live));
}

// SAFETY: all is done by the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: as the caller says.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get().saturating_sub(layout.size()));
        // SAFETY: as the caller says.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most bytes that were held at a time beyond those that were held before.
fn most(work: impl FnOnce()) -> usize {
    // Above what is held by others already: what they give back here must not pass below nothing.
    LIVE.set(1 << 40);
    MOST.set(1 << 40);
    work();
    MOST.get() - (1 << 40)
}

/// Bodies in which everything is as small as it can be, about this long.
fn small(bytes: usize) -> [(&'static str, Vec<u8>); 8] {
    let of = |begin: &str, one: &str, end: &str| {
        let all = one.repeat(bytes / one.len());
        format!("{begin}{}{end}", all.trim_end_matches(',')).into_bytes()
    };
    let broken = [&[0xff; 1][..], &vec![0xff; bytes]].concat();
    [
        ("loki, streams", of("{\"streams\":[", "0,", "]}")),
        ("loki, values", of("{\"streams\":[{\"stream\":{},\"values\":[", "0,", "]}]}")),
        ("loki, parts of a value", of("{\"streams\":[{\"stream\":{},\"values\":[[", "0,", "]]}]}")),
        ("loki, labels", of("{\"streams\":[{\"values\":[[\"1\",\"m\"]],\"stream\":{", "\"\":0,", "}}]}")),
        (
            "loki, members of a line",
            of("{\"streams\":[{\"stream\":{},\"values\":[[\"1\",\"{", "\\\"\\\":0,", "}\"]]}]}"),
        ),
        ("hec, members of an event", of("{\"event\":{", "\"\":0,", "}}")),
        ("hec, members beside an event", of("{\"event\":1,", "\"\":0,", "}")),
        ("no UTF-8", broken),
    ]
}

/// LAW (bounded): a request takes no memory that nobody accounts for, however small its parts are: that of its body, of what is told to
/// be written, and of the one event that is being read.
#[test]
fn a_request_takes_no_more_memory_than_is_said() {
    const LONG: usize = 1 << 20;
    for (what, body) in small(LONG) {
        for reader in ["loki", "hec"].into_iter().filter(|reader| what.starts_with(reader) || what == "no UTF-8") {
            let (mut out, mut told) = (Vec::new(), 0);
            // There is room for a body, and no more.
            let mut more = |bytes: usize| {
                told = told.max(bytes);
                bytes <= LONG
            };
            let held = match reader {
                "loki" => most(|| {
                    let _ = loki::push::of_json(&body, &mut more, &mut out);
                }),
                _ => most(|| {
                    let _ = hec::request::events(&body, &hec::request::Usual::default(), &mut more, &mut out);
                }),
            };
            println!("{reader}: {what}: {held} bytes for a body of {}, {told} told", body.len());
            // What grows by doubling is there twice while it moves.
            assert!(held <= 6 * LONG, "{reader}: {what}: {held} bytes for a body of {}", body.len());
        }
    }
}

//! A guest answers whatever the input says, through the real boundary.
//!
//! The guest is a component that hands the bytes of its first column back as its answer: numbers of findings, or of edits, with
//! text and failed rows. That column has no row. Whatever comes back is refused, or obeys every bound the host promises; and what
//! obeys them is not refused.

use std::cell::RefCell;
use std::time::Duration;

use tamis::event::{Column, Edits, Finding};
use tamis::plugin::{
    Detector, Failure, Grant, Host, Limits, Reuse, SandboxedDetector, SandboxedTransformer, Transformer,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const ENTITIES: u32 = 2;
/// Rows with characters of one to four bytes, and none.
const ROWS: [&[&str]; 2] = [&["", "naïve", "x", "日本", "a😀"], &["tail"]];

/// The first byte chooses the world, and whether the second kind of header is read; see [`guest`].
pub fn run(input: &[u8]) -> u64 {
    thread_local! {
        static GUESTS: RefCell<Guests> = RefCell::new(Guests::new());
    }
    let Some((&world, script)) = input.split_first() else { return 0 };
    GUESTS.with_borrow_mut(|guests| match world & 1 {
        0 => super::way(guests.find(script).map(|found| found.len().min(4)).map_err(|failure| failure.code())),
        _ => super::way(guests.edit(script).map(|made| made.edits.len().min(4)).map_err(|failure| failure.code())),
    })
}

struct Guests {
    limits: Limits,
    detector: SandboxedDetector,
    transformer: SandboxedTransformer,
}

/// Packed rows.
struct Rows {
    bytes: Vec<u8>,
    offsets: Vec<u32>,
    event: Vec<u32>,
}

impl Rows {
    fn of(rows: &[&str]) -> Rows {
        let mut packed = Rows { bytes: Vec::new(), offsets: vec![0], event: Vec::new() };
        for (event, row) in (0..).zip(rows) {
            packed.bytes.extend_from_slice(row.as_bytes());
            packed.offsets.push(packed.bytes.len() as u32);
            packed.event.push(event);
        }
        packed
    }
}

/// Calls `with` with the columns of a call: the script, and the rows.
fn columns<R>(script: &[u8], with: impl FnOnce(&[Column<'_>]) -> R) -> R {
    let rows = ROWS.map(Rows::of);
    let first = Column { field: 0, bytes: script, offsets: &[0], event: &[] };
    let rest = rows.iter().zip(1..).map(|(rows, field)| Column {
        field,
        bytes: &rows.bytes,
        offsets: &rows.offsets,
        event: &rows.event,
    });
    with(&std::iter::once(first).chain(rest).collect::<Vec<_>>())
}

/// A row as text; the first column has none.
fn row(column: u32, row: u32) -> Option<&'static str> {
    ROWS.get((column as usize).checked_sub(1)?)?.get(row as usize).copied()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

impl Guests {
    fn new() -> Guests {
        let limits = Limits { call: Duration::from_secs(60), start: Duration::from_secs(60), ..Limits::default() };
        let host = Host::new(limits.clone(), None).expect("a supported machine");
        let load = |world| host.load_bytes(&guest(world), &Grant::default()).expect("it is admitted");
        let configured = |world| load(world).configure("{}", Vec::new()).expect("settings without rules");
        Guests {
            detector: configured("detector").detector(Reuse::Reused).expect("a detector"),
            transformer: configured("transformer").transformer(Reuse::Reused).expect("a transformer"),
            limits,
        }
    }

    fn find(&mut self, script: &[u8]) -> Result<Vec<Finding>, Failure> {
        let answer = columns(script, |columns| self.detector.scan(columns));
        if let Ok(found) = &answer {
            assert!(found.is_sorted());
            assert!(found.iter().all(lawful), "{found:?}");
            for group in found.chunk_by(|a, b| (a.column, a.row) == (b.column, b.row)) {
                let len = row(group[0].column, group[0].row).map_or(0, str::len);
                assert!(group.len() <= self.limits.row_findings + len, "too many in a row");
            }
        }
        // A plain script says in full what the guest answers; few findings are never too many.
        if let (Some([0, 0, _, _, _, _, _, _]), Some(list)) = (script.get(..8), script.get(8..)) {
            let said: Vec<Finding> = list.chunks_exact(24).map(finding).collect();
            let whole = list.len() / 4 % 6 == 0;
            if said.len() <= self.limits.row_findings {
                assert_eq!(answer.is_ok(), whole && said.iter().all(lawful), "{said:?} gave {answer:?}");
            }
        }
        answer
    }

    fn edit(&mut self, script: &[u8]) -> Result<Edits, Failure> {
        let answer = columns(script, |columns| self.transformer.transform(columns));
        let Ok(Edits { edits, text, failed }) = &answer else { return answer };
        let text = std::str::from_utf8(text).expect("text is UTF-8");
        assert!(failed.is_sorted() && failed.iter().all(|&(column, number)| row(column, number).is_some()));
        let mut last = None;
        for group in edits.chunk_by(|a, b| (a.column, a.row) == (b.column, b.row)) {
            let at = (group[0].column, group[0].row);
            assert!(last < Some(at), "rows ascend");
            assert!(failed.binary_search(&at).is_err(), "a failed row has no edits");
            last = Some(at);
            let before = row(at.0, at.1).expect("a row that was handed over");
            let (mut after, mut from) = (String::new(), 0);
            for edit in group {
                // Slicing panics where a range is out of order, out of bounds, or cuts a character.
                after.push_str(&before[from..edit.start as usize]);
                after.push_str(&text[edit.text.start as usize..edit.text.end as usize]);
                from = edit.end as usize;
                assert!(edit.start <= edit.end);
            }
            after.push_str(&before[from..]);
            assert!(
                after.len() <= before.len() * self.limits.growth_ratio + self.limits.growth_bytes,
                "it grew too far"
            );
        }
        answer
    }
}

fn finding(bytes: &[u8]) -> Finding {
    let [column, row, start, end, entity, confidence] = [0, 4, 8, 12, 16, 20].map(|at| word(bytes, at).unwrap_or(0));
    Finding { column, row, start, end, entity, confidence }
}

fn lawful(found: &Finding) -> bool {
    let span = |row: &'static str| row.get(found.start as usize..found.end as usize);
    row(found.column, found.row).and_then(span).is_some_and(|span| !span.is_empty())
        && found.entity < ENTITIES
        && (1..=3).contains(&found.confidence)
}

/// The component. A script is a header of eight bytes and a body. Header: 0 for an answer, else an error of the guest; then a
/// mode. Detector: in mode 0 the body is the numbers, as many as are whole; in any other there are as many as the header's
/// second word says, and they begin so many bytes into the body as the third byte says. Transformer: the third byte says how
/// many numbers of edits the body begins with, the fourth how many of failed rows follow; the rest is text.
fn guest(world: &str) -> Vec<u8> {
    let (parameters, call, body, entities) = match world {
        "detector" => ("i32 i32 i32 i32", "scan", DETECTOR, ENTITIES),
        _ => ("i32 i32", "transform", TRANSFORMER, 0),
    };
    let core = format!(
        r#"(module
            (memory (export "memory") 33)
            (global $heap (mut i32) (i32.const 2097152))
            (data (i32.const 1024) "\00\08\00\00\06\00\00\00\08\08\00\00\05\00\00\00\10\08\00\00\02\00\00\00\00\06\00\00\0{entities}\00\00\00")
            (data (i32.const 1536) "\20\08\00\00\01\00\00\00\00\00\00\00\00\00\00\00\20\08\00\00\01\00\00\00")
            (data (i32.const 1560) "\28\08\00\00\01\00\00\00\00\00\00\00\00\00\00\00\20\08\00\00\01\00\00\00")
            (data (i32.const 2048) "fuzz.g\00\001.0.0\00\00\00{{}}")
            (data (i32.const 2080) "e\00\00\00\00\00\00\00f")
            (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
                (local $at i32)
                global.get $heap i32.const 15 i32.add i32.const -16 i32.and local.set $at
                local.get $at local.get $new i32.add global.set $heap
                (loop $more
                    global.get $heap memory.size i32.const 16 i32.shl i32.gt_u
                    if
                        i32.const 1 memory.grow i32.const -1 i32.eq if unreachable end
                        br $more
                    end)
                local.get $at)
            (func (export "describe") (result i32) i32.const 1024)
            (func (export "configure") (param {parameters}) (result i32) i32.const 512)
            (func (export "cabi_post_{call}") (param i32) i32.const 2097152 global.set $heap)
            (func (export "{call}") (param $columns i32) (param $count i32) (result i32)
                (local $script i32) (local $len i32) (local $failed i32) (local $text i32)
                local.get $columns i32.load offset=4 local.set $script
                local.get $columns i32.load offset=8 local.set $len
                local.get $len i32.const 8 i32.lt_u if i32.const 512 return end
                i32.const 600 local.get $script i32.load8_u i32.store8
                {body}
                i32.const 600))"#
    );
    let mut core = wat::parse_str(core).expect("well-formed text");
    let mut resolve = Resolve::default();
    let package = resolve.push_str("tamis.wit", include_str!("../../../wit/0.1/tamis.wit")).expect("the interface");
    let world = resolve.select_world(&[package], Some(world)).expect("the world");
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8).expect("metadata");
    ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(|mut encoder| encoder.encode())
        .expect("a component")
}

const DETECTOR: &str = "
    local.get $script i32.load8_u if i32.const 604 local.get $script i32.load8_u offset=1 i32.store8 i32.const 600 return end
    local.get $script i32.load8_u offset=1
    if
        i32.const 604 local.get $script i32.const 8 i32.add local.get $script i32.load8_u offset=2 i32.add i32.store
        i32.const 608 local.get $script i32.load offset=4 i32.store
    else
        i32.const 604 local.get $script i32.const 8 i32.add i32.store
        i32.const 608 local.get $len i32.const 8 i32.sub i32.const 2 i32.shr_u i32.store
    end";

const TRANSFORMER: &str = "
    local.get $script i32.load8_u if i32.const 604 local.get $script i32.load8_u offset=1 i32.store8 i32.const 600 return end
    local.get $script i32.const 8 i32.add local.get $script i32.load8_u offset=2 i32.const 2 i32.shl i32.add local.set $failed
    local.get $failed local.get $script i32.load8_u offset=3 i32.const 2 i32.shl i32.add local.set $text
    i32.const 604 local.get $script i32.const 8 i32.add i32.store
    i32.const 608 local.get $script i32.load8_u offset=2 i32.store
    i32.const 612 local.get $text i32.store
    i32.const 616 local.get $script local.get $len i32.add local.get $text i32.sub i32.store
    i32.const 620 local.get $failed i32.store
    i32.const 624 local.get $script i32.load8_u offset=3 i32.store";

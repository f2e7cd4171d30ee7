//! Guests for tests: core modules as text, encoded as components of the real worlds. No WebAssembly toolchain needed.

use crate::plugin::{Grant, Host, Kind, LoadError, Plugin};
use std::sync::Arc;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where answers of zeros lie: `ok` with nothing in it, for every export.
pub(crate) const NOTHING: u32 = 512;
/// Where the description lies.
const DESCRIPTION: u32 = 1024;
/// Where a fixed answer lies.
const ANSWER: u32 = 32 << 10;
/// Where findings of [`SIEVE`] are gathered, up to the heap.
const HEAP: u32 = 2 << 20;

/// A guest to be: bodies of its exports in the text format.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) kind: Kind,
    pub(crate) memory: String,
    pub(crate) describe: String,
    pub(crate) configure: String,
    pub(crate) call: String,
    /// Runs first in `cabi_realloc`.
    pub(crate) realloc: String,
    pub(crate) extra: String,
    pub(crate) name: String,
    pub(crate) schema: String,
    pub(crate) entities: Vec<String>,
}

impl Guest {
    /// A guest that finds or changes nothing.
    pub(crate) fn new(kind: Kind) -> Guest {
        Guest {
            kind,
            memory: r#"(memory (export "memory") 33)"#.into(),
            describe: format!("i32.const {DESCRIPTION}"),
            configure: format!("i32.const {NOTHING}"),
            call: format!("i32.const {NOTHING}"),
            realloc: String::new(),
            extra: String::new(),
            name: "example.guest".into(),
            schema: "{}".into(),
            entities: match kind {
                Kind::Detector => vec!["example.first".into(), "example.second".into()],
                Kind::Transformer => Vec::new(),
            },
        }
    }

    /// A detector that answers with these findings to every call with a column.
    pub(crate) fn finding(findings: &[[u32; 6]]) -> Guest {
        Guest::saying(findings.as_flattened())
    }

    /// A detector that answers with these numbers to every call with a column.
    pub(crate) fn saying(numbers: &[u32]) -> Guest {
        let list = ANSWER + 64;
        let mut guest = Guest::new(Kind::Detector);
        guest.call = unless_empty(&format!("i32.const {ANSWER}"));
        guest.extra = data(ANSWER, &[0, list, numbers.len() as u32]) + &data(list, numbers);
        guest
    }

    /// A transformer that answers with these edits (six numbers each), text and failed rows to every call with a column.
    pub(crate) fn editing(edits: &[u32], text: &[u8], failed: &[u32]) -> Guest {
        let (list, rows, bytes) = (ANSWER + 64, ANSWER + 8192, ANSWER + 16384);
        let lens = (edits.len() as u32, text.len() as u32, failed.len() as u32);
        let mut guest = Guest::new(Kind::Transformer);
        guest.call = unless_empty(&format!("i32.const {ANSWER}"));
        guest.extra = data(ANSWER, &[0, list, lens.0, bytes, lens.1, rows, lens.2])
            + &data(list, edits)
            + &data(rows, failed)
            + &data_bytes(bytes, text);
        guest
    }

    /// A detector that reads its rows, see [`SIEVE`].
    pub(crate) fn sieve() -> Guest {
        let mut guest = Guest::new(Kind::Detector);
        guest.call = SIEVE.into();
        guest.extra = r#"
            (func $deep (param i32) (result i32) local.get 0 i32.const 1 i32.add call $deep i32.const 1 i32.add)
            (func (export "cabi_post_scan") (param i32) i32.const 2097152 global.set $heap)"#
            .into();
        guest
    }

    /// A transformer that changes nothing and obeys capital letters, see [`SIEVE`]; F forges an edit.
    pub(crate) fn obeying() -> Guest {
        let mut guest = Guest::new(Kind::Transformer);
        let forged = format!("local.get $byte i32.const 70 i32.eq if i32.const {ANSWER} return end\n");
        let finds = SIEVE.find("local.get $byte i32.const 120").expect("where it finds");
        let goes_on = SIEVE.find("local.get $i i32.const 1 i32.add local.set $i").expect("where it goes on");
        let answers = SIEVE.find("i32.const 600 i32.const 0 i32.store").expect("where it answers");
        guest.call = [&SIEVE[..finds], &forged, &SIEVE[goes_on..answers], &format!("i32.const {NOTHING}")].concat();
        let list = ANSWER + 64;
        guest.extra = Guest::sieve().extra.replace("cabi_post_scan", "cabi_post_transform")
            + &data(ANSWER, &[0, list, 6, 0, 0, 0, 0])
            + &data(list, &[0, 1_000_000, 0, 0, 0, 0]);
        guest
    }

    pub(crate) fn component(&self) -> Vec<u8> {
        let (world, params, call) = match self.kind {
            Kind::Detector => ("detector", "i32 i32 i32 i32", "scan"),
            Kind::Transformer => ("transformer", "i32 i32", "transform"),
        };
        let core = format!(
            r#"(module
                {memory}
                (global $heap (mut i32) (i32.const {HEAP}))
                (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
                    (local $at i32)
                    {realloc}
                    global.get $heap i32.const 15 i32.add i32.const -16 i32.and local.set $at
                    local.get $at local.get $new i32.add global.set $heap
                    (loop $more
                        global.get $heap memory.size i32.const 16 i32.shl i32.gt_u
                        if
                            i32.const 1 memory.grow i32.const -1 i32.eq if unreachable end
                            br $more
                        end)
                    local.get $at)
                (func $describe (export "describe") (result i32) {describe})
                (func (export "configure") (param {params}) (result i32) {configure})
                (func (export "{call}") (param $columns i32) (param $count i32) (result i32) {body})
                {description}
                {extra})"#,
            memory = self.memory,
            realloc = self.realloc,
            describe = self.describe,
            configure = self.configure,
            body = self.call,
            description = self.description(),
            extra = self.extra,
        );
        encode(wat::parse_str(core).expect("the test's text is well-formed"), world)
    }

    fn description(&self) -> String {
        let mut strings = Vec::new();
        let mut place = |text: &str| {
            let at = (DESCRIPTION + 4096 + strings.len() as u32, text.len() as u32);
            strings.extend_from_slice(text.as_bytes());
            at
        };
        let (name, version, schema) = (place(&self.name), place("1.0.0"), place(&self.schema));
        let title = place("An example");
        let mut entities = Vec::new();
        for entity in &self.entities {
            let name = place(entity);
            // Name, no sets, title.
            entities.extend_from_slice(&[name.0, name.1, 0, 0, title.0, title.1]);
        }
        let record =
            [name.0, name.1, version.0, version.1, schema.0, schema.1, DESCRIPTION + 64, self.entities.len() as u32];
        data(DESCRIPTION, &record) + &data(DESCRIPTION + 64, &entities) + &data_bytes(DESCRIPTION + 4096, &strings)
    }

    pub(crate) fn load(&self, host: &Host) -> Result<Arc<Plugin>, LoadError> {
        host.load_bytes(&self.component(), &Grant::default())
    }
}

/// Wraps a core module of a world.
pub(crate) fn encode(mut core: Vec<u8>, world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/0.1")).expect("the interface");
    let world = resolve.select_world(&[package], Some(world)).expect("the world");
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8).expect("metadata");
    ComponentEncoder::default().validate(true).module(&core).and_then(|mut e| e.encode()).expect("a component")
}

/// A body that answers with nothing when there are no columns.
pub(crate) fn unless_empty(body: &str) -> String {
    format!("local.get $count i32.eqz if i32.const {NOTHING} return end {body}")
}

fn data(at: u32, words: &[u32]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    data_bytes(at, &bytes)
}

fn data_bytes(at: u32, bytes: &[u8]) -> String {
    let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const {at}) \"{escaped}\")\n")
}

/// Body of a `scan` that finds every `x` (entity 0, possible), and obeys capital letters: T traps, L loops, S recurses,
/// M takes all memory, R answers with an error, F forges a row.
const SIEVE: &str = r#"
    (local $column i32) (local $at i32) (local $row i32) (local $rows i32) (local $i i32) (local $end i32)
    (local $byte i32) (local $out i32)
    i32.const 1048576 local.set $out
    (loop $columns_loop
        local.get $column local.get $count i32.lt_u
        if
            local.get $columns local.get $column i32.const 28 i32.mul i32.add local.set $at
            local.get $at i32.load offset=24 local.set $rows
            i32.const 0 local.set $row
            (loop $rows_loop
                local.get $row local.get $rows i32.lt_u
                if
                    local.get $at i32.load offset=12 local.get $row i32.const 2 i32.shl i32.add i32.load local.set $i
                    local.get $at i32.load offset=12 local.get $row i32.const 2 i32.shl i32.add i32.load offset=4 local.set $end
                    (loop $bytes_loop
                        local.get $i local.get $end i32.lt_u
                        if
                            local.get $at i32.load offset=4 local.get $i i32.add i32.load8_u local.set $byte
                            local.get $byte i32.const 84 i32.eq if unreachable end
                            local.get $byte i32.const 76 i32.eq if (loop $forever br $forever) end
                            local.get $byte i32.const 83 i32.eq if i32.const 0 call $deep drop end
                            local.get $byte i32.const 77 i32.eq
                            if
                                (loop $grow i32.const 16 memory.grow i32.const -1 i32.ne br_if $grow)
                                unreachable
                            end
                            local.get $byte i32.const 82 i32.eq
                            if
                                i32.const 600 i32.const 1 i32.store8
                                i32.const 604 i32.const 3 i32.store8
                                i32.const 600 return
                            end
                            local.get $byte i32.const 120 i32.eq local.get $byte i32.const 70 i32.eq i32.or
                            if
                                local.get $out local.get $column i32.store
                                local.get $out local.get $row i32.store offset=4
                                local.get $byte i32.const 70 i32.eq
                                if local.get $out i32.const 1000000 i32.store offset=4 end
                                local.get $out
                                local.get $i
                                local.get $at i32.load offset=12 local.get $row i32.const 2 i32.shl i32.add i32.load
                                i32.sub i32.store offset=8
                                local.get $out local.get $out i32.load offset=8 i32.const 1 i32.add i32.store offset=12
                                local.get $out i32.const 0 i32.store offset=16
                                local.get $out i32.const 1 i32.store offset=20
                                local.get $out i32.const 24 i32.add local.set $out
                            end
                            local.get $i i32.const 1 i32.add local.set $i
                            br $bytes_loop
                        end)
                    local.get $row i32.const 1 i32.add local.set $row
                    br $rows_loop
                end)
            local.get $column i32.const 1 i32.add local.set $column
            br $columns_loop
        end)
    i32.const 600 i32.const 0 i32.store
    i32.const 604 i32.const 1048576 i32.store
    i32.const 608 local.get $out i32.const 1048576 i32.sub i32.const 2 i32.shr_u i32.store
    i32.const 600
"#;

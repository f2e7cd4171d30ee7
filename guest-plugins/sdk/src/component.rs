//! The component's edge: the functions of the two worlds, as the component model lays out what crosses (its "canonical ABI").
//!
//! Written by hand, since it is little: columns and answers have the layout that crosses, so nothing is copied on the way, and
//! a plugin is built without a generator of bindings. `host/tests/sdk_worlds.rs` holds the embedded worlds against `wit/`.
//!
//! INVARIANT: what the host hands over was allocated by [`realloc`] here, and belongs to the call.

use std::cell::RefCell;
use std::thread::LocalKey;

use crate::{Column, Description, Detector, Edit, Edits, Failure, Finding, Transformer};

/// World `detector` of `wit/0.1`, encoded.
pub const DETECTOR: &[u8; include_bytes!("detector.world").len()] = include_bytes!("detector.world");
/// World `transformer` of `wit/0.1`, encoded.
pub const TRANSFORMER: &[u8; include_bytes!("transformer.world").len()] = include_bytes!("transformer.world");

/// Where the configured plugin lives. An instance has one thread, so this is a plain static.
pub type State<T> = RefCell<Option<T>>;
type Key<T> = &'static LocalKey<State<T>>;

/// A list or string as it crosses: where it begins, and how many elements it has.
#[repr(C)]
pub struct List<T> {
    start: *mut T,
    len: usize,
}

impl<T> List<T> {
    fn of(elements: Vec<T>) -> Self {
        let elements = Box::leak(elements.into_boxed_slice());
        List { start: elements.as_mut_ptr(), len: elements.len() }
    }

    /// # Safety
    /// The list is one that [`List::of`] made or the host handed over, and is taken once.
    unsafe fn take(self) -> Vec<T> {
        // An empty list may point nowhere.
        if self.len == 0 { Vec::new() } else { unsafe { Vec::from_raw_parts(self.start, self.len, self.len) } }
    }
}

impl List<u8> {
    fn text(text: impl Into<String>) -> Self {
        List::of(text.into().into_bytes())
    }
}

/// Records of plain `u32`, as the list of their numbers: they cross in one copy.
#[repr(C)]
pub struct Numbers<T>(List<T>);

impl<T> Numbers<T> {
    /// How many numbers a record has.
    const EACH: usize = size_of::<T>() / size_of::<u32>();

    fn of(records: Vec<T>) -> Self {
        let List { start, len } = List::of(records);
        Numbers(List { start, len: len * Self::EACH })
    }

    /// # Safety
    /// As for [`List::take`].
    unsafe fn take(self) -> Vec<T> {
        let Numbers(List { start, len }) = self;
        unsafe { List { start, len: len / Self::EACH }.take() }
    }
}

/// `record column`.
#[repr(C)]
pub struct RawColumn {
    field: u32,
    bytes: List<u8>,
    offsets: List<u32>,
    event: List<u32>,
}

/// `record entity`.
#[repr(C)]
struct RawEntity {
    name: List<u8>,
    sets: List<List<u8>>,
    title: List<u8>,
}

/// `record description`.
#[repr(C)]
pub struct RawDescription {
    name: List<u8>,
    version: List<u8>,
    settings_schema: List<u8>,
    entities: List<RawEntity>,
}

/// `result<_, failure>`: two bytes.
#[repr(C)]
pub struct Configured {
    refused: u8,
    failure: u8,
}

/// `result<findings, failure>`. A failure stands in the first byte behind the case.
#[repr(C)]
pub struct Scanned {
    refused: u32,
    findings: Numbers<Finding>,
}

/// `result<edits, failure>`.
#[repr(C)]
pub struct Transformed {
    refused: u32,
    edits: Numbers<Edit>,
    text: List<u8>,
    failed: List<u32>,
}

/// An address that is the number of a failure: what stands where a list would begin.
fn number<T>(failure: Failure) -> List<T> {
    List { start: std::ptr::without_provenance_mut(failure as usize), len: 0 }
}

/// Allocates for the host; what is already there keeps its bytes.
///
/// # Safety
/// As for [`std::alloc::realloc`]; `old` may be anything where `old_len` is 0.
pub unsafe fn realloc(old: *mut u8, old_len: usize, align: usize, new_len: usize) -> *mut u8 {
    use std::alloc::{Layout, alloc, handle_alloc_error};
    if new_len == 0 {
        return std::ptr::without_provenance_mut(align);
    }
    // SAFETY: the host says sizes and alignments that are those of a type.
    let new = unsafe { Layout::from_size_align_unchecked(new_len, align) };
    let made = match old_len {
        // SAFETY: the size is not 0.
        0 => unsafe { alloc(new) },
        // SAFETY: `old` was allocated here with this size and alignment.
        _ => unsafe { std::alloc::realloc(old, Layout::from_size_align_unchecked(old_len, align), new_len) },
    };
    if made.is_null() { handle_alloc_error(new) } else { made }
}

/// What `describe` answers; lives as long as the instance.
pub fn describe(said: Description) -> *const RawDescription {
    let entity = |entity: crate::Entity| RawEntity {
        name: List::text(entity.name),
        sets: List::of(entity.sets.into_iter().map(List::text).collect()),
        title: List::text(entity.title),
    };
    Box::leak(Box::new(RawDescription {
        name: List::text(said.name),
        version: List::text(said.version),
        settings_schema: List::text(said.settings_schema),
        entities: List::of(said.entities.into_iter().map(entity).collect()),
    }))
}

/// Keeps what `configure` made.
fn start<T>(
    state: Key<T>,
    settings: List<u8>,
    configure: impl FnOnce(&str) -> Result<T, Failure>,
) -> *const Configured {
    // SAFETY: the host handed the text over for this call.
    let settings = unsafe { settings.take() };
    let made = std::str::from_utf8(&settings).map_err(|_| Failure::Internal).and_then(configure);
    let failure = made.as_ref().err().map_or(0, |&failure| failure as u8);
    let refused = u8::from(made.is_err());
    state.set(made.ok());
    Box::leak(Box::new(Configured { refused, failure }))
}

/// Starts a detector.
///
/// # Safety
/// Both lists were handed over by the host.
pub unsafe fn start_detector<T: Detector>(
    state: Key<T>,
    (settings, length): (*mut u8, usize),
    (prepared, count): (*mut List<u8>, usize),
) -> *const Configured {
    let prepared = unsafe { List { start: prepared, len: count }.take() };
    let prepared: Vec<Vec<u8>> = prepared.into_iter().map(|automaton| unsafe { automaton.take() }).collect();
    start(state, List { start: settings, len: length }, |settings| T::configure(settings, &prepared))
}

/// Starts a transformer.
///
/// # Safety
/// The text was handed over by the host.
pub unsafe fn start_transformer<T: Transformer>(state: Key<T>, settings: *mut u8, length: usize) -> *const Configured {
    start(state, List { start: settings, len: length }, T::configure)
}

/// Runs a call on the configured plugin; before `configure` every call fails.
///
/// # Safety
/// The columns were handed over by the host.
unsafe fn run<T, R>(
    state: Key<T>,
    columns: *mut RawColumn,
    count: usize,
    call: impl FnOnce(&mut T, &[Column]) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let column = |raw: RawColumn| {
        let RawColumn { field, bytes, offsets, event } = raw;
        unsafe { Column { field, bytes: bytes.take(), offsets: offsets.take(), event: event.take() } }
    };
    let columns: Vec<Column> = unsafe { List { start: columns, len: count }.take() }.into_iter().map(column).collect();
    state.with_borrow_mut(|plugin| call(plugin.as_mut().ok_or(Failure::Internal)?, &columns))
}

/// One scan.
///
/// # Safety
/// The columns were handed over by the host.
pub unsafe fn scan<T: Detector>(state: Key<T>, columns: *mut RawColumn, count: usize) -> *mut Scanned {
    let found = unsafe { run(state, columns, count, |plugin, columns| plugin.scan(columns)) };
    Box::into_raw(Box::new(match found {
        Ok(mut found) => {
            if !found.is_sorted() {
                found.sort_unstable();
            }
            Scanned { refused: 0, findings: Numbers::of(found) }
        }
        Err(failure) => Scanned { refused: 1, findings: Numbers(number(failure)) },
    }))
}

/// Frees what [`scan`] answered.
///
/// # Safety
/// It comes from [`scan`], once.
pub unsafe fn end_scan(answer: *mut Scanned) {
    drop(unsafe { Box::from_raw(answer).findings.take() });
}

/// One call of a transformer.
///
/// # Safety
/// The columns were handed over by the host.
pub unsafe fn transform<T: Transformer>(state: Key<T>, columns: *mut RawColumn, count: usize) -> *mut Transformed {
    let made = unsafe {
        run(state, columns, count, |plugin, columns| {
            let mut edits = Edits::default();
            plugin.transform(columns, &mut edits)?;
            edits.finish()
        })
    };
    Box::into_raw(Box::new(match made {
        Ok(crate::Answer { edits, text, failed }) => {
            Transformed { refused: 0, edits: Numbers::of(edits), text: List::of(text), failed: List::of(failed) }
        }
        Err(failure) => Transformed {
            refused: 1,
            edits: Numbers(number(failure)),
            text: List::of(Vec::new()),
            failed: List::of(Vec::new()),
        },
    }))
}

/// Frees what [`transform`] answered.
///
/// # Safety
/// It comes from [`transform`], once.
pub unsafe fn end_transform(answer: *mut Transformed) {
    let Transformed { edits, text, failed, .. } = *unsafe { Box::from_raw(answer) };
    drop(unsafe { (edits.take(), text.take(), failed.take()) });
}

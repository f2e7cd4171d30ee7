//! `tamis:plugin@0.1`: the calls of its two worlds, on plain types. A released version keeps its file for ever.
//!
//! Written by hand rather than generated: columns are lowered from borrowed slices, each list in one copy, for which
//! the generator would want owned vectors. Answers are owned: what a call returned by reference is freed in the guest
//! before the host could read it. They are lists of plain numbers, which cross in one copy; a list of records is lifted
//! field by field, at about a hundred instructions a record.

use super::cage::Cage;
use super::description::{Entity, RawDescription};
use super::failure::GuestCode;
use super::kind::Kind;
use crate::event::Column;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, ComponentType, Func, InstancePre, Lift, Linker, Lower,
};
use wasmtime::{Store, ensure};

#[derive(ComponentType, Lower)]
#[component(record)]
struct WireColumn<'a> {
    field: u32,
    bytes: &'a [u8],
    offsets: &'a [u32],
    event: &'a [u32],
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct WireEdits {
    edits: Vec<u32>,
    text: Vec<u8>,
    failed: Vec<u32>,
}

#[allow(dead_code, reason = "made by lifting")]
#[derive(Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
enum WireFailure {
    #[component(name = "settings-rejected")]
    SettingsRejected,
    #[component(name = "unsupported-field")]
    UnsupportedField,
    #[component(name = "limit-exceeded")]
    LimitExceeded,
    #[component(name = "internal")]
    Internal,
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct WireEntity {
    name: String,
    sets: Vec<String>,
    title: String,
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct WireDescription {
    name: String,
    version: String,
    #[component(name = "settings-schema")]
    settings_schema: String,
    entities: Vec<WireEntity>,
}

type Describe = (WireDescription,);
type Configure = (Result<(), WireFailure>,);
type Scan = (Result<Vec<u32>, WireFailure>,);
type Transform = (Result<WireEdits, WireFailure>,);
type ForDetector<'a> = (&'a str, &'a [&'a [u8]]);
type ForTransformer<'a> = (&'a str,);
type Batch<'a> = (&'a [WireColumn<'a>],);

/// A component of one of the worlds, ready to be instantiated many times.
pub(super) struct Pre {
    kind: Kind,
    pre: InstancePre<Cage>,
    describe: ComponentExportIndex,
    configure: ComponentExportIndex,
    call: ComponentExportIndex,
}

/// An instance: its three functions.
pub(super) struct Live {
    kind: Kind,
    describe: Func,
    configure: Func,
    /// `scan` or `transform`.
    call: Func,
}

/// What a guest answered: its own error is an answer too.
pub(super) type Answer<T> = wasmtime::Result<Result<T, GuestCode>>;

impl Pre {
    /// Looks up the exports of the world.
    pub(super) fn new(component: &Component, kind: Kind) -> wasmtime::Result<Pre> {
        // Nothing is linked: a plugin has no import to satisfy.
        let pre = Linker::new(component.engine()).instantiate_pre(component)?;
        let export = |name| {
            let index = component.get_export_index(None, name);
            index.ok_or_else(|| wasmtime::Error::msg("an export of the world is missing"))
        };
        let call = match kind {
            Kind::Detector => "scan",
            Kind::Transformer => "transform",
        };
        Ok(Pre { kind, pre, describe: export("describe")?, configure: export("configure")?, call: export(call)? })
    }

    /// Makes an instance; the store must be armed.
    pub(super) fn instantiate(&self, store: &mut Store<Cage>) -> wasmtime::Result<Live> {
        let instance = self.pre.instantiate(&mut *store)?;
        let mut function = |index| {
            let function = instance.get_func(&mut *store, index);
            function.ok_or_else(|| wasmtime::Error::msg("an export of the world is no function"))
        };
        let (describe, configure) = (function(self.describe)?, function(self.configure)?);
        Ok(Live { kind: self.kind, describe, configure, call: function(self.call)? })
    }
}

impl Live {
    /// Holds the types of all functions against the world. Calls do so again for theirs: it costs far less than a call.
    pub(super) fn check_types(&self, store: &Store<Cage>) -> wasmtime::Result<()> {
        self.describe.typed::<(), Describe>(store)?;
        match self.kind {
            Kind::Detector => {
                self.configure.typed::<ForDetector<'_>, Configure>(store)?;
                self.call.typed::<Batch<'_>, Scan>(store)?;
            }
            Kind::Transformer => {
                self.configure.typed::<ForTransformer<'_>, Configure>(store)?;
                self.call.typed::<Batch<'_>, Transform>(store)?;
            }
        }
        Ok(())
    }

    pub(super) fn describe(&self, store: &mut Store<Cage>) -> wasmtime::Result<RawDescription> {
        let (said,): Describe = call(self.describe, store, ())?;
        let entity = |e: WireEntity| Entity { name: e.name, sets: e.sets, title: e.title };
        Ok(RawDescription {
            name: said.name,
            version: said.version,
            settings_schema: said.settings_schema,
            entities: said.entities.into_iter().map(entity).collect(),
        })
    }

    /// Hands over settings; a transformer takes no prepared automata.
    pub(super) fn configure(&self, store: &mut Store<Cage>, settings: &str, prepared: &[Vec<u8>]) -> Answer<()> {
        let (answer,): Configure = match self.kind {
            Kind::Detector => {
                let prepared: Vec<&[u8]> = prepared.iter().map(Vec::as_slice).collect();
                call::<ForDetector<'_>, _>(self.configure, store, (settings, &prepared))?
            }
            Kind::Transformer => call::<ForTransformer<'_>, _>(self.configure, store, (settings,))?,
        };
        Ok(answer.map_err(GuestCode::from))
    }

    /// Calls a detector. The answer is six numbers for each finding, none of them checked.
    pub(super) fn scan(&self, store: &mut Store<Cage>, columns: &[Column<'_>]) -> Answer<Vec<u32>> {
        ensure!(self.kind == Kind::Detector, "a transformer does not scan");
        let (answer,): Scan = call::<Batch<'_>, _>(self.call, store, (&wire(columns),))?;
        Ok(answer.map_err(GuestCode::from))
    }

    /// Calls a transformer.
    pub(super) fn transform(&self, store: &mut Store<Cage>, columns: &[Column<'_>]) -> Answer<RawEdits> {
        ensure!(self.kind == Kind::Transformer, "a detector does not transform");
        let (answer,): Transform = call::<Batch<'_>, _>(self.call, store, (&wire(columns),))?;
        let plain = |WireEdits { edits, text, failed }| RawEdits { edits, text, failed };
        Ok(answer.map(plain).map_err(GuestCode::from))
    }
}

/// A transformer's answer before anything about it was checked.
pub(super) struct RawEdits {
    /// Six numbers for each edit.
    pub(super) edits: Vec<u32>,
    pub(super) text: Vec<u8>,
    /// Column, row, column, row, …
    pub(super) failed: Vec<u32>,
}

fn call<P, R>(function: Func, store: &mut Store<Cage>, params: P) -> wasmtime::Result<R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift + 'static,
{
    function.typed::<P, R>(&*store)?.call(store, params)
}

fn wire<'a>(columns: &[Column<'a>]) -> Vec<WireColumn<'a>> {
    let wire = |c: &Column<'a>| WireColumn { field: c.field, bytes: c.bytes, offsets: c.offsets, event: c.event };
    columns.iter().map(wire).collect()
}

impl From<WireFailure> for GuestCode {
    fn from(failure: WireFailure) -> GuestCode {
        match failure {
            WireFailure::SettingsRejected => GuestCode::SettingsRejected,
            WireFailure::UnsupportedField => GuestCode::UnsupportedField,
            WireFailure::LimitExceeded => GuestCode::LimitExceeded,
            WireFailure::Internal => GuestCode::Internal,
        }
    }
}

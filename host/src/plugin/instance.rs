//! Instances of a configured plugin: made fresh for each call, or kept until something fails.

use super::answer;
use super::cage::{Cage, arm, judge};
use super::failure::Failure;
use super::kind::Kind;
use super::limits::Limits;
use super::plugin::Setup;
use super::wit_v0_1::{Answer, Live};
use crate::event::{Column, Edits, Finding};
use std::sync::Arc;
use wasmtime::Store;

/// A step that finds spans.
pub trait Detector {
    /// Looks through a batch. Findings are checked, and sorted by column, row and start.
    ///
    /// # Errors
    /// Why there is no answer. The rows must then not be treated as clean: see [`narrow`](super::narrow).
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure>;

    /// What narrowing one batch may cost ([`Limits::narrow_cost`]).
    fn narrow_cost(&self) -> u32 {
        Limits::default().narrow_cost
    }
}

/// A step that rewrites values.
pub trait Transformer {
    /// Rewrites a batch. Edits are checked and sorted; rows the guest gave up on are in [`Edits::failed`], without
    /// edits.
    ///
    /// # Errors
    /// Why there is no answer. The rows must then not pass: see [`narrow_edits`](super::narrow_edits).
    fn transform(&mut self, columns: &[Column<'_>]) -> Result<Edits, Failure>;

    /// What narrowing one batch may cost ([`Limits::narrow_cost`]).
    fn narrow_cost(&self) -> u32 {
        Limits::default().narrow_cost
    }
}

/// How long an instance lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reuse {
    /// For one call. Nothing that a guest sees can reach another batch: for plugins of vendors.
    PerBatch,
    /// Until a call fails. For the built-ins, and for one tenant at a time.
    Reused,
}

/// A detector in its sandbox. One at a time uses it; make one per thread.
pub struct SandboxedDetector(Sandbox);

/// A transformer in its sandbox. One at a time uses it; make one per thread.
pub struct SandboxedTransformer(Sandbox);

impl SandboxedDetector {
    pub(super) fn new(setup: Arc<Setup>, reuse: Reuse) -> Self {
        SandboxedDetector(Sandbox { setup, reuse, kept: None })
    }
}

impl SandboxedTransformer {
    pub(super) fn new(setup: Arc<Setup>, reuse: Reuse) -> Self {
        SandboxedTransformer(Sandbox { setup, reuse, kept: None })
    }
}

impl Detector for SandboxedDetector {
    fn scan(&mut self, columns: &[Column<'_>]) -> Result<Vec<Finding>, Failure> {
        let setup = Arc::clone(&self.0.setup);
        self.0.call(
            columns,
            |store, live| live.scan(store, columns),
            |found| Ok(answer::findings(&found, columns, setup.entities(), setup.plugin.limits())?),
        )
    }

    fn narrow_cost(&self) -> u32 {
        self.0.setup.plugin.limits().narrow_cost
    }
}

impl Transformer for SandboxedTransformer {
    fn transform(&mut self, columns: &[Column<'_>]) -> Result<Edits, Failure> {
        let setup = Arc::clone(&self.0.setup);
        self.0.call(
            columns,
            |store, live| live.transform(store, columns),
            |raw| Ok(answer::edits(raw, columns, setup.plugin.limits())?),
        )
    }

    fn narrow_cost(&self) -> u32 {
        self.0.setup.plugin.limits().narrow_cost
    }
}

/// Asks the instance that was left about a batch without columns, and leaves it for the first call.
pub(super) fn trial(setup: &Arc<Setup>) -> Result<(), Failure> {
    let sandbox = Sandbox { setup: Arc::clone(setup), reuse: Reuse::Reused, kept: None };
    let kept = match setup.plugin.kind() {
        Kind::Detector => {
            let mut detector = SandboxedDetector(sandbox);
            detector.scan(&[])?;
            detector.0.kept
        }
        Kind::Transformer => {
            let mut transformer = SandboxedTransformer(sandbox);
            transformer.transform(&[])?;
            transformer.0.kept
        }
    };
    kept.into_iter().for_each(|kept| setup.leave(kept));
    Ok(())
}

struct Sandbox {
    setup: Arc<Setup>,
    reuse: Reuse,
    kept: Option<(Store<Cage>, Live)>,
}

impl Sandbox {
    /// One call of a kept or fresh instance. On any failure the instance is gone, also when only its answer was bad.
    fn call<A, B>(
        &mut self,
        columns: &[Column<'_>],
        enter: impl FnOnce(&mut Store<Cage>, &Live) -> Answer<A>,
        check: impl FnOnce(A) -> Result<B, Failure>,
    ) -> Result<B, Failure> {
        if !answer::is_whole(columns) {
            return Err(Failure::BadBatch);
        }
        let (mut store, live) = match self.kept.take() {
            Some(kept) => kept,
            None => self.setup.instance(self.reuse)?,
        };
        let limits = self.setup.plugin.limits();
        arm(&mut store, limits.call, limits.answer_bytes);
        let answer = match enter(&mut store, &live) {
            Ok(Ok(answer)) => check(answer)?,
            Ok(Err(code)) => return Err(Failure::Refused(code)),
            Err(error) => return Err(judge(&store, &error)),
        };
        if self.reuse == Reuse::Reused {
            self.kept = Some((store, live));
        }
        Ok(answer)
    }
}

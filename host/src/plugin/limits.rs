//! Every limit on a plugin, in one place, each with its unit, its default and what it does not cover.

use std::time::Duration;

/// What a plugin may use, and how much of what it answers is read.
///
/// The host reads `stack` once, when it starts; everything else can differ from plugin to plugin
/// (see [`Grant`](super::Grant)). A limit that is hit fails the call, never the process.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Size of a component file, in bytes. Default 32 MiB.
    /// Does not cover the time or memory that compiling the component takes: admission runs in this process.
    pub component_bytes: usize,
    /// Processor time of starting an instance: instantiation, `describe` and `configure`, each on its own. Default 1 s.
    /// As `call` otherwise.
    pub start: Duration,
    /// Processor time that the calling thread may spend on one `scan` or `transform`, copying of columns and answers
    /// included. Default 250 ms. It is looked at every [`TICK`](super::TICK) at most, so a loop may run one or two ticks longer.
    /// Does not cover time in which the thread waits for a processor or for memory: that is `patience`. A slower machine
    /// uses more of it for the same work; a virtual one may count time that its own host gave to others.
    pub call: Duration,
    /// How many times `start` and `call` a guest may last, counted in ticks of the engine's clock. Default 20.
    /// Ends a call whose thread gets hardly any processor time. Ticks that a machine loses (asleep, stopped, overloaded) do
    /// not count, so by a clock on the wall it can take longer.
    pub patience: u32,
    /// Linear memory of one instance, in bytes, summed over its memories. Default 64 MiB.
    /// Does not cover compiled code and the host's own records of an instance (tens of KiB).
    pub memory: usize,
    /// Linear memories of one instance. Default 4. Not their size: that is `memory`.
    pub memories: usize,
    /// Tables of one instance. Default 16. Not their size: that is `table_elements`.
    pub tables: usize,
    /// Elements of all tables of one instance, 8 bytes each. Default 100,000.
    pub table_elements: usize,
    /// Core instances that one component may consist of. Default 64.
    pub instances: usize,
    /// Stack that guest code may use, in bytes, for all plugins of a host. Default 512 KiB.
    /// Taken from the calling thread's own stack, which must be larger (threads of Rust have 2 MiB).
    pub stack: usize,
    /// What the host copies out of a guest in one call, in bytes of its own memory. Default 16 MiB.
    /// Covers `scan` and `transform`; `describe` has `description_bytes`.
    pub answer_bytes: usize,
    /// What the host copies out of a guest in `describe`, in bytes. Default 1 MiB.
    pub description_bytes: usize,
    /// Settings text handed to `configure`, in bytes. Default 4 MiB. Prepared automata are the host's own and are not
    /// counted.
    pub settings_bytes: usize,
    /// Findings of one row: this many and one more per byte of the row. Default 64.
    pub row_findings: usize,
    /// A row may grow to this many times its length, and `growth_bytes` more. Default 4.
    pub growth_ratio: usize,
    /// Bytes that a row may grow by beyond `growth_ratio`. Default 256.
    pub growth_bytes: usize,
    /// What narrowing one batch may cost, in units: a failing call costs 1, one that ran out of memory 8, one that
    /// ran to its deadline 64. Default 4,096 (64 deadlines, or every event of a batch of 3,000 trapping).
    /// Does not cover calls that succeed: an event takes part in at most `log8` of the batch of them.
    pub narrow_cost: u32,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Limits {
            component_bytes: 32 * MIB,
            start: Duration::from_secs(1),
            call: Duration::from_millis(250),
            patience: 20,
            memory: 64 * MIB,
            memories: 4,
            tables: 16,
            table_elements: 100_000,
            instances: 64,
            stack: MIB / 2,
            answer_bytes: 16 * MIB,
            description_bytes: MIB,
            settings_bytes: 4 * MIB,
            row_findings: 64,
            growth_ratio: 4,
            growth_bytes: 256,
            narrow_cost: 4_096,
        }
    }
}

impl Limits {
    /// How many findings a row of `len` bytes may have.
    pub(super) fn findings_of(&self, len: usize) -> usize {
        self.row_findings.saturating_add(len)
    }

    /// How long a row of `len` bytes may become.
    pub(super) fn grown(&self, len: usize) -> usize {
        len.saturating_mul(self.growth_ratio).saturating_add(self.growth_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever writes a plugin reads the limits there.
    #[test]
    fn the_readme_says_what_holds() {
        let Limits { call, memory, stack, answer_bytes, growth_ratio, growth_bytes, component_bytes, .. } =
            Limits::default();
        let said = format!(
            "A call may take {} ms of processor time, an instance {} MiB of memory and {} KiB of stack, an answer {} MiB; a row may grow \
             to {growth_ratio} times its length and {growth_bytes} bytes, and a component has {} MiB at most.",
            call.as_millis(),
            memory >> 20,
            stack >> 10,
            answer_bytes >> 20,
            component_bytes >> 20,
        );
        let readme = include_str!("../../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(readme.contains(&said), "README does not say: {said}");
    }
}

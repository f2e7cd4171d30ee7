//! The circuit breaker: a step that is broken in itself is left alone for a while.

/// Batches in a row that must be hopeless before the circuit opens.
const PATIENCE: u32 = 3;
/// The longest pause, in batches.
const LONGEST: u32 = 64;

/// Decides, per step of a route, whether a batch is tried at all. Counts batches, never time: the same batches
/// meet the same decisions. A vendor's plugin is called once for each final form of a batch: there a call is what a batch is here.
///
/// A batch is *hopeless* when no instance could be made, when narrowing it used up its cost, or when every event of it ran to
/// the deadline and so does a sample of the host's own. Events that fail, in whatever number, do not count by themselves:
/// otherwise whoever can write a poisonous event could switch the step off for others. While the circuit is open a trial
/// shows the sample first, so that a step which loops on everything costs one deadline, not one for each event.
/// After three hopeless batches in a row the next one is refused and the one behind it tried; every further hopeless
/// trial doubles the pause, up to 64 batches; one batch that is not hopeless closes the circuit.
///
/// What leaves while it is open hangs on what came before, then and only then: it says itself that the step is broken, which no batch
/// shows alone. Values that nobody looks at go by their failure rule. The guard asks for no value that it found free of anything before
/// (in the same plan, of the same categories), so an event of such values alone leaves as it would if the step worked: nothing goes
/// unseen, and nothing leaves that would not leave otherwise.
///
/// ```
/// use tamis::plugin::Circuit;
/// let mut circuit = Circuit::default();
/// for _ in 0..3 {
///     assert!(circuit.admits());
///     circuit.settle(true);
/// }
/// assert!(!circuit.admits()); // a pause of one batch
/// assert!(circuit.admits()); // and a trial
/// ```
#[derive(Clone, Debug, Default)]
pub struct Circuit {
    hopeless: u32,
    pause: u32,
    left: u32,
}

impl Circuit {
    /// Whether the next batch is tried. Every call is one batch; when true, [`Circuit::settle`] must follow.
    pub fn admits(&mut self) -> bool {
        if self.left > 0 {
            self.left -= 1;
            return false;
        }
        true
    }

    /// Takes note of how a batch went that was tried.
    pub fn settle(&mut self, hopeless: bool) {
        if !hopeless {
            *self = Circuit::default();
            return;
        }
        self.hopeless = self.hopeless.saturating_add(1);
        if self.hopeless >= PATIENCE {
            self.pause = if self.pause == 0 { 1 } else { (self.pause * 2).min(LONGEST) };
            self.left = self.pause;
        }
    }

    /// Whether the circuit is open: batches are refused, but for a trial now and then.
    pub fn is_open(&self) -> bool {
        self.pause > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_one_success_closes() {
        let mut circuit = Circuit::default();
        let mut pauses = Vec::new();
        let mut pause = 0;
        while pauses.len() < 12 {
            if circuit.admits() {
                pauses.push(pause);
                pause = 0;
                circuit.settle(true);
            } else {
                pause += 1;
            }
        }
        assert_eq!(pauses, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 64, 64]);
        while !circuit.admits() {}
        circuit.settle(false);
        assert!(!circuit.is_open() && circuit.admits());
    }
}

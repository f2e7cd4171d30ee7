//! What sources that read connections have in common: bytes that are no whole message yet, and lines that become batches.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{Intake, LOOK};
use crate::delivery::Reservation;

/// Bytes read at a time. So many a connection may hold beside the budget.
const BLOCK: usize = 16 << 10;
/// Longest silence within a message, and longest wait for memory.
const SILENCE: Duration = Duration::from_secs(60);

/// Bytes of a connection, from the beginning of the first message that was not taken.
pub(super) struct Feed<R> {
    from: R,
    bytes: Vec<u8>,
    block: Box<[u8]>,
    held: Option<Reservation>,
}

impl<R: AsyncRead + Unpin> Feed<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, bytes: Vec::new(), block: vec![0; BLOCK].into(), held: None }
    }

    /// What was read and not taken.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads more, once there is something. While a branch has no room, or the memory is used up, it waits, so that the other side has
    /// to. False at the end, or where it was told to stop.
    ///
    /// # Errors
    ///
    /// The connection is broken, silent for a minute within a message, or a minute had no memory for it.
    pub(super) async fn more(&mut self, intake: &Intake, stop: &CancellationToken) -> io::Result<bool> {
        let longest = if self.bytes.is_empty() { Duration::MAX } else { SILENCE };
        let read = tokio::select! {
            () = stop.cancelled() => return Ok(false),
            read = timeout(longest, self.from.read(&mut self.block)) => read.map_err(|_| io::ErrorKind::TimedOut)??,
        };
        if read == 0 {
            return Ok(false);
        }
        let until = Instant::now() + SILENCE;
        while !self.reserve(read, intake) {
            if self.bytes.len() + read > intake.budget.most() {
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            // Where branches have no room the source holds for as long as that lasts. Where memory is short, connections that hold half of
            // a message might wait for each other for ever.
            if !self.bytes.is_empty() && intake.has_room() && Instant::now() > until {
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(false),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        self.bytes.extend_from_slice(&self.block[..read]);
        Ok(true)
    }

    fn reserve(&mut self, bytes: usize, intake: &Intake) -> bool {
        if !intake.has_room() {
            return false;
        }
        match &mut self.held {
            Some(held) => held.grow(bytes),
            None => {
                self.held = intake.reserve(bytes).ok();
                self.held.is_some()
            }
        }
    }

    /// Takes the first bytes away.
    pub(super) fn take(&mut self, bytes: usize) -> Vec<u8> {
        let rest = self.bytes.split_off(bytes.min(self.bytes.len()));
        let taken = std::mem::replace(&mut self.bytes, rest);
        if let Some(held) = &mut self.held {
            held.shrink(taken.len());
        }
        taken
    }
}

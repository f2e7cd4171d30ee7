//! Bodies that come compressed, for all sources that take such.

use std::io::{ErrorKind, Read};

use crate::config::Limits;
use crate::delivery::Reservation;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edge) enum Coding {
    None,
    Gzip,
    Zstd,
}

/// Why bytes were not inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::edge) enum NotInflated {
    /// They are damaged.
    Damaged,
    /// They become more than may be.
    TooLarge,
    /// There is no memory now.
    Busy,
}

impl Coding {
    /// What a header calls it. `None`: nothing is said.
    pub(in crate::edge) fn word(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// Compresses. `None`: it cannot.
    pub(in crate::edge) fn pack(self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        match self {
            Self::None => Some(bytes),
            Self::Gzip => crate::edge::sink::http::gzip(&bytes),
            Self::Zstd => zstd::stream::encode_all(&bytes[..], 1).ok(),
        }
    }

    /// Inflates; gzip of several members, zstd of several frames. What was there and what becomes of it is held.
    pub(in crate::edge) fn inflate(
        self,
        body: Vec<u8>,
        limits: &Limits,
        held: &mut Reservation,
    ) -> Result<Vec<u8>, NotInflated> {
        match self {
            Self::None => Ok(body),
            Self::Gzip => inflate(flate2::read::MultiGzDecoder::new(&body[..]), body.len(), limits, held),
            Self::Zstd => {
                let damaged = |_| NotInflated::Damaged;
                let mut reader = zstd::stream::read::Decoder::with_buffer(&body[..]).map_err(damaged)?;
                reader.window_log_max(27).map_err(damaged)?;
                inflate(reader, body.len(), limits, held)
            }
        }
    }
}

fn inflate(
    mut reader: impl Read,
    packed: usize,
    limits: &Limits,
    held: &mut Reservation,
) -> Result<Vec<u8>, NotInflated> {
    let most = limits.body.min(packed.saturating_mul(limits.inflate as usize));
    let (mut out, mut block) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        match reader.read(&mut block) {
            Ok(0) => return Ok(out),
            Ok(bytes) if out.len() + bytes > most => return Err(NotInflated::TooLarge),
            Ok(bytes) => {
                if !grow(held, packed + out.len() + bytes) {
                    let never = packed + out.len() + bytes > held.most();
                    return Err(if never { NotInflated::TooLarge } else { NotInflated::Busy });
                }
                out.extend_from_slice(&block[..bytes]);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(NotInflated::Damaged),
        }
    }
}

/// Holds so many bytes at least. False where they are not there.
#[must_use]
pub(in crate::edge) fn grow(held: &mut Reservation, bytes: usize) -> bool {
    held.grow(bytes.saturating_sub(held.bytes()))
}

//! Forwarders of the Fluent family (Forward protocol, version 1): every mode, compressed or not, with a shared key or without.
//!
//! A message with a `chunk` is answered with `ack` once every required branch has its events, or dropped or sealed them as the policy
//! says. Where that fails nothing is answered and the connection is closed: the sender sends it again. Messages without are best
//! effort. While a branch has no room nothing is read.

mod greeting;
mod request;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rmp::encode::{self, ByteBuf};
use tokio::io::{AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::body::{self, NotInflated};
use super::stream::Feed;
use super::{Count, Intake, Running, request as lines_of};
use crate::config::{ForwardSource, Limits};
use crate::delivery::{Reservation, Verdict};
use crate::edge::line::no_event;
use crate::edge::msgpack::{Broken, Measure};
use crate::edge::net::{self, Conn, Listener};
pub(in crate::edge) use greeting::{NAME, nonce, proof};
use request::{Request, TooMuch};

/// Longest handshake.
const GREETING: Duration = Duration::from_secs(10);
/// Longest message of a handshake, in bytes.
const GREETING_BYTES: usize = 4096;
/// Longest time that a sender may take to read an acknowledgement.
const ANSWER: Duration = Duration::from_secs(30);
/// Messages of one connection that are under way.
const UNDER_WAY: usize = 64;

/// What all connections have in common.
struct Door {
    intake: Intake,
    key: Option<Vec<u8>>,
    lanes: AtomicU64,
}

/// A message that was handed on.
struct Open {
    chunk: Option<Vec<u8>>,
    events: u64,
    told: oneshot::Receiver<Verdict>,
}

/// A message, ready for the routes.
struct Taken {
    chunk: Option<Vec<u8>>,
    lines: Vec<u8>,
    held: Reservation,
}

/// Why a connection ends before its sender wants to.
enum Unfit {
    /// It does not speak the protocol, or says more than may be.
    Broken,
    /// Not now.
    Busy,
}

impl From<Broken> for Unfit {
    fn from(_: Broken) -> Self {
        Self::Broken
    }
}

/// Runs until it is told to stop.
pub(super) async fn run(said: &ForwardSource, running: Running) -> Result<(), String> {
    let Running { intake, stop, certificate, ready, .. } = running;
    let key = said.shared_key.as_ref().map(|key| key.read()).transpose()?.map(String::into_bytes);
    let listener = match Listener::bind(said.listen, certificate, intake.limits.connections).await {
        Ok(listener) => listener,
        Err(error) => {
            let text = format!("cannot listen at {}: {error}", said.listen);
            let _ = ready.send(Err(error));
            return Err(text);
        }
    };
    let _ = ready.send(listener.address().map(Some));
    let door = Arc::new(Door { intake, key, lanes: AtomicU64::new(0) });
    net::connections(listener, stop, move |conn, stop| door.clone().serve(conn, stop)).await;
    Ok(())
}

impl Door {
    async fn serve(self: Arc<Self>, conn: Conn, stop: CancellationToken) {
        let (read, mut write) = tokio::io::split(conn);
        let mut feed = Feed::new(read);
        if let Some(key) = &self.key {
            let greeted = timeout(GREETING, self.greet(&mut feed, &mut write, key, &stop)).await;
            if !matches!(greeted, Ok(Some(()))) {
                self.intake.count.refused();
                return;
            }
        }
        let (tell, opened) = mpsc::channel(UNDER_WAY);
        // The reader ends, too, where nothing can be answered any more.
        let stop = stop.child_token();
        let answering = answer(write, opened, self.intake.count.clone(), stop.clone());
        let reading = async {
            if self.read(&mut feed, tell, &stop).await.is_err() {
                self.intake.count.refused();
            }
        };
        tokio::join!(answering, reading);
    }

    async fn greet(
        &self,
        feed: &mut Feed<ReadHalf<Conn>>,
        write: &mut WriteHalf<Conn>,
        key: &[u8],
        stop: &CancellationToken,
    ) -> Option<()> {
        let nonce = greeting::nonce().ok()?;
        write.write_all(&greeting::hello(&nonce)).await.ok()?;
        write.flush().await.ok()?;
        let message = self.message(feed, GREETING_BYTES, stop).await.ok()??;
        let salt = greeting::ping(&message, &nonce, key).ok()?;
        write.write_all(&greeting::pong(salt, &nonce, key)).await.ok()?;
        write.flush().await.ok()?;
        salt.map(|_| ())
    }

    /// The next message. `None`: the connection ended, or nothing more is to be read.
    async fn message(
        &self,
        feed: &mut Feed<ReadHalf<Conn>>,
        most: usize,
        stop: &CancellationToken,
    ) -> Result<Option<Vec<u8>>, Unfit> {
        let mut measure = Measure::default();
        loop {
            if let Some(end) = measure.end(feed.bytes(), most)? {
                return Ok(Some(feed.take(end)));
            }
            if !feed.more(&self.intake, stop).await.map_err(|_| Unfit::Busy)? {
                return Ok(None);
            }
        }
    }

    /// Takes messages, in order, until the connection ends.
    async fn read(
        &self,
        feed: &mut Feed<ReadHalf<Conn>>,
        tell: mpsc::Sender<Open>,
        stop: &CancellationToken,
    ) -> Result<(), Unfit> {
        let (lane, limits) = (self.lanes.fetch_add(1, Ordering::Relaxed), self.intake.limits);
        while let Some(message) = self.message(feed, limits.body, stop).await? {
            let Some(mut held) = self.intake.wait(message.len(), stop).await else { return Ok(()) };
            // Inflating and transcoding are work: other connections go on meanwhile.
            let taken = tokio::task::spawn_blocking(move || {
                take(&message, &limits, &mut held).map(|(chunk, lines)| Taken { chunk, lines, held })
            });
            let Taken { chunk, lines, held } = taken.await.map_err(|_| Unfit::Busy)??;
            let batches = lines_of::frame(&lines, limits.event);
            drop(lines);
            let events = batches.iter().map(|batch| batch.len() as u64).sum();
            let (tell_verdict, told) = oneshot::channel();
            let done = move |verdict| {
                let _ = tell_verdict.send(verdict);
            };
            self.intake.deliver(lane, batches, held, done).await;
            if tell.send(Open { chunk, events, told }).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// A message's chunk, and a line for each of its entries.
fn take(message: &[u8], limits: &Limits, held: &mut Reservation) -> Result<(Option<Vec<u8>>, Vec<u8>), Unfit> {
    let request = Request::parse(message)?;
    let (chunk, mut lines) = (request.chunk.map(<[u8]>::to_vec), Vec::new());
    let inflated = match (request.packed(), request.coding) {
        (None, _) | (_, body::Coding::None) => None,
        (Some(packed), coding) => match coding.inflate(packed.to_vec(), limits, held) {
            Ok(inflated) => Some(inflated),
            // It will never be anything else: it goes to quarantine, and its sender goes on.
            Err(NotInflated::Damaged) => {
                no_event(packed, &mut lines);
                return Ok((chunk, lines));
            }
            Err(NotInflated::TooLarge) => return Err(Unfit::Broken),
            Err(NotInflated::Busy) => return Err(Unfit::Busy),
        },
    };
    let packed = inflated.as_deref().or(request.packed()).unwrap_or_default();
    let before = message.len() + inflated.as_ref().map_or(0, Vec::len);
    // Lines, and the batches that are made of them.
    let wrote = request.lines(packed, |bytes| body::grow(held, before + 2 * bytes), &mut lines);
    wrote.map_err(|TooMuch| Unfit::Busy)?;
    let index = held.bytes() + lines_of::index_of(&lines);
    if !body::grow(held, index) {
        return Err(Unfit::Busy);
    }
    Ok((chunk, lines))
}

/// `{"ack": chunk}`. Its bytes are the sender's, whether they are text or not.
fn acknowledgement(chunk: &[u8]) -> Vec<u8> {
    let mut out = ByteBuf::new();
    // Into memory: it does not fail.
    let _ = encode::write_map_len(&mut out, 1);
    let _ = encode::write_str(&mut out, "ack");
    let _ = encode::write_str_len(&mut out, chunk.len() as u32);
    [out.as_slice(), chunk].concat()
}

/// Acknowledges messages in the order in which they came; stops the reader where that is not possible any more.
async fn answer(
    mut write: WriteHalf<Conn>,
    mut opened: mpsc::Receiver<Open>,
    count: Arc<dyn Count>,
    stop: CancellationToken,
) {
    let mut is_well = true;
    while let Some(Open { chunk, events, told }) = opened.recv().await {
        match (told.await, chunk) {
            (Ok(Verdict::Ack), None) => {}
            (Ok(Verdict::Ack), Some(chunk)) if is_well => {
                let acknowledged = async {
                    write.write_all(&acknowledgement(&chunk)).await?;
                    write.flush().await
                };
                is_well = matches!(timeout(ANSWER, acknowledged).await, Ok(Ok(())));
            }
            (Ok(Verdict::Ack), Some(_)) => {}
            (_, None) => count.lost(events),
            (_, Some(_)) => {
                count.refused();
                is_well = false;
            }
        }
        if !is_well {
            stop.cancel();
        }
    }
    let _ = timeout(ANSWER, write.shutdown()).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Budget;
    use crate::edge::msgpack::pack;
    use serde_json::json;

    /// A message of CompressedPackedForward.
    fn compressed(coding: &str, packed: &[u8]) -> Vec<u8> {
        let head = [&[0x93, 0xa1, b't', 0xc5][..], &(packed.len() as u16).to_be_bytes()].concat();
        [&head[..], packed, &pack(&json!({"chunk": "c", "compressed": coding}))].concat()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzEncoder::new(bytes, flate2::Compression::fast()), &mut out)
            .unwrap();
        out
    }

    fn taken(message: &[u8], limits: Limits, memory: usize) -> Result<(Option<Vec<u8>>, Vec<u8>), Unfit> {
        let mut held = Budget::new(memory).reserve(0).unwrap();
        take(message, &limits, &mut held)
    }

    #[test]
    fn compressed_entries_are_inflated_within_limits() {
        let entries: Vec<u8> = (0..100).flat_map(|n| pack(&json!([0, {"n": n}]))).collect();
        let half = entries.len() / 2 / 11 * 11;
        let usual = Limits::default();
        // gzip may have several members, zstd several frames.
        let members = [gzip(&entries[..half]), gzip(&entries[half..])].concat();
        let frames = zstd::encode_all(&entries[..], 1).unwrap();
        for message in [compressed("gzip", &members), compressed("zstd", &frames)] {
            let Ok((chunk, lines)) = taken(&message, usual, 1 << 20) else { panic!("refused") };
            assert_eq!((chunk, lines.iter().filter(|byte| **byte == b'\n').count()), (Some(b"c".to_vec()), 100));
            assert!(matches!(
                taken(&message, Limits { body: entries.len() - 1, ..usual }, 1 << 20),
                Err(Unfit::Broken)
            ));
            assert!(matches!(taken(&message, Limits { inflate: 1, ..usual }, 1 << 20), Err(Unfit::Broken)));
            assert!(matches!(taken(&message, usual, 2000), Err(Unfit::Busy)));
        }
    }

    #[test]
    fn what_is_damaged_for_ever_is_a_piece_that_is_no_event() {
        let mut packed = gzip(&pack(&json!([0, {"n": 1}])));
        let end = packed.len() - 6;
        packed[end] ^= 1;
        for message in [compressed("gzip", &packed), compressed("zstd", b"no zstd")] {
            let Ok((chunk, lines)) = taken(&message, Limits::default(), 1 << 20) else { panic!("refused") };
            assert!(chunk.is_some() && lines.starts_with(b"\"") && lines.ends_with(b"\"\n"));
        }
    }
}

//! Messages of syslog (RFC 5424, RFC 3164): datagrams, and connections with or without TLS (RFC 5425, RFC 6587).
//!
//! Nothing in syslog acknowledges. While a branch has no room nothing is read, so that connections hold their senders; datagrams wait in
//! the socket, and what finds no room there is counted as lost.

mod drops;
mod framing;
mod message;
mod structured;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::stream::Feed;
use super::{Intake, Running, request};
use crate::config::SyslogSource;
use crate::delivery::Verdict;
use crate::edge::net::{self, Conn, Listener};
use framing::{Messages, Step};

/// Longest datagram.
const DATAGRAM: usize = 65_535;
/// Bytes of messages that go on together.
const BATCH: usize = 64 << 10;
/// What the system is asked to hold of datagrams; it may grant less.
const RECEIVE_BUFFER: usize = 8 << 20;
/// How often the system is asked what it dropped.
const LOOK: Duration = Duration::from_secs(1);

/// What connections and datagrams have in common.
struct Door {
    intake: Intake,
    zone: TimeZone,
    lanes: AtomicU64,
    /// Kept as long as something has no verdict.
    open: mpsc::Sender<()>,
}

/// Runs until it is told to stop.
pub(super) async fn run(said: &SyslogSource, running: Running) -> Result<(), String> {
    let Running { intake, stop, certificate, ready, .. } = running;
    let bound = async {
        let udp = match said.udp {
            None => None,
            Some(at) => Some(datagrams(at).await.map_err(|error| (at, error))?),
        };
        let tcp = match said.tcp {
            None => None,
            Some(at) => {
                let listener = Listener::bind(at, certificate, intake.limits.connections).await;
                Some(listener.map_err(|error| (at, error))?)
            }
        };
        Ok::<_, (SocketAddr, std::io::Error)>((udp, tcp))
    };
    let (udp, tcp) = match bound.await {
        Ok(bound) => bound,
        Err((at, error)) => {
            let text = format!("cannot listen at {at}: {error}");
            let _ = ready.send(Err(error));
            return Err(text);
        }
    };
    let at = tcp.as_ref().map(Listener::address).or_else(|| udp.as_ref().map(UdpSocket::local_addr));
    let _ = ready.send(at.transpose());
    let (open, mut all_are_final) = mpsc::channel(1);
    let door = Arc::new(Door { intake, zone: said.zone.clone(), lanes: AtomicU64::new(1), open });
    let connected = async {
        if let Some(listener) = tcp {
            let door = door.clone();
            net::connections(listener, stop.clone(), move |conn, stop| door.clone().connection(conn, stop)).await;
        }
    };
    let received = async {
        if let Some(socket) = udp {
            door.clone().receive(&socket, &stop).await;
        }
    };
    tokio::join!(connected, received);
    drop(door);
    // Ends when the last one that could send is gone.
    let _ = all_are_final.recv().await;
    Ok(())
}

async fn datagrams(at: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(at).await?;
    // What is granted is what there is: the rest is counted as dropped.
    let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER);
    Ok(socket)
}

impl Door {
    fn now(&self) -> jiff::Zoned {
        Timestamp::now().to_zoned(self.zone.clone())
    }

    /// Takes messages of one connection, in order, until it ends.
    async fn connection(self: Arc<Self>, conn: Conn, stop: CancellationToken) {
        let lane = self.lanes.fetch_add(1, Ordering::Relaxed);
        let (peer, mut feed) = (conn.peer(), Feed::new(conn));
        let mut messages = Messages::new(self.intake.limits.event);
        // A broken connection is one that ended.
        while feed.more(&self.intake, &stop).await.unwrap_or(false) {
            let (mut lines, now, mut at) = (Vec::new(), self.now(), 0);
            loop {
                let rest = &feed.bytes()[at..];
                let Step { message, used } = messages.next(rest);
                if message.is_none() && used == 0 {
                    break;
                }
                if let Some(message) = message.and_then(|at| rest.get(at)) {
                    message::event(message, Some(peer), &now, &mut lines);
                }
                at += used;
            }
            feed.take(at);
            self.deliver(lane, lines).await;
        }
        match messages.last(feed.bytes()) {
            Ok([]) => {}
            Ok(last) => {
                let mut lines = Vec::new();
                message::event(last, Some(peer), &self.now(), &mut lines);
                self.deliver(lane, lines).await;
            }
            Err(()) => self.intake.count.lost(1),
        }
    }

    /// Takes datagrams, a message each, until it is told to stop.
    async fn receive(self: Arc<Self>, socket: &UdpSocket, stop: &CancellationToken) {
        let counted = CancellationToken::new();
        let counting = self.clone().count(drops::inode(socket), counted.clone());
        let receiving = async {
            let mut block = vec![0; DATAGRAM];
            // What waits in the socket is not read while there is no room.
            while self.intake.wait(0, stop).await.is_some() {
                let first = tokio::select! {
                    () = stop.cancelled() => break,
                    first = socket.recv_from(&mut block) => first,
                };
                let (mut lines, now) = (Vec::new(), self.now());
                let mut next = first.ok();
                while let Some((bytes, from)) = next {
                    let peer: IpAddr = from.ip().to_canonical();
                    message::event(&block[..bytes], Some(peer), &now, &mut lines);
                    next = if lines.len() < BATCH { socket.try_recv_from(&mut block).ok() } else { None };
                }
                self.deliver(0, lines).await;
            }
            counted.cancel();
        };
        tokio::join!(receiving, counting);
    }

    /// Counts what the system drops.
    async fn count(self: Arc<Self>, inode: Option<u64>, stop: CancellationToken) {
        let Some(inode) = inode else { return };
        let mut before = 0;
        loop {
            let is_last = tokio::select! {
                () = stop.cancelled() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            let now = drops::dropped(inode).unwrap_or(before);
            self.intake.count.lost(now.saturating_sub(before));
            before = now;
            if is_last {
                return;
            }
        }
    }

    /// Hands on what was read. It cannot be had again: a stop waits for it too.
    async fn deliver(&self, lane: u64, lines: Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        let bytes = 2 * lines.len() + request::index_of(&lines);
        let Some(held) = self.intake.wait(bytes, &CancellationToken::new()).await else { return };
        let batches = request::frame(&lines, self.intake.limits.event);
        let events = batches.iter().map(|batch| batch.len() as u64).sum();
        let (open, count) = (self.open.clone(), self.intake.count.clone());
        let done = move |verdict| {
            if verdict == Verdict::Nack {
                count.lost(events);
            }
            drop(open);
        };
        self.intake.deliver(lane, batches, held, done).await;
    }
}

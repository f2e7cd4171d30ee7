//! A server of syslog: messages of RFC 5424 in datagrams, or in a connection, with TLS or without.
//!
//! Nothing is answered: what was written counts as delivered, and may be lost. A connection that the other side closed is found out
//! before it is written to, as far as that can be known.
//!
//! | what happens | means |
//! |---|---|
//! | written | delivered |
//! | nobody answers, no memory | again |
//! | the connection breaks while writing | again; it may have arrived |
//! | longer than a datagram | never |

mod message;

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;
use tokio::net::UdpSocket;
use tokio::sync::Mutex;

use super::{Events, Sink};
use crate::config::{Framing, SyslogSink, Transport};
use crate::delivery::branch::{Answer, ItemAnswer};
use crate::edge::dial::{Dialer, Link, is_closed};
use message::message;

/// Opens a sink.
pub(super) fn open(said: &SyslogSink) -> Result<Arc<dyn Sink>, String> {
    if said.transport == Transport::Udp {
        return Ok(Arc::new(Datagrams { address: said.address.value.clone(), socket: Mutex::default() }));
    }
    let tls = said.transport == Transport::Tls;
    let dialer = Dialer::new(&said.address.value, tls, said.ca.as_ref(), said.timeout)?;
    Ok(Arc::new(Connection { dialer, framing: said.framing, timeout: said.timeout, link: Mutex::default() }))
}

/// Messages in a connection.
struct Connection {
    dialer: Dialer,
    framing: Framing,
    timeout: std::time::Duration,
    link: Mutex<Option<Link>>,
}

impl Connection {
    async fn write(&self, events: Vec<Events>) -> Answer {
        let (mut bytes, mut refused, mut number) = (Vec::new(), Vec::new(), 0);
        for event in events.iter().flat_map(Events::iter) {
            if !framed(event, self.framing, &mut bytes) {
                refused.push(number);
            }
            number += 1;
        }
        drop(events);
        let mut link = self.link.lock().await;
        let is_open = match link.as_mut() {
            Some(link) => !is_closed(link).await,
            None => false,
        };
        if !is_open {
            *link = None;
            match self.dialer.dial().await {
                Ok(new) => *link = Some(new),
                Err(_) => return Answer::Retry { after: None },
            }
        }
        // Taken out while it is written to: what breaks, or is given up half-way, is not used again.
        let Some(mut open) = link.take() else { return Answer::Retry { after: None } };
        let writing = async {
            open.write_all(&bytes).await?;
            open.flush().await
        };
        if !matches!(tokio::time::timeout(self.timeout, writing).await, Ok(Ok(()))) {
            return Answer::Lost;
        }
        *link = Some(open);
        answer(number, &refused)
    }
}

/// All were written but those that are no messages.
fn answer(number: usize, refused: &[usize]) -> Answer {
    if refused.is_empty() {
        return Answer::Delivered;
    }
    let of = |n: usize| if refused.contains(&n) { ItemAnswer::Rejected } else { ItemAnswer::Delivered };
    Answer::Partial((0..number).map(|n| (n, of(n))).collect())
}

/// Writes an event with its frame.
fn framed(event: &[u8], framing: Framing, out: &mut Vec<u8>) -> bool {
    let mut text = Vec::new();
    if !message(event, &mut text) {
        return false;
    }
    match framing {
        Framing::OctetCount => {
            out.extend_from_slice(format!("{} ", text.len()).as_bytes());
            out.extend_from_slice(&text);
        }
        Framing::Lines => {
            // A break within would end the message.
            out.extend(text.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
            out.push(b'\n');
        }
    }
    true
}

impl Sink for Connection {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.write(events))
    }

    fn is_ordered(&self) -> bool {
        true
    }
}

/// Messages in datagrams.
struct Datagrams {
    address: String,
    socket: Mutex<Option<UdpSocket>>,
}

impl Datagrams {
    async fn write(&self, events: Vec<Events>) -> Answer {
        let mut socket = self.socket.lock().await;
        if socket.is_none() {
            *socket = self.connected().await.ok();
        }
        let Some(open) = socket.as_ref() else { return Answer::Retry { after: None } };
        let mut items = Vec::new();
        for event in events.iter().flat_map(Events::iter) {
            let mut text = Vec::new();
            let sent = if message(event, &mut text) { datagram(open, &text).await } else { Ok(false) };
            match sent {
                Ok(true) => items.push((items.len(), ItemAnswer::Delivered)),
                Ok(false) => items.push((items.len(), ItemAnswer::Rejected)),
                // What is not named is sent again.
                Err(_) => break,
            }
        }
        let all = events.iter().map(|events| events.iter().count()).sum::<usize>();
        if items.len() < all {
            // Names are resolved anew.
            *socket = None;
        }
        if items.is_empty() { Answer::Retry { after: None } } else { Answer::Partial(items) }
    }

    async fn connected(&self) -> io::Result<UdpSocket> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in tokio::net::lookup_host(&self.address).await? {
            let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
            let opening = async {
                let socket = UdpSocket::bind(any).await?;
                socket.connect(address).await?;
                Ok(socket)
            };
            match opening.await {
                Ok(socket) => return Ok(socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Sends a datagram. False: it is too long for one.
async fn datagram(socket: &UdpSocket, text: &[u8]) -> io::Result<bool> {
    match socket.send(text).await {
        Ok(_) => Ok(true),
        Err(error) if error.raw_os_error() == Some(libc::EMSGSIZE) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Sink for Datagrams {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.write(events))
    }

    fn is_ordered(&self) -> bool {
        true
    }
}

//! A connection to a forwarder.

use std::io;

use serde_json::json;
use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::edge::dial::Link;
use crate::edge::msgpack::{Broken, Cursor, Kind, Measure, pack};
use crate::edge::source::forward::{NAME, nonce, proof};

/// Longest answer, in bytes.
const ANSWER: usize = 64 << 10;

/// An open connection, and what was read of an answer.
pub(super) struct Open {
    pub(super) link: Link,
    read: Vec<u8>,
}

impl From<Broken> for io::Error {
    fn from(_: Broken) -> Self {
        io::ErrorKind::InvalidData.into()
    }
}

impl Open {
    pub(super) fn new(link: Link) -> Self {
        Self { link, read: Vec::new() }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.link.write_all(bytes).await?;
        self.link.flush().await
    }

    /// Reads until this chunk is acknowledged. What is said of other chunks came too late for them.
    pub(super) async fn acknowledged(&mut self, chunk: &[u8]) -> io::Result<()> {
        loop {
            let answer = self.message().await?;
            let mut cursor = Cursor::new(&answer);
            for _ in 0..cursor.map()? {
                if cursor.text()? == b"ack" && matches!(cursor.peek()?, Kind::Text | Kind::Bytes) {
                    if cursor.text()? == chunk {
                        return Ok(());
                    }
                } else {
                    cursor.skip()?;
                }
            }
        }
    }

    /// Shows that this side knows the key, and sees whether the other does.
    pub(super) async fn greet(&mut self, key: &[u8]) -> io::Result<()> {
        let hello = self.message().await?;
        let mut cursor = Cursor::new(&hello);
        if cursor.array()? < 2 || cursor.text()? != b"HELO" {
            return Err(Broken.into());
        }
        let mut theirs: &[u8] = b"";
        for _ in 0..cursor.map()? {
            match cursor.text()? {
                b"nonce" => theirs = cursor.text()?,
                _ => drop(cursor.skip()?),
            }
        }
        let salt = nonce()?;
        let theirs = theirs.to_vec();
        let shown = proof(salt.as_bytes(), NAME.as_bytes(), &theirs, key);
        self.write(&pack(&json!(["PING", NAME, salt, shown, "", ""]))).await?;
        let pong = self.message().await?;
        let mut cursor = Cursor::new(&pong);
        if cursor.array()? < 5 || cursor.text()? != b"PONG" || cursor.next()?.0 != Kind::Bool(true) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        cursor.skip()?;
        let (name, shown) = (cursor.text()?, cursor.text()?);
        let is_known: bool = proof(salt.as_bytes(), name, &theirs, key).as_bytes().ct_eq(shown).into();
        if is_known { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }

    async fn message(&mut self) -> io::Result<Vec<u8>> {
        let mut measure = Measure::default();
        loop {
            if let Some(end) = measure.end(&self.read, ANSWER)? {
                let rest = self.read.split_off(end);
                return Ok(std::mem::replace(&mut self.read, rest));
            }
            if self.link.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

//! Fluent Forward with acknowledgements, from a client by a source and a sink to a server.

use std::io::{Error, Read, Result, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use super::{Client, POST, ROUTE, Way, posts};

/// What a message ends with that is to be acknowledged: `"chunk"`, and its name.
const CHUNK: &[u8] = b"\xa5chunk";

struct Forward(TcpStream);

impl Client for Forward {
    fn post(&mut self, post: &[u8]) -> Result<()> {
        self.0.write_all(post)?;
        // {"ack": "00000000"}
        let mut answer = [0; 14];
        self.0.read_exact(&mut answer)?;
        if post.ends_with(&answer[6..]) { Ok(()) } else { Err(Error::other("another chunk was acknowledged")) }
    }
}

/// Answers each chunk once its name was read.
fn serve(mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut bytes, mut block) = (Vec::new(), vec![0; 256 << 10]);
    loop {
        let read = stream.read(&mut block)?;
        if read == 0 {
            return Ok(());
        }
        // What was looked through before holds no whole one.
        let from = bytes.len().saturating_sub(64);
        bytes.extend_from_slice(&block[..read]);
        let Some(at) = memchr::memmem::find(&bytes[from..], CHUNK).map(|at| from + at + CHUNK.len()) else { continue };
        let (length, head) = match bytes.get(at) {
            Some(0xd9) => (bytes.get(at + 1).map(|length| *length as usize), 2),
            Some(short) => (Some((short & 0x1f) as usize), 1),
            None => (None, 1),
        };
        let Some(name) = length.and_then(|length| bytes.get(at..at + head + length)) else { continue };
        let mut answer = b"\x81\xa3ack".to_vec();
        answer.extend_from_slice(name);
        stream.write_all(&answer)?;
        bytes.clear();
    }
}

/// MessagePack.
fn pack(value: &Value, out: &mut Vec<u8>) {
    let sized = |short: u8, long: u8, size: usize, out: &mut Vec<u8>| {
        if size < 16 {
            out.push(short | size as u8);
        } else {
            out.push(long);
            out.extend_from_slice(&(size as u16).to_be_bytes());
        }
    };
    match value {
        Value::Null => out.push(0xc0),
        Value::Bool(value) => out.push(0xc2 + u8::from(*value)),
        Value::Number(number) => {
            if let Some(whole) = number.as_i64() {
                out.push(0xd3);
                out.extend_from_slice(&whole.to_be_bytes());
            } else {
                out.push(0xcb);
                out.extend_from_slice(&number.as_f64().unwrap_or_default().to_be_bytes());
            }
        }
        Value::String(text) => {
            out.push(0xdb);
            out.extend_from_slice(&(text.len() as u32).to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(elements) => {
            sized(0x90, 0xdc, elements.len(), out);
            elements.iter().for_each(|element| pack(element, out));
        }
        Value::Object(members) => {
            sized(0x80, 0xde, members.len(), out);
            for (key, value) in members {
                pack(&key.as_str().into(), out);
                pack(value, out);
            }
        }
    }
}

/// `[tag, [[time, record], …], {"chunk": "00000000"}]`.
fn message(lines: &[String]) -> Vec<u8> {
    let mut out = b"\x93\xa4load\xdc".to_vec();
    out.extend_from_slice(&(POST as u16).to_be_bytes());
    for line in lines {
        out.extend_from_slice(b"\x92\xce\x6b\x00\x00\x00");
        pack(&serde_json::from_str(line).unwrap_or_default(), &mut out);
    }
    out.push(0x81);
    out.extend_from_slice(CHUNK);
    out.extend_from_slice(b"\xa800000000");
    out
}

pub fn way(lines: &[String], events: &str) -> Result<Way> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let direct = listener.local_addr()?.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || drop(serve(stream)));
        }
    });
    Ok(Way {
        name: "Forward → Forward",
        config: format!(
            "[source.in]\ntype = \"forward\"\nlisten = \"127.0.0.1:0\"\n[sink.out]\ntype = \"forward\"\naddress = \"{direct}\"\ntls = false\n{ROUTE}"
        ),
        posts: posts(lines, message),
        events: events.to_owned(),
        direct,
        connect: Box::new(|at, _| {
            let stream = TcpStream::connect(at)?;
            stream.set_nodelay(true)?;
            Ok(Box::new(Forward(stream)))
        }),
    })
}

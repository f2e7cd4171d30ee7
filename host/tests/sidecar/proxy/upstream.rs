//! A server behind a proxy, which says what a test wants it to say and keeps all that it was sent.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server says to a request.
#[derive(Clone, Debug)]
pub(crate) struct Say {
    pub(crate) status: u16,
    /// Whole lines of headers.
    pub(crate) head: String,
    pub(crate) body: String,
    /// It says it so much later.
    pub(crate) after: Duration,
}

pub(crate) fn say(status: u16, head: &str, body: &str) -> Say {
    Say { status, head: head.to_owned(), body: body.to_owned(), after: Duration::ZERO }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Its line and its headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

pub(crate) fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|of| of.1))
}

type Script = Arc<Mutex<VecDeque<Say>>>;
/// What is said where nothing else is: made of the request.
type Usual = Arc<dyn Fn(&Asked) -> Say + Send + Sync>;

pub(crate) struct Upstream {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Upstream {
    /// Says these, one a request, then 200.
    pub(crate) fn start(says: Vec<Say>) -> Self {
        Self::with(says, |_| say(200, "", ""))
    }

    /// Says these, one a request, then what is made of a request.
    pub(crate) fn with(says: Vec<Say>, usual: impl Fn(&Asked) -> Say + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (at, asked): (_, Arc<Mutex<Vec<Asked>>>) = (listener.local_addr().unwrap(), Arc::default());
        let (script, usual, all): (Script, Usual, _) =
            (Arc::new(Mutex::new(says.into())), Arc::new(usual), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, usual, asked) = (script.clone(), usual.clone(), all.clone());
                std::thread::spawn(move || drop(serve(&stream, &script, &usual, &asked)));
            }
        });
        Self { at, asked }
    }

    pub(crate) fn at(&self) -> String {
        format!("http://{}", self.at)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, script: &Script, usual: &Usual, asked: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        loop {
            let before = head.len();
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
            if head[before..].trim_end().is_empty() {
                break;
            }
        }
        let length = header(&head, "content-length").map_or(0, |length| length.trim().parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let request = Asked { head, body };
        asked.lock().unwrap().push(request.clone());
        let said = script.lock().unwrap().pop_front();
        let said = said.unwrap_or_else(|| usual(&request));
        std::thread::sleep(said.after);
        let mut stream = stream;
        let is_head = request.head.starts_with("HEAD ");
        let body = if is_head { "" } else { &said.body };
        let length = said.body.len();
        let head = format!("HTTP/1.1 {} X\r\nContent-Length: {length}\r\n{}\r\n", said.status, said.head);
        stream.write_all(format!("{head}{body}").as_bytes())?;
    }
}

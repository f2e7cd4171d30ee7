//! A server that takes what a sink sends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) struct Receiver {
    at: SocketAddr,
    taken: Arc<Mutex<String>>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    /// Answers with these statuses, one a request, then with 200. Only what it answers so it takes.
    pub(crate) fn start(mut statuses: Vec<u16>) -> Self {
        statuses.reverse();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (at, taken) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(String::new())));
        let statuses = Arc::new(Mutex::new(statuses));
        let (left, all) = (statuses.clone(), taken.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (statuses, taken) = (left.clone(), all.clone());
                std::thread::spawn(move || drop(serve(&stream, &statuses, &taken)));
            }
        });
        Self { at, taken, statuses }
    }

    /// Takes everything from now on.
    pub(crate) fn heal(&self) {
        self.statuses.lock().unwrap().clear();
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/in", self.at)
    }

    /// All that was taken.
    pub(crate) fn text(&self) -> String {
        self.taken.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, statuses: &Mutex<Vec<u16>>, taken: &Mutex<String>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let status = statuses.lock().unwrap().pop().unwrap_or(200);
        if status == 200 {
            taken.lock().unwrap().push_str(&String::from_utf8(body).unwrap());
        }
        let mut stream = stream;
        stream.write_all(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").as_bytes())?;
    }
}

//! A server that answers as a test wants it to, and a client that reads answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// A request.
pub(crate) struct Asked {
    /// With its query.
    pub(crate) path: String,
    /// Its headers as they came.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// A server that asks `answer` for status and body of each.
pub(crate) fn serve(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (at, answer) = (listener.local_addr().unwrap(), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || drop(connection(&stream, &*answer)));
        }
    });
    at
}

fn connection(stream: &TcpStream, answer: &dyn Fn(&Asked) -> (u16, String)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut line) = (String::new(), String::new());
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap().to_owned();
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            if line.trim_end().is_empty() {
                break;
            }
            head.push_str(&line);
        }
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        let (status, said) = answer(&Asked { path, head, body });
        let mut stream = stream;
        // What has no body says so by its status.
        let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", said.len()) };
        stream.write_all(format!("HTTP/1.1 {status} X\r\n{length}\r\n{said}").as_bytes())?;
    }
}

/// Sends a request and reads status, headers and body of its answer. 0: nobody answers.
pub(crate) fn ask(method: &str, url: &str, headers: &[&str], body: &[u8]) -> (u16, String, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (at, path) = rest.split_once('/').map_or((rest, ""), |(at, path)| (at, path));
    let Ok(mut stream) = TcpStream::connect(at) else { return (0, String::new(), String::new()) };
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {at}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    );
    // A server that refuses may answer before it read all.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let Some((head, said)) = answer.split_once("\r\n\r\n") else { return (0, String::new(), String::new()) };
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_owned(), said.to_owned())
}

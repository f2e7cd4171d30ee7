//! Datagrams that the system dropped because nobody took them in time.

use std::fs;
use std::os::fd::{AsFd, AsRawFd as _};

/// The number of a socket, by which the system's list knows it.
pub(super) fn inode(socket: &impl AsFd) -> Option<u64> {
    let link = fs::read_link(format!("/proc/self/fd/{}", socket.as_fd().as_raw_fd())).ok()?;
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// How many were dropped since the socket was opened. `None`: the system does not tell.
pub(super) fn dropped(inode: u64) -> Option<u64> {
    ["/proc/net/udp", "/proc/net/udp6"].iter().find_map(|list| in_list(&fs::read_to_string(list).ok()?, inode))
}

/// The last column of the line with this number in its tenth.
fn in_list(list: &str, inode: u64) -> Option<u64> {
    list.lines().skip(1).find_map(|line| {
        let columns: Vec<_> = line.split_ascii_whitespace().collect();
        (columns.get(9)?.parse() == Ok(inode)).then(|| columns.get(12)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn what_a_full_socket_drops_is_told() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let inode = inode(&socket).unwrap();
        assert_eq!(dropped(inode), Some(0));
        let mut sent = 0;
        while dropped(inode) == Some(0) && sent < 100_000 {
            sender.send_to(&[0; 8000], socket.local_addr().unwrap()).unwrap();
            sent += 1;
        }
        // All that was sent is either there or dropped.
        let dropped = dropped(inode).unwrap();
        socket.set_nonblocking(true).unwrap();
        let mut there = 0;
        while socket.recv(&mut [0; 8000]).is_ok() {
            there += 1;
        }
        assert!(dropped > 0);
        assert_eq!(dropped + there, sent);
    }
}

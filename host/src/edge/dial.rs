//! Connections that Tamis opens: TCP, with TLS where it is asked for. Names are resolved anew each time.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustls::client::WantsClientCert;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::net::{certificates, private_key};
use crate::config::Secret;

/// Bytes both ways.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// An open connection.
pub(super) type Link = Box<dyn Duplex>;

/// Opens connections to one server.
pub(super) struct Dialer {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    timeout: Duration,
}

impl Dialer {
    /// `address` is `host:port`; `tls`: whether there is TLS; `ca`: the authorities that are trusted in place of those that everybody
    /// knows.
    ///
    /// # Errors
    ///
    /// The authorities are not there, or the host is no name that a certificate could be for.
    pub(super) fn new(address: &str, tls: bool, ca: Option<&Secret>, timeout: Duration) -> Result<Self, String> {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let tls = tls.then(|| {
            let name = ServerName::try_from(host.to_owned());
            let name = name.map_err(|_| format!("no certificate can be for the host of {address}"))?;
            Ok::<_, String>((TlsConnector::from(Arc::new(client(ca, None)?)), name))
        });
        Ok(Self { address: address.to_owned(), tls: tls.transpose()?, timeout })
    }

    /// Opens one.
    ///
    /// # Errors
    ///
    /// Nobody answers in time, or shows a certificate that is trusted.
    pub(super) async fn dial(&self) -> io::Result<Link> {
        let opening = async {
            let tcp = TcpStream::connect(&self.address).await?;
            tcp.set_nodelay(true)?;
            Ok::<Link, io::Error>(match &self.tls {
                None => Box::new(tcp),
                Some((connector, name)) => Box::new(connector.connect(name.clone(), tcp).await?),
            })
        };
        let opened = tokio::time::timeout(self.timeout, opening).await;
        opened.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

fn unusable(error: rustls::Error) -> String {
    format!("no TLS: {error}")
}

fn versions() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(unusable)
}

/// What a client of TLS goes by that trusts these authorities alone, but for what it shows.
///
/// # Errors
///
/// TLS cannot be spoken.
pub(super) fn trusting(roots: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, String> {
    Ok(versions()?.with_root_certificates(roots))
}

/// What a client of TLS goes by: whom it trusts, and the certificate and key that it shows.
///
/// # Errors
///
/// They are not there, or cannot be used.
pub(super) fn client(ca: Option<&Secret>, identity: Option<(&Secret, &Secret)>) -> Result<ClientConfig, String> {
    let builder = match ca {
        None => versions()?.with_platform_verifier().map_err(unusable)?,
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(ca, "ca").map_err(|error| error.to_string())? {
                roots.add(certificate).map_err(unusable)?;
            }
            trusting(roots)?
        }
    };
    let Some((cert, key)) = identity else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(cert, "cert").map_err(|error| error.to_string())?;
    let key = private_key(key).map_err(|error| error.to_string())?;
    builder.with_client_auth_cert(chain, key).map_err(unusable)
}

/// Whether the other side has closed a connection on which it says nothing. What it says all the same is thrown away.
pub(super) async fn is_closed(link: &mut Link) -> bool {
    std::future::poll_fn(|cx| {
        let mut room = [0; 512];
        loop {
            let mut room = ReadBuf::new(&mut room);
            match Pin::new(&mut *link).poll_read(cx, &mut room) {
                Poll::Pending => return Poll::Ready(false),
                Poll::Ready(Ok(())) if !room.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(true),
            }
        }
    })
    .await
}

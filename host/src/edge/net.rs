//! Listening sockets: TCP, with TLS where a certificate is named, and HTTP over both.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustix::net::sockopt;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::common_name::CommonName;
use super::validity::Validity;
use crate::config::{self, Secret};

/// Longest handshake of TLS, and longest wait for the headers of a request.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Silence after which a client is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(60);

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there.
    #[error("{0}")]
    Secret(String),
    /// It holds something else.
    #[error("what {0} names is no PEM of {1}")]
    Pem(&'static str, &'static str),
    /// Key and certificate do not go together, or cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Unusable(String),
}

/// A certificate that connections are made with. It can be read anew: connections that are made later use the new one.
#[derive(Clone)]
pub struct Certificate {
    said: Arc<config::Tls>,
    now: Arc<RwLock<Shown>>,
}

/// What is shown to clients, and from when to when it may be.
struct Shown {
    server: Arc<ServerConfig>,
    validity: Option<Validity>,
}

impl Certificate {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// It is not there, or cannot be used.
    pub fn read(said: &config::Tls) -> Result<Self, TlsError> {
        let now = server(said)?;
        Ok(Self { said: Arc::new(said.clone()), now: Arc::new(RwLock::new(now)) })
    }

    /// Reads it anew. What is there and cannot be used changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Certificate::read`].
    pub fn renew(&self) -> Result<(), TlsError> {
        let new = server(&self.said)?;
        if let Ok(mut now) = self.now.write() {
            *now = new;
        }
        Ok(())
    }

    fn acceptor(&self) -> Option<TlsAcceptor> {
        Some(TlsAcceptor::from(self.now.read().ok()?.server.clone()))
    }

    /// From when to when what it shows clients may be used. `None`: that cannot be read.
    pub fn validity(&self) -> Option<Validity> {
        self.now.read().ok()?.validity
    }
}

fn pem(secret: &Secret) -> Result<Vec<u8>, TlsError> {
    secret.read().map(String::into_bytes).map_err(TlsError::Secret)
}

/// Certificates of a PEM.
pub(super) fn certificates(secret: &Secret, what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem(secret)?).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(TlsError::Pem(what, "certificates"))
}

/// The private key of a PEM.
pub(super) fn private_key(secret: &Secret) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&pem(secret)?).map_err(|_| TlsError::Pem("key", "a private key"))
}

fn server(said: &config::Tls) -> Result<Shown, TlsError> {
    let unusable = |error: rustls::Error| TlsError::Unusable(error.to_string());
    let chain = certificates(&said.cert, "cert")?;
    let validity = chain.first().and_then(Validity::of);
    let key = private_key(&said.key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let both: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];
    let versions = if said.allows_1_2 { both } else { &both[..1] };
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions);
    let builder = builder.map_err(unusable)?;
    let builder = match &said.client_ca {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = rustls::RootCertStore::empty();
            for certificate in certificates(ca, "client-ca")? {
                roots.add(certificate).map_err(unusable)?;
            }
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = verifier.build().map_err(|error| TlsError::Unusable(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut server = builder.with_single_cert(chain, key).map_err(unusable)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Shown { server: Arc::new(server), validity })
}

/// A socket that accepts connections, at most so many at a time.
pub struct Listener {
    tcp: TcpListener,
    certificate: Option<Certificate>,
    permits: Arc<Semaphore>,
}

/// A connection, before its handshake. While it is there it counts against its listener's bound.
pub struct Arrival {
    tcp: TcpStream,
    peer: IpAddr,
    acceptor: Option<TlsAcceptor>,
    permit: OwnedSemaphorePermit,
}

/// A connection.
pub struct Conn {
    stream: Stream,
    peer: IpAddr,
    _permit: OwnedSemaphorePermit,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

impl Listener {
    /// Binds an address.
    ///
    /// # Errors
    ///
    /// The address is taken, or not this machine's.
    pub async fn bind(at: SocketAddr, certificate: Option<Certificate>, connections: usize) -> io::Result<Self> {
        let tcp = TcpListener::bind(at).await?;
        Ok(Self { tcp, certificate, permits: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))) })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// The system does not know.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// The next connection. Waits while there are as many as there may be.
    ///
    /// # Errors
    ///
    /// The system gives none, for example for want of descriptors: try again after a pause.
    pub async fn accept(&self) -> io::Result<Arrival> {
        let permit = self.permits.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (tcp, peer) = self.tcp.accept().await?;
        tcp.set_nodelay(true)?;
        // Who is gone without a word is found out: some protocols are silent for days. Where the system cannot, it is not.
        let _ = sockopt::set_socket_keepalive(&tcp, true);
        let _ = sockopt::set_tcp_keepidle(&tcp, SILENCE);
        let acceptor = match &self.certificate {
            None => None,
            Some(certificate) => Some(certificate.acceptor().ok_or_else(|| io::Error::other("no certificate"))?),
        };
        Ok(Arrival { tcp, peer: peer.ip().to_canonical(), acceptor, permit })
    }
}

impl Arrival {
    /// Makes the handshake, where there is one, in at most ten seconds.
    ///
    /// # Errors
    ///
    /// The client speaks something else, shows no certificate that is known, or is too slow.
    pub async fn greet(self) -> io::Result<Conn> {
        let stream = match self.acceptor {
            None => Stream::Plain(self.tcp),
            Some(acceptor) => {
                let greeted = tokio::time::timeout(HANDSHAKE, acceptor.accept(self.tcp)).await;
                Stream::Tls(Box::new(greeted.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??))
            }
        };
        Ok(Conn { stream, peer: self.peer, _permit: self.permit })
    }
}

impl Conn {
    /// Who speaks at the other side.
    pub fn peer(&self) -> IpAddr {
        self.peer
    }

    /// What its certificate calls it.
    fn common_name(&self) -> Option<CommonName> {
        let Stream::Tls(tls) = &self.stream else { return None };
        CommonName::of(tls.get_ref().1.peer_certificates()?.first()?)
    }
}

impl Conn {
    /// Whether a first byte comes, in at most ten seconds. Who only connects must not take a place for ever.
    async fn speaks(&self) -> bool {
        // Behind a handshake the first bytes may have been read with its last ones: nothing would be seen of them here.
        let Stream::Plain(tcp) = &self.stream else { return true };
        let mut first = [0];
        matches!(tokio::time::timeout(HANDSHAKE, tcp.peek(&mut first)).await, Ok(Ok(1..)))
    }
}

impl AsyncRead for Conn {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Conn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Stream::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

/// Runs `serve` for every connection, side by side, until `stop`; then waits for those that are open.
pub async fn connections<F>(
    listener: Listener,
    stop: CancellationToken,
    serve: impl Fn(Conn, CancellationToken) -> F + Clone + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = open.join_next() => {}
            arrived = listener.accept() => match arrived {
                Ok(arrival) => {
                    let (stop, serve) = (stop.clone(), serve.clone());
                    open.spawn(async move {
                        if let Ok(conn) = arrival.greet().await {
                            serve(conn, stop).await;
                        }
                    });
                }
                // Out of descriptors, for example.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// What answers an HTTP request.
pub type Body = http_body_util::Full<bytes::Bytes>;

/// Answers HTTP/1.1 and HTTP/2 requests until `stop`; requests that are under way are answered first. Who sent a whole request and has
/// nothing more to say is answered, too.
pub async fn http<F, B>(
    listener: Listener,
    stop: CancellationToken,
    answer: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
) where
    F: Future<Output = Response<B>> + Send + 'static,
    B: hyper::body::Body<Data = bytes::Bytes, Error = std::convert::Infallible> + Send + 'static,
{
    answered(listener, stop, true, answer).await;
}

/// The same, but a request ends where whoever sent it has nothing more to say: then nobody may be there to whom its answer goes on and on.
pub async fn http_while_heard<F, B>(
    listener: Listener,
    stop: CancellationToken,
    answer: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
) where
    F: Future<Output = Response<B>> + Send + 'static,
    B: hyper::body::Body<Data = bytes::Bytes, Error = std::convert::Infallible> + Send + 'static,
{
    answered(listener, stop, false, answer).await;
}

async fn answered<F, B>(
    listener: Listener,
    stop: CancellationToken,
    half_close: bool,
    answer: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
) where
    F: Future<Output = Response<B>> + Send + 'static,
    B: hyper::body::Body<Data = bytes::Bytes, Error = std::convert::Infallible> + Send + 'static,
{
    connections(listener, stop, move |conn, stop| {
        let answer = answer.clone();
        async move {
            if !conn.speaks().await {
                return;
            }
            let mut server = auto::Builder::new(TokioExecutor::new());
            server.http1().timer(TokioTimer::new()).header_read_timeout(HANDSHAKE).half_close(half_close);
            server.http2().timer(TokioTimer::new()).max_concurrent_streams(128).keep_alive_interval(HANDSHAKE);
            let name = conn.common_name();
            let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
                if let Some(name) = &name {
                    request.extensions_mut().insert(name.clone());
                }
                let answered = answer(request);
                async move { Ok::<_, std::convert::Infallible>(answered.await) }
            });
            let serving = server.serve_connection(TokioIo::new(conn), service);
            tokio::pin!(serving);
            tokio::select! {
                _ = serving.as_mut() => return,
                () = stop.cancelled() => serving.as_mut().graceful_shutdown(),
            }
            let _ = serving.await;
        }
    })
    .await;
}

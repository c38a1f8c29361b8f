//! A server on 127.0.0.1 that answers every request by a script, and remembers what came.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::loki::client::Call;
use crate::loki::options::{Options, Secret};
use crate::loki::request::{Direction, Request};

/// What the server does once it has read a request.
#[derive(Clone)]
pub enum Act {
    /// Writes these bytes and closes.
    Write(Vec<u8>),
    /// Writes these bytes and keeps the connection open without a further word.
    WriteAndHang(Vec<u8>),
    /// Writes the pieces with a pause before each.
    Drip(Vec<Vec<u8>>, Duration),
    /// The first requests are met in turn, all later ones as the last.
    InTurn(Vec<Act>),
}

pub struct Fake {
    pub port: u16,
    /// The requests as they came: head and body.
    pub seen: Arc<Mutex<Vec<String>>>,
    /// Told when a client closes its side while the server still holds the answer back.
    pub gone: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    pub async fn start(act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let gone = Arc::new(Notify::new());
        let (requests, left) = (seen.clone(), gone.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, act.clone(), requests.clone(), left.clone()));
            }
        });
        Self {
            port,
            seen,
            gone,
            task,
        }
    }

    pub fn options(&self) -> Options {
        options(&format!("http://127.0.0.1:{}", self.port))
    }

    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Serves one request on a connection, plain or secure.
pub async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    act: Act,
    seen: Arc<Mutex<Vec<String>>>,
    gone: Arc<Notify>,
) {
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    let turn = {
        let mut seen = seen.lock().unwrap();
        seen.push(request);
        seen.len() - 1
    };
    let act = match &act {
        Act::InTurn(acts) => acts[turn.min(acts.len() - 1)].clone(),
        _ => act,
    };
    match act {
        Act::Write(bytes) => _ = stream.write_all(&bytes).await,
        Act::InTurn(_) => panic!("turns within turns"),
        Act::Drip(pieces, pause) => {
            for piece in pieces {
                tokio::time::sleep(pause).await;
                _ = stream.write_all(&piece).await;
                _ = stream.flush().await;
            }
        }
        Act::WriteAndHang(bytes) => {
            _ = stream.write_all(&bytes).await;
            _ = stream.flush().await;
            // Ends when the client does.
            _ = stream.read_u8().await;
            gone.notify_one();
        }
    }
    _ = stream.shutdown().await;
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// An answer with the right length.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A good answer to a log query.
pub fn good() -> Vec<u8> {
    answer("200 OK", "content-type: application/json\r\n", EMPTY)
}

pub const EMPTY: &str = r#"{"status":"success","data":{"resultType":"streams","result":[]}}"#;

/// Compresses a body; goes with the header [`GZIP`].
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub const GZIP: &str = "content-encoding: gzip\r\n";

/// Every secret that the options and the calls of these tests carry.
pub const SECRET: &str = "hunter2-secret";

/// Options with a secret wherever one can be.
pub fn options(url: &str) -> Options {
    let mut options = Options::new(url);
    // Long for a busy machine; tests that wait for it set their own.
    options.timeout = Duration::from_secs(5);
    options.retry_pause = Duration::from_millis(2);
    options.forward_oauth = true;
    options.headers = vec![("X-Api-Key".into(), Secret::new(SECRET))];
    options.basic_auth = Some(crate::loki::options::BasicAuth {
        user: "ann".into(),
        password: Secret::new(SECRET),
    });
    options
}

pub fn call() -> Call {
    Call {
        forwarded: vec![("authorization".into(), format!("Bearer {SECRET}"))],
        ..Call::default()
    }
}

pub fn logs() -> Request {
    logs_to("{job=\"ginkgo\"} |= \"a&b=c d+e%\"")
}

pub fn logs_to(query: &str) -> Request {
    Request::Logs {
        query: query.into(),
        start_ns: 1,
        end_ns: 2,
        limit: 3,
        direction: Direction::Backward,
    }
}

//! A Loki on 127.0.0.1 that answers as it is told, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Parameters of the URL and of a form.
    pub form: Vec<(String, String)>,
}

impl Seen {
    /// Returns the value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Returns the value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.form, name)
    }

    /// Says whether this is the log query itself and no probe.
    pub fn is_query(&self) -> bool {
        self.path.ends_with("/query_range")
    }
}

fn find<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    let found = pairs.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

/// What the server does once it has read a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// Answers as a Loki with one line would.
    Good,
    /// Likewise, after a while.
    Late(Duration),
    /// Writes these bytes and closes.
    Write(Vec<u8>),
    /// Writes these bytes and says no further word until the client goes.
    Hang(Vec<u8>),
    /// Resets the connection.
    Reset,
}

impl Act {
    /// An error or another answer with a status line such as `500 Internal Server Error`.
    pub fn status(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Self {
        Self::Write(reply(status, headers, body.as_ref()))
    }
}

/// The line that a good answer holds.
pub const LINE: &str = r#"{"message":"a line of the fake","log":{"level":"info"}}"#;
/// When it was written, in nanoseconds.
pub const LINE_NS: &str = "1772366400123456789";

type Script = dyn Fn(&Seen) -> Act + Send + Sync;

struct State {
    seen: Mutex<Vec<Seen>>,
    serving: AtomicUsize,
    most_serving: AtomicUsize,
    hanging: AtomicUsize,
    left: AtomicUsize,
    script: Box<Script>,
}

/// The server; its threads end with the run.
pub struct Fake {
    pub url: String,
    state: Arc<State>,
}

impl Fake {
    /// Starts a server that asks `script` what to do with each request.
    pub fn start(script: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::on(
            TcpListener::bind("127.0.0.1:0").expect("a free port"),
            script,
        )
    }

    /// Likewise, at a port that somebody else chose.
    pub fn on(
        listener: TcpListener,
        script: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let state = Arc::new(State {
            seen: Mutex::default(),
            serving: AtomicUsize::new(0),
            most_serving: AtomicUsize::new(0),
            hanging: AtomicUsize::new(0),
            left: AtomicUsize::new(0),
            script: Box::new(script),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { url, state }
    }

    /// Starts one that does the same with every request.
    pub fn always(act: Act) -> Self {
        Self::start(move |_| act.clone())
    }

    /// Starts one that does these in turn, and with all further requests the last.
    pub fn in_turn(acts: impl IntoIterator<Item = Act>) -> Self {
        let acts: Vec<Act> = acts.into_iter().collect();
        let turn = AtomicUsize::new(0);
        Self::start(move |_| {
            let turn = turn.fetch_add(1, Ordering::SeqCst);
            acts[turn.min(acts.len() - 1)].clone()
        })
    }

    /// Returns the requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("not poisoned").clone()
    }

    /// Returns the log queries so far, without probes.
    pub fn queries(&self) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(Seen::is_query);
        seen
    }

    /// Returns how many requests were being served at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.state.most_serving.load(Ordering::SeqCst)
    }

    /// Returns how many requests hang now.
    pub fn hanging(&self) -> usize {
        self.state.hanging.load(Ordering::SeqCst) - self.left()
    }

    /// Returns how many clients gave up a request that hung.
    pub fn left(&self) -> usize {
        self.state.left.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, state: &State) {
    let mut first = [0];
    if !matches!(stream.peek(&mut first), Ok(1)) {
        return;
    }
    // A greeting of TLS: a server of plain HTTP answers in plain HTTP.
    if !first[0].is_ascii_uppercase() {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
        return;
    }
    let Some(seen) = read(&stream) else { return };
    let serving = Serving::start(state);
    let act = (state.script)(&seen);
    let path = seen.path.clone();
    state.seen.lock().expect("not poisoned").push(seen);
    let good = || {
        reply(
            "200 OK",
            "content-type: application/json\r\n",
            good(&path).as_bytes(),
        )
    };
    let bytes = match act {
        Act::Good => good(),
        Act::Late(pause) => {
            std::thread::sleep(pause);
            good()
        }
        Act::Write(bytes) => bytes,
        Act::Reset => {
            let socket = socket2::SockRef::from(&stream);
            socket.set_linger(Some(Duration::ZERO)).expect("a socket");
            return;
        }
        Act::Hang(bytes) => {
            let _ = stream.write_all(&bytes);
            state.hanging.fetch_add(1, Ordering::SeqCst);
            // Ends when the client closes its side.
            let _ = stream.read(&mut [0]);
            state.left.fetch_add(1, Ordering::SeqCst);
            return;
        }
    };
    // Before the client can have the answer, and thus before it can send the next request.
    drop(serving);
    let _ = stream.write_all(&bytes);
}

/// A request that is being served.
struct Serving<'s>(&'s State);

impl<'s> Serving<'s> {
    fn start(state: &'s State) -> Self {
        let now = state.serving.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_serving.fetch_max(now, Ordering::SeqCst);
        Self(state)
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.serving.fetch_sub(1, Ordering::SeqCst);
    }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = find(&headers, "content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(&body));
    Some(Seen {
        method,
        path: path.to_owned(),
        headers,
        form: pairs
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
    })
}

/// An answer with its right length.
pub fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The body that a healthy Loki would answer on a path.
pub fn good(path: &str) -> String {
    let body = match path.rsplit('/').next().unwrap_or_default() {
        "buildinfo" => json!({ "version": "3.7.8" }),
        "format_query" => json!({ "status": "success", "data": "{a=\"b\"}" }),
        "query_range" => json!({ "status": "success", "data": {
            "resultType": "streams",
            "encodingFlags": ["categorize-labels"],
            "result": [{
                "stream": { "job": "ginkgo" },
                "values": [[LINE_NS, LINE, { "structuredMetadata": { "trace_id": "t-1" } }]],
            }],
            "stats": { "summary": {
                "totalBytesProcessed": 2048, "totalLinesProcessed": 7, "execTime": 0.25, "queueTime": 0.5,
            } },
        } }),
        _ => json!({ "status": "success", "data": [] }),
    };
    body.to_string()
}

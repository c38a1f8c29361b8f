//! A Loki behind TLS whose certificate is not what the settings want, and one whose is.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::fake::{LINE, good, reply};
use crate::kit::{ask, column, corpus, frame};
use crate::support::host;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(params, key).expect("a certificate")
}

/// A server with a certificate for `loki.internal`.
struct Server {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(authority: &Authority) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["loki.internal".to_owned()]);
        let certificate = params.expect("parameters").signed_by(&key, authority);
        let certificate = certificate.expect("a certificate").der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key);
        let config = Arc::new(config.expect("a configuration"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("https://{}", listener.local_addr().expect("bound"));
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
                let mut stream = BufReader::new(StreamOwned::new(session, stream));
                let mut line = String::new();
                // A client that wants another certificate leaves here.
                while stream.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
                    line.clear();
                }
                let body = good("/query_range");
                let answer = reply("200 OK", "", body.as_bytes());
                let _ = stream.get_mut().write_all(&answer);
                let _ = stream.get_mut().flush();
            }
        });
        Self { url, connections }
    }

    fn put(&self, uid: &str, json_data: &Value, authority: &str) {
        let settings = json!({
            "url": self.url,
            "jsonData": json_data,
            "secureJsonData": { "tlsCACert": authority },
        });
        host().put_data_source(uid, &settings);
    }
}

#[test]
fn a_wrong_certificate_is_a_plain_error_at_once() {
    let ours = authority();
    for (name, json_data, trusted, parts) in [
        (
            "nobody vouches",
            json!({}),
            "",
            [
                "no secure connection to \"https://127.0.0.1:",
                "`tlsCACert`",
            ],
        ),
        (
            "another vouches",
            json!({ "tlsAuthWithCACert": true }),
            &authority().pem(),
            [
                "no secure connection to \"https://127.0.0.1:",
                "`tlsCACert`",
            ],
        ),
        (
            "another name",
            json!({ "tlsAuthWithCACert": true }),
            &ours.pem(),
            [
                "no secure connection to \"https://127.0.0.1:",
                "`serverName`",
            ],
        ),
    ] {
        let server = Server::start(&ours);
        server.put("wrong-certificate", &json_data, trusted);
        let start = Instant::now();
        let result = ask("wrong-certificate", &json!({}));
        assert!(start.elapsed() < Duration::from_secs(10), "{name}");
        let error = result["error"].as_str().unwrap_or_default();
        assert_eq!(
            (&result["status"], &result["errorSource"]),
            (&json!(502), &json!("downstream")),
            "{name}: {result}"
        );
        for part in parts {
            assert!(error.contains(part), "{name}: {part:?} is not in {error}");
        }
        let connections = server.connections.load(Ordering::SeqCst);
        assert_eq!(connections, 1, "{name}: it will not get better");
    }
    frame(corpus(), &json!({}));
}

#[test]
fn the_right_certificate_gives_the_rows() {
    let ours = authority();
    let named = json!({ "tlsAuthWithCACert": true, "serverName": "loki.internal" });
    for (name, json_data) in [
        ("trusted and named", named),
        ("not looked at", json!({ "tlsSkipVerify": true })),
    ] {
        let server = Server::start(&ours);
        server.put("right-certificate", &json_data, &ours.pem());
        let rows = frame("right-certificate", &json!({}));
        assert_eq!(column(&rows, "body"), [json!(LINE)], "{name}");
    }
}

//! TLS settings against a server with certificates of our own.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::fake::{Act, SECRET, call, good, logs, options, serve};
use crate::loki::client::Client;
use crate::loki::error::{Error, TlsFailure};
use crate::loki::options::{Options, Secret, TlsOptions};

type Ca = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Ca {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for a name, as DER and PEM, and its key.
fn certificate(ca: &Ca, name: &str) -> (CertificateDer<'static>, String, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, ca).unwrap();
    (certificate.der().clone(), certificate.pem(), key)
}

struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    /// The names that clients asked for in the handshake.
    names: Arc<Mutex<Vec<Option<String>>>>,
}

/// Serves one certificate; `clients` is the authority that clients have to show.
async fn start(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    clients: Option<&Ca>,
) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(ca.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = builder.with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::new(Mutex::new(Vec::new()));
    let (requests, asked) = (seen.clone(), names.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else {
                continue;
            };
            asked
                .lock()
                .unwrap()
                .push(stream.get_ref().1.server_name().map(str::to_owned));
            tokio::spawn(serve(
                stream,
                Act::Write(good()),
                requests.clone(),
                Arc::new(Notify::new()),
            ));
        }
    });
    Server { port, seen, names }
}

fn https(host: &str, server: &Server, tls: TlsOptions) -> Options {
    let mut options = options(&format!("https://{host}:{}", server.port));
    options.tls = tls;
    options
}

async fn ask(options: Options) -> Result<(), Error> {
    let client = Client::new(options)?;
    let result = client.logs(&logs(), &call()).await.map(|_| ());
    if let Err(error) = &result {
        assert!(!format!("{error} {error:?}").contains(SECRET));
    }
    result
}

fn trusting(ca: &Ca) -> TlsOptions {
    TlsOptions {
        ca_pem: Some(ca.pem()),
        ..TlsOptions::default()
    }
}

fn tls_failure(result: &Result<(), Error>) -> Option<TlsFailure> {
    match result {
        Err(Error::Tls { failure, .. }) => Some(*failure),
        _ => None,
    }
}

#[tokio::test]
async fn whom_to_trust() {
    let (ca, stranger) = (authority("ours"), authority("a stranger"));
    let (der, _, key) = certificate(&ca, "localhost");
    let server = start(der, &key, None).await;
    let namesake = authority("ours");
    let skip = TlsOptions {
        skip_verify: true,
        ..TlsOptions::default()
    };
    for (name, host, tls, want) in [
        ("its authority", "localhost", trusting(&ca), None),
        (
            "no authority",
            "localhost",
            TlsOptions::default(),
            Some(TlsFailure::UnknownAuthority),
        ),
        (
            "of the same name",
            "localhost",
            trusting(&namesake),
            Some(TlsFailure::UnknownAuthority),
        ),
        (
            "another authority",
            "localhost",
            trusting(&stranger),
            Some(TlsFailure::UnknownAuthority),
        ),
        (
            "another name",
            "127.0.0.1",
            trusting(&ca),
            Some(TlsFailure::Name),
        ),
        ("anybody", "127.0.0.1", skip, None),
    ] {
        let result = ask(https(host, &server, tls)).await;
        assert_eq!(tls_failure(&result), want, "{name}: {result:?}");
        assert_eq!(result.is_ok(), want.is_none(), "{name}: {result:?}");
    }
}

#[tokio::test]
async fn server_name_is_asked_for_and_verified() {
    let ca = authority("ours");
    let (der, _, key) = certificate(&ca, "loki.internal");
    let server = start(der, &key, None).await;
    let named = |name: &str| TlsOptions {
        server_name: Some(name.into()),
        ..trusting(&ca)
    };
    for host in ["127.0.0.1", "localhost"] {
        ask(https(host, &server, named("loki.internal")))
            .await
            .unwrap();
        assert_eq!(
            server.names.lock().unwrap().pop().unwrap().as_deref(),
            Some("loki.internal")
        );
        let request = server.seen.lock().unwrap().pop().unwrap().to_lowercase();
        let want = format!("\r\nhost: {host}:{}\r\n", server.port);
        assert!(
            request.contains(&want),
            "the server sees its own name: {request}"
        );
        assert_eq!(request.matches("\r\nhost:").count(), 1);
    }
    let result = ask(https("localhost", &server, named("other.internal"))).await;
    assert_eq!(tls_failure(&result), Some(TlsFailure::Name));
    let error = ask(https("localhost", &server, named("no name")))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("setting \"serverName\" cannot be used: \"no name\"")
    );

    let (der, _, key) = certificate(&ca, "127.0.0.1");
    let server = start(der, &key, None).await;
    ask(https("localhost", &server, named("127.0.0.1")))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_self_signed_certificate_can_be_its_own_authority() {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    let server = start(own.der().clone(), &key, None).await;
    let tls = TlsOptions {
        ca_pem: Some(own.pem()),
        ..TlsOptions::default()
    };
    ask(https("localhost", &server, tls.clone())).await.unwrap();
    let result = ask(https("127.0.0.1", &server, tls)).await;
    assert_eq!(tls_failure(&result), Some(TlsFailure::Name));
    let result = ask(https("localhost", &server, TlsOptions::default())).await;
    assert_eq!(tls_failure(&result), Some(TlsFailure::UnknownAuthority));
    let result = ask(https("localhost", &server, trusting(&authority("ours")))).await;
    assert_eq!(tls_failure(&result), Some(TlsFailure::UnknownAuthority));
}

#[tokio::test]
async fn client_certificates() {
    let (ca, stranger) = (authority("ours"), authority("a stranger"));
    let (der, _, key) = certificate(&ca, "localhost");
    let server = start(der, &key, Some(&ca)).await;
    let with = |issuer: &Ca| {
        let (_, pem, key) = certificate(issuer, "grafana");
        TlsOptions {
            client_cert_pem: Some(pem),
            client_key_pem: Some(Secret::new(key.serialize_pem())),
            ..trusting(&ca)
        }
    };
    ask(https("localhost", &server, with(&ca))).await.unwrap();
    for (name, tls) in [
        ("none", trusting(&ca)),
        ("a stranger's", with(&stranger)),
        ("of the same name", with(&authority("ours"))),
    ] {
        let result = ask(https("localhost", &server, tls)).await;
        assert_eq!(
            tls_failure(&result),
            Some(TlsFailure::ClientCertificate),
            "{name}: {result:?}"
        );
    }
}

#[tokio::test]
async fn a_port_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad\r\n\r\n").await;
        }
    });
    let result = ask(super::fake::options(&format!("https://127.0.0.1:{port}"))).await;
    assert_eq!(tls_failure(&result), Some(TlsFailure::NotTls), "{result:?}");
}

#[test]
fn broken_settings_are_named() {
    let (_, pem, key) = certificate(&authority("ours"), "grafana");
    let (_, _, other) = certificate(&authority("ours"), "grafana");
    let client = |cert: &str, key: &str| TlsOptions {
        client_cert_pem: Some(cert.into()),
        client_key_pem: Some(Secret::new(key)),
        ..TlsOptions::default()
    };
    let ca = |pem: &str| TlsOptions {
        ca_pem: Some(pem.into()),
        ..TlsOptions::default()
    };
    let key = key.serialize_pem();
    let half = TlsOptions {
        client_key_pem: None,
        ..client(&pem, "")
    };
    let broken = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    let encrypted = broken.replace("PRIVATE", "ENCRYPTED PRIVATE");
    for (name, tls, want) in [
        (
            "CA",
            ca("nonsense"),
            "setting \"tlsCACert\" cannot be used: it holds no certificate",
        ),
        ("CA is a key", ca(&key), "tlsCACert"),
        (
            "CA of nonsense",
            ca(&pem.replace(|c: char| c.is_ascii_digit(), "A")),
            "tlsCACert",
        ),
        ("certificate", client("", &key), "tlsClientCert"),
        (
            "key",
            client(&pem, "x"),
            "setting \"tlsClientKey\" cannot be used: it holds no private key",
        ),
        ("broken key", client(&pem, &broken), "tlsClientKey"),
        ("encrypted key", client(&pem, &encrypted), "it is encrypted"),
        (
            "half",
            half,
            "setting \"tlsClientKey\" cannot be used: the certificate has no key",
        ),
        (
            "another's key",
            client(&pem, &other.serialize_pem()),
            "it is not the key of the certificate",
        ),
    ] {
        let mut options = options("http://localhost");
        options.tls = tls;
        let text = Client::new(options)
            .map_or_else(|error| format!("{error} {error:?}"), |_| String::new());
        assert!(text.contains(want), "{name}: {text}");
        assert!(!text.contains(SECRET), "{name}: {text}");
    }
}

//! The door over a Loki that is not there: its routes, what it refuses, and the files.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

const HOST: &str = "localhost:3000";

/// A port that nobody listens at.
const NO_LOKI: &str = "http://127.0.0.1:9";

fn door(page: Option<&Page>) -> Router {
    let plugin = Local::new(Handle::current()).unwrap();
    let sources = Sources::default();
    let settings = RawSettings {
        url: NO_LOKI.to_owned(),
        json_data: json!({ "maxLines": 5 }),
        secure: [("basicAuthPassword".to_owned(), "secret-1".to_owned())].into(),
        ..RawSettings::default()
    };
    sources.put(MAIN_UID, DataSource::named("Ginkgo", settings));
    router(plugin, sources, page)
}

async fn send(door: &Router, method: &str, path: &str, body: impl Into<Body>) -> (u16, String) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("host", HOST).body(body.into()).unwrap();
    let response = door.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    (status, String::from_utf8(bytes.unwrap().to_vec()).unwrap())
}

async fn read(door: &Router, path: &str) -> (u16, Value) {
    let (status, text) = send(door, "GET", path, "").await;
    let json = serde_json::from_str(&text);
    (
        status,
        json.unwrap_or_else(|error| panic!("{error}: {text}")),
    )
}

#[tokio::test]
async fn a_data_source_is_read_written_and_removed_and_its_secrets_stay() {
    let door = door(None);
    let (status, ginkgo) = read(&door, "/api/datasources/uid/ginkgo").await;
    let expected = json!({
        "uid": "ginkgo", "name": "Ginkgo", "url": NO_LOKI, "basicAuth": false, "basicAuthUser": "",
        "jsonData": { "maxLines": 5 }, "id": 1,
    });
    assert_eq!((status, ginkgo), (200, expected));

    let path = "/api/datasources/uid/mine";
    assert_eq!(read(&door, path).await.0, 404);
    let body = r#"{"url":"http://x","secureJsonData":{"basicAuthPassword":"secret-2"},"orgId":1}"#;
    let (status, text) = send(&door, "PUT", path, body).await;
    assert_eq!(status, 200, "{text}");
    let (_, mine) = read(&door, path).await;
    assert_eq!(mine["url"], "http://x");
    assert_eq!(mine["jsonData"], json!({}));
    for text in [text, mine.to_string()] {
        assert!(!text.contains("secret"), "{text}");
    }
    assert_eq!(send(&door, "PUT", path, "{").await.0, 400);
    assert_eq!(send(&door, "DELETE", path, "").await.0, 200);
    assert_eq!(read(&door, path).await.0, 404);
}

#[tokio::test]
async fn queries_health_and_resources_reach_the_plugin() {
    let door = door(None);
    let query = |uid: &str, model: &str| {
        format!(
            r#"{{"from":"0","to":"1000","queries":[{{"refId":"Q","datasource":{{"uid":"{uid}"}}{model}}}]}}"#
        )
    };
    let wrong = query("ginkgo", r#","queryType":"nonsense""#);
    let (status, text) = send(&door, "POST", "/api/ds/query", wrong).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    let result = &answer["results"]["Q"];
    assert_eq!((status, &result["status"]), (207, &json!(400)), "{text}");
    assert!(result["error"].as_str().unwrap().contains("\"nonsense\""));
    assert_eq!(result["errorSource"], "downstream");
    assert_eq!(result["frames"], json!([]));

    let (status, text) = send(&door, "POST", "/api/ds/query", query("none", "")).await;
    assert_eq!(status, 404, "{text}");
    let (status, text) = send(&door, "POST", "/api/ds/query", "{").await;
    let message: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, 400);
    assert!(message["message"].as_str().unwrap().contains("bad request"));

    let (status, health) = read(&door, "/api/datasources/uid/ginkgo/health").await;
    assert_eq!((status, &health["status"]), (400, &json!("ERROR")));
    assert!(health["message"].as_str().unwrap().contains("127.0.0.1:9"));

    let resources = "/api/datasources/uid/ginkgo/resources";
    let explain = format!("{resources}/explain");
    let (status, text) = send(&door, "POST", &explain, "{}").await;
    assert!(status == 200 && text.contains("{job="), "{status} {text}");
    let (status, text) = send(&door, "GET", &explain, "").await;
    assert!(status == 405 && text.contains("POST"), "{text}");
    let (status, away) = read(&door, &format!("{resources}/systems")).await;
    assert_eq!((status, &away["status"]), (502, &json!(502)), "{away}");
    let logs = format!("{resources}/logs?portfolo=x");
    let (status, answer) = read(&door, &logs).await;
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("\"portfolo\""));
}

#[tokio::test]
async fn other_routes_methods_and_sizes_are_refused_in_grafanas_shape() {
    let door = door(None);
    for (method, path, status) in [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/live/ginkgo/x", 404),
        ("GET", "/api/ds/query", 405),
        ("POST", "/api/datasources/uid/ginkgo", 405),
    ] {
        let (answered, text) = send(&door, method, path, "").await;
        assert_eq!(answered, status, "{method} {path}: {text}");
        let json: Value = serde_json::from_str(&text).unwrap();
        assert!(json["message"].is_string(), "{text}");
    }
    let large = vec![b' '; MOST_BODY_BYTES + 1];
    let (status, _) = send(&door, "POST", "/api/ds/query", large).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn another_page_is_refused_wherever_it_asks() {
    let door = door(None);
    for (path, name, value) in [
        ("/api/ds/query", "origin", "http://evil.example"),
        (
            "/api/datasources/uid/ginkgo",
            "origin",
            "http://evil.example",
        ),
        (
            "/api/datasources/uid/ginkgo",
            "sec-fetch-site",
            "cross-site",
        ),
        ("/", "host", "evil.example"),
    ] {
        let request = Request::builder().method("POST").uri(path);
        let request = request.header("host", HOST).body(Body::empty()).unwrap();
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(name, value.parse().unwrap());
        let request = Request::from_parts(parts, body);
        let response = door.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path} {name}");
    }
}

#[tokio::test]
async fn the_pages_files_are_served_and_none_beside_them() {
    let root = std::env::temp_dir().join(format!("ginkgo-door-{}", std::process::id()));
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("secret.txt", "secret");
    write("img/logo.svg", "<svg/>");
    write("frontend/workbench/index.html", "source");
    let page = Page::of(root.join("frontend")).unwrap();
    let door = door(Some(&page));
    let (status, text) = send(&door, "GET", "/", "").await;
    assert!(status == 404 && text.contains("frontend.sh"), "{text}");
    assert!(!page.is_built());

    // Built meanwhile.
    write("frontend/workbench/dist/index.html", "<html>");
    write("frontend/dist/module.js", "define()");
    assert!(page.is_built());
    let plugin = "/public/plugins/ginkgo-loki-datasource";
    for (path, text) in [
        ("/".to_owned(), "<html>"),
        ("/?query={}".to_owned(), "<html>"),
        (format!("{plugin}/module.js"), "define()"),
        (format!("{plugin}/img/logo.svg"), "<svg/>"),
    ] {
        assert_eq!(send(&door, "GET", &path, "").await, (200, text.to_owned()));
    }
    for path in [
        "/secret.txt",
        "/../../secret.txt",
        "/%2e%2e/%2e%2e/secret.txt",
        "/..%2f..%2f..%2fsecret.txt",
        "/public/plugins/ginkgo-loki-datasource/../../secret.txt",
        "/public/plugins/ginkgo-loki-datasource/%2e%2e/%2e%2e/secret.txt",
        "/public/plugins/ginkgo-loki-datasource/img/..%2fsecret.txt",
        "/public/plugins/ginkgo-loki-datasource/img/%2e%2e/secret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/%00",
    ] {
        let (status, text) = send(&door, "GET", path, "").await;
        assert!(status >= 400 && text != "secret", "{path}: {status} {text}");
    }
    std::fs::remove_dir_all(root).unwrap();
}

#[tokio::test]
async fn a_door_closes_while_connections_are_open() {
    let door = Door::open(0, RawSettings::default(), None).await.unwrap();
    let address = door.address;
    let taken = Door::open(address.port(), RawSettings::default(), None).await;
    assert!(taken.is_err());
    let open = tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::time::timeout(4 * GRACE, door.close()).await.unwrap();
    drop(open);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

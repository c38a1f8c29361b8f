//! The plugin under Grafana's own plugin client.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::process::{Process, script};
use super::{Response, get, send};

/// A running host with its plugin.
pub struct Host {
    /// Its address.
    pub url: String,
    /// The file with the plugin's log, one JSON object a line.
    pub log: PathBuf,
    process: Process,
}

impl Host {
    /// Starts a host with the plugin of this build; `environment` is the plugin's, as `KEY=VALUE`.
    pub fn start(environment: &[&str]) -> Self {
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin.log");
        let _ = std::fs::remove_file(&log);
        Self::start_logging(environment, &log)
    }

    /// Likewise, with the plugin's log in a file of its own.
    pub fn start_logging(environment: &[&str], log: &Path) -> Self {
        Self::start_plugin(
            Path::new(env!("CARGO_BIN_EXE_gpx_ginkgo")),
            environment,
            log,
        )
    }

    /// Likewise, with a plugin from elsewhere.
    pub fn start_plugin(plugin: &Path, environment: &[&str], log: &Path) -> Self {
        static PROGRAM: OnceLock<String> = OnceLock::new();
        let program = PROGRAM.get_or_init(|| script("host.sh", &["path"]));
        let mut command = Command::new(program);
        command.arg("--plugin").arg(plugin).arg("--until-eof");
        command.arg("--plugin-log").arg(log);
        for pair in environment {
            command.args(["--env", pair]);
        }
        let process = Process::start(&mut command);
        Self {
            url: process.first_line.clone(),
            log: log.to_owned(),
            process,
        }
    }

    /// Kills the host itself (SIGKILL), not its plugin.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Ends it, and its plugin.
    pub fn end(&mut self) {
        self.process.end();
    }

    /// Registers or changes a data source: `{url, basicAuth, basicAuthUser, jsonData, secureJsonData}`.
    pub fn put_data_source(&self, uid: &str, settings: &Value) {
        let url = format!("{}/api/datasources/uid/{uid}", self.url);
        let response = send("PUT", &url, &[], settings);
        assert!(response.status < 300, "{response:?}");
    }

    /// Sends queries to a data source as Grafana would; every frame is checked by Grafana's rules.
    pub fn query(&self, uid: &str, from_ns: i64, to_ns: i64, queries: &[Value]) -> Response {
        self.query_with(uid, from_ns, to_ns, queries, &[])
    }

    /// Likewise, with request headers.
    pub fn query_with(
        &self,
        uid: &str,
        from_ns: i64,
        to_ns: i64,
        queries: &[Value],
        headers: &[(&str, &str)],
    ) -> Response {
        let mut queries = queries.to_vec();
        for (index, query) in queries.iter_mut().enumerate() {
            query["datasource"] = json!({ "uid": uid });
            if query.get("refId").is_none() {
                query["refId"] = json!(format!("Q{index}"));
            }
        }
        let instant = |nanoseconds: i64| {
            let timestamp = jiff::Timestamp::from_nanosecond(i128::from(nanoseconds));
            timestamp.expect("in range").to_string()
        };
        let body = json!({ "from": instant(from_ns), "to": instant(to_ns), "queries": queries });
        send(
            "POST",
            &format!("{}/api/ds/query?check=1", self.url),
            headers,
            &body,
        )
    }

    /// Asks for the health of a data source.
    pub fn health(&self, uid: &str) -> Response {
        get(
            &format!("{}/api/datasources/uid/{uid}/health", self.url),
            &[],
        )
    }

    /// Reads a resource.
    pub fn resource(&self, uid: &str, path: &str) -> Response {
        get(&self.resource_url(uid, path), &[])
    }

    /// Sends JSON to a resource.
    pub fn post_resource(&self, uid: &str, path: &str, body: &Value) -> Response {
        send("POST", &self.resource_url(uid, path), &[], body)
    }

    fn resource_url(&self, uid: &str, path: &str) -> String {
        format!("{}/api/datasources/uid/{uid}/resources/{path}", self.url)
    }
}

//! `pluginv2.Resource`: the questions that are no queries, over HTTP-like requests.
//!
//! Every answer is a JSON object. An error is `{"error": text, "status": number}`; only `logs`, which
//! programs read, answers `{"message": text, "logs": []}` with 503 when Loki is away, so that a caller
//! that looks for `logs` finds an empty list.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use grafana_plugin_sdk::pluginv2::resource_server::Resource;
use grafana_plugin_sdk::pluginv2::{CallResourceRequest, CallResourceResponse, StringList};
use serde_json::{Map, Value, json};
use tonic::codegen::tokio_stream::{self, Stream};
use tonic::{Request, Response, Status};

use super::admission::Kind;
use super::failure::Failure;
use super::routes::{self, Rejected, Route};
use super::stop::Stopping;
use super::{Plugin, contain, context, moment};
use crate::ask::{Caller, LogsPage, Scope};

/// The service.
pub struct ResourceService(pub Arc<Plugin>);

type ResponseStream = Pin<Box<dyn Stream<Item = Result<CallResourceResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Resource for ResourceService {
    type CallResourceStream = ResponseStream;

    async fn call_resource(
        &self,
        request: Request<CallResourceRequest>,
    ) -> Result<Response<Self::CallResourceStream>, Status> {
        let response = answer_resource(&self.0, request.into_inner()).await?;
        Ok(Response::new(Box::pin(tokio_stream::iter(
            response.map(Ok),
        ))))
    }
}

/// Answers a resource with messages, unless the plugin is stopping: the first has status and headers, each
/// one a part of the body.
async fn answer_resource(
    plugin: &Arc<Plugin>,
    request: CallResourceRequest,
) -> Result<Messages, Stopping> {
    let reply = Box::pin(plugin.stop.or(reply(plugin, request))).await?;
    Ok(reply.into_messages())
}

/// Answers a resource with one message, unless the plugin is stopping.
pub async fn call_resource(
    plugin: &Arc<Plugin>,
    request: CallResourceRequest,
) -> Result<CallResourceResponse, Stopping> {
    let mut messages = answer_resource(plugin, request).await?;
    let mut message = messages.next().unwrap_or_default();
    let mut body = message.body.to_vec();
    for part in messages {
        body.extend_from_slice(&part.body);
    }
    message.body = body.into();
    Ok(message)
}

/// The messages of one answer, made as they are sent.
struct Messages {
    head: Option<CallResourceResponse>,
    body: Body,
}

impl Iterator for Messages {
    type Item = CallResourceResponse;

    fn next(&mut self) -> Option<CallResourceResponse> {
        let part = match &mut self.body {
            Body::Parts(parts) => parts.next(),
            Body::Json(text) => text.take(),
        };
        let message = self.head.take();
        if message.is_none() && part.is_none() {
            return None;
        }
        let mut message = message.unwrap_or_default();
        message.body = part.unwrap_or_default().into();
        Some(message)
    }
}

/// What an answer says.
#[derive(Debug)]
enum Body {
    /// A JSON object, until it is sent.
    Json(Option<String>),
    /// Lines, written part by part.
    Parts(Box<LogsPage>),
}

/// An answer before it becomes the protocol's messages.
#[derive(Debug)]
struct Reply {
    status: u16,
    body: Body,
    allow: Option<&'static str>,
}

impl Reply {
    fn error(status: u16, message: &str) -> Self {
        Self {
            status,
            body: written(&json!({"error": message, "status": status})),
            allow: None,
        }
    }

    fn rejected(rejected: &Rejected) -> Self {
        Self {
            allow: rejected.allow,
            ..Self::error(rejected.status, &rejected.message)
        }
    }

    fn failed(route: Option<Route>, failure: &Failure) -> Self {
        if route == Some(Route::Logs) && failure.is_unavailable() {
            return Self {
                status: 503,
                body: written(&json!({"message": failure.message, "logs": []})),
                allow: None,
            };
        }
        // Grafana's front end takes a 401 of a resource for the end of its own session.
        let status = if failure.status == 401 {
            502
        } else {
            failure.status
        };
        Self::error(status, &failure.message)
    }

    fn into_messages(self) -> Messages {
        let list = |value: &str| StringList {
            values: vec![value.to_owned()],
        };
        let mut headers = HashMap::from([("Content-Type".to_owned(), list("application/json"))]);
        if let Some(allow) = self.allow {
            headers.insert("Allow".to_owned(), list(allow));
        }
        let head = CallResourceResponse {
            code: i32::from(self.status),
            headers,
            ..CallResourceResponse::default()
        };
        Messages {
            head: Some(head),
            body: self.body,
        }
    }
}

/// Writes a body.
fn written(body: &Value) -> Body {
    Body::Json(Some(body.to_string()))
}

async fn reply(plugin: &Arc<Plugin>, call: CallResourceRequest) -> Reply {
    let start = Instant::now();
    let route = Route::find(&call.path);
    let label = route.map_or("unknown", Route::path);
    let outcome = match plugin.admit(call.plugin_context.as_ref(), Kind::Question) {
        Ok(_admitted) => {
            // Reading and writing JSON is work too.
            let work = work(Arc::clone(plugin), call);
            contain::one(&plugin.work, work).await
        }
        Err(failure) => Ok(Err(failure)),
    };
    let reply = match outcome.unwrap_or_else(|_| Err(Failure::panicked())) {
        Ok(reply) => reply,
        Err(failure) => {
            failure.log(label, start.elapsed().as_millis() as u64);
            Reply::failed(route, &failure)
        }
    };
    plugin.metrics.resource(label, reply.status);
    reply
}

/// Answers a request that is understood.
async fn work(plugin: Arc<Plugin>, call: CallResourceRequest) -> Result<Reply, Failure> {
    let read = routes::read(&call.method, &call.path, &call.url, &call.body);
    let (route, request) = match read {
        Ok(read) => read,
        Err(rejected) => return Ok(Reply::rejected(&rejected)),
    };
    let body = answer(&plugin, route, request, call).await?;
    Ok(Reply {
        status: 200,
        body,
        allow: None,
    })
}

async fn answer(
    plugin: &Plugin,
    route: Route,
    request: Map<String, Value>,
    call: CallResourceRequest,
) -> Result<Body, Failure> {
    let data_source = plugin.data_source(call.plugin_context.as_ref())?;
    let caller = context::resource_caller(call.plugin_context.as_ref(), &call.headers)?;
    let scope = scope(&request, caller)?;
    let answer = match route {
        Route::Systems => data_source.systems(&scope).await?,
        Route::Fields => data_source.fields(&Value::Object(request), &scope).await?,
        Route::Explain => {
            let with_cost = truth(&request, "cost")?;
            let query = query(request);
            let explanation = data_source.explain(&query, &scope, with_cost).await?;
            serde_json::to_value(explanation).map_err(|error| {
                Failure::fault("the explanation could not be encoded", error.to_string())
            })?
        }
        Route::Values => data_source.values(&Value::Object(request), &scope).await?,
        Route::Logs => {
            let page = data_source.logs(&Value::Object(request), &scope).await?;
            return Ok(Body::Parts(Box::new(page)));
        }
    };
    Ok(written(&answer))
}

/// Takes the query of an `explain` body: its `query`, or the body itself.
fn query(mut body: Map<String, Value>) -> Value {
    match body.remove("query") {
        Some(query) => query,
        None => Value::Object(body),
    }
}

/// Reads a truth; false where it is missing.
fn truth(request: &Map<String, Value>, key: &str) -> Result<bool, Failure> {
    match request.get(key) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(truth)) => Ok(*truth),
        Some(other) => Err(Failure::bad_request(format!(
            "{key} {other} is not valid: use true or false"
        ))),
    }
}

/// Reads range and resolution: `from`, `to`, and `intervalMs`, `maxDataPoints` as query models have them.
fn scope(request: &Map<String, Value>, caller: Caller) -> Result<Scope, Failure> {
    let range = moment::range(request.get("from"), request.get("to"), moment::now_ns());
    let (from_ns, to_ns) = context::in_order(range.map_err(Failure::bad_request)?)?;
    let number = |name: &str| request.get(name).and_then(Value::as_i64).unwrap_or(0);
    Ok(Scope {
        from_ns,
        to_ns,
        interval: context::interval(number("intervalMs")),
        max_data_points: context::max_data_points(number("maxDataPoints")),
        caller,
    })
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Handle;

    use super::*;

    fn unavailable() -> Failure {
        Failure {
            status: 502,
            ..Failure::bad_request("Loki cannot be reached")
        }
    }

    /// Returns status and body as whoever asked sees them.
    fn said(reply: Reply) -> (i32, Value) {
        let messages: Vec<_> = reply.into_messages().collect();
        let [message] = &messages[..] else {
            panic!("{messages:?}");
        };
        (message.code, serde_json::from_slice(&message.body).unwrap())
    }

    #[test]
    fn logs_answer_an_empty_list_when_loki_is_away() {
        let reply = Reply::failed(Some(Route::Logs), &unavailable());
        let body = json!({"message": "Loki cannot be reached", "logs": []});
        assert_eq!(said(reply), (503, body));
        let other = Reply::failed(Some(Route::Systems), &unavailable());
        let body = json!({"error": "Loki cannot be reached", "status": 502});
        assert_eq!(said(other), (502, body));
        let refused = Reply::failed(Some(Route::Logs), &Failure::bad_request("no"));
        assert_eq!(refused.status, 400);
    }

    #[test]
    fn an_explained_query_may_be_wrapped_or_bare() {
        let wrapped = json!({"query": {"ids": ["a"]}, "from": 0});
        let bare = json!({"ids": ["a"]});
        for body in [wrapped, bare] {
            let body = body.as_object().unwrap().clone();
            assert_eq!(query(body), json!({"ids": ["a"]}));
        }
    }

    #[tokio::test]
    async fn replies_are_json_with_a_status_and_are_counted() {
        let plugin = Arc::new(Plugin::new(Handle::current()).unwrap());
        for (path, method, code) in [
            ("systems", "GET", 400),
            ("systems", "DELETE", 405),
            ("nothing", "GET", 404),
        ] {
            let call = CallResourceRequest {
                path: path.to_owned(),
                method: method.to_owned(),
                ..CallResourceRequest::default()
            };
            let message = call_resource(&plugin, call).await.unwrap();
            assert_eq!(message.code, code);
            assert_eq!(message.headers["Content-Type"].values, ["application/json"]);
            assert_eq!(message.headers.contains_key("Allow"), code == 405);
            let body: Value = serde_json::from_slice(&message.body).unwrap();
            assert_eq!(body["status"], code);
            assert!(body["error"].is_string());
        }
        let text = String::from_utf8(plugin.metrics.text().unwrap()).unwrap();
        assert!(text.contains("{route=\"systems\",status=\"405\"} 1"));
        assert!(text.contains("{route=\"unknown\",status=\"404\"} 1"));
    }
}

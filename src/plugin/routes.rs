//! The resource routes, and how a request for one is read (pure).

use serde_json::{Map, Value};

/// The largest body that is read.
pub const MOST_BODY_BYTES: usize = 1024 * 1024;

/// A resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The systems that have streams, with their fields.
    Systems,
    /// The fields of a system.
    Fields,
    /// The values of a field.
    Values,
    /// A query as LogQL, with the reason of each part.
    Explain,
    /// Log lines for a program.
    Logs,
}

/// Every route, in the order in which an error lists them.
const ROUTES: [Route; 5] = [
    Route::Systems,
    Route::Fields,
    Route::Values,
    Route::Explain,
    Route::Logs,
];

impl Route {
    /// Answers the path, which is also the label in the metrics.
    pub fn path(self) -> &'static str {
        match self {
            Self::Systems => "systems",
            Self::Fields => "fields",
            Self::Values => "values",
            Self::Explain => "explain",
            Self::Logs => "logs",
        }
    }

    /// Answers the allowed methods as the `Allow` header has them.
    fn methods(self) -> &'static str {
        match self {
            Self::Systems => "GET",
            Self::Explain | Self::Values => "POST",
            Self::Fields | Self::Logs => "GET, POST",
        }
    }

    /// Answers the query parameters that a GET may have.
    ///
    /// Others are errors: a filter with a typing mistake must not mean everything.
    fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Systems => &["from", "to"],
            Self::Fields => &["system", "from", "to"],
            Self::Explain | Self::Values => &[],
            Self::Logs => &[
                "portfolio",
                "strategy",
                "run",
                "trace",
                "level",
                "system",
                "search",
                "limit",
                "direction",
                "from",
                "to",
                "cursor",
                "offset",
            ],
        }
    }

    /// Finds the route of a path, with or without slashes around it.
    pub fn find(path: &str) -> Option<Self> {
        let path = path.trim_matches('/');
        ROUTES.into_iter().find(|route| route.path() == path)
    }
}

/// Why a request was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The HTTP status.
    pub status: u16,
    /// The sentence for the caller.
    pub message: String,
    /// The methods that are allowed, when it was the method.
    pub allow: Option<&'static str>,
}

impl Rejected {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            allow: None,
        }
    }
}

/// Reads a request: the parameters of a GET or the body of a POST, as a JSON object.
///
/// # Errors
/// 404 for no such path (it lists the routes), 405 for the method, 413 for a large body, 400 for a
/// body that is no JSON object and for parameters that are unknown or repeated.
pub fn read(
    method: &str,
    path: &str,
    url: &str,
    body: &[u8],
) -> Result<(Route, Map<String, Value>), Rejected> {
    let Some(route) = Route::find(path) else {
        let routes = ROUTES.map(|route| format!("{} ({})", route.path(), route.methods()));
        let message = format!("no such resource; there are {}", routes.join(", "));
        return Err(Rejected::new(404, message));
    };
    let methods = route.methods();
    if !methods.split(", ").any(|allowed| allowed == method) {
        let message = format!("{} answers {methods} only", route.path());
        let allow = Some(methods);
        return Err(Rejected {
            allow,
            ..Rejected::new(405, message)
        });
    }
    let request = if method == "GET" {
        parameters(route, url)?
    } else {
        object(body)?
    };
    Ok((route, request))
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Rejected> {
    if body.len() > MOST_BODY_BYTES {
        let message = format!("the body is larger than {MOST_BODY_BYTES} bytes");
        return Err(Rejected::new(413, message));
    }
    serde_json::from_slice(body)
        .map_err(|error| Rejected::new(400, format!("the body is not a JSON object: {error}")))
}

fn parameters(route: Route, url: &str) -> Result<Map<String, Value>, Rejected> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let mut request = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !route.parameters().contains(&name.as_ref()) {
            let known = route.parameters().join(", ");
            let message = format!(
                "unknown parameter \"{name}\"; {} takes {known}",
                route.path()
            );
            return Err(Rejected::new(400, message));
        }
        let value = Value::String(value.into_owned());
        if request.insert(name.clone().into_owned(), value).is_some() {
            let message = format!("the parameter \"{name}\" is given more than once");
            return Err(Rejected::new(400, message));
        }
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_are_routed_by_path_and_method() {
        for (name, method, path, expected) in [
            ("plain", "GET", "systems", Ok(Route::Systems)),
            ("slashes", "GET", "/fields/", Ok(Route::Fields)),
            ("logs by GET", "GET", "logs", Ok(Route::Logs)),
            ("logs by POST", "POST", "logs", Ok(Route::Logs)),
            ("explain", "POST", "explain", Ok(Route::Explain)),
            ("values", "POST", "values", Ok(Route::Values)),
            ("fields by POST", "POST", "fields", Ok(Route::Fields)),
            ("wrong method", "POST", "systems", Err(405)),
            ("explain by GET", "GET", "explain", Err(405)),
            ("lower-case method", "get", "systems", Err(405)),
            ("unknown", "GET", "nothing", Err(404)),
            ("root", "GET", "", Err(404)),
            ("below a route", "GET", "systems/x", Err(404)),
        ] {
            let route = read(method, path, path, b"{}");
            let route = route.map(|(route, _)| route).map_err(|error| error.status);
            assert_eq!(route, expected, "{name}");
        }
    }

    #[test]
    fn rejections_say_what_is_there() {
        let unknown = read("GET", "x", "x", b"").unwrap_err();
        let routes =
            "systems (GET), fields (GET, POST), values (POST), explain (POST), logs (GET, POST)";
        assert!(unknown.message.ends_with(routes), "{}", unknown.message);
        let method = read("PUT", "logs", "logs", b"").unwrap_err();
        assert_eq!(method.allow, Some("GET, POST"));
        let parameter = read("GET", "logs", "logs?portfolo=a", b"").unwrap_err();
        assert!(parameter.message.contains("\"portfolo\""));
        assert!(parameter.message.contains("portfolio, strategy"));
        let twice = read("GET", "logs", "logs?trace=a&trace=b", b"").unwrap_err();
        assert_eq!(twice.status, 400);
    }

    #[test]
    fn parameters_are_decoded() {
        let url = "logs?search=a%26b+c%C3%A9&limit=5#top";
        let (_, request) = read("GET", "logs", url, b"").unwrap();
        let expected = json!({"search": "a&b cé", "limit": "5"});
        assert_eq!(Value::Object(request), expected);
    }

    #[test]
    fn bodies_are_bounded_objects() {
        let status = |body: &[u8]| read("POST", "logs", "logs", body).map_err(|e| e.status);
        assert!(status(b"{}").is_ok());
        for bad in [&b""[..], b"[]", b"{", b"\xff", b"null"] {
            assert_eq!(status(bad), Err(400));
        }
        let mut large = b"{}".to_vec();
        large.resize(MOST_BODY_BYTES + 1, b' ');
        assert_eq!(status(&large), Err(413));
    }
}

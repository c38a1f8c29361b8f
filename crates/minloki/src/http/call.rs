//! A request, read: its tenant and its parameters.

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};

use super::params::Params;
use super::reply;
use crate::options::Options;
use crate::query::Fault;

/// The tenant of whoever names none.
const NOBODY: &str = "fake";
/// The most characters of a tenant's name.
const LONGEST_TENANT: usize = 150;

/// A request that asks.
#[derive(Debug)]
pub struct Call {
    /// The tenant.
    pub tenant: String,
    /// Its parameters.
    pub params: Params,
    /// Whether labels are told apart by where they come from.
    pub categorize: bool,
}

/// A request that cannot be read, as an answer.
pub struct Unread(Box<Response>);

impl Unread {
    fn new(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Fault> for Unread {
    fn from(fault: Fault) -> Self {
        Self::new(fault.into_response())
    }
}

impl Call {
    /// Reads a request: a form in its body comes before its address.
    ///
    /// # Errors
    /// No tenant where one is needed, an escape that is none, a body that is too large.
    pub async fn read(request: Request, options: &Options) -> Result<Self, Unread> {
        let tenant = asking_tenant(request.headers(), options.auth_enabled)?;
        let call = Self::read_any(request, options).await?;
        Ok(Self { tenant, ..call })
    }

    /// Reads a request that needs no tenant.
    ///
    /// # Errors
    /// An escape that is none, a body that is too large.
    pub async fn read_any(request: Request, options: &Options) -> Result<Self, Unread> {
        let (head, body) = request.into_parts();
        let mut params = Params::default();
        let kind = header(&head.headers, CONTENT_TYPE.as_str());
        if head.method == Method::POST && kind.starts_with("application/x-www-form-urlencoded") {
            let body = body_of(body, options.body_bytes).await?;
            params.read(&String::from_utf8_lossy(&body))?;
        }
        params.read(head.uri.query().unwrap_or_default())?;
        let flags = header(&head.headers, "x-loki-response-encoding-flags");
        Ok(Self {
            tenant: NOBODY.to_owned(),
            params,
            categorize: flags
                .split(',')
                .any(|flag| flag.trim() == "categorize-labels"),
        })
    }
}

/// A request that writes: its tenant and its body.
///
/// # Errors
/// No tenant where one is needed; a body that is too large or in an encoding that is not supported.
pub async fn read_push(request: Request, options: &Options) -> Result<(String, Bytes), Unread> {
    let (head, body) = request.into_parts();
    let tenant = if options.auth_enabled {
        tenant(&head.headers).map_err(|problem| {
            let status = if problem == NoTenant::Unnamed {
                401
            } else {
                400
            };
            Unread::new(reply::text(status, problem.words() + "\n"))
        })?
    } else {
        NOBODY.to_owned()
    };
    let encoding = header(&head.headers, CONTENT_ENCODING.as_str());
    if !["", "identity"].contains(&encoding) {
        // gzip is undone before.
        let words = format!("Content-Encoding \"{encoding}\" not supported\n");
        return Err(Unread::new(reply::text(400, words)));
    }
    let kind = header(&head.headers, CONTENT_TYPE.as_str());
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind != "application/json" {
        let words = format!(
            "not in the embedded Loki: pushes of the content type \"{kind}\"; send application/json\n"
        );
        return Err(Unread::new(reply::text(400, words)));
    }
    let body = body_of(body, options.body_bytes).await?;
    Ok((tenant, body))
}

/// Returns the tenant of a request that asks.
fn asking_tenant(headers: &HeaderMap, is_needed: bool) -> Result<String, Unread> {
    let named = if is_needed {
        tenant(headers)
    } else {
        Ok(NOBODY.to_owned())
    };
    named.map_err(|problem| {
        Unread::new(match problem {
            NoTenant::Unnamed => reply::text(401, problem.words() + "\n"),
            // What a querier cannot do is its own failure.
            NoTenant::Several => reply::text(500, problem.words()),
            NoTenant::Wrong(words) => reply::text(400, words),
        })
    })
}

/// Why a request has no tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoTenant {
    /// It names none.
    Unnamed,
    /// It names more than one.
    Several,
    /// It names one that cannot be.
    Wrong(String),
}

impl NoTenant {
    /// Loki's words.
    pub fn words(&self) -> String {
        match self {
            Self::Unnamed => "no org id".to_owned(),
            Self::Several => "multiple org IDs present".to_owned(),
            Self::Wrong(words) => words.clone(),
        }
    }
}

/// Returns the tenant that a request names.
///
/// # Errors
/// It names none, several, or one that cannot be.
pub fn tenant(headers: &HeaderMap) -> Result<String, NoTenant> {
    let name = header(headers, "x-scope-orgid");
    let wrong = |words: String| NoTenant::Wrong(words);
    if name.is_empty() {
        return Err(NoTenant::Unnamed);
    }
    if name.contains('|') {
        return Err(NoTenant::Several);
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "!-_.*'()".contains(c);
    if let Some(character) = name.chars().find(|c| !is_allowed(*c)) {
        let words = format!("tenant ID '{name}' contains unsupported character '{character}'");
        return Err(wrong(words));
    }
    if name.len() > LONGEST_TENANT {
        let words = format!("tenant ID is too long: max {LONGEST_TENANT} characters");
        return Err(wrong(words));
    }
    if [".", ".."].contains(&name) {
        return Err(wrong("tenant ID is '.' or '..'".to_owned()));
    }
    Ok(name.to_owned())
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

async fn body_of(body: axum::body::Body, most: usize) -> Result<Bytes, Unread> {
    axum::body::to_bytes(body, most).await.map_err(|error| {
        let problem = error.to_string();
        let is_large = problem.contains("length limit");
        Unread::new(if is_large {
            reply::text(
                413,
                format!("request body too large: the limit is {most} bytes\n"),
            )
        } else {
            reply::text(400, "unexpected EOF\n")
        })
    })
}

//! Whom the door answers: programs of this machine and its own page, but no other page in the user's browser.
//!
//! A page from elsewhere could otherwise ask through the browser: with a host name of its own that resolves to
//! 127.0.0.1 (DNS rebinding), or by posting to the door's address (cross-site request forgery). So the name
//! that was asked for has to be this machine's, an `Origin` has to be the door's own, and `/api` answers no
//! request that the browser says another site made (`Sec-Fetch-Site`).

use axum::extract::Request;
use axum::http::header::{HOST, HeaderName, HeaderValue, ORIGIN};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::reply::Refused;

/// The names of this machine for itself; a port may follow, any one, since ports are forwarded.
const OWN_NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what another page asks; what is answered may stand in no other page.
pub async fn own_page_only(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api");
    let mut response = match check(request.headers(), is_api) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    };
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-cache"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

fn check(headers: &HeaderMap, is_api: bool) -> Result<(), Refused> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(&HOST).unwrap_or_default();
    let is_own = |name: &&str| name_of(host).eq_ignore_ascii_case(name);
    if !OWN_NAMES.iter().any(is_own) {
        return Err(Refused::forbidden(format!(
            "the host {host:?} is not answered: ask for localhost or 127.0.0.1"
        )));
    }
    if let Some(origin) = headers.get(ORIGIN) {
        let own = format!("http://{host}");
        if !origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()) {
            return Err(Refused::forbidden("a page from elsewhere is not answered"));
        }
    }
    let site = text(&SEC_FETCH_SITE).unwrap_or("none");
    if is_api && !matches!(site, "same-origin" | "none") {
        return Err(Refused::forbidden("a page from elsewhere is not answered"));
    }
    Ok(())
}

/// The name in `NAME` or `NAME:PORT`.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(is_api: bool, pairs: &[(&'static str, &'static str)]) -> bool {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        check(&pairs.collect(), is_api).is_err()
    }

    #[test]
    fn only_this_machines_names_are_answered() {
        for host in [
            "127.0.0.1:3000",
            "localhost",
            "LOCALHOST:1",
            "[::1]:8080",
            "localhost:8080",
        ] {
            assert!(!refuses(true, &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:3000",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "localhost:80:80",
            "localhost@evil.example",
            "0.0.0.0:3000",
            "",
        ] {
            assert!(refuses(true, &[("host", host)]), "{host}");
            assert!(refuses(false, &[("host", host)]), "{host}: files too");
        }
        assert!(refuses(true, &[]), "no host at all");
    }

    #[test]
    fn an_origin_has_to_be_the_doors_own() {
        let with = |origin| [("host", "localhost:3000"), ("origin", origin)];
        assert!(!refuses(true, &with("http://localhost:3000")));
        for origin in [
            "http://localhost:3001",
            "http://127.0.0.1:3000",
            "https://localhost:3000",
            "http://evil.example",
            "null",
            "",
        ] {
            assert!(refuses(true, &with(origin)), "{origin}");
        }
    }

    #[test]
    fn the_api_answers_no_other_site_and_links_to_the_page_work() {
        let from = |site| [("host", "localhost:3000"), ("sec-fetch-site", site)];
        for site in ["same-origin", "none"] {
            assert!(!refuses(true, &from(site)), "{site}");
        }
        for site in ["cross-site", "same-site", "anything"] {
            assert!(refuses(true, &from(site)), "{site}");
            assert!(!refuses(false, &from(site)), "{site}: a link to the page");
        }
    }
}

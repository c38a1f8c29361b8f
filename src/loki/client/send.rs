//! One request on its way: place, headers, redirects, status, body.

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode, Url};
use tokio::time::Instant;

use super::clock::Clock;
use super::{Call, Client, address, body, failure, retry};
use crate::loki::error::{Error, Phase, Reason, RedirectFailure, words};
use crate::loki::request::{Method, Request};

/// The most redirects that one request follows.
const MAX_REDIRECTS: usize = 5;

impl Client {
    /// Sends, decodes, and sees to it that no error shows a secret.
    pub(super) async fn ask<T>(
        &self,
        request: &Request,
        call: &Call,
        decode: fn(&[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let body = self.send(request, call).await?;
        decode(&body).map_err(|error| {
            let clean = self.0.scrub.clean(&body, call);
            if clean.as_bytes() == body {
                return error;
            }
            // Decoded again, so that the error quotes the cleaned text.
            decode(clean.as_bytes())
                .err()
                .unwrap_or_else(|| Error::Answer {
                    what: "answer of loki",
                    problem: "its shape is wrong".to_owned(),
                    start: words::start_of(clean.as_bytes()),
                })
        })
    }

    /// Sends a request and returns the body of its answer.
    async fn send(&self, request: &Request, call: &Call) -> Result<Vec<u8>, Error> {
        let clock = Clock::start(self.0.options.timeout, call.deadline);
        let result = self.patiently(request, call, &clock).await;
        let duration_ms = clock.elapsed().as_millis() as u64;
        match &result {
            Ok(body) => {
                tracing::debug!(
                    path = &*request.path(),
                    duration_ms,
                    bytes = body.len(),
                    "loki answered"
                );
            }
            Err(error) => {
                tracing::debug!(path = &*request.path(), duration_ms, %error, "loki request failed");
            }
        }
        result
    }

    /// Sends until there is an answer, a fault that does not pass, or no time or patience left.
    async fn patiently(
        &self,
        request: &Request,
        call: &Call,
        clock: &Clock,
    ) -> Result<Vec<u8>, Error> {
        let inner = &self.0;
        let mut tries = 0;
        let mut last = None;
        loop {
            let place = match clock.limit(Phase::Queue, inner.places.acquire()).await {
                Ok(place) => place.map_err(|error| Error::Internal {
                    problem: error.to_string(),
                })?,
                // What Loki said before says more than a place that did not become free.
                Err(error) => return Err(last.unwrap_or(error)),
            };
            let sent = Instant::now();
            call.under_way.sent();
            let error = match self.attempt(request, call, clock).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            call.under_way.waits();
            // Held until the body is read, since that is when Loki is done with us; whoever waits to
            // try again leaves it to others.
            drop(place);
            tries += 1;
            let error = error.after_tries(tries);
            let first = inner.options.retry_pause;
            let pause = retry::pause(request, &error, tries, sent.elapsed(), first);
            let Some(pause) = pause.filter(|pause| clock.outlasts(*pause)) else {
                return Err(error);
            };
            let pause_ms = pause.as_millis() as u64;
            tracing::debug!(path = &*request.path(), tries, pause_ms, %error, "loki request is sent again");
            tokio::time::sleep(pause).await;
            last = Some(error);
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        call: &Call,
        clock: &Clock,
    ) -> Result<Vec<u8>, Error> {
        let inner = &self.0;
        let headers = inner.fixed.of(request, call);
        let mut url = inner.address.join(&request.path());
        let mut redirects = 0;
        loop {
            let mut response = self.exchange(request, &url, headers.clone(), clock).await?;
            let status = response.status();
            if status.is_success() {
                return body::read(
                    &mut response,
                    inner.options.max_body_bytes,
                    &inner.origin,
                    clock,
                )
                .await;
            }
            if status.is_redirection() {
                url = self.redirected(request, &url, &response, redirects)?;
                redirects += 1;
                continue;
            }
            let retry_after = retry::asked(response.headers());
            let body = body::read_explanation(&mut response, clock).await;
            let words = words::of_error_body(inner.scrub.clean(&body, call).as_bytes());
            let reason = Reason::of(status.as_u16(), &words);
            return Err(Error::Refused {
                status: status.as_u16(),
                reason,
                words,
                retry_after,
                tries: 1,
            });
        }
    }

    /// Sends to one URL and waits for the head of the answer.
    async fn exchange(
        &self,
        request: &Request,
        url: &Url,
        headers: HeaderMap,
        clock: &Clock,
    ) -> Result<Response, Error> {
        let wire = self.0.address.on_the_wire(url)?;
        let outgoing = match request.method() {
            Method::Get => self.0.http.get(wire),
            Method::Post => self.0.http.post(wire).form(&request.form()),
            Method::PostJson => self
                .0
                .http
                .post(wire)
                .header(CONTENT_TYPE, "application/json")
                .body(request.json().to_owned()),
        };
        clock
            .limit(Phase::Answer, outgoing.headers(headers).send())
            .await?
            .map_err(|error| failure::from_reqwest(error, &self.0.origin, Phase::Answer))
    }

    /// Where a redirect leads, if it may be followed after `redirects` others.
    fn redirected(
        &self,
        request: &Request,
        from: &Url,
        response: &Response,
        redirects: usize,
    ) -> Result<Url, Error> {
        let status = response.status();
        let refuse = |failure, to| {
            Err(Error::Redirect {
                status: status.as_u16(),
                failure,
                to,
            })
        };
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let Some(mut target) = location.and_then(|location| from.join(location).ok()) else {
            return refuse(RedirectFailure::Nowhere, String::new());
        };
        // The HTTP library would make credentials of it that nobody configured.
        if target
            .set_username("")
            .and_then(|()| target.set_password(None))
            .is_err()
        {
            return refuse(RedirectFailure::Nowhere, String::new());
        }
        let to = address::origin_of(&target);
        if !self.0.address.is_origin_of(&target) {
            return refuse(RedirectFailure::OtherOrigin, to);
        }
        if redirects == MAX_REDIRECTS {
            return refuse(RedirectFailure::TooMany, to);
        }
        let keeps_body = matches!(
            status,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        );
        if request.method() == Method::Post && !keeps_body {
            return refuse(RedirectFailure::LosesBody, to);
        }
        Ok(target)
    }
}

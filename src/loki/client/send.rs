//! One request on its way: place, headers, redirects, status, body.

use std::sync::Arc;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode, Url};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::clock::Clock;
use super::flight::Flight;
use super::sharing::{Decoded, Joined, Key};
use super::{Call, Client, address, body, failure, retry};
use crate::capacity::Lease;
use crate::loki::error::{Error, Phase, Reason, RedirectFailure, words};
use crate::loki::request::{Method, Request};

/// The most redirects that one request follows.
const MAX_REDIRECTS: usize = 5;

/// Makes a text of Loki's fit to be shown: without secrets, on one line, not too long.
pub(super) type Clean<'c> = &'c dyn Fn(&mut String);

/// How one kind of answer is read.
#[derive(Clone, Copy)]
pub(super) struct Kind<T> {
    /// Reads the body.
    pub decode: fn(&[u8]) -> Result<T, Error>,
    /// Cleans the texts that are shown.
    pub tidy: fn(&mut T, Clean<'_>),
    /// How many bytes it may become for each byte of the body.
    pub growth: usize,
    /// Keeps the lease of its bytes for as long as it is there.
    pub keep: fn(&mut T, Lease),
}

impl Client {
    /// Asks for something small, of which each asker gets a copy.
    pub(super) async fn list<T: Clone + Send + Sync + 'static>(
        &self,
        request: &Request,
        call: &Call,
        decode: fn(&[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let kind = Kind {
            decode,
            tidy: |_, _| {},
            // A list of the shortest texts, a `String` each.
            growth: 12,
            // Small by the time that it is one.
            keep: |_, _| {},
        };
        let answer = self.ask(request, call, kind).await?;
        Ok(Arc::unwrap_or_clone(answer))
    }

    /// Sends, decodes, and sees to it that neither errors nor what `tidy` cleans show a secret; once for
    /// all who ask the same at the same time.
    pub(super) async fn ask<T: Send + Sync + 'static>(
        &self,
        request: &Request,
        call: &Call,
        kind: Kind<T>,
    ) -> Result<Arc<T>, Error> {
        let asked = Instant::now();
        let clock = Clock::start(self.0.options.timeout, call.deadline, call.since);
        let begin = |flight: Arc<Flight>| {
            let (client, request, call) = (self.clone(), request.clone(), call.clone());
            let work = async move {
                let capacity = &client.0.capacity;
                let question = call.question.clone();
                let mut lease = question
                    .unwrap_or_else(|| capacity.memory.question())
                    .lease();
                let body = client
                    .patiently(&request, &call, &flight, &mut lease)
                    .await?;
                flight.waits_for(Phase::Work);
                let until = Instant::now() + flight.left(body::LONGEST_WAIT);
                let decoded = body.len().saturating_mul(kind.growth);
                lease.reach(body.capacity() + decoded, until).await?;
                let read = || {
                    let mut answer = client.decoded(&body, &call, kind.decode)?;
                    (kind.tidy)(&mut answer, &|text: &mut String| {
                        *text = words::shown(&client.0.scrub.clean(text, &call));
                    });
                    Ok::<T, Error>(answer)
                };
                let mut answer = capacity.compute.run(read).await?;
                drop(body);
                (kind.keep)(&mut answer, lease);
                Ok::<Decoded, Error>(Arc::new(answer))
            };
            work.in_current_span()
        };
        let key = Key::of(request, call);
        let Joined { outcome, flight } = self.0.sharing.join(key, clock.deadline(), begin);
        let outcome = flight.wait(outcome, &clock, &call.under_way).await;
        let duration_ms = asked.elapsed().as_millis() as u64;
        let path = request.path();
        match &outcome {
            Ok(_) => tracing::debug!(path = &*path, duration_ms, "loki answered"),
            Err(error) => {
                tracing::debug!(path = &*path, duration_ms, %error, "loki request failed");
            }
        }
        outcome?.downcast().map_err(|_| Error::Internal {
            problem: format!("an answer of {path} was decoded as another one"),
        })
    }

    fn decoded<T>(
        &self,
        body: &[u8],
        call: &Call,
        decode: fn(&[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let clean = |text: &str| self.0.scrub.clean(text, call);
        decode(body).map_err(|error| match error {
            Error::Answer { what, problem, .. } => Error::Answer {
                what,
                problem: clean(&problem),
                start: words::start_of(clean(&words::head_of(body)).as_bytes()),
            },
            Error::Html { title } => {
                let page = clean(&words::head_of(body));
                let title = words::html_title(page.as_bytes()).unwrap_or_else(|| clean(&title));
                Error::Html { title }
            }
            Error::NotLogs { result_type } => Error::NotLogs {
                result_type: clean(&result_type),
            },
            error => error,
        })
    }

    /// Sends until there is an answer, a fault that does not pass, or no time or patience left.
    async fn patiently(
        &self,
        request: &Request,
        call: &Call,
        flight: &Flight,
        lease: &mut Lease,
    ) -> Result<Vec<u8>, Error> {
        let inner = &self.0;
        let places = if call.is_check {
            &inner.check_places
        } else {
            &inner.places
        };
        loop {
            let place = places.acquire().await;
            let place = place.map_err(|error| Error::Internal {
                problem: error.to_string(),
            })?;
            let sent = flight.is_sent();
            let error = match self.attempt(request, call, flight, lease).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let (error, tries) = flight.failed(error);
            // Held until the body is read, since that is when Loki is done with us; whoever waits to
            // try again leaves it to others.
            drop(place);
            let first = inner.options.retry_pause;
            let pause = retry::pause(request, &error, tries, sent.elapsed(), first);
            let Some(pause) = pause.filter(|pause| flight.outlasts(*pause)) else {
                return Err(error);
            };
            let pause_ms = pause.as_millis() as u64;
            tracing::debug!(path = &*request.path(), tries, pause_ms, %error, "loki request is sent again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        call: &Call,
        flight: &Flight,
        lease: &mut Lease,
    ) -> Result<Vec<u8>, Error> {
        let inner = &self.0;
        let headers = inner.fixed.of(request, call);
        let mut url = inner.address.join(&request.path());
        let mut redirects = 0;
        loop {
            let mut response = self.exchange(request, &url, headers.clone()).await?;
            flight.waits_for(Phase::Body);
            let status = response.status();
            if status.is_success() {
                let most = inner.options.max_body_bytes.min(request.most_bytes());
                return body::read(&mut response, most, &inner.origin, flight, lease).await;
            }
            if status.is_redirection() {
                url = self.redirected(request, &url, &response, redirects)?;
                redirects += 1;
                flight.waits_for(Phase::Answer);
                continue;
            }
            let retry_after = retry::asked(response.headers());
            let body = body::read_explanation(&mut response, flight).await;
            let said = words::said_by(&body);
            // Before the secrets are cut out: one of them may be a word of Loki's.
            let reason = Reason::of(status.as_u16(), &words::shown(&said));
            let words = words::shown(&inner.scrub.clean(&said, call));
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
        outgoing
            .headers(headers)
            .send()
            .await
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
        if request.method() != Method::Get && !keeps_body {
            return refuse(RedirectFailure::LosesBody, to);
        }
        Ok(target)
    }
}

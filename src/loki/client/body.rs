//! Reading the body of an answer, bounded in bytes and time.

use std::time::Duration;

use reqwest::Response;

use tokio::time::timeout;

use super::failure;
use super::flight::Flight;
use crate::loki::error::{Error, Phase};

/// The most bytes of an explanation that are read; a proxy's error page can be long.
const EXPLANATION_BYTES: usize = 64 << 10;
/// The longest wait for an explanation: the status alone already says most.
const EXPLANATION_TIME: Duration = Duration::from_secs(2);

/// Reads a whole body; the limit counts bytes after decompression, so no archive can burst it.
pub(super) async fn read(
    response: &mut Response,
    limit_bytes: usize,
    origin: &str,
) -> Result<Vec<u8>, Error> {
    // Known only for bodies that are not compressed.
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).unwrap_or(usize::MAX) > limit_bytes {
        return Err(Error::TooLarge { limit_bytes });
    }
    // Trusted, since it is within the limit: one allocation instead of twenty copies.
    let mut body = Vec::with_capacity(announced as usize);
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| failure::from_reqwest(error, origin, Phase::Body))?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len().saturating_add(chunk.len()) > limit_bytes {
            return Err(Error::TooLarge { limit_bytes });
        }
        body.extend_from_slice(&chunk);
    }
}

/// Reads what a body with an error status says, as far as it comes.
pub(super) async fn read_explanation(response: &mut Response, flight: &Flight) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        while body.len() < EXPLANATION_BYTES {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                // The status counts, with or without the rest of the words.
                Ok(None) | Err(_) => break,
            }
        }
    };
    let _in_time = timeout(flight.left(EXPLANATION_TIME), reading).await;
    body.truncate(EXPLANATION_BYTES);
    body
}

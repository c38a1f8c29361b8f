//! Reading the body of an answer, bounded in bytes and time.

use std::time::Duration;

use reqwest::Response;

use tokio::time::{Instant, timeout};

use super::failure;
use super::flight::Flight;
use crate::capacity::Lease;
use crate::loki::error::{Error, Phase};

/// The most bytes of an explanation that are read; a proxy's error page can be long.
const EXPLANATION_BYTES: usize = 64 << 10;
/// The longest wait for memory, if nobody who waits for the answer gives up before.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// The longest wait for an explanation: the status alone already says most.
const EXPLANATION_TIME: Duration = Duration::from_secs(2);

/// Reads a whole body, whose room is leased as it comes; the limit counts bytes after decompression, so no
/// archive can burst it.
pub(super) async fn read(
    response: &mut Response,
    limit_bytes: usize,
    origin: &str,
    flight: &Flight,
    lease: &mut Lease,
) -> Result<Vec<u8>, Error> {
    // Known only for bodies that are not compressed.
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).unwrap_or(usize::MAX) > limit_bytes {
        return Err(Error::TooLarge { limit_bytes });
    }
    let mut body = Vec::new();
    // Trusted, since it is within the limit: one allocation instead of twenty copies.
    make_room(&mut body, announced as usize, flight, lease).await?;
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| failure::from_reqwest(error, origin, Phase::Body))?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len().saturating_add(chunk.len()) > limit_bytes {
            return Err(Error::TooLarge { limit_bytes });
        }
        if body.capacity() - body.len() < chunk.len() {
            let more = chunk.len().max(body.len()).min(limit_bytes - body.len());
            make_room(&mut body, more, flight, lease).await?;
        }
        body.extend_from_slice(&chunk);
    }
}

/// Makes room for so many more bytes; while they move both places are held.
async fn make_room(
    body: &mut Vec<u8>,
    more: usize,
    flight: &Flight,
    lease: &mut Lease,
) -> Result<(), Error> {
    let until = Instant::now() + flight.left(LONGEST_WAIT);
    let all = body.len() + more;
    lease.reach(body.capacity() + all, until).await?;
    let reserved = body.try_reserve_exact(more);
    reserved.map_err(|_| Error::TooLarge { limit_bytes: all })?;
    lease.shrink_to(body.capacity());
    Ok(())
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

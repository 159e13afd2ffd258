//! Reads the content of an answer, up to a size, up to a moment, and not too slowly.
//!
//! Knows neither HTTP nor sockets: any body will do. Decoding is in `decoding`.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::decoding::Decoding;
use super::error::FetchError;

/// Content may start as slowly as it likes for this long.
const GRACE: Duration = Duration::from_secs(5);

/// After that it has to have come at this rate, taken from the beginning of the grace.
const MIN_BYTES_PER_SECOND: u32 = 1024;

/// What content has to keep to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// As it comes, and when decoded.
    pub(super) max_bytes: usize,
    /// When all of it has to be there.
    pub(super) deadline: Instant,
}

/// The whole content, decoded as `headers` say.
pub(super) async fn read<B>(
    headers: &HeaderMap,
    body: B,
    limits: Limits,
) -> Result<Bytes, FetchError>
where
    B: Body<Data = Bytes>,
{
    let Limits {
        max_bytes,
        deadline,
    } = limits;
    let too_large = FetchError::TooLarge { max_bytes };
    if usize::try_from(body.size_hint().lower()).map_or(true, |stated| stated > max_bytes) {
        return Err(too_large);
    }
    let mut decoding = Decoding::of(headers, max_bytes)?;
    let start = Instant::now();
    let mut received = 0_usize;
    let mut body = pin!(body);
    loop {
        let by = next_byte_by(start, received).min(deadline);
        let frame = match timeout_at(by, body.frame()).await {
            Err(_) => return Err(FetchError::TooSlow),
            Ok(Some(Err(_))) => return Err(FetchError::Broken),
            Ok(None) => return decoding.finish(),
            Ok(Some(Ok(frame))) => frame,
        };
        if let Ok(piece) = frame.into_data() {
            received += piece.len();
            // What decodes to nothing must not come in for ever either.
            if received > max_bytes {
                return Err(too_large);
            }
            decoding.push(&piece)?;
        }
    }
}

/// When content that has come this far has to go on.
fn next_byte_by(start: Instant, received: usize) -> Instant {
    let received = u32::try_from(received).unwrap_or(u32::MAX);
    start + GRACE + Duration::from_secs(1) * received / MIN_BYTES_PER_SECOND
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::StreamExt;
    use futures_util::stream;
    use http::HeaderMap;
    use http_body::Frame;
    use http_body_util::StreamBody;
    use tokio::time::Instant;

    use super::{FetchError, Limits, read};

    const SECOND: Duration = Duration::from_secs(1);

    /// Reads pieces of `piece` bytes, one each `pause`; `count` of them. Says how long it took.
    async fn trickle(
        piece: usize,
        pause: Duration,
        count: usize,
    ) -> (Result<usize, FetchError>, Duration) {
        let pieces = stream::iter(0..count).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b'x'; piece])))
        });
        let start = Instant::now();
        let limits = Limits {
            max_bytes: 1 << 20,
            deadline: start + 30 * SECOND,
        };
        let content = read(&HeaderMap::new(), StreamBody::new(pieces), limits).await;
        (content.map(|it| it.len()), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_a_second_is_given_up_after_the_grace() {
        let (content, took) = trickle(1, SECOND, 1000).await;
        assert_eq!(content, Err(FetchError::TooSlow));
        assert!(took >= 5 * SECOND && took < 6 * SECOND, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_given_up_after_the_grace() {
        let (content, took) = trickle(1, 1000 * SECOND, 1).await;
        assert_eq!(content, Err(FetchError::TooSlow));
        assert!(took >= 5 * SECOND && took < 6 * SECOND, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_kilobyte_a_second_is_fast_enough() {
        let (content, _) = trickle(1024, SECOND, 20).await;
        assert_eq!(content, Ok(20 << 10));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_fast_enough_still_has_to_end() {
        let (content, took) = trickle(2048, SECOND, 1000).await;
        assert_eq!(content, Err(FetchError::TooSlow));
        assert!(took >= 30 * SECOND && took < 31 * SECOND, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn endless_content_is_cut_at_the_limit() {
        let (content, _) = trickle(64 << 10, Duration::ZERO, usize::MAX).await;
        assert_eq!(content, Err(FetchError::TooLarge { max_bytes: 1 << 20 }));
    }

    #[tokio::test(start_paused = true)]
    async fn content_may_be_as_large_as_the_limit() {
        let (content, _) = trickle(64 << 10, Duration::ZERO, 16).await;
        assert_eq!(content, Ok(1 << 20));
    }
}

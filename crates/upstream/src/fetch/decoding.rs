//! Undoes the one content coding that an answer may have: gzip, brotli or zstd.
//!
//! Bounded in bytes, in how many times content may grow, and in the memory a decoder may
//! ask for. Pure; called by `content` with each piece.

use std::io::{self, Write};

use brotli_decompressor::{BrotliDecoderParameter, DecompressorWriter};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::{HeaderMap, header};
use zstd::stream::raw::DParameter;
use zstd::stream::write::Decoder as ZstdDecoder;

use super::error::FetchError;

/// Content that becomes no larger than this may grow as it likes.
const FREE_GROWTH_BYTES: u64 = 1 << 20;

/// Larger content may become this many times as large as what came.
const MAX_RATIO: u64 = 100;

/// 8 MiB, the most that RFC 9659 lets a zstd content ask for.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// The size of the piece that brotli is decoded into.
const BROTLI_BUFFER_BYTES: usize = 16 << 10;

/// Content on its way through a decoder.
pub(super) enum Decoding {
    Plain(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
    Brotli(Box<DecompressorWriter<Sink>>),
    Zstd(Box<ZstdDecoder<'static, Sink>>),
}

/// Decoded content, and what it is measured against.
pub(super) struct Sink {
    content: Vec<u8>,
    received: u64,
    max_bytes: usize,
    breach: Option<FetchError>,
}

impl Decoding {
    /// The decoder that `headers` ask for.
    pub(super) fn of(headers: &HeaderMap, max_bytes: usize) -> Result<Self, FetchError> {
        let sink = Sink {
            content: Vec::new(),
            received: 0,
            max_bytes,
            breach: None,
        };
        Ok(match coding(headers)?.as_deref() {
            None => Self::Plain(sink),
            Some("gzip" | "x-gzip") => Self::Gzip(Box::new(MultiGzDecoder::new(sink))),
            Some("br") => Self::Brotli(Box::new(brotli(sink))),
            Some("zstd") => {
                let decoder = zstd(sink).map_err(|_| FetchError::UnknownEncoding)?;
                Self::Zstd(Box::new(decoder))
            }
            Some(_) => return Err(FetchError::UnknownEncoding),
        })
    }

    /// Decodes a piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), FetchError> {
        self.sink().received += piece.len() as u64;
        let written = match self {
            Self::Plain(sink) => sink.write_all(piece),
            Self::Gzip(decoder) => decoder.write_all(piece),
            Self::Brotli(decoder) => decoder.write_all(piece),
            Self::Zstd(decoder) => decoder.write_all(piece),
        };
        self.outcome(&written)
    }

    /// All of the content; an error when its end is missing.
    pub(super) fn finish(mut self) -> Result<Bytes, FetchError> {
        let finished = match &mut self {
            Self::Plain(_) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
            Self::Zstd(decoder) => decoder.do_finish(),
        };
        self.outcome(&finished)?;
        let mut content = std::mem::take(&mut self.sink().content);
        content.shrink_to_fit();
        Ok(content.into())
    }

    fn outcome(&mut self, done: &io::Result<()>) -> Result<(), FetchError> {
        match (self.sink().breach.take(), done) {
            (Some(breach), _) => Err(breach),
            (None, Err(_)) => Err(FetchError::Broken),
            (None, Ok(())) => Ok(()),
        }
    }

    fn sink(&mut self) -> &mut Sink {
        match self {
            Self::Plain(sink) => sink,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Brotli(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let size = self.content.len() + piece.len();
        let grown = size as u64;
        self.breach = if size > self.max_bytes {
            Some(FetchError::TooLarge {
                max_bytes: self.max_bytes,
            })
        } else if grown > FREE_GROWTH_BYTES && grown > self.received * MAX_RATIO {
            Some(FetchError::Inflated {
                max_ratio: MAX_RATIO,
            })
        } else {
            self.content.extend_from_slice(piece);
            return Ok(piece.len());
        };
        Err(io::Error::other("the content breaks a limit"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The one coding that is named, in lower case.
fn coding(headers: &HeaderMap) -> Result<Option<String>, FetchError> {
    let mut named = Vec::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let value = value.to_str().map_err(|_| FetchError::UnknownEncoding)?;
        let codings = value.split(',').map(|it| it.trim().to_ascii_lowercase());
        named.extend(codings.filter(|it| !matches!(it.as_str(), "" | "identity")));
    }
    if named.len() > 1 {
        return Err(FetchError::NestedEncoding);
    }
    Ok(named.pop())
}

fn brotli(sink: Sink) -> DecompressorWriter<Sink> {
    let mut decoder = DecompressorWriter::new(sink, BROTLI_BUFFER_BYTES);
    // An extension that is no part of RFC 7932, with windows of up to a gigabyte.
    decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
    decoder
}

fn zstd(sink: Sink) -> io::Result<ZstdDecoder<'static, Sink>> {
    let mut decoder = zstd::stream::raw::Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX))?;
    Ok(ZstdDecoder::with_decoder(sink, decoder))
}

#[cfg(test)]
mod tests;

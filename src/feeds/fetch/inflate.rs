//! Undoes the compression of a body, with a cap on what comes out.
//!
//! It works on a body that is wholly here (and capped); it blocks, so callers in async code hand it to a blocking thread.

use std::io::Read;

/// How a body is compressed (RFC 9110 §8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not at all.
    Identity,
    /// gzip.
    Gzip,
    /// zlib; some servers say "deflate" and send it unasked.
    Deflate,
    /// Brotli.
    Brotli,
}

impl Coding {
    /// Reads `Content-Encoding`; none for what cannot be undone, also for several codings on top of each other.
    pub(super) fn parse(value: &str) -> Option<Self> {
        match value.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            _ => None,
        }
    }
}

/// Why a body could not be decompressed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum InflateError {
    /// More than the cap came out.
    TooLarge,
    /// The data is damaged, with the decoder's words.
    Damaged(String),
}

/// First bytes of gzip data (RFC 1952 §2.3.1).
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
/// Buffer between decoder and input; the decoder's own window is separate.
const BROTLI_BUFFER_BYTES: usize = 4096;

/// Decompresses `wire` to at most `bytes_max` bytes.
///
/// Servers err: data that is gzip is taken as gzip whatever was declared (feeds stored as `.xml.gz`), and data declared as gzip that is
/// none is taken as it is.
pub(super) fn inflate(wire: Vec<u8>, declared: Coding, bytes_max: usize) -> Result<Vec<u8>, InflateError> {
    let is_gzip = wire.starts_with(GZIP_MAGIC);
    match declared {
        Coding::Brotli => drain(brotli_decompressor::Decompressor::new(wire.as_slice(), BROTLI_BUFFER_BYTES), bytes_max),
        Coding::Deflate => drain(flate2::read::ZlibDecoder::new(wire.as_slice()), bytes_max),
        Coding::Gzip | Coding::Identity if is_gzip => drain(flate2::read::MultiGzDecoder::new(wire.as_slice()), bytes_max),
        Coding::Gzip | Coding::Identity if wire.len() > bytes_max => Err(InflateError::TooLarge),
        Coding::Gzip | Coding::Identity => Ok(wire),
    }
}

fn drain(decoder: impl Read, bytes_max: usize) -> Result<Vec<u8>, InflateError> {
    let mut out = Vec::new();
    // One byte more than the cap tells "exactly the cap" from "too large".
    let one_more = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(one_more).read_to_end(&mut out).map_err(|error| InflateError::Damaged(error.to_string()))?;
    if out.len() > bytes_max { Err(InflateError::TooLarge) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_undone_whether_declared_or_not() {
        let wire = gzip(b"<rss/>");
        assert_eq!(inflate(wire.clone(), Coding::Gzip, 100), Ok(b"<rss/>".to_vec()));
        assert_eq!(inflate(wire, Coding::Identity, 100), Ok(b"<rss/>".to_vec()));
    }

    #[test]
    fn plain_data_declared_as_gzip_is_taken_as_it_is() {
        assert_eq!(inflate(b"<rss/>".to_vec(), Coding::Gzip, 100), Ok(b"<rss/>".to_vec()));
    }

    #[test]
    fn the_cap_counts_decoded_bytes_exactly() {
        let wire = gzip(&[b'a'; 1000]);
        assert!(wire.len() < 100);
        assert_eq!(inflate(wire.clone(), Coding::Gzip, 999), Err(InflateError::TooLarge));
        assert_eq!(inflate(wire, Coding::Gzip, 1000).map(|out| out.len()), Ok(1000));
        assert_eq!(inflate(vec![b'a'; 11], Coding::Identity, 10), Err(InflateError::TooLarge));
    }

    #[test]
    fn damaged_data_is_an_error_and_unknown_codings_are_named_none() {
        let mut wire = gzip(&[b'a'; 1000]);
        wire.truncate(wire.len() / 2);
        assert!(matches!(inflate(wire, Coding::Gzip, 5000), Err(InflateError::Damaged(_))));
        assert!(matches!(inflate(b"not brotli at all".to_vec(), Coding::Brotli, 5000), Err(InflateError::Damaged(_))));
        assert_eq!(Coding::parse("zstd"), None);
        assert_eq!(Coding::parse("gzip, gzip"), None);
        assert_eq!(Coding::parse(" BR "), Some(Coding::Brotli));
    }
}

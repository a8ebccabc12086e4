//! Reads `file:` addresses that the operator configured.
//!
//! Only regular files up to the cap are read; devices, pipes and directories are refused. Length and time of change serve as an `ETag`, so
//! an unchanged file is "not modified" like an unchanged feed.

use super::{Document, FetchError, FetchLimits, Fetched};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use tokio::io::AsyncReadExt;

/// A file to read: its address as given, and where it lies.
pub(super) struct FileRequest<'a> {
    pub(super) url: &'a str,
    pub(super) path: PathBuf,
    pub(super) etag: Option<&'a str>,
}

/// Gives the path of a `file:` address: `file:relative/path`, `file:/absolute`, `file:///absolute`; none for other schemes.
pub(super) fn path_of(url: &str, root: Option<&Path>) -> Option<PathBuf> {
    let (scheme, rest) = url.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.strip_prefix("//localhost/").map(|path| format!("/{path}")).unwrap_or_else(|| rest.replacen("///", "/", 1));
    let path = PathBuf::from(percent_decoded(&rest));
    Some(match root {
        Some(root) => root.join(path),
        None => path,
    })
}

/// Undoes `%20` and its like; a stray percent sign stays.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let code = match (byte, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Reads the file unless its validator is still good.
pub(super) async fn read(request: &FileRequest<'_>, limits: &FetchLimits) -> Result<Fetched, FetchError> {
    let url = request.url;
    match tokio::time::timeout(limits.total, read_whole(request, limits.decoded_bytes_max)).await {
        Ok(read) => read,
        Err(_) => Err(FetchError::Timeout { url: url.to_owned(), which: super::Waited::Total, limit: limits.total }),
    }
}

async fn read_whole(request: &FileRequest<'_>, bytes_max: usize) -> Result<Fetched, FetchError> {
    let FileRequest { url, path, etag: known } = request;
    let failed = |reason: String| FetchError::File { url: (*url).to_owned(), reason };
    let meta = tokio::fs::metadata(path).await.map_err(|error| failed(error.to_string()))?;
    if !meta.is_file() {
        return Err(failed("it is not a regular file".to_owned()));
    }
    let changed = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_nanos());
    let etag = format!("\"{:x}-{changed:x}\"", meta.len());
    if *known == Some(etag.as_str()) {
        return Ok(Fetched::NotModified { permanent_url: None });
    }
    let mut bytes = Vec::new();
    let file = tokio::fs::File::open(path).await.map_err(|error| failed(error.to_string()))?;
    // One byte more than the cap tells "exactly the cap" from "too large", also for a file that grows meanwhile.
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).await.map_err(|error| failed(error.to_string()))?;
    if bytes.len() > bytes_max {
        return Err(FetchError::TooLarge { url: (*url).to_owned(), max_bytes: bytes_max, compressed: false });
    }
    Ok(Fetched::Full(Document {
        bytes,
        final_url: (*url).to_owned(),
        permanent_url: None,
        downgraded: false,
        content_type: None,
        charset: None,
        etag: Some(etag),
        last_modified: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_out_of_file_addresses() {
        let root = Path::new("/srv");
        for (url, path) in [
            ("file:data/example/feed.xml", "/srv/data/example/feed.xml"),
            ("file:../up.xml", "/srv/../up.xml"),
            ("file:/etc/feed.xml", "/etc/feed.xml"),
            ("FILE:///etc/a%20b.xml", "/etc/a b.xml"),
            ("file://localhost/etc/feed.xml", "/etc/feed.xml"),
            ("file:100%.xml", "/srv/100%.xml"),
        ] {
            assert_eq!(path_of(url, Some(root)), Some(PathBuf::from(path)), "{url}");
        }
        assert_eq!(path_of("https://example.org/", Some(root)), None);
        assert_eq!(path_of("data/feed.xml", Some(root)), None);
        assert_eq!(path_of("file:a.xml", None), Some(PathBuf::from("a.xml")));
    }
}

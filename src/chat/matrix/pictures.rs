//! What goes with a picture so that clients can make room for it before it is there: its size, and a blurred preview (BlurHash).

use crate::reply::Attachment;

/// A picture's measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) blurhash: Option<String>,
}

impl Picture {
    /// Reads the measures of an attachment; none when it is no PNG.
    pub(super) fn of(attachment: &Attachment) -> Option<Self> {
        // PNG (ISO/IEC 15948) 11.2.2: eight bytes of signature, the head's length and name, then width and height.
        let number = |at: usize| attachment.bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        let is_png = attachment.bytes.starts_with(b"\x89PNG\r\n\x1a\n") && attachment.bytes.get(12..16) == Some(b"IHDR");
        let (width, height) = is_png.then(|| number(16).zip(number(20))).flatten()?;
        Some(Self { width, height, blurhash: attachment.blurhash.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read_from_the_head() {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend([0, 0, 3, 32, 0, 0, 1, 4]);
        let picture = |bytes: Vec<u8>| Picture::of(&Attachment { bytes, ..Attachment::default() });
        assert_eq!(picture(bytes.clone()), Some(Picture { width: 800, height: 260, blurhash: None }));
        assert_eq!(picture(bytes[..20].to_vec()), None);
        assert_eq!(picture(b"GIF89a".to_vec()), None);
    }
}

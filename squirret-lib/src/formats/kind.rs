//! What a file is, by its first bytes.

use std::fmt;

/// Kind of a file, recognised by its first bytes and never by its name.
///
/// ```
/// use squirret::formats::FileKind;
/// assert_eq!(FileKind::of(b"\x1a\x45\xdf\xa3"), FileKind::Video("a Matroska or WebM video"));
/// assert_eq!(FileKind::of(b"seconds,side\n"), FileKind::Text);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FileKind {
    /// No bytes, or only blanks.
    Empty,
    /// Text in UTF-8 that begins with `{` or `[`.
    Json,
    /// Other text in UTF-8.
    Text,
    /// Packed by gzip.
    Gzip,
    /// A video, or an animation.
    Video(&'static str),
    /// A still picture.
    Picture(&'static str),
    /// An archive, or a file packed by something else than gzip.
    Archive(&'static str),
    /// Text in UTF-16.
    Utf16,
    /// The pointer that Git leaves in place of a file which Git LFS holds.
    GitLfsPointer,
    /// A TensorFlow Lite network.
    Tflite,
    /// A C3D recording.
    C3d,
    /// A document of another program.
    Document(&'static str),
    /// Bytes of no known format.
    Binary,
}

/// Signature at the beginning of a file.
const SIGNATURES: &[(&[u8], FileKind)] = &[
    (b"\x1f\x8b", FileKind::Gzip),
    (b"\xff\xfe", FileKind::Utf16),
    (b"\xfe\xff", FileKind::Utf16),
    (
        b"version https://git-lfs.github.com/spec/",
        FileKind::GitLfsPointer,
    ),
    (
        b"\x1a\x45\xdf\xa3",
        FileKind::Video("a Matroska or WebM video"),
    ),
    (b"GIF8", FileKind::Video("a GIF")),
    (b"FLV\x01", FileKind::Video("a Flash video")),
    (b"\x00\x00\x01\xba", FileKind::Video("an MPEG video")),
    (
        b"\x30\x26\xb2\x75",
        FileKind::Video("a Windows Media video"),
    ),
    (b"\xff\xd8\xff", FileKind::Picture("a JPEG picture")),
    (b"\x89PNG", FileKind::Picture("a PNG picture")),
    (b"BM", FileKind::Picture("a BMP picture")),
    (b"II*\0", FileKind::Picture("a TIFF picture")),
    (b"MM\0*", FileKind::Picture("a TIFF picture")),
    (
        b"PK\x03\x04",
        FileKind::Archive("a ZIP archive (.zip, .xlsx, .docx, .npz, .pt and .task files are such)"),
    ),
    (b"PK\x05\x06", FileKind::Archive("an empty ZIP archive")),
    (b"7z\xbc\xaf\x27\x1c", FileKind::Archive("a 7-Zip archive")),
    (b"Rar!\x1a\x07", FileKind::Archive("a RAR archive")),
    (b"BZh", FileKind::Archive("a file packed by bzip2")),
    (b"\xfd7zXZ\0", FileKind::Archive("a file packed by xz")),
    (
        b"\x28\xb5\x2f\xfd",
        FileKind::Archive("a file packed by zstd"),
    ),
    (
        b"\x04\x22\x4d\x18",
        FileKind::Archive("a file packed by lz4"),
    ),
    (b"%PDF", FileKind::Document("a PDF document")),
    (
        b"\xd0\xcf\x11\xe0",
        FileKind::Document("an old Office document (.xls, .doc)"),
    ),
    (
        b"SQLite format 3\0",
        FileKind::Document("an SQLite database"),
    ),
    (b"\x89HDF", FileKind::Document("an HDF5 file (.h5, .mat)")),
    (b"PAR1", FileKind::Document("a Parquet table")),
    (b"\x93NUMPY", FileKind::Document("a NumPy array")),
    (b"\x80\x02", FileKind::Document("a Python pickle")),
    (b"\x80\x04", FileKind::Document("a Python pickle")),
    (b"\x80\x05", FileKind::Document("a Python pickle")),
    (b"MATLAB 5.0", FileKind::Document("a MATLAB file")),
    (b"GGUF", FileKind::Document("a GGUF network")),
    (b"<!DOCTYPE html", FileKind::Document("a web page")),
    (b"<!doctype html", FileKind::Document("a web page")),
    (b"<html", FileKind::Document("a web page")),
    (b"<?xml", FileKind::Document("an XML document")),
    (b"{\\rtf", FileKind::Document("an RTF document")),
];

impl FileKind {
    /// Bytes that [`of`](Self::of) looks at; more change nothing.
    pub const HEAD: usize = 1024;

    /// Recognises a file by its first bytes.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        let head = head.get(..Self::HEAD).unwrap_or(head);
        let blank = |byte: &u8| byte.is_ascii_whitespace();
        if head.iter().all(blank) {
            return Self::Empty;
        }
        let signed = SIGNATURES
            .iter()
            .find(|(signature, _)| head.starts_with(signature));
        if let Some((_, kind)) = signed {
            return *kind;
        }
        if let Some(kind) = Self::by_inner_signature(head) {
            return kind;
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        if is_utf16_without_mark(text) {
            return Self::Utf16;
        }
        if !is_text(text) {
            return Self::Binary;
        }
        match text.iter().find(|byte| !blank(byte)) {
            Some(b'{' | b'[') => Self::Json,
            Some(_) => Self::Text,
            None => Self::Empty,
        }
    }

    /// Signatures that do not stand at the beginning.
    fn by_inner_signature(head: &[u8]) -> Option<Self> {
        let at = |offset: usize, signature: &[u8]| {
            head.get(offset..)
                .is_some_and(|rest| rest.starts_with(signature))
        };
        if at(4, b"ftyp") {
            let heif = [&b"heic"[..], b"heix", b"mif1", b"msf1", b"avif"];
            return Some(if heif.iter().any(|brand| at(8, brand)) {
                Self::Picture("a HEIF or AVIF picture")
            } else {
                Self::Video("an MP4 or QuickTime video")
            });
        }
        if [&b"moov"[..], b"mdat", b"wide"]
            .iter()
            .any(|atom| at(4, atom))
        {
            return Some(Self::Video("a QuickTime video"));
        }
        if at(0, b"RIFF") && at(8, b"AVI ") {
            return Some(Self::Video("an AVI video"));
        }
        if at(0, b"RIFF") && at(8, b"WEBP") {
            return Some(Self::Picture("a WebP picture"));
        }
        if at(4, b"TFL3") {
            return Some(Self::Tflite);
        }
        if at(257, b"ustar") {
            return Some(Self::Archive("a tar archive"));
        }
        // First block of the parameters, then the C3D's key (C3D user guide, "The Header Section").
        if at(1, b"\x50") && matches!(head.first(), Some(1..=20)) && head.len() > 2 {
            return Some(Self::C3d);
        }
        None
    }
}

/// ASCII in UTF-16: every other byte is NUL.
fn is_utf16_without_mark(head: &[u8]) -> bool {
    let pairs = head.as_chunks::<2>().0;
    let half = |place: usize| {
        pairs.len() >= 4
            && pairs
                .iter()
                .all(|pair| pair[place] == 0 && pair[1 - place] != 0)
    };
    half(0) || half(1)
}

/// Neither NUL nor other control characters, and UTF-8 or a one-byte code page.
fn is_text(head: &[u8]) -> bool {
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    !head.iter().any(|byte| control(byte) || *byte == 0x7f)
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::Json => "JSON",
            Self::Text => "text",
            Self::Gzip => "a file packed by gzip",
            Self::Video(what)
            | Self::Picture(what)
            | Self::Archive(what)
            | Self::Document(what) => what,
            Self::Utf16 => "text in UTF-16 (save it as UTF-8, in Excel as \"CSV UTF-8\")",
            Self::GitLfsPointer => {
                "a Git LFS pointer and not the file itself (run `git lfs pull` in its repository)"
            }
            Self::Tflite => "a TensorFlow Lite network",
            Self::C3d => "a C3D recording",
            Self::Binary => "binary data of an unknown format",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_their_first_bytes_say() {
        let kind = |head: &[u8]| FileKind::of(head).to_string();
        assert_eq!(kind(b"\0\0\0\x20ftypisom"), "an MP4 or QuickTime video");
        assert_eq!(kind(b"\0\0\0\x20ftypheic"), "a HEIF or AVIF picture");
        assert_eq!(kind(b"RIFF\0\0\0\0AVI LIST"), "an AVI video");
        assert_eq!(kind(b"\xff\xfes\0e\0"), FileKind::Utf16.to_string());
        assert_eq!(FileKind::of(b"s\0e\0c\0o\0n\0d\0s\0"), FileKind::Utf16);
        assert!(kind(b"version https://git-lfs.github.com/spec/v1\noid").contains("git lfs pull"));
        assert!(kind(b"PK\x03\x04\x14").starts_with("a ZIP archive"));
        assert_eq!(FileKind::of(b"\x02\x50\x01\0"), FileKind::C3d);
        assert_eq!(FileKind::of(b"\0\x01\x02"), FileKind::Binary);
    }

    #[test]
    fn text_may_begin_with_a_byte_order_mark_and_blanks() {
        assert_eq!(FileKind::of(b"\xef\xbb\xbf \n[1]"), FileKind::Json);
        assert_eq!(FileKind::of(b" \n{"), FileKind::Json);
        assert_eq!(FileKind::of("sekunden;größe".as_bytes()), FileKind::Text);
        assert_eq!(FileKind::of(b"gr\xf6\xdfe;1"), FileKind::Text);
        assert_eq!(FileKind::of(b" \r\n"), FileKind::Empty);
        assert_eq!(FileKind::of(b""), FileKind::Empty);
    }

    #[test]
    fn any_cut_of_a_file_has_a_kind() {
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar");
        for length in 0..tar.len() {
            let _ = FileKind::of(&tar[..length]);
        }
        assert_eq!(FileKind::of(&tar), FileKind::Archive("a tar archive"));
    }
}

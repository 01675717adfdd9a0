//! Single files out of wheels (zip) and node packages (gzipped tar), each at most a few megabytes.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

/// Largest file that is taken out.
pub(crate) const MAX_MEMBER: u64 = 64 << 20;
/// What a package may unpack to while it is searched.
const MAX_UNPACKED: u64 = 1 << 30;
/// Size of a tar block.
const BLOCK: u64 = 512;

/// Why nothing could be taken out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ArchiveError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no zip, or a damaged one.
    #[error("it is damaged: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// A member is far larger than a network.
    #[error("{member} in it has more than {MAX_MEMBER} bytes")]
    TooLarge {
        /// Its name.
        member: String,
    },
}

/// The first member of a zip whose name without folders is `name`.
pub(crate) fn from_zip(path: &Path, name: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(path)?))?;
    let names = zip.file_names().filter_map(Result::ok);
    let found = names
        .map(|member| member.into_owned())
        .find(|member| file_name(member) == name);
    let Some(member) = found else { return Ok(None) };
    Ok(Some(read_member(&member, zip.by_name(&member)?)?))
}

/// The first member of a gzipped tar whose name without folders is `name`.
pub(crate) fn from_tgz(path: &Path, name: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
    let unpacked = flate2::read::GzDecoder::new(BufReader::new(File::open(path)?));
    from_tar(unpacked.take(MAX_UNPACKED), name)
}

/// POSIX.1-1988 ustar, 512-byte headers.
fn from_tar(mut tar: impl Read, name: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
    loop {
        let mut header = [0; BLOCK as usize];
        match tar.read_exact(&mut header) {
            Err(end) if end.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        if header.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let member = text(&header[..100]);
        let size = u64::from_str_radix(text(&header[124..136]).trim(), 8)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a tar header has no size"))?;
        if file_name(&member) == name {
            return Ok(Some(read_member(&member, (&mut tar).take(size))?));
        }
        let skip = size.next_multiple_of(BLOCK);
        io::copy(&mut (&mut tar).take(skip), &mut io::sink())?;
    }
}

fn read_member(member: &str, reader: impl Read) -> Result<Vec<u8>, ArchiveError> {
    let mut bytes = Vec::new();
    reader.take(MAX_MEMBER + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_MEMBER {
        return Err(ArchiveError::TooLarge {
            member: member.to_owned(),
        });
    }
    Ok(bytes)
}

fn file_name(member: &str) -> &str {
    member.rsplit(['/', '\\']).next().unwrap_or(member)
}

/// Text up to the first NUL.
fn text(field: &[u8]) -> String {
    let end = field
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, body) in members {
            let mut header = [0u8; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", body.len()).as_bytes());
            tar.extend(header);
            tar.extend(*body);
            tar.resize(tar.len().next_multiple_of(512), 0);
        }
        tar.extend([0; 1024]);
        tar
    }

    #[test]
    fn a_member_is_found_behind_others() {
        let tar = tar(&[
            ("package/a.js", &[1; 700]),
            ("package/b.tflite", b"weights"),
            ("c", b""),
        ]);
        assert_eq!(
            from_tar(&tar[..], "b.tflite").unwrap().as_deref(),
            Some(&b"weights"[..])
        );
        assert_eq!(from_tar(&tar[..], "d").unwrap(), None);
        assert!(from_tar(&[7; 600][..], "d").is_err());
    }

    #[test]
    fn gzip_and_zip_are_read_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let tgz = folder.path().join("p.tgz");
        let mut gzip =
            flate2::write::GzEncoder::new(File::create(&tgz).unwrap(), flate2::Compression::fast());
        gzip.write_all(&tar(&[("package/x", b"1")])).unwrap();
        gzip.finish().unwrap();
        assert_eq!(from_tgz(&tgz, "x").unwrap().as_deref(), Some(&b"1"[..]));

        let whl = folder.path().join("p.whl");
        let mut zip = zip::ZipWriter::new(File::create(&whl).unwrap());
        zip.start_file("deep/er/y", zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(b"2").unwrap();
        zip.finish().unwrap();
        assert_eq!(from_zip(&whl, "y").unwrap().as_deref(), Some(&b"2"[..]));
        assert_eq!(from_zip(&whl, "er").unwrap(), None);
        assert!(from_zip(&tgz, "y").is_err());
    }
}

//! Lays the built pages out for embedding: as they are, and what gains by it compressed as well.
//!
//! Compressed once here, so that serving costs nothing. Used by the build script and its tests.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::sources::files;

/// What is text. Pictures and fonts are compressed already.
const TEXT: &[&str] = &["css", "html", "js", "json", "svg", "txt", "webmanifest"];

/// Below this a header costs more than is saved.
const WORTH_BYTES: usize = 512;

const BROTLI_WINDOW: u32 = 22;
const BROTLI_QUALITY: u32 = 11;

/// Fills `into` with what is in `dist`, and with nothing else; source maps are left out.
pub(crate) fn pack(dist: Option<&Path>, into: &Path) -> Result<()> {
    if into.is_dir() {
        fs::remove_dir_all(into)?;
    }
    fs::create_dir_all(into)?;
    let Some(dist) = dist else {
        return Ok(());
    };
    for file in files(vec![dist.to_owned()])? {
        let end = file.extension().and_then(|it| it.to_str());
        let end = end.unwrap_or_default();
        if end == "map" {
            continue;
        }
        let place = into.join(file.strip_prefix(dist)?);
        fs::create_dir_all(place.parent().context("a file without a folder")?)?;
        let content = fs::read(&file)?;
        fs::write(&place, &content)?;
        if !TEXT.contains(&end) || content.len() < WORTH_BYTES {
            continue;
        }
        for (coding, packed) in [("br", brotli(&content)?), ("gz", gzip(&content)?)] {
            if packed.len() < content.len() {
                fs::write(place.with_added_extension(coding), packed)?;
            }
        }
    }
    Ok(())
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let buffer = content.len().max(1);
    let mut writer =
        brotli::CompressorWriter::new(&mut packed, buffer, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(content)?;
    drop(writer);
    Ok(packed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(content)?;
    Ok(writer.finish()?)
}

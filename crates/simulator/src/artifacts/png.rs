//! Writes a picture of two colours as a PNG file: stripes whose colours and width come from a
//! name. Nothing is compressed, so that the size is known before the file is made.

use crate::ids;

/// The largest block of bytes that a compressed stream may hold as they are.
const LARGEST_BLOCK: usize = 65_535;

/// A picture that can be made.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    width: u16,
    height: u16,
    /// Red, green and blue of two colours, then how wide a stripe is.
    looks: [u8; 7],
}

impl Picture {
    /// The picture of that name.
    pub(super) fn new(name: &str, width: u16, height: u16) -> Self {
        let mut looks = [0; 7];
        looks.copy_from_slice(&ids::digest(&["picture", name])[..7]);
        Self {
            width,
            height,
            looks,
        }
    }

    /// How many bytes the file has.
    pub(super) fn size(&self) -> u64 {
        let pixels = self.row_length() * usize::from(self.height);
        let blocks = pixels.div_ceil(LARGEST_BLOCK);
        // Signature; four chunks of 12 bytes beside their content; the header of the stream, five
        // bytes a block and the check sum.
        (8 + 4 * 12 + 13 + 6 + (2 + 5 * blocks + pixels + 4)) as u64
    }

    /// The file.
    pub(super) fn file(&self) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        let mut header = Vec::with_capacity(13);
        header.extend(u32::from(self.width).to_be_bytes());
        header.extend(u32::from(self.height).to_be_bytes());
        // One bit a pixel, a palette; the only compression and filter there are; not interlaced.
        header.extend([1, 3, 0, 0, 0]);
        write_chunk(&mut file, *b"IHDR", &header);
        write_chunk(&mut file, *b"PLTE", &self.looks[..6]);
        write_chunk(&mut file, *b"IDAT", &stored(&self.pixels()));
        write_chunk(&mut file, *b"IEND", &[]);
        file
    }

    /// A byte that names the row's filter, then a bit a pixel.
    fn row_length(&self) -> usize {
        1 + usize::from(self.width).div_ceil(8)
    }

    fn pixels(&self) -> Vec<u8> {
        let stripe = 4 + usize::from(self.looks[6] % 28);
        let mut pixels = Vec::with_capacity(self.row_length() * usize::from(self.height));
        for y in 0..usize::from(self.height) {
            pixels.push(0);
            // Stripes that lean: whole bytes, because nobody looks closer.
            let row = (1..self.row_length()).map(|x| {
                if (x + y / 8) / stripe % 2 == 0 {
                    0
                } else {
                    0xff
                }
            });
            pixels.extend(row);
        }
        pixels
    }
}

/// Bytes as a zlib stream that holds them as they are.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(LARGEST_BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(bytes).to_be_bytes());
    stream
}

fn write_chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    file.extend(length.to_be_bytes());
    let start = file.len();
    file.extend(kind);
    file.extend(content);
    let check = crc32(&file[start..]);
    file.extend(check.to_be_bytes());
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % MODULUS;
        high = (high + low) % MODULUS;
    }
    high << 16 | low
}

fn crc32(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        let index = (crc ^ u32::from(*byte)) & 0xff;
        CRC_TABLE[index as usize] ^ (crc >> 8)
    });
    !crc
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                0xedb8_8320 ^ (value >> 1)
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_sums_are_the_published_ones() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn the_size_is_known_beforehand_and_the_pixels_are_all_there() {
        for (width, height) in [(1, 1), (64, 64), (640, 480), (1536, 1024)] {
            let picture = Picture::new("a", width, height);
            let file = picture.file();
            assert_eq!(file.len() as u64, picture.size(), "{width}x{height}");
            assert!(file.ends_with(b"IEND\xae\x42\x60\x82"));
        }
    }

    #[test]
    fn names_tell_pictures_apart() {
        let file = |name: &str| Picture::new(name, 8, 8).file();
        assert_eq!(file("a"), file("a"));
        assert_ne!(file("a"), file("b"));
    }
}

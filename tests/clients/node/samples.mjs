// Pictures and recordings to send, as small as they can be, how the simulator describes
// what arrived of them, and whether a picture that came back is whole.

import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** A picture of one shade; each shade makes other bytes. */
export function png(fill = 0, width = 48, height = 32) {
  const row = Buffer.concat([Buffer.alloc(1), Buffer.alloc(width, fill)]);
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  return pngOf(width, height, deflateSync(rows));
}

/** The head of a large picture, with nothing in it. */
export function pngThatClaims(width, height) {
  return pngOf(width, height, deflateSync(Buffer.alloc(0)));
}

function pngOf(width, height, packed) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const chunks = [chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

function chunk(kind, content) {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), content]);
  return Buffer.concat([uint32(content.length), named, uint32(crc32(named))]);
}

/** As PNG wants it; the older Node versions have none of their own. */
function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

function uint32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

/** The size of a PNG that is whole: every check sum right, and a bit for every pixel. */
export function pngSize(contents) {
  if (!contents.subarray(0, 8).equals(SIGNATURE)) throw new Error('no PNG');
  const chunks = {};
  for (let place = 8; place < contents.length; ) {
    const end = place + 8 + contents.readUInt32BE(place);
    const kind = contents.toString('latin1', place + 4, place + 8);
    const sum = crc32(contents.subarray(place + 4, end));
    if (sum !== contents.readUInt32BE(end)) throw new Error(`the chunk ${kind} is damaged`);
    chunks[kind] = contents.subarray(place + 8, end);
    place = end + 4;
  }
  if (!chunks.IEND) throw new Error('the end is missing');
  const [width, height] = [chunks.IHDR.readUInt32BE(0), chunks.IHDR.readUInt32BE(4)];
  const row = 1 + Math.ceil((width * chunks.IHDR[8]) / 8);
  if (inflateSync(chunks.IDAT).length !== row * height) throw new Error('pixels are missing');
  return `${width}x${height}`;
}

/** Silence that the simulator writes down as these words. */
export function wav(said) {
  const mark = Buffer.from(`simulate-say:${said}\0`);
  const format = Buffer.from('01000100401f0000401f000001000800', 'hex');
  const chunks = Buffer.concat([
    Buffer.from('WAVEfmt '),
    Buffer.from([16, 0, 0, 0]),
    format,
    Buffer.from('data'),
    Buffer.from(Uint32Array.of(mark.length).buffer),
    mark,
  ]);
  return Buffer.concat([
    Buffer.from('RIFF'),
    Buffer.from(Uint32Array.of(chunks.length).buffer),
    chunks,
  ]);
}

export function dataUrl(mime, contents) {
  return `data:${mime};base64,${contents.toString('base64')}`;
}

/** What `simulate:describe` says about a picture whose every byte arrived. */
export function pictureLine(name, contents, size = '48×32') {
  return `${described(name, 'image/png', contents)}, ${size}, multimodal, image_asset_pointer`;
}

/** The same about a document, or with `ace_upload` about data for programs. */
export function documentLine(name, mime, contents, use = 'my_files') {
  return `${described(name, mime, contents)}, -, ${use}, attachment only`;
}

function described(name, mime, contents) {
  return `${name}, ${mime}, ${contents.length} bytes, sha256 ${digest(contents).slice(0, 16)}`;
}

export function digest(contents) {
  return createHash('sha256').update(contents).digest('hex');
}

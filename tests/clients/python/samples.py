"""Pictures, recordings and documents to send, as small as they can be, and how the
simulator describes what arrived of them.
"""

import base64
import hashlib
import struct
import zlib

WIDTH, HEIGHT = 48, 32


def png(width=WIDTH, height=HEIGHT, fill=0):
    """A picture of one shade; each shade makes other bytes."""
    rows = (b"\0" + bytes([fill]) * width) * height
    return _png(width, height, zlib.compress(rows))


def png_that_claims(width, height):
    """The head of a large picture, with nothing in it."""
    return _png(width, height, zlib.compress(b""))


def _png(width, height, packed):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def jpeg(width=WIDTH, height=HEIGHT):
    """The head of a JPEG, up to where its size stands."""
    jfif = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + jfif + frame + b"\xff\xd9"


def webp(width=WIDTH, height=HEIGHT):
    """An empty canvas in the extended format."""
    canvas = bytes(4) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    chunk = b"VP8X" + struct.pack("<I", len(canvas)) + canvas
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def gif(width=WIDTH, height=HEIGHT):
    """A picture without any frame."""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b";"


PICTURES = {"png": png(), "jpeg": jpeg(), "webp": webp(), "gif": gif()}


def wav(said):
    """Silence that the simulator writes down as these words."""
    mark = b"simulate-say:" + said.encode() + b"\0"
    samples = mark + bytes(len(mark) % 2)
    head = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    chunks = b"fmt " + struct.pack("<I", len(head)) + head
    chunks += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def base64_of(contents):
    return base64.b64encode(contents).decode()


def data_url(mime, contents):
    return f"data:{mime};base64,{base64_of(contents)}"


def picture_line(name, mime, contents, size=(WIDTH, HEIGHT)):
    """What `simulate:describe` says about a picture whose every byte arrived."""
    width, height = size
    return _line(name, mime, contents, f"{width}×{height}", "multimodal", "image_asset_pointer")


def document_line(name, mime, contents, use="my_files"):
    """The same about a document, or with `ace_upload` about data for programs."""
    return _line(name, mime, contents, "-", use, "attachment only")


def _line(name, mime, contents, size, use, kind):
    digest = hashlib.sha256(contents).hexdigest()[:16]
    return f"{name}, {mime}, {len(contents)} bytes, sha256 {digest}, {size}, {use}, {kind}"


def png_size(contents):
    """The size of a PNG that is whole: every check sum right, and a bit for every pixel."""
    assert contents.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = {}, 8
    while place < len(contents):
        (length,) = struct.unpack_from(">I", contents, place)
        kind = contents[place + 4 : place + 8]
        content = contents[place + 8 : place + 8 + length]
        (check,) = struct.unpack_from(">I", contents, place + 8 + length)
        assert zlib.crc32(kind + content) == check, f"the chunk {kind} is damaged"
        chunks[kind] = content
        place += 12 + length
    assert b"IEND" in chunks
    width, height, depth = struct.unpack_from(">IIB", chunks[b"IHDR"])
    row = 1 + (width * depth + 7) // 8
    assert len(zlib.decompress(chunks[b"IDAT"])) == row * height
    return width, height

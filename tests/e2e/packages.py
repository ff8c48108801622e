"""Deployment packages, good and bad, made in memory."""

import io
import pathlib
import stat
import struct
import zipfile

GUESTS = pathlib.Path(__file__).parent.parent / "guests"


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    """A package with {name: text}, every file executable."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | 0o755) << 16
            entry.compress_type = compression
            archive.writestr(entry, text)
    return out.getvalue()


def stored(files):
    """The same, not compressed."""
    return zipped(files, zipfile.ZIP_STORED)


def guest(source, name):
    """A package with one of the guests, under the name that its handler asks for."""
    return zipped({name: (GUESTS / source).read_text()})


def special(name, kind, content=b""):
    """A package with one entry of a file type of its own (a link, a device, a pipe)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.create_system = 3
        entry.external_attr = (kind | 0o777) << 16
        archive.writestr(entry, content)
        guest = zipfile.ZipInfo("guest.py")
        guest.external_attr = (stat.S_IFREG | 0o644) << 16
        archive.writestr(guest, "def handler(event, context): return 1\n")
    return out.getvalue()


def bomb(mib):
    """A small package that unpacks to `mib` MiB of zeros."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with archive.open("zeros", "w", force_zip64=True) as entry:
            for _ in range(mib):
                entry.write(bytes(1024 * 1024))
    return out.getvalue()


def lying_bomb(mib):
    """A bomb whose headers claim that it unpacks to one byte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("zeros", bytes(mib * 1024 * 1024))
    data = bytearray(out.getvalue())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature)
        struct.pack_into("<I", data, at + offset, 1)
    return bytes(data)


EMPTY = b"PK\x05\x06" + bytes(18)

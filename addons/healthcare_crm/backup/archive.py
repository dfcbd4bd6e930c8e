"""The format of a backup: one encrypted stream of named entries. Plain Python, no ORM.

A file is a head in clear, which names the key, and chunks under AES-256-GCM. The nonce of a chunk
is its number and whether it is the last, and every chunk is bound to the head: chunks that are
altered, missing, doubled, swapped, or of another archive do not open, nor does what was cut off.
Neither writing nor reading takes more memory than some chunks, whatever the size.

Inside are entries: a name, the content in frames, its size and SHA-256. An end that counts them is
the last thing in the stream.
"""

import base64
import hashlib
import json
import os
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..crypto.envelope import derive

MAGIC = b'HCBACKUP1\n'
CHUNK = 1 << 20
TAG = 16
SALT = 32
#: bytes of a checksum that tells a damaged head from another key
CHECKSUM = 16
MOST_HEAD = 4096
ENTRY, END = b'E', b'Z'


class Damaged(Exception):
    """The archive is not as it was written; the message says where."""


class Head(NamedTuple):
    """What is told in clear, so that the right key can be looked for.

    :param key: id of the key
    :param check: by what to know it, see ``KeyRing.checks``
    :param made_at: when the archive was begun, in UTC
    """

    key: str
    check: str
    made_at: str


def _cipher(key, salt):
    return AESGCM(derive(key, f'archive {salt.hex()}'))


def _nonce(number, last):
    return number.to_bytes(11, 'big') + bytes([last])


def _end_digest():
    return hashlib.sha256(b'healthcare_crm archive')


def _spell(name):
    spelled = name.encode()
    return len(spelled).to_bytes(2, 'big') + spelled


class Writer:
    """Writes an archive into a file; what is not closed has no end, and does not open.

    :param file: open for writing bytes
    :param bytes key: of 32 bytes
    :param Head head: what is told in clear
    """

    def __init__(self, file, key, head):
        salt = os.urandom(SALT)
        told = {**head._asdict(), 'salt': base64.b64encode(salt).decode(), 'chunk': CHUNK}
        plain = json.dumps(told).encode()
        self._file = file
        self._bound = MAGIC + len(plain).to_bytes(2, 'big') + plain
        self._cipher = _cipher(key, salt)
        self._pending, self._number = bytearray(), 0
        self._entries, self._all = 0, _end_digest()
        file.write(self._bound + hashlib.sha256(self._bound).digest()[:CHECKSUM])

    def add(self, name, blocks):
        """Write an entry.

        :param str name: of the entry
        :param blocks: its content, as an iterable of bytes
        :return: ``(size, SHA-256 in hexadecimal digits)``
        """
        size, digest = 0, hashlib.sha256()
        self._write(ENTRY + _spell(name))
        for block in blocks:
            for begin in range(0, len(block), CHUNK):
                part = block[begin : begin + CHUNK]
                self._write(len(part).to_bytes(4, 'big'))
                self._write(part)
                digest.update(part)
                size += len(part)
        self._write(bytes(4) + size.to_bytes(8, 'big') + digest.digest())
        self._entries += 1
        self._all.update(_spell(name) + digest.digest())
        return size, digest.hexdigest()

    def close(self):
        """Write the end; the file stays open."""
        self._write(END + self._entries.to_bytes(8, 'big') + self._all.digest())
        self._flush(bytes(self._pending), last=True)
        self._pending.clear()

    def _write(self, data):
        self._pending += data
        # one byte at least is kept: the last chunk is not known to be the last until the end
        while len(self._pending) > CHUNK:
            self._flush(bytes(self._pending[:CHUNK]), last=False)
            del self._pending[:CHUNK]

    def _flush(self, plain, last):
        nonce = _nonce(self._number, last)
        self._file.write(self._cipher.encrypt(nonce, plain, self._bound))
        self._number += 1


class Reader:
    """Reads an archive from a file.

    :param file: open for reading bytes
    :raise Damaged: it is no archive
    :ivar head: what is told in clear; as it was written only if :meth:`entries` does not raise
    """

    def __init__(self, file):
        self._file = file
        fixed = file.read(len(MAGIC) + 2)
        if fixed[: len(MAGIC)] != MAGIC:
            raise Damaged("it does not begin as a backup does")
        length = int.from_bytes(fixed[len(MAGIC) :], 'big')
        plain = file.read(min(length, MOST_HEAD))
        self._bound = fixed + plain
        if file.read(CHECKSUM) != hashlib.sha256(self._bound).digest()[:CHECKSUM]:
            raise Damaged("its head was altered or cut off")
        try:
            told = json.loads(plain)
            self.head = Head(**{name: told[name] for name in Head._fields})
            self._salt, self._chunk = base64.b64decode(told['salt']), int(told['chunk'])
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged("its head was altered") from error
        if not 0 < self._chunk <= 64 * CHUNK:
            raise Damaged("its head was altered")
        self._plain, self._place, self._number = b'', 0, 0
        self._following = None

    def entries(self, key):
        """Yield ``(name, content)`` of each entry, the content as an iterator of bytes.

        The next entry is looked for where the last ended, so what was not read of it is skipped;
        what is skipped is verified all the same.

        :param bytes key: of 32 bytes
        :raise Damaged: something is not as it was written, or the end is missing
        """
        self._cipher = _cipher(key, self._salt)
        self._following = self._file.read(self._chunk + TAG)
        count, digest = 0, _end_digest()
        while (kind := self._read(1)) == ENTRY:
            name = self._read(int.from_bytes(self._read(2), 'big')).decode()
            told = []
            content = self._frames(told)
            yield name, content
            for _block in content:
                pass
            if not told:
                raise Damaged(f"the entry {name} was not read to its end")
            count += 1
            digest.update(_spell(name) + told[0])
        if kind != END or self._read(8) != count.to_bytes(8, 'big'):
            raise self._damage()
        if self._read(32) != digest.digest() or self._read_chunk():
            raise self._damage()

    def _frames(self, told):
        size, digest = 0, hashlib.sha256()
        while length := int.from_bytes(self._read(4), 'big'):
            block = self._read(length)
            digest.update(block)
            size += length
            yield block
        if self._read(8) != size.to_bytes(8, 'big') or self._read(32) != digest.digest():
            raise self._damage()
        told.append(digest.digest())

    def _read(self, length):
        parts = []
        while length:
            if self._place == len(self._plain) and not self._read_chunk():
                raise self._damage()
            part = self._plain[self._place : self._place + length]
            self._place += len(part)
            length -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b''.join(parts)

    def _read_chunk(self):
        """Open the next chunk; return whether there was one."""
        sealed, self._following = self._following, self._file.read(self._chunk + TAG)
        if not sealed:
            if self._number == 0:
                raise Damaged("all but its head is missing")
            return False
        last = not self._following
        try:
            self._plain = self._open(sealed, last)
        except InvalidTag:
            if last and self._opens(sealed):
                raise Damaged("its end is missing: it was cut off, or not written whole") from None
            raise self._damage() from None
        self._place = 0
        self._number += 1
        return True

    def _open(self, sealed, last):
        return self._cipher.decrypt(_nonce(self._number, last), sealed, self._bound)

    def _opens(self, sealed):
        try:
            self._open(sealed, last=False)
        except InvalidTag:
            return False
        return True

    def _damage(self):
        place = len(self._bound) + CHECKSUM + self._number * (self._chunk + TAG)
        return Damaged(f"it was altered or cut off near byte {place:,}")

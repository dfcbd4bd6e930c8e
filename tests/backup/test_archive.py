"""The format of an archive: whatever is not as it was written is found. No database is needed."""

import io
import os
import random
import tracemalloc

import pytest
from cryptography.exceptions import InvalidTag

from odoo.addons.healthcare_crm.backup import archive
from odoo.addons.healthcare_crm.backup.archive import CHUNK, TAG, Damaged, Head, Reader, Writer

KEY = bytes(range(32))
HEAD = Head('2026a', 'abc', '2026-11-23T01:00:00+00:00')
MARKER = b'MARKER-OF-A-PATIENT'
#: some chunks long, and none that compress
ENTRIES = {
    'manifest': MARKER * 10,
    'dump': MARKER + random.Random(1).randbytes(3 * CHUNK + 17) + MARKER,
    'filestore/ab/empty': b'',
    'filestore/ab/one': random.Random(2).randbytes(CHUNK),
}


def write(entries=None, key=KEY, close=True):
    file = io.BytesIO()
    writer = Writer(file, key, HEAD)
    for name, content in (ENTRIES if entries is None else entries).items():
        size, _digest = writer.add(name, [content[:5], content[5:]])
        assert size == len(content)
    if close:
        writer.close()
    return file.getvalue()


def read(data, key=KEY):
    return {name: b''.join(blocks) for name, blocks in Reader(io.BytesIO(data)).entries(key)}


def start_of(number):
    """Where a chunk begins."""
    return first_chunk(WHOLE) + number * (CHUNK + TAG)


def first_chunk(data):
    length = int.from_bytes(data[len(archive.MAGIC) : len(archive.MAGIC) + 2], 'big')
    return len(archive.MAGIC) + 2 + length + archive.CHECKSUM


WHOLE = write()
CHUNKS = -(-(len(WHOLE) - first_chunk(WHOLE)) // (CHUNK + TAG))


def test_round_trip():
    assert read(WHOLE) == ENTRIES
    assert Reader(io.BytesIO(WHOLE)).head == HEAD
    assert CHUNKS == 5


@pytest.mark.parametrize('size', [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_any_size(size):
    """Also where the content, or the whole, ends with a chunk."""
    for more in range(0, 160, 7):
        entries = {'one': os.urandom(max(size - more, 0))}
        assert read(write(entries)) == entries


def test_no_entries():
    assert read(write({})) == {}


def test_entries_may_be_skipped():
    reader = Reader(io.BytesIO(WHOLE))
    assert [name for name, _content in reader.entries(KEY)] == list(ENTRIES)


def test_a_flip_is_found_wherever_it_is():
    chance = random.Random(200)
    places = [chance.randrange(len(WHOLE)) for _n in range(200)]
    for place in [*range(first_chunk(WHOLE) + 2), *places, len(WHOLE) - 1]:
        altered = bytearray(WHOLE)
        altered[place] ^= 1 << chance.randrange(8)
        with pytest.raises(Damaged):
            read(bytes(altered))


def test_truncation_is_found_wherever_it_is():
    chance = random.Random(3)
    places = [chance.randrange(len(WHOLE)) for _n in range(50)]
    for place in [0, 5, first_chunk(WHOLE), *map(start_of, range(CHUNKS)), *places]:
        with pytest.raises(Damaged):
            read(WHOLE[:place])
    for number in range(1, CHUNKS):
        with pytest.raises(Damaged, match="its end is missing"):
            read(WHOLE[: start_of(number)])


def test_not_closed_is_found():
    unfinished = write(close=False)
    assert len(unfinished) > CHUNK
    with pytest.raises(Damaged):
        read(unfinished)


def test_swapped_doubled_and_dropped_chunks_are_found():
    chunks = [WHOLE[start_of(number) : start_of(number + 1)] for number in range(CHUNKS)]
    head = WHOLE[: start_of(0)]
    assert read(head + b''.join(chunks)) == ENTRIES
    for order in ([1, 0, 2, 3, 4], [0, 0, 1, 2, 3, 4], [0, 2, 3, 4], [0, 1, 2, 3, 4, 4], [4]):
        with pytest.raises(Damaged) as raised:
            read(head + b''.join(chunks[number] for number in order))
        # already by the cipher, before anything is made of what is in it
        assert isinstance(raised.value.__context__, InvalidTag)


def test_chunks_of_another_archive_are_found():
    other = write()
    assert other != WHOLE
    mixed = WHOLE[: start_of(1)] + other[start_of(1) : start_of(2)] + WHOLE[start_of(2) :]
    with pytest.raises(Damaged):
        read(mixed)
    with pytest.raises(Damaged):
        read(WHOLE[: start_of(0)] + other[start_of(0) :])


def test_what_follows_is_found():
    for more in (b'x', WHOLE):
        with pytest.raises(Damaged):
            read(WHOLE + more)


def test_another_key_opens_nothing():
    with pytest.raises(Damaged):
        read(WHOLE, bytes(32))


def test_nothing_is_told_in_clear():
    assert MARKER not in WHOLE
    assert b'filestore' not in WHOLE
    assert KEY not in WHOLE


def test_memory_does_not_grow_with_the_content():
    block = bytes(CHUNK)

    class Sink(io.RawIOBase):
        def write(self, data):
            return len(data)

    def peak(blocks):
        tracemalloc.start()
        writer = Writer(Sink(), KEY, HEAD)
        writer.add('dump', (block for _n in range(blocks)))
        writer.close()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(64) < peak(4) + CHUNK

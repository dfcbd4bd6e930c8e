"""Sealed files, without a database."""

import io
import os

import pytest
from reportlab.pdfgen import canvas

from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.consenting import development, seal


def make_pdf(text="I agree"):
    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(100, 700, text)
    page.save()
    return out.getvalue()


@pytest.fixture(scope='module')
def sealer():
    return seal.Sealer.from_pem(development.make_pem())


@pytest.fixture(scope='module')
def sealed(sealer):
    return sealer.seal(make_pdf(), "Sealed 2026-11-22")


def test_valid(sealer, sealed):
    verdict = seal.verify(sealed, sealer.certificates)
    assert verdict.state == 'valid'
    assert "Healthcare CRM development" in verdict.signer


def test_unknown_certificate(sealed):
    other = seal.Sealer.from_pem(development.make_pem())
    assert seal.verify(sealed, other.certificates).state == 'unknown'
    assert seal.verify(sealed, ()).state == 'unknown'


def test_a_former_certificate_stays_known(sealer, sealed):
    fresh = seal.Sealer.from_pem(development.make_pem())
    both = seal.Sealer(fresh.key, fresh.certificates + sealer.certificates)
    assert seal.verify(sealed, both.certificates).state == 'valid'


def test_unsealed(sealer):
    for data in (b'', b'x', b'\x89PNG', make_pdf()):
        assert seal.verify(data, sealer.certificates).state == 'unsealed'


# what the parser says of a broken file is no news
@mute_logger('pyhanko')
@pytest.mark.parametrize('part', range(8))
def test_a_flipped_bit_is_found_anywhere(sealer, sealed, part):
    """Every 29th byte of the file, and every 11th of the signature's own place."""
    start = sealed.index(b'/Contents <')
    places = {*range(part * 29, len(sealed), 29 * 8)}
    places |= {*range(start + part * 11, start + 2 * seal.ROOM, 11 * 8)}
    for place in sorted(one for one in places if one < len(sealed)):
        for bit in (0, 5):
            data = bytearray(sealed)
            data[place] ^= 1 << bit
            state = seal.verify(bytes(data), sealer.certificates).state
            assert state != 'valid', (place, bit)


@mute_logger('pyhanko')
def test_anything_added_or_cut_is_found(sealer, sealed):
    for data in (
        sealed + b'\n',
        sealed + make_pdf(),
        sealed[:-1],
        sealed[: len(sealed) // 2],
        sealed.replace(b'0000>', b'0001>'),
        sealed.replace(b'00000000>', b'00>'),
    ):
        assert seal.verify(data, sealer.certificates).state != 'valid'


def test_sealed_a_second_time_by_somebody_else(sealer, sealed):
    other = seal.Sealer.from_pem(development.make_pem())
    with pytest.raises(Exception):  # noqa: B017, PT011 - the file allows no change
        other.seal(sealed, "Mine now")


def test_another_file_under_the_seal(sealer):
    one, other = sealer.seal(make_pdf("yes"), "x"), sealer.seal(make_pdf("no!"), "x")
    start, end = one.index(b'/Contents <'), one.index(b'>', one.index(b'/Contents <'))
    at, to = other.index(b'/Contents <'), other.index(b'>', other.index(b'/Contents <'))
    assert seal.verify(other[:at] + one[start:end] + other[to:], sealer.certificates).state == (
        'altered'
    )


def test_a_file_without_key_or_certificate_is_refused():
    pem = development.make_pem()
    key, _sep, rest = pem.partition(b'-----BEGIN CERTIFICATE')
    for bad in (b'', key, b'-----BEGIN CERTIFICATE' + rest, b'nonsense'):
        with pytest.raises(seal.SealMissing):
            seal.Sealer.from_pem(bad)


def test_the_certificate_of_another_key_is_refused():
    key = development.make_pem().partition(b'-----BEGIN CERTIFICATE')[0]
    other = development.make_pem().partition(b'-----BEGIN CERTIFICATE')
    with pytest.raises(seal.SealMissing):
        seal.Sealer.from_pem(key + other[1] + other[2])


def test_no_key_is_said_in_words(monkeypatch):
    monkeypatch.delenv('HEALTHCARE_SEAL', raising=False)
    monkeypatch.delenv('HEALTHCARE_SEAL_FILE', raising=False)
    with pytest.raises(seal.SealMissing, match="HEALTHCARE_SEAL_FILE"):
        seal.load()
    monkeypatch.setenv('HEALTHCARE_SEAL_FILE', '/nowhere/seal.pem')
    with pytest.raises(seal.SealMissing, match="cannot be read"):
        seal.load()


def test_the_file_is_read_again_when_it_changed(monkeypatch, tmp_path):
    path = tmp_path / 'seal.pem'
    monkeypatch.delenv('HEALTHCARE_SEAL', raising=False)
    monkeypatch.setenv('HEALTHCARE_SEAL_FILE', str(path))
    path.write_bytes(development.make_pem())
    first = seal.load()
    assert seal.load() is first
    path.write_bytes(development.make_pem())
    os.utime(path, ns=(1, 1))
    assert seal.load() != first

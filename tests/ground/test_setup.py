"""What setup does on a good day, and the one sentence it says on a bad one."""

import socket
import subprocess
import sys

import pytest

from .conftest import ROOT

SCRIPTS = sorted(path for path in (ROOT / 'script').rglob('*') if path.suffix in ('', '.sh'))


def complaint(result):
    """Return the one sentence that a failed script ended with."""
    assert result.returncode != 0
    *_progress, sentence = result.stderr.strip().splitlines()
    assert sentence.startswith('Error: '), result.stderr
    assert result.stderr.count('Error: ') == 1
    return sentence


@pytest.mark.parametrize(
    'script', [path for path in SCRIPTS if path.is_file()], ids=lambda path: path.name
)
def test_script_is_valid_shell(script):
    subprocess.run(['bash', '-n', script], check=True)


class TestPython:
    def test_wrong_one_is_named(self, checkout):
        result = checkout.run('script/setup', PYTHON='/bin/false')
        assert 'PYTHON=/bin/false is not Python 3.10 to 3.13' in complaint(result)
        assert not (checkout.root / '.local/venv').exists()

    def test_another_on_the_path_is_found(self, checkout, tmp_path):
        bin_folder = tmp_path / 'bin'
        bin_folder.mkdir()
        (bin_folder / 'python3').write_text('#!/bin/sh\nexit 1\n', encoding='utf-8')
        (bin_folder / 'python3').chmod(0o755)
        (bin_folder / 'python3.11').symlink_to(sys.executable)
        for name in ('python3.13', 'python3.12'):
            (bin_folder / name).symlink_to('/bin/false')
        path = f'{bin_folder}:/usr/bin:/bin'
        assert checkout.shell('find_python', PATH=path).stdout.strip() == 'python3.11'

    def test_none_at_all_is_installed(self, checkout):
        machine = 'python_fits() { [[ $1 == /usr/bin/python3 ]]; }; apt_install() { say "apt $*"; }'
        result = checkout.shell(machine + '; find_python')
        assert result.stdout.strip() == '/usr/bin/python3'
        assert 'python3-venv' in result.stderr


class TestApt:
    def test_no_rights_names_the_command(self, checkout):
        result = checkout.shell('as_root() { return 1; }; apt_install "A browser" chromium')
        assert 'run: sudo apt-get install chromium' in complaint(result)

    def test_no_network_says_so(self, checkout, no_network):
        code = 'as_root() { [[ $1 == true ]]; }; apt_install "A browser" chromium'
        result = checkout.shell(code, **no_network)
        assert 'check the network' in complaint(result)

    @pytest.mark.parametrize(
        ('name', 'source'),
        [
            ('a.list', 'deb [arch=amd64] http://mirror.test/debian CODENAME main\n'),
            (
                'a.sources',
                'Types: deb\nURIs: http://mirror.test/debian\nSuites: CODENAME CODENAME-updates\n'
                'Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
            ),
        ],
    )
    def test_archive_is_the_one_the_machine_uses(self, checkout, tmp_path, name, source):
        parts = tmp_path / 'sources'
        parts.mkdir()
        codename = checkout.shell('. /etc/os-release; echo "$VERSION_CODENAME"').stdout.strip()
        (parts / name).write_text(source.replace('CODENAME', codename), encoding='utf-8')
        # a repository of somebody else, and Debian's security updates, are not the archive
        (parts / 'other.list').write_text(
            f'deb http://other.test/tools stable main\n'
            f'deb http://mirror.test/debian-security {codename}-security main\n',
            encoding='utf-8',
        )
        conf = tmp_path / 'apt.conf'
        conf.write_text(
            f'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "{parts}";', encoding='utf-8'
        )
        result = checkout.shell('debian_archive', APT_CONFIG=str(conf))
        assert result.stdout.strip() == 'http://mirror.test/debian'


class TestOdoo:
    # what apt would do, without the network
    FAKE_APT = (
        'private_apt() { if [[ $* == *download* ]]; then echo odoo >odoo.deb; fi; }; '
        'dpkg-deb() { mkdir -p "$3/usr/lib/python3/dist-packages/odoo"; }; '
    )

    def test_no_network_says_so(self, checkout, no_network):
        result = checkout.shell('setup_odoo', **no_network)
        assert 'Odoo could not be fetched; check the network' in complaint(result)
        assert not (checkout.root / '.local/odoo').exists()

    def test_fetched_once_unpacked_once(self, checkout):
        first = checkout.shell(self.FAKE_APT + 'setup_odoo')
        assert first.returncode == 0, first.stderr
        assert 'Fetching Odoo' in first.stderr
        second = checkout.shell('setup_odoo')
        assert (second.returncode, second.stderr) == (0, '')

    def test_the_file_debian_leaves_out_is_there(self, checkout):
        checkout.shell(self.FAKE_APT + 'setup_odoo')
        odoo = checkout.root / '.local/odoo/usr/lib/python3/dist-packages/odoo'
        assert (odoo / 'addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js').exists()

    def test_damaged_package_is_fetched_again(self, checkout):
        checkout.shell(self.FAKE_APT + 'setup_odoo; rm -r "$LOCAL/odoo"')
        [package] = checkout.cache.glob('odoo-*/odoo.deb')
        package.write_text('half', encoding='utf-8')
        result = checkout.shell(self.FAKE_APT + 'setup_odoo')
        assert result.returncode == 0, result.stderr
        assert 'damaged, fetching it again' in result.stderr
        assert package.read_text(encoding='utf-8') == 'odoo\n'

    def test_damaged_package_without_network_says_so(self, checkout, no_network):
        checkout.shell(self.FAKE_APT + 'setup_odoo; rm -r "$LOCAL/odoo"')
        [package] = checkout.cache.glob('odoo-*/odoo.deb')
        package.write_text('half', encoding='utf-8')
        result = checkout.shell('setup_odoo', **no_network)
        assert 'check the network' in complaint(result)
        assert not package.exists()

    def test_cut_short_while_unpacking_goes_on(self, checkout):
        killed = checkout.shell(self.FAKE_APT + 'mv() { kill -9 $BASHPID; }; unpack_odoo "$CACHE"')
        assert killed.returncode != 0
        assert not (checkout.root / '.local/odoo').exists()
        assert checkout.shell(self.FAKE_APT + 'setup_odoo').returncode == 0
        assert (checkout.root / '.local/odoo').is_dir()
        assert not (checkout.root / '.local/odoo.tmp').exists()

    def test_wrong_odoo_home_is_named(self, checkout, tmp_path):
        result = checkout.shell('setup_odoo', ODOO_HOME=str(tmp_path))
        assert f'ODOO_HOME={tmp_path} is no checkout of Odoo' in complaint(result)


class TestPackages:
    def test_no_network_says_so(self, checkout, no_network):
        # a name that no cache or folder of wheels can hold
        (checkout.root / 'requirements.txt').write_text(
            'no-such-package-here==1\n', encoding='utf-8'
        )
        code = f'download_wheels "{sys.prefix}/bin/pip" "$CACHE/wheels"'
        result = checkout.shell(code, **no_network)
        assert 'Python packages could not be fetched; check the network' in complaint(result)
        assert not (checkout.cache / 'wheels').exists()

    def test_damaged_wheel_is_fetched_again(self, checkout):
        wheels = checkout.cache / 'wheels'
        wheels.mkdir(parents=True)
        (wheels / 'a.whl').write_text('half', encoding='utf-8')
        (wheels / 'SHA256SUMS').write_text('0' * 64 + '  a.whl\n', encoding='utf-8')
        code = (
            'pip() { echo whole >"$CACHE/wheels.tmp/a.whl"; }; download_wheels pip "$CACHE/wheels"'
        )
        result = checkout.shell(code)
        assert 'damaged, fetching it again' in result.stderr
        assert (wheels / 'a.whl').read_text(encoding='utf-8') == 'whole\n'

    @pytest.mark.parametrize('name', ['requirements.txt', 'requirements-dev.txt'])
    def test_every_package_is_pinned(self, name):
        for line in (ROOT / name).read_text(encoding='utf-8').splitlines():
            assert not line or line.startswith('#') or '==' in line.split(';')[0], line


class TestPostgres:
    def test_lives_in_the_checkout(self, checkout):
        result = checkout.shell('as_postgres() { true; }; LOCAL=/short/.local; postgres_home')
        assert result.stdout.strip() == '/short/.local/postgres'

    @pytest.mark.parametrize(
        'code',
        [
            pytest.param('as_postgres() { false; }; LOCAL=/root/.local', id='closed folder'),
            pytest.param(f'as_postgres() {{ true; }}; LOCAL=/{"x" * 100}', id='long path'),
        ],
    )
    def test_moves_out_where_it_cannot_run(self, checkout, code):
        result = checkout.shell(code + '; postgres_home')
        assert result.stdout.startswith('/var/tmp/healthcare-crm-')
        assert len(result.stdout.strip() + '/run/.s.PGSQL.5432') < 107

    def test_foreign_server_that_is_down_is_named(self, checkout, tmp_path):
        result = checkout.shell('setup_postgres', PGHOST=str(tmp_path))
        assert f'PostgreSQL at PGHOST={tmp_path} does not answer' in complaint(result)


def test_taken_port_names_another(checkout):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = checkout.run('script/server', PORT=str(port))
    assert f'port {port} is taken' in complaint(result)
    assert f'PORT={port + 1} script/server' in result.stderr
    assert not (checkout.root / '.local').exists()


def test_missing_browser_is_named(checkout):
    result = checkout.shell('install_browser', CHROMIUM='/no/browser')
    assert 'CHROMIUM=/no/browser is not a program' in complaint(result)


def test_unknown_benchmark_is_named(checkout):
    assert "no benchmark named 'nothing'" in complaint(checkout.run('script/bench', 'nothing'))


def test_stamp_holds_only_for_the_same_inputs(checkout):
    code = 'mark_done part "$(fingerprint a)"; is_done part "$(fingerprint {})"'
    assert checkout.shell(code.format('a')).returncode == 0
    assert checkout.shell(code.format('b')).returncode != 0

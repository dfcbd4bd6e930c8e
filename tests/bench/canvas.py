"""The canvas on a big workflow: frames per second while it is used, in a real browser.

script/bench canvas               200 steps
script/bench canvas --steps 50    fewer

Pointer, wheel and keys go in as a person's do, through the browser's own input; frames are counted
in the page, by requestAnimationFrame.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from statistics import mean, quantiles

import websocket

from tests.bench import DATABASE, environment, figure

BENCH = 'canvas'
#: What a hand does in a second.
MOVES = 60
SECONDS = 4
SIZE = (1280, 720)
COUNT_FRAMES = """
    window.benchFrames = [];
    window.benchOn = true;
    (function frame(now) {
        window.benchFrames.push(now);
        if (window.benchOn) requestAnimationFrame(frame);
    })(performance.now());
"""


def draft(env, count):
    """Return a draft of ``count`` steps: messages in a row, each with a wait and a call aside."""
    steps = {}
    for number in range(count):
        key, row = f'k{number}', number // 4
        follow = {
            0: {'sent': [f'k{number + 1}'], 'suppressed': [f'k{number + 2}']},
            1: {'done': [f'k{number + 2}']},
            2: {'reached': [f'k{number + 2}'], 'no_answer': [f'k{number + 1}']},
            3: {'done': [f'k{number + 1}']},
        }[number % 4]
        kind = ('message', 'wait', 'care_task', 'wait')[number % 4]
        steps[key] = {
            'kind': kind,
            'name': f"{kind} {number}",
            'x': None,
            'y': None,
            'values': {},
            'next': {
                outcome: [to for to in keys if int(to[1:]) < count]
                for outcome, keys in follow.items()
            },
        }
        # waits lie beside the call, not in a circle with it
        if number % 4 == 1:
            steps[key]['next'] = {'done': [f'k{4 * row + 4}']} if 4 * row + 4 < count else {}
    flow = env['healthcare.workflow'].create({'name': "Benchmark"})
    canvas = flow.canvas_load()
    flow.canvas_save({'start': 'k0', 'steps': steps}, canvas['revision'])
    return flow


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


@contextmanager
def running(arguments, url, **options):
    """Run a program until the block ends, which begins when ``url`` answers."""
    process = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        for _attempt in range(300):
            try:
                urllib.request.urlopen(url, timeout=60).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


class Page:
    """A page of a browser, by the DevTools protocol."""

    def __init__(self, port):
        with urllib.request.urlopen(f'http://127.0.0.1:{port}/json/list') as answer:
            (target,) = [one for one in json.load(answer) if one['type'] == 'page']
        self.socket = websocket.create_connection(
            target['webSocketDebuggerUrl'], suppress_origin=True
        )
        self.number = 0
        self.answers = {}
        self.arrived = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        try:
            while True:
                message = json.loads(self.socket.recv())
                if 'id' in message:
                    with self.arrived:
                        self.answers[message['id']] = message
                        self.arrived.notify_all()
        except (OSError, ValueError, websocket.WebSocketException):
            return  # the browser is gone

    def send(self, method, **params):
        """Send a command; do not wait for it."""
        self.number += 1
        self.socket.send(json.dumps({'id': self.number, 'method': method, 'params': params}))
        return self.number

    def ask(self, method, **params):
        """Send a command; return what it answers."""
        number = self.send(method, **params)
        with self.arrived:
            if not self.arrived.wait_for(lambda: number in self.answers, timeout=120):
                raise TimeoutError(method)
        return self.answers.pop(number).get('result', {})

    def run(self, script):
        """Return the value of a piece of JavaScript."""
        answer = self.ask(
            'Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True
        )
        if 'exceptionDetails' in answer:
            raise RuntimeError(answer['exceptionDetails'])
        return answer['result'].get('value')

    def until(self, condition, seconds=600):
        """Wait until a JavaScript condition holds; return how many ms that took."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            if self.run(f'Boolean({condition})'):
                return 1000 * (time.monotonic() - start)
            time.sleep(0.02)
        raise TimeoutError(condition)

    def mouse(self, kind, x, y, **more):
        self.send('Input.dispatchMouseEvent', type=kind, x=x, y=y, **more)


def login(page, url):
    """Give the browser a session of the clinic administrator of the demo clinic."""
    params = {'db': DATABASE, 'login': 'clinic_admin', 'password': 'clinic_admin'}
    request = urllib.request.Request(
        f'{url}/web/session/authenticate',
        json.dumps({'params': params}).encode(),
        {'Content-Type': 'application/json'},
    )
    with urllib.request.urlopen(request) as answer:
        cookie = answer.headers['Set-Cookie'].split(';')[0]
    name, value = cookie.split('=', 1)
    page.ask('Network.setCookie', url=url, name=name, value=value)


def card(page):
    """Return where the name on a card in sight is, of a chosen one where some are."""
    return page.run("""(() => {
        const cards = [...document.querySelectorAll('.o_hcw_card:not([data-key=start])')];
        const chosen = cards.filter((one) => one.matches('.o_hcw_selected'));
        for (const one of chosen.length ? chosen : cards) {
            const box = one.querySelector('.o_hcw_name').getBoundingClientRect();
            const at = [box.x + box.width / 2, box.y + box.height / 2];
            if (one.contains(document.elementFromPoint(...at))) return at;
        }
    })()""")


def measured(page, name, action):
    """Count the frames while ``action(share)`` is called with the share of the time gone by."""
    page.run(COUNT_FRAMES)
    start = time.monotonic()
    for move in range(MOVES * SECONDS):
        action(move / (MOVES * SECONDS))
        time.sleep(max(0, start + (move + 1) / MOVES - time.monotonic()))
    frames = page.run('window.benchOn = false, window.benchFrames')
    gaps = [after - before for before, after in zip(frames, frames[1:], strict=False)]
    figure(BENCH, f'{name}_fps_mean', 1000 / mean(gaps), 'frames/s')
    figure(BENCH, f'{name}_fps_p5', 1000 / quantiles(gaps, n=20)[-1], 'frames/s')
    figure(BENCH, f'{name}_longest_frame_ms', max(gaps), 'ms')


def drag(page, name):
    """Take a card and go around with it."""
    x, y = card(page)
    page.mouse('mousePressed', x, y, button='left', clickCount=1)

    def around(share):
        page.mouse(
            'mouseMoved',
            x + 120 * (1 - abs(1 - 4 * share % 2)),
            y + 90 * (1 - abs(1 - 6 * share % 2)),
            button='left',
        )

    measured(page, name, around)
    page.mouse('mouseReleased', x, y, button='left', clickCount=1)
    time.sleep(1)


def use(page):
    """Do what a person does with a big workflow."""
    drag(page, 'drag_card')
    page.run("""(() => {
        const cards = [...document.querySelectorAll('.o_hcw_card:not([data-key=start])')];
        const press = (one, type) => one.dispatchEvent(new PointerEvent(type, {
            bubbles: true, pointerId: 1, ctrlKey: true, clientX: 1, clientY: 1, button: 0}));
        // the one just dragged is chosen already
        for (const one of cards.filter((card) => !card.matches('.o_hcw_selected')).slice(0, 19)) {
            press(one, 'pointerdown');
            press(one, 'pointerup');
        }
    })()""")
    page.until("document.querySelectorAll('.o_hcw_selected').length === 20")
    drag(page, 'drag_twenty')
    x, y = SIZE[0] * 0.6, SIZE[1] * 0.6
    measured(
        page,
        'pan',
        lambda share: page.mouse(
            'mouseWheel', x, y, deltaX=0, deltaY=30 if share % 0.5 < 0.25 else -30
        ),
    )
    measured(
        page,
        'zoom',
        lambda share: page.mouse(
            'mouseWheel', x, y, deltaX=0, deltaY=12 if share % 0.5 < 0.25 else -12, modifiers=2
        ),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--steps', type=int, default=200)
    options = parser.parse_args()
    with environment() as env:
        flow = draft(env(user=env.ref('base.user_admin')), options.steps)
        env['ir.config_parameter'].set_param('web.base.url.freeze', 'True')
        env.cr.commit()
    port, debug = free_port(), free_port()
    url = f'http://127.0.0.1:{port}'
    server = [sys.executable, '-m', 'odoo', '-d', DATABASE, '--http-port', str(port)]
    profile = tempfile.mkdtemp()
    chromium = shutil.which('chromium') or shutil.which('google-chrome')
    browser = [chromium, '--headless=new', '--no-sandbox', f'--remote-debugging-port={debug}']
    browser += [
        f'--user-data-dir={profile}',
        f'--window-size={SIZE[0]},{SIZE[1]}',
        '--no-first-run',
    ]
    browser += ['--disable-background-networking', '--disable-component-update', '--disable-sync']
    try:
        with (
            running([*server, '--max-cron-threads', '0'], f'{url}/web/login', env=os.environ),
            running([*browser, 'about:blank'], f'http://127.0.0.1:{debug}/json/version'),
        ):
            page = Page(debug)
            login(page, url)
            cards = options.steps + 1
            ready = f"document.querySelectorAll('.o_hcw_card').length === {cards}"
            for figure_name in ('first_load_ms', 'load_ms'):
                # the first makes the bundle and lays the steps out
                page.ask('Page.navigate', url='about:blank')
                page.ask('Page.navigate', url=f'{url}/odoo/workflows/{flow.id}')
                figure(BENCH, figure_name, page.until(ready), 'ms')
                time.sleep(2)
            use(page)
    finally:
        shutil.rmtree(profile, ignore_errors=True)


if __name__ == '__main__':
    main()

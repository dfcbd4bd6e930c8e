"""Pictures of pages, taken while a test uses them."""

import base64
import os
import re
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from odoo.tests.common import ChromeBrowser

PICTURE = re.compile(r'^screenshot: ([\w-]+)')


@contextmanager
def taking_screenshots(folder):
    """Write a PNG into ``folder`` whenever a page says ``console.log("screenshot: name")``.

    With the environment variable ``SCREENSHOTS``, they go there instead: ``SCREENSHOTS=docs/images
    script/test tests/browser`` renews the pictures of the documentation.

    :param folder: where they go, a path
    :yield: the list of files written so far
    """
    folder = Path(os.environ.get('SCREENSHOTS') or folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    handle_console = ChromeBrowser._handle_console

    def handle(browser, type, args=None, **kwargs):
        said = PICTURE.match(str((args or [{}])[0].get('value') or ''))
        if said:
            path = folder / f'{said[1]}.png'

            def save(answer):
                path.write_bytes(base64.b64decode(answer.result(timeout=0)['data']))
                written.append(path)

            browser._websocket_send('Page.captureScreenshot', with_future=True).add_done_callback(
                save
            )
        return handle_console(browser, type, args=args, **kwargs)

    with (
        patch.object(ChromeBrowser, '_handle_console', handle),
        # the browser of someone in the demo clinic
        patch.dict(os.environ, {'TZ': 'Asia/Taipei'}),
    ):
        yield written

import tempfile

from odoo.tests import HttpCase

from .screenshots import taking_screenshots


class TourCase(HttpCase):
    """Tours through the screens of an add-on, and the pictures taken on the way."""

    def use(self, tour, url, login, *pictures):
        """Go through a tour, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(url, tour, login=login)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def look(self, path, picture):
        """Open a page that has no script of ours, and take its picture."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.browser_js(
                path,
                f'setTimeout(() => console.log("screenshot: {picture}"), 300);'
                'setTimeout(() => console.log("test successful"), 1300);',
                ready='document.readyState === "complete"',
            )
        self.assertEqual([one.stem for one in taken], [picture])

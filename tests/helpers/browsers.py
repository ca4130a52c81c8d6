"""A real browser without a window, for tests of the page."""

import contextlib
import json
import os
import shutil
import tempfile
import time

SHOTS = os.environ.get('JUNTINGNET_SHOTS')
"""A folder where screenshots are kept, to be looked at."""
PATIENCE = 120
FLAGS = (
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
)


def missing():
    """Why no browser can be had; None where one can."""
    for name in ('chromium', 'chromedriver'):
        if not shutil.which(name):
            return f'{name} is missing: apt-get install chromium chromium-driver'
    try:
        import selenium  # noqa: F401
    except ImportError:
        return 'selenium is missing: pip install selenium'
    return None


class Browser:
    """Chromium; a context manager.

    Attributes
    ----------
    driver : selenium.webdriver.Chrome
    downloads : str
        The folder where it puts files.
    """

    def __enter__(self):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            self.downloads = os.path.join(folder, 'downloads')
            os.mkdir(self.downloads)
            options = webdriver.ChromeOptions()
            options.binary_location = shutil.which('chromium')
            for flag in (*FLAGS, '--user-data-dir=' + os.path.join(folder, 'profile')):
                options.add_argument(flag)
            options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
            # What it keeps beside its profile, as crash reports, goes there too.
            home = {**os.environ, 'TMPDIR': folder, 'XDG_CONFIG_HOME': folder}
            service = Service(shutil.which('chromedriver'), env=home)
            self.driver = webdriver.Chrome(options=options, service=service)
            stack.callback(self.driver.quit)
            self.driver.execute_cdp_cmd(
                'Browser.setDownloadBehavior', {'behavior': 'allow', 'downloadPath': self.downloads}
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.close()

    def size(self, width, height):
        """Give the page so many pixels."""
        self.driver.execute_cdp_cmd(
            'Emulation.setDeviceMetricsOverride',
            {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False},
        )

    def dark(self, wanted):
        """Prefer a dark page, or a light one."""
        self.driver.execute_cdp_cmd(
            'Emulation.setEmulatedMedia',
            {
                'features': [
                    {'name': 'prefers-color-scheme', 'value': 'dark' if wanted else 'light'},
                    {'name': 'prefers-reduced-motion', 'value': 'reduce'},
                ]
            },
        )

    def find(self, selector):
        """The element of a CSS selector."""
        return self.driver.find_element('css selector', selector)

    def run(self, script, *args):
        """What JavaScript returns."""
        return self.driver.execute_script(script, *args)

    def until(self, script, *args):
        """Wait until JavaScript returns something true."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = self.run('return ' + script, *args)
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f'never: {script}; {self.driver.get_log("browser")}')

    def shot(self, name):
        """Keep a screenshot, where somebody wants them."""
        if SHOTS:
            os.makedirs(SHOTS, exist_ok=True)
            self.driver.save_screenshot(os.path.join(SHOTS, name + '.png'))

    def addresses(self):
        """Of all requests since the last call."""
        messages = (json.loads(each['message']) for each in self.driver.get_log('performance'))
        return [
            each['message']['params']['request']['url']
            for each in messages
            if each['message']['method'] == 'Network.requestWillBeSent'
        ]

"""The product as a running program: start it, speak to it, stop it.

Knows the one line that `flowgpt demo --json` prints and the simulator's own
address, and nothing of the tests. The binary is named by FLOWGPT_BIN.
"""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.request

import openai

DEADLINE_S = 20
POLL_S = 0.02


class Product:
    """A gateway and a simulator behind it, started in a folder of their own."""

    def __init__(self, folder):
        self._log = open(folder / "flowgpt.log", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [os.environ["FLOWGPT_BIN"], "demo", "--port", "0", "--pace", "instant", "--json"],
            cwd=folder,
            env={"HOME": str(folder), "PATH": os.environ["PATH"], "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
        )
        addresses = self._read_addresses()
        self.base_url = addresses["base_url"]
        self.api_key = addresses["api_key"]
        self.simulator_url = addresses["simulator_url"]

    def _read_addresses(self):
        """Reads the first line; a product that stays silent is killed, which ends the read."""
        timer = threading.Timer(DEADLINE_S, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self._process.kill()
            self._process.wait()
            raise RuntimeError(f"flowgpt demo printed no line:\n{self.log()}")
        return json.loads(line)

    def log(self):
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def client(self, **options):
        return openai.OpenAI(**self._with_defaults(options))

    def async_client(self, **options):
        return openai.AsyncOpenAI(**self._with_defaults(options))

    def _with_defaults(self, options):
        defaults = {
            "api_key": self.api_key,
            "base_url": self.base_url,
            "max_retries": 0,
            "timeout": DEADLINE_S,
        }
        return defaults | options

    def raw_stream(self, model, prompt):
        """The bytes of a streamed answer, as no client shows them."""
        body = {
            "model": model,
            "stream": True,
            "messages": [{"role": "user", "content": prompt}],
        }
        request = urllib.request.Request(
            f"{self.base_url}/chat/completions",
            data=json.dumps(body).encode(),
            headers={
                "authorization": f"Bearer {self.api_key}",
                "content-type": "application/json",
            },
        )
        return _open(request).decode()

    def open_streams(self):
        """How many answers the simulator is still sending to the gateway."""
        return json.loads(_open(f"{self.simulator_url}/simulator/open_streams"))["open_streams"]

    def wait_for_open_streams(self, wanted):
        deadline = time.monotonic() + DEADLINE_S
        while (count := self.open_streams()) != wanted:
            assert time.monotonic() < deadline, f"{count} streams are open, not {wanted}"
            time.sleep(POLL_S)

    def stop(self, with_signal=signal.SIGTERM):
        """Asks it to end and returns its exit code; one that does not end is killed."""
        self._process.send_signal(with_signal)
        try:
            return self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process.stdout.close()
            self._log.close()


def _open(request):
    """Fetches from this machine without regard to any proxy that is set."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=DEADLINE_S) as response:
        return response.read()

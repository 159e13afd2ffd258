"""The product as running programs: start it, speak to it, stop it.

Knows the one line that each command of `flowgpt` prints with `--json` and the
simulator's own address, and nothing of the tests. The binary is named by FLOWGPT_BIN.
"""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

import openai

DEADLINE_S = 20
POLL_S = 0.02

KEY = "sk-test"


class Program:
    """One command of the product, running in `folder`, and the line it printed first."""

    def __init__(self, folder, command, *arguments, settings=None):
        self._log = open(folder / f"{command}.log", "w+", encoding="utf-8")
        environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "TMPDIR": str(folder)}
        self._process = subprocess.Popen(
            [os.environ["FLOWGPT_BIN"], command, "--port", "0", "--json", *arguments],
            cwd=folder,
            env=environment | (settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
        )
        self.line = self._read_line()

    def _read_line(self):
        """Reads the first line; a program that stays silent is killed, which ends the read."""
        timer = threading.Timer(DEADLINE_S, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self._process.kill()
            self._process.wait()
            raise RuntimeError(f"flowgpt printed no line:\n{self.log()}")
        return json.loads(line)

    def log(self):
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def stop(self, with_signal):
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


class Product:
    """A gateway and a simulator behind it, started in a folder of their own.

    Without settings it is the demo, which is both in one program. `every_driver` adds a key of a
    server with OpenAI's API to the account, so that any driver can be asked by name.
    """

    def __init__(self, folder, every_driver=False, **settings):
        if settings or every_driver:
            self._simulator = Program(folder, "simulate", "--pace", "instant")
            simulated = self._simulator.line
            accounts = [simulated["access_token"]]
            if every_driver:
                server = f"{simulated['simulator_url']}/platform/v1"
                accounts.append(f"{simulated['platform_key']},{server}")
            defaults = {
                "CHATGPT_BASE_URL": simulated["simulator_url"],
                "ACCOUNTS": ",".join(accounts),
                "AUTHORIZATION": KEY,
            }
            try:
                self._gateway = Program(folder, "serve", settings=defaults | settings)
            except RuntimeError:
                self._simulator.stop(signal.SIGKILL)
                raise
            addresses = simulated | {"api_key": KEY} | self._gateway.line
        else:
            self._simulator = None
            self._gateway = Program(folder, "demo", "--no-samples", "--pace", "instant")
            addresses = self._gateway.line
        self.base_url = addresses["base_url"]
        self.api_key = addresses["api_key"]
        self.simulator_url = addresses["simulator_url"]
        self.access_token = addresses.get("access_token")

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

    def kept_conversations(self):
        """The ids of the conversations upstream keeps; known with settings only."""
        request = urllib.request.Request(
            f"{self.simulator_url}/backend-api/conversations",
            headers={"authorization": f"Bearer {self.access_token}"},
        )
        return {item["id"] for item in json.loads(_open(request))["items"]}

    def wait_for_kept_conversations(self, wanted):
        deadline = time.monotonic() + DEADLINE_S
        while (kept := self.kept_conversations()) != wanted:
            assert time.monotonic() < deadline, f"upstream keeps {kept}, not {wanted}"
            time.sleep(POLL_S)

    def wait_for_open_streams(self, wanted):
        deadline = time.monotonic() + DEADLINE_S
        while (count := self.open_streams()) != wanted:
            assert time.monotonic() < deadline, f"{count} streams are open, not {wanted}"
            time.sleep(POLL_S)

    def fetch(self, link, key=None, **headers):
        """What is behind a link that was in an answer; an error's reply counts as well."""
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        try:
            request = urllib.request.Request(link, headers=headers)
            with _opener().open(request, timeout=DEADLINE_S) as reply:
                return Fetched(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Fetched(error.status, error.headers, error.read())

    def stop(self, with_signal=signal.SIGTERM):
        """Asks it to end and returns the gateway's exit code."""
        try:
            return self._gateway.stop(with_signal)
        finally:
            if self._simulator is not None:
                self._simulator.stop(with_signal)


@dataclass
class Fetched:
    """A reply, read to its end."""

    status: int
    headers: object
    body: bytes


def _open(request):
    with _opener().open(request, timeout=DEADLINE_S) as response:
        return response.read()


def _opener():
    """Asks this machine without regard to any proxy that is set."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))

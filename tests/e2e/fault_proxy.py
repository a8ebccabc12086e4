"""A proxy on loopback between a Matrix client and its server that makes the faults of a network: answers that are lost before or after
the server acted, cut connections, slow answers, errors of gateways, limits with and without a time, and answers that are held until
the client was killed. It runs in the event loop of the run, so a case sets a fault by an assignment.
"""

import asyncio
import collections
import dataclasses
import json
import re

import aiohttp
from aiohttp import web

from frame import Failed, eventually

# What a connection owns and a proxy does not hand on.
HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "accept-encoding", "date", "server"}
SYNC = re.compile(r"/sync$")
SEND = r"/rooms/[^/]+/send/"
# Requests that are remembered, for counting.
KEPT = 20_000


@dataclasses.dataclass
class Fault:
    """What happens to requests that fit, so many times."""

    pattern: str
    method: str | None = None
    times: int = 1
    # None: the connection is cut
    status: int | None = None
    body: dict | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    # whether the server gets the request before its answer is lost
    after: bool = False
    met: int = 0


class Hold:
    """A point at which one request waits: after the server acted, before its answer goes on; or before the server sees it."""

    def __init__(self, pattern, method, before):
        self.pattern, self.method, self.before = pattern, method, before
        self.is_reached, self.is_taken = False, False
        self.released = asyncio.Event()

    def wait(self, within=60):
        """Waits until a request stands at the point."""
        eventually(f"a request at {self.pattern}", lambda: self.is_reached, within)


class FaultProxy:
    """Hands requests on to a server, except where a fault is set."""

    def __init__(self, stack, loop, upstream):
        self.upstream, self._loop = upstream, loop
        self.faults, self.holds, self.delay_seconds = [], [], 0.0
        self.asked = collections.deque(maxlen=KEPT)
        # how often the server itself answered with a status
        self.statuses = collections.Counter()
        # keys for encrypted messages are kept from these users until the switch is off
        self.keeps_keys = False
        # when events were sent, as the client gets to hear it: id → milliseconds
        self.moments = {}
        self._kept, self._runner = collections.defaultdict(list), None
        loop.run(self._start())
        stack.callback(lambda: loop.run(self._stop()))

    async def _start(self):
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False, connector=aiohttp.TCPConnector(limit=0))
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self):
        for hold in self.holds:
            hold.released.set()
        await self._runner.cleanup()
        await self._session.close()

    def fail(self, pattern, method=None, times=1, **how):
        """Sets a fault and gives it, so that a case can see that it was met."""
        fault = Fault(pattern, method, times, **how)
        self.faults.append(fault)
        return fault

    def limit(self, pattern, method=None, times=1, retry_ms=None, header=None):
        """Sets an answer 429, with the waiting time in the body, in a header, or nowhere."""
        body = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"}
        if retry_ms is not None:
            body["retry_after_ms"] = retry_ms
        headers = {} if header is None else {"Retry-After": str(header)}
        return self.fail(pattern, method, times, status=429, body=body, headers=headers)

    def hold(self, pattern, method=None, before=False):
        """Lets the next request that fits wait at its point until `release`."""
        hold = Hold(pattern, method, before)
        self.holds.append(hold)
        return hold

    def release(self, hold):
        self.holds.remove(hold)
        self._loop.call(hold.released.set)

    def clear(self):
        """Takes all faults away."""
        for hold in list(self.holds):
            self.release(hold)
        self.faults.clear()
        self.delay_seconds, self.keeps_keys, self.moments = 0.0, False, {}

    def count(self, pattern, method=None):
        """Tells how many requests fitted so far."""
        return sum(1 for verb, where in list(self.asked) if method in (None, verb) and re.search(pattern, where))

    def _fault(self, request):
        for fault in self.faults:
            if fault.met < fault.times and fault.method in (None, request.method) and re.search(fault.pattern, request.path):
                fault.met += 1
                return fault
        return None

    def _point(self, request):
        for hold in self.holds:
            if not hold.is_taken and hold.method in (None, request.method) and re.search(hold.pattern, request.path):
                hold.is_taken = True
                return hold
        return None

    async def _handle(self, request):
        self.asked.append((request.method, request.path))
        body = await request.read()
        hold, fault = self._point(request), self._fault(request)
        if hold and hold.before:
            hold.is_reached = True
            await hold.released.wait()
        if fault and not fault.after:
            return self._faulty(request, fault)
        try:
            status, headers, data = await self._forward(request, body)
        except (aiohttp.ClientError, OSError):
            return self._cut(request)
        if hold and not hold.before:
            hold.is_reached = True
            await hold.released.wait()
        if fault:
            return self._faulty(request, fault)
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        if status == 200:
            data = self._changed(request, data)
        return web.Response(status=status, headers=headers, body=data)

    async def _forward(self, request, body):
        headers = {key: value for key, value in request.headers.items() if key.lower() not in HOP}
        # the path goes on as it came: what is escaped in it stays so
        url = aiohttp.client.URL(self.upstream + request.raw_path, encoded=True)
        async with self._session.request(request.method, url, data=body or None, headers=headers, allow_redirects=False) as answer:
            data = await answer.read()
            self.statuses[answer.status] += 1
            kept = [(key, value) for key, value in answer.headers.items() if key.lower() not in HOP]
            return answer.status, kept, data

    def _changed(self, request, data):
        """Gives an answer as it was asked to look: without keys, with other moments."""
        if SYNC.search(request.path):
            data = self._without_keys(request, data)
        if not self.moments or not any(event_id.encode() in data for event_id in self.moments):
            return data
        answer = json.loads(data)
        self._set_moments(answer)
        return json.dumps(answer).encode()

    def _set_moments(self, value):
        if isinstance(value, dict):
            if value.get("event_id") in self.moments and "origin_server_ts" in value:
                value["origin_server_ts"] = self.moments[value["event_id"]]
                value.pop("unsigned", None)
            value = list(value.values())
        if isinstance(value, list):
            for part in value:
                self._set_moments(part)

    def _without_keys(self, request, data):
        who = request.headers.get("Authorization", "")
        if not self.keeps_keys and not self._kept[who]:
            return data
        answer = json.loads(data)
        to_device = answer.setdefault("to_device", {})
        if self.keeps_keys:
            self._kept[who] += to_device.get("events", [])
            to_device["events"] = []
        else:
            to_device["events"] = self._kept.pop(who) + to_device.get("events", [])
        return json.dumps(answer).encode()

    def _faulty(self, request, fault):
        if fault.status is None:
            return self._cut(request)
        body = fault.body or {"errcode": "M_UNKNOWN", "error": "a fault of the run"}
        return web.json_response(body, status=fault.status, headers=fault.headers)

    def _cut(self, request):
        if request.transport:
            request.transport.abort()
        return web.Response(status=502)


def must_be_met(fault):
    """Fails where a fault was never met: the case would have proved nothing."""
    if not fault.met:
        raise Failed(f"no request met the fault on {fault.pattern}")

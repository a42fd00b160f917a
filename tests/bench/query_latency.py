#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long PromQL takes over HTTP, on Sextant (TLS, one kept connection) and on a Prometheus (plain HTTP, as it comes,
one kept connection) that hold the same samples: those of promql_samples. Each query as an instant query and over the
day at a step of 5 minutes, asked in turn of one and the other, to the last byte of the answer. Prints JSON lines
{"name", "value", "unit", "peer"} with medians; ends with an error where the two do not answer with the same series.

Usage: query_latency.py SEXTANT_URL CA_FILE KEY PROMETHEUS_URL FROM TO [ROUNDS]"""
import http.client
import json
import ssl
import statistics
import sys
import time
from urllib.parse import urlencode, urlsplit

QUERIES = {
    "one_series": 'memory_used_bytes{instance="app-7:8080",pool="pool-3"}',
    "220_series": "memory_used_bytes",
    "rate_of_500": "rate(http_requests_total[5m])",
    "sum_by": "sum by (code) (rate(http_requests_total[5m]))",
    "topk": "topk(5, memory_used_bytes)",
    "histogram_quantile": "histogram_quantile(0.99, sum by (le) (rate(request_seconds_bucket[5m])))",
    "max_over_time": "max_over_time(memory_used_bytes[1h])",
}


class Side:
    def __init__(self, url, context=None, key=None):
        parts = urlsplit(url)
        self.connection = (http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=120)
                           if context else http.client.HTTPConnection(parts.hostname, parts.port, timeout=120))
        self.headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"
        self.connection.connect()

    def ask(self, path, form):
        """Milliseconds and the answer."""
        body = urlencode(form)
        started = time.perf_counter()
        self.connection.request("POST", path, body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        spent = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            sys.exit(f"query_latency: {form['query']}: {answer.status} {text[:200]}")
        return spent, text


def series_of(text):
    return {json.dumps(series["metric"], sort_keys=True) for series in json.loads(text)["data"]["result"]}


def main():
    url, ca, key, peer_url, first, last, *rounds = sys.argv[1:]
    rounds = int(rounds[0]) if rounds else 7
    ours = Side(url, ssl.create_default_context(cafile=ca), key)
    theirs = Side(peer_url)
    for name, query in QUERIES.items():
        for kind, path, form in (("instant", "/api/v1/query", {"time": last}),
                                 ("range", "/api/v1/query_range", {"start": first, "end": last, "step": "300"})):
            form = {"query": query, **form}
            taken = ([], [])
            for turn in range(rounds + 1):
                pair = [side.ask(path, form) for side in (ours, theirs)]
                if turn == 0:  # what is asked for the first time may have to come from the disk
                    # By topk's choice a series more or less may be in a range: buckets of 5 minutes stand for samples.
                    mine, other = (series_of(text) for _, text in pair)
                    if not mine or (mine != other and not (name == "topk" and kind == "range")):
                        sys.exit(f"query_latency: {query} ({kind}): {len(mine)} series, {len(other)} with Prometheus")
                    continue
                for times, (spent, _) in zip(taken, pair):
                    times.append(spent)
            value, peer = (statistics.median(times) for times in taken)
            print(json.dumps({"name": f"promql_{kind}_{name}", "value": value, "unit": "ms", "peer": peer}), flush=True)


main()

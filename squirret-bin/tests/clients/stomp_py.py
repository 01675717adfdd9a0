"""One visit of stomp.py over WebSocket: connect, subscribe, exchange messages in a transaction, leave with a receipt.

python stomp_py.py http://127.0.0.1:PORT [1.1|1.2]
Prints one JSON object with what it saw; exits with 0 only when everything came.
"""
import json
import queue
import sys
import urllib.request
from urllib.parse import urlsplit

import stomp


class Seen(stomp.ConnectionListener):
    """Keeps what arrives, for the main thread to wait on."""

    def __init__(self):
        self.events = queue.Queue()

    def on_connected(self, frame):
        self.events.put(("CONNECTED", frame.headers, frame.body))

    def on_message(self, frame):
        self.events.put((json.loads(frame.body)["type"], frame.headers, frame.body))

    def on_receipt(self, frame):
        self.events.put(("RECEIPT " + frame.headers["receipt-id"], frame.headers, frame.body))

    def on_error(self, frame):
        self.events.put(("ERROR frame", frame.headers, frame.body))

    def wait_for(self, what):
        while True:
            kind, headers, body = self.events.get(timeout=15)
            if kind == "ERROR frame":
                raise SystemExit(f"ERROR {headers} {body}")
            if kind == what:
                return headers, body


def post(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


def main():
    base = sys.argv[1]
    session = post(base + "/internal/session")
    address = urlsplit(base)
    seen = Seen()
    connection = stomp.WSStompConnection(
        [(address.hostname, address.port)],
        ws_path=f"/ws?token={session['wsToken']}",
        heartbeats=(1000, 1000),
        reconnect_attempts_max=1,
    )
    connection.set_listener("", seen)
    connection.connect(wait=True)
    connected, _ = seen.wait_for("CONNECTED")
    connection.subscribe("/user/queue/session", id="s1", ack="client-individual", headers={"receipt": "r-sub"})
    seen.wait_for("RECEIPT r-sub")
    transaction = connection.begin()
    ping = json.dumps({"type": "PING", "payload": {"ts": 1}})
    connection.send("/app/session.message", ping, content_type="application/json", transaction=transaction)
    connection.commit(transaction)
    headers, pong = seen.wait_for("PONG")
    connection.ack(headers["ack"])
    _, data = seen.wait_for("DATA")
    connection.unsubscribe("s1", headers={"receipt": "r-unsub"})
    seen.wait_for("RECEIPT r-unsub")
    connection.disconnect(receipt="r-bye")
    seen.wait_for("RECEIPT r-bye")
    print(json.dumps({"version": connected["version"], "pong": json.loads(pong), "data": json.loads(data)}))


main()

"""What stomp.py promises its users of a plain broker, each promise a case of its own.

python stomp_py_broker.py http://127.0.0.1:PORT
The server runs with stomp.open_broker. Prints one JSON object, case -> null or what went wrong.
"""
import contextlib
import json
import queue
import sys
import traceback
import urllib.request
import uuid
from urllib.parse import urlsplit

import stomp
from stomp.listener import TestListener, WaitingListener

BASE = sys.argv[1]
ADDRESS = urlsplit(BASE)
WAIT = 15


def token():
    request = urllib.request.Request(BASE + "/internal/session", method="POST")
    with urllib.request.urlopen(request, timeout=WAIT) as reply:
        return json.load(reply)["wsToken"]


class Inbox(stomp.ConnectionListener):
    """Keeps what arrives, for the main thread to wait on."""

    def __init__(self):
        self.frames = queue.Queue()

    def on_message(self, frame):
        self.frames.put(("MESSAGE", frame))

    def on_receipt(self, frame):
        self.frames.put(("RECEIPT", frame))

    def on_error(self, frame):
        self.frames.put(("ERROR", frame))

    def next(self, kind):
        while True:
            got, frame = self.frames.get(timeout=WAIT)
            if got == kind:
                return frame
            if got == "ERROR":
                raise AssertionError(f"ERROR {frame.headers} {frame.body}")

    def empty(self):
        return self.frames.empty()


class Client:
    """A connected client; `kind` is one of stomp.py's WebSocket connections."""

    def __init__(self, kind=stomp.WSStompConnection, passcode=None, **settings):
        self.inbox = Inbox()
        self.raw = kind([(ADDRESS.hostname, ADDRESS.port)], ws_path="/ws", reconnect_attempts_max=1, **settings)
        self.raw.set_listener("inbox", self.inbox)
        self.raw.connect("guest", passcode or token(), wait=True)

    def settle(self):
        receipt = str(uuid.uuid4())
        self.raw.send("/topic/nobody", "", receipt=receipt)
        while self.inbox.next("RECEIPT").headers["receipt-id"] != receipt:
            pass

    def leave(self):
        self.raw.disconnect(receipt=str(uuid.uuid4()))


def name(kind):
    return f"/{kind}/{uuid.uuid4()}"


def sends_to_a_queue_and_hears_itself():
    """The library's own check of a broker behind a WebSocket: one connection, one message, no error, one end."""
    connection = stomp.WSConnection([(ADDRESS.hostname, ADDRESS.port)], vhost="/", ws_path="/ws", header={})
    listener, waiting = TestListener("123", print_to_log=False), WaitingListener("456")
    connection.set_listener("123", listener)
    connection.set_listener("456", waiting)
    connection.connect("guest", token(), wait=True)
    destination = name("queue")
    connection.subscribe(destination=destination, id=1, ack="auto")
    connection.send(body="this is a test", destination=destination, receipt="123")
    listener.wait_on_receipt()
    connection.disconnect(receipt="456")
    waiting.wait_on_disconnected()
    seen = (listener.connections, listener.messages, listener.errors, listener.disconnects)
    assert seen == (1, 1, 0, 1), seen


def is_refused_with_another_passcode():
    inbox = Inbox()
    connection = stomp.WSConnection([(ADDRESS.hostname, ADDRESS.port)], ws_path="/ws", reconnect_attempts_max=1)
    connection.set_listener("inbox", inbox)
    try:
        connection.connect("guest", "wrong", wait=True)
    except stomp.exception.ConnectFailedException:
        pass
    kind, frame = inbox.frames.get(timeout=WAIT)
    assert kind == "ERROR" and "token" in frame.headers["message"], (kind, frame)


def letters_of_all_alphabets_come_back():
    client = Client()
    destination = name("topic")
    client.raw.subscribe(destination, id="1")
    for body in ["марко", "ǰ捁楴敶免", "스쿼트", ""]:
        client.raw.send(destination, body, content_type="text/plain;charset=utf-8")
        assert (client.inbox.next("MESSAGE").body or "") == body, body
    client.leave()


def headers_of_ones_own_come_back():
    client = Client()
    destination = name("topic")
    client.raw.subscribe(destination, id="1")
    client.raw.send(destination, "x", headers={"special": "a:b\\c\nd", "custom-ä": "ö"})
    headers = client.inbox.next("MESSAGE").headers
    assert headers["special"] == "a:b\\c\nd" and headers["custom-ä"] == "ö", headers
    client.leave()


def a_committed_transaction_sends_and_an_aborted_one_does_not():
    client = Client()
    destination = name("queue")
    client.raw.subscribe(destination, id="1")
    aborted = client.raw.begin()
    client.raw.send(destination, "aborted", transaction=aborted)
    client.raw.abort(aborted)
    committed = client.raw.begin()
    client.raw.send(destination, "one", transaction=committed)
    client.raw.send(destination, "two", transaction=committed)
    client.settle()
    assert client.inbox.empty(), "nothing before the commit"
    client.raw.commit(committed)
    assert [client.inbox.next("MESSAGE").body for _ in range(2)] == ["one", "two"]
    client.leave()


def acknowledges_one_by_one_and_what_is_refused_comes_again():
    client = Client()
    destination = name("queue")
    client.raw.subscribe(destination, id="1", ack="client-individual")
    client.raw.send(destination, "a")
    client.raw.send(destination, "b")
    first, second = client.inbox.next("MESSAGE"), client.inbox.next("MESSAGE")
    assert (first.body, second.body) == ("a", "b")
    client.raw.ack(first.headers["ack"])
    client.raw.nack(second.headers["ack"])
    again = client.inbox.next("MESSAGE")
    assert again.body == "b"
    client.raw.ack(again.headers["ack"])
    client.leave()


def an_unacknowledged_message_goes_to_the_next_reader():
    first, second = Client(), Client()
    destination = name("queue")
    first.raw.subscribe(destination, id="1", ack="client")
    first.raw.send(destination, "left")
    assert first.inbox.next("MESSAGE").body == "left"
    second.raw.subscribe(destination, id="1", ack="auto")
    second.settle()
    first.leave()
    assert second.inbox.next("MESSAGE").body == "left"
    second.leave()


def an_unsubscribed_client_hears_nothing_more():
    client = Client()
    destination = name("topic")
    client.raw.subscribe(destination, id="1")
    client.raw.send(destination, "heard")
    client.inbox.next("MESSAGE")
    client.raw.unsubscribe("1")
    client.raw.send(destination, "not heard")
    client.settle()
    assert client.inbox.empty()
    client.leave()


def two_clients_hear_one_topic_and_share_one_queue():
    first, second = Client(), Client()
    topic, shared = name("topic"), name("queue")
    for client in (first, second):
        client.raw.subscribe(topic, id="t")
        client.raw.subscribe(shared, id="q")
        client.settle()
    first.raw.send(topic, "to both")
    assert first.inbox.next("MESSAGE").body == second.inbox.next("MESSAGE").body == "to both"
    for body in ("1", "2"):
        first.raw.send(shared, body)
    assert {first.inbox.next("MESSAGE").body, second.inbox.next("MESSAGE").body} == {"1", "2"}
    first.leave()
    second.leave()


def beats_keep_a_silent_client():
    client = Client(heartbeats=(1000, 1000))
    client.inbox.frames.queue.clear()
    try:
        kind, frame = client.inbox.frames.get(timeout=3)
        raise AssertionError(f"{kind} {frame}")
    except queue.Empty:
        pass
    client.settle()
    client.leave()


def a_large_body_comes_back():
    client = Client()
    destination = name("queue")
    client.raw.subscribe(destination, id="1")
    body = "0123456789" * 50_000
    client.raw.send(destination, body)
    assert client.inbox.next("MESSAGE").body == body
    client.leave()


CASES = [
    sends_to_a_queue_and_hears_itself,
    is_refused_with_another_passcode,
    letters_of_all_alphabets_come_back,
    headers_of_ones_own_come_back,
    a_committed_transaction_sends_and_an_aborted_one_does_not,
    acknowledges_one_by_one_and_what_is_refused_comes_again,
    an_unacknowledged_message_goes_to_the_next_reader,
    an_unsubscribed_client_hears_nothing_more,
    two_clients_hear_one_topic_and_share_one_queue,
    beats_keep_a_silent_client,
    a_large_body_comes_back,
]


def verdict(case):
    try:
        case()
    except BaseException:
        return traceback.format_exc()
    return None


# The library's own listeners print what they hear.
with contextlib.redirect_stdout(sys.stderr):
    verdicts = {case.__name__.replace("_", " "): verdict(case) for case in CASES}
print(json.dumps(verdicts))

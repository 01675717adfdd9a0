// What @stomp/stompjs promises its users of a plain broker, each promise a case of its own.
// node stompjs_broker.mjs http://127.0.0.1:PORT  (SQUIRRET_TEST_TOOLS: the folder with node_modules)
// The server runs with stomp.open_broker. Prints one JSON object, case -> null or what went wrong.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SQUIRRET_TEST_TOOLS}/`);
const { Client, Stomp } = require("@stomp/stompjs");
const WebSocket = require("ws");

// The library tells of handlers that throw; the only output is the verdicts.
console.log = console.error;

const base = process.argv[2];
const url = `${base.replace("http", "ws")}/ws`;
const LARGE = 1023 * 1024;
const PATIENCE = 45_000;

async function token() {
  const reply = await fetch(`${base}/internal/session`, { method: "POST" });
  return (await reply.json()).wsToken;
}

/** A client that is not connected yet; its errors end the case. */
async function client(settings = {}) {
  const made = new Client({
    webSocketFactory: () => new WebSocket(url, made.stompVersions.protocolVersions()),
    connectHeaders: { login: "guest", passcode: await token() },
    reconnectDelay: 0,
    ...settings,
  });
  made.failed = new Promise((_, reject) => {
    made.onStompError = (frame) => reject(new Error(frame.headers.message));
  });
  made.failed.catch(() => {});
  return made;
}

/** A connected client. */
async function connected(settings) {
  const made = await client(settings);
  await Promise.race([made.failed, new Promise((resolve) => { made.onConnect = resolve; made.activate(); })]);
  return made;
}

/** The frames that a subscription gets, to wait for one by one. */
function inbox(client, destination, headers = {}) {
  const frames = [];
  const waiting = [];
  const subscription = client.subscribe(destination, (frame) => {
    const next = waiting.shift();
    if (next) next(frame); else frames.push(frame);
  }, headers);
  const next = () => Promise.race([
    client.failed,
    frames.length ? frames.shift() : new Promise((resolve) => waiting.push(resolve)),
  ]);
  return { next, frames, subscription };
}

/** Resolves when everything that this client sent before has been done. */
function settled(client) {
  const receipt = `settled-${Math.random()}`;
  const done = new Promise((resolve) => client.watchForReceipt(receipt, resolve));
  client.publish({ destination: "/topic/nobody", headers: { receipt } });
  return Promise.race([client.failed, done]);
}

let count = 0;
const topic = () => `/topic/chat.general.${++count}`;
const queue = () => `/queue/test.${++count}`;
const bytes = (length) => Uint8Array.from({ length }, (_, at) => (at * 7 + 128) % 256);
const letters = (length) => Array.from({ length }, (_, at) => String.fromCharCode(97 + (at % 26))).join("");

/** Counts and measures what a client's socket sends. */
function watch(client) {
  const sent = [];
  const own = client.webSocket.send.bind(client.webSocket);
  client.webSocket.send = (data) => { sent.push(data); own(data); };
  return sent;
}

/** Sends to a topic and gives what comes back on it. */
async function roundTrip(client, message) {
  const destination = topic();
  const { next } = inbox(client, destination);
  client.publish({ destination, ...message });
  return next();
}

const cases = {
  // connecting and leaving
  "connects with the token as passcode": async () => {
    const one = await connected();
    assert.equal(one.connectedVersion, "1.2");
    await one.deactivate();
  },
  "does not connect with another passcode": async () => {
    const one = await client({ connectHeaders: { login: "guest", passcode: "wrong" } });
    const refused = new Promise((resolve) => { one.onStompError = resolve; });
    one.onConnect = () => assert.fail("let in");
    one.activate();
    assert.equal(typeof (await refused).body, "string");
    await one.deactivate();
  },
  "does not connect where nobody listens": async () => {
    const one = await client({ webSocketFactory: () => new WebSocket("ws://127.0.0.1:1") });
    const closed = new Promise((resolve) => { one.onWebSocketClose = resolve; });
    one.onConnect = () => assert.fail("let in");
    one.activate();
    await closed;
    await one.deactivate();
  },
  "deactivates, and is told so": async () => {
    const one = await connected();
    const told = new Promise((resolve) => { one.onDisconnect = resolve; });
    await Promise.all([told, one.deactivate()]);
    assert.equal(one.connected, false);
  },
  "deactivates before it connects": async () => {
    const one = await client({ beforeConnect: () => one.deactivate() });
    one.onConnect = () => assert.fail("let in");
    one.onDisconnect = () => assert.fail("never was connected");
    one.activate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(one.active, false);
  },
  "activates again after it deactivated": async () => {
    const one = await connected();
    await one.deactivate();
    await new Promise((resolve) => { one.onConnect = resolve; one.activate(); });
    await one.deactivate();
  },
  "activates again while it still deactivates": async () => {
    const one = await connected();
    const again = new Promise((resolve) => { one.onConnect = resolve; });
    one.deactivate();
    one.activate();
    await again;
    await one.deactivate();
  },
  "is cut off by force, twice, and not told that it left": async () => {
    const one = await connected();
    one.onDisconnect = () => assert.fail("no DISCONNECT was sent");
    const closed = new Promise((resolve) => { one.onWebSocketClose = resolve; });
    one.forceDisconnect();
    one.forceDisconnect();
    await closed;
    one.forceDisconnect();
    await one.deactivate();
  },
  "comes back by itself after a cut, and its subscriptions work": async () => {
    const one = await connected({ reconnectDelay: 50 });
    const again = new Promise((resolve) => { one.onConnect = resolve; });
    one.webSocket.close();
    await again;
    const echo = await roundTrip(one, { body: "back" });
    assert.equal(echo.body, "back");
    await one.deactivate();
  },
  "the older interface connects and leaves": async () => {
    const passcode = await token();
    const one = Stomp.over(() => new WebSocket(url, ["v12.stomp", "v11.stomp", "v10.stomp"]));
    one.debug = () => {};
    one.reconnect_delay = 0;
    await new Promise((resolve, reject) => one.connect("guest", passcode, resolve, reject));
    const echoed = new Promise((resolve) => one.subscribe("/topic/older", resolve));
    one.send("/topic/older", {}, "hello");
    assert.equal((await echoed).body, "hello");
    await new Promise((resolve) => one.disconnect(resolve));
  },

  // messages
  "a text comes back as it was sent": async (one) => {
    assert.equal((await roundTrip(one, { body: "hello" })).body, "hello");
  },
  "letters of all alphabets come back": async (one) => {
    const body = "Älä sinä yhtään 스쿼트 السابق 🏋";
    assert.equal((await roundTrip(one, { body })).body, body);
  },
  "a JSON body comes back": async (one) => {
    const sent = { text: "hello", bool: true, value: Math.random() };
    assert.deepEqual(JSON.parse((await roundTrip(one, { body: JSON.stringify(sent) })).body), sent);
  },
  "a binary body comes back octet by octet": async (one) => {
    const binaryBody = bytes(1024);
    assert.deepEqual(Uint8Array.from((await roundTrip(one, { binaryBody })).binaryBody), binaryBody);
  },
  "binary and text bodies follow each other": async (one) => {
    const destination = topic();
    const { next } = inbox(one, destination);
    one.publish({ destination, binaryBody: bytes(1000), headers: { "content-type": "application/octet-stream" } });
    one.publish({ destination, body: "Hello World" });
    const first = await next();
    assert.deepEqual(Uint8Array.from(first.binaryBody), bytes(1000));
    assert.equal(first.headers["content-type"], "application/octet-stream");
    assert.equal((await next()).body, "Hello World");
  },
  "a body needs no content-length": async (one) => {
    const sent = watch(one);
    const echo = await roundTrip(one, { body: "Hello, world", skipContentLengthHeader: true });
    assert.equal(echo.body, "Hello, world");
    assert.ok(sent.every((data) => !String(data).includes("content-length")));
  },
  "a binary body always has its content-length": async (one) => {
    const echo = await roundTrip(one, { binaryBody: new Uint8Array([0]), skipContentLengthHeader: true });
    assert.deepEqual([...echo.binaryBody], [0]);
  },
  "a large text comes back": async (one) => {
    const body = letters(LARGE);
    assert.ok((await roundTrip(one, { body })).body === body);
  },
  "a large binary body comes back": async (one) => {
    const binaryBody = bytes(LARGE);
    assert.ok(Buffer.from((await roundTrip(one, { binaryBody })).binaryBody).equals(Buffer.from(binaryBody)));
  },
  "an empty body comes back": async (one) => {
    assert.equal((await roundTrip(one, { body: "" })).body, "");
  },
  "every frame may be a binary WebSocket message": async () => {
    const one = await connected({ forceBinaryWSFrames: true });
    const sent = watch(one);
    assert.equal((await roundTrip(one, { body: "hello" })).body, "hello");
    assert.ok(sent.length > 1 && sent.every((data) => data instanceof Uint8Array));
    await one.deactivate();
  },
  "a frame may come in many WebSocket messages": async () => {
    const one = await connected({ splitLargeFrames: true });
    const sent = watch(one);
    const body = letters(20 * 1024);
    assert.equal((await roundTrip(one, { body })).body, body);
    assert.ok(sent.filter((data) => data.length === one.maxWebSocketChunkSize).length >= 2);
    await one.deactivate();
  },
  "a binary frame comes whole or in parts": async () => {
    const one = await connected({ splitLargeFrames: true });
    const binaryBody = bytes(20 * 1024);
    assert.deepEqual(Uint8Array.from((await roundTrip(one, { binaryBody })).binaryBody), binaryBody);
    await one.deactivate();
  },
  "a client that loses the NUL still understands": async () => {
    const one = await connected({ appendMissingNULLonIncoming: true });
    const own = one.webSocket.onmessage;
    one.webSocket.onmessage = (event) => {
      const text = typeof event.data === "string" ? event.data : new TextDecoder().decode(event.data);
      own({ data: text.replace(/\0.*/, "") });
    };
    assert.equal((await roundTrip(one, { body: "no end" })).body, "no end");
    await one.deactivate();
  },

  // subscriptions
  "two messages reach a handler that throws": async (one) => {
    const destination = topic();
    let seen = 0;
    one.subscribe(destination, () => { seen += 1; throw new Error("of the application's own"); });
    one.publish({ destination, body: "1" });
    one.publish({ destination, body: "2" });
    await settled(one);
    const last = inbox(one, destination);
    one.publish({ destination, body: "3" });
    await last.next();
    assert.equal(seen, 3);
  },
  "headers of the application's own come back, odd characters too": async (one) => {
    const cust = "f:o:o\nbar\rbaz\\foo\nbar\rbaz\\";
    const echo = await roundTrip(one, { body: "x", headers: { cust, "a:b": "c" } });
    assert.equal(echo.headers.cust, cust);
  },
  "an unsubscribed handler hears nothing more, another one does": async (one) => {
    const destination = topic();
    const first = inbox(one, destination);
    const second = inbox(one, destination);
    first.subscription.unsubscribe();
    one.publish({ destination, body: "Calling all cars!" });
    assert.equal((await second.next()).body, "Calling all cars!");
    assert.equal(first.frames.length, 0);
  },
  "everybody who subscribed hears a topic": async (one) => {
    const other = await connected();
    const destination = topic();
    const [mine, theirs] = [inbox(one, destination), inbox(other, destination, { receipt: "there" })];
    await new Promise((resolve) => { other.watchForReceipt("there", resolve); });
    one.publish({ destination, body: "to all" });
    assert.equal((await mine.next()).body, "to all");
    assert.equal((await theirs.next()).body, "to all");
    await other.deactivate();
  },

  // receipts
  "a receipt confirms a subscription": async (one) => {
    const destination = topic();
    const confirmed = new Promise((resolve) => one.watchForReceipt("r: 1", resolve));
    const { next } = inbox(one, destination, { receipt: "r: 1" });
    await confirmed;
    one.publish({ destination, body: "there?" });
    assert.equal((await next()).body, "there?");
  },
  "a receipt confirms a message": async (one) => {
    const confirmed = new Promise((resolve) => one.watchForReceipt("r2", resolve));
    one.publish({ destination: topic(), headers: { receipt: "r2" }, body: "x" });
    await confirmed;
  },

  // transactions
  "an aborted transaction sends nothing": async (one) => {
    const destination = topic();
    const { next } = inbox(one, destination);
    const transaction = one.begin(`tx ${Math.random()}`);
    one.publish({ destination, headers: { transaction: transaction.id }, body: "aborted" });
    transaction.abort();
    one.publish({ destination, body: "sent" });
    assert.equal((await next()).body, "sent");
  },
  "a committed transaction sends": async (one) => {
    const destination = topic();
    const { next } = inbox(one, destination);
    const transaction = one.begin();
    one.publish({ destination, headers: { transaction: transaction.id }, body: "committed" });
    one.publish({ destination, body: "before" });
    assert.equal((await next()).body, "before");
    transaction.commit();
    assert.equal((await next()).body, "committed");
  },
  "what is outside of a transaction is not aborted with it": async (one) => {
    const destination = topic();
    const { next } = inbox(one, destination);
    const transaction = one.begin();
    one.publish({ destination, body: "outside" });
    transaction.abort();
    assert.equal((await next()).body, "outside");
  },

  // acknowledgements
  "a refused message goes to the next reader until one takes it": async (one) => {
    const other = await connected();
    const destination = queue();
    let times = 0;
    const taken = new Promise((resolve) => {
      for (const reader of [one, other]) {
        reader.subscribe(destination, (message) => {
          times += 1;
          if (times < 3) message.nack(); else { message.ack(); resolve(message.body); }
        }, { ack: "client" });
      }
    });
    await Promise.all([settled(one), settled(other)]);
    one.publish({ destination, body: "hot" });
    assert.equal(await taken, "hot");
    assert.equal(times, 3);
    await other.deactivate();
  },
  "a message that a reader left without an answer goes to another": async (one) => {
    const other = await connected();
    const destination = queue();
    let times = 0;
    const taken = new Promise((resolve) => {
      for (const reader of [one, other]) {
        reader.subscribe(destination, (message) => {
          times += 1;
          if (times === 1) reader.deactivate(); else { message.ack(); resolve(message.body); }
        }, { ack: "client" });
      }
    });
    await Promise.all([settled(one), settled(other)]);
    const sender = await connected();
    sender.publish({ destination, body: "left" });
    assert.equal(await taken, "left");
    await Promise.all([other.deactivate(), sender.deactivate()]);
  },
  "a message that was acknowledged does not come again": async (one) => {
    const other = await connected();
    const destination = queue();
    const mine = inbox(one, destination, { ack: "client-individual" });
    one.publish({ destination, body: "once" });
    (await mine.next()).ack();
    await settled(one);
    await one.deactivate();
    const theirs = inbox(other, destination);
    await settled(other);
    other.publish({ destination, body: "second" });
    assert.equal((await theirs.next()).body, "second");
    await other.deactivate();
  },
  "a queue keeps what nobody reads yet, and shares what two read": async (one) => {
    const destination = queue();
    for (const body of ["1", "2", "3"]) one.publish({ destination, body });
    await settled(one);
    const mine = inbox(one, destination);
    const bodies = [];
    for (let n = 0; n < 3; n += 1) bodies.push((await mine.next()).body);
    assert.deepEqual(bodies, ["1", "2", "3"]);
  },

  // heart-beats
  "a server that beats is not given up": async () => {
    const one = await connected({ heartbeatIncoming: 1_000, heartbeatOutgoing: 1_000 });
    const closed = new Promise((resolve) => { one.onWebSocketClose = () => resolve("closed"); });
    const stays = new Promise((resolve) => setTimeout(() => resolve("stays"), 3_000));
    assert.equal(await Promise.race([closed, stays]), "stays");
    await one.deactivate();
  },
  "a client that hears no beat closes": async () => {
    const one = await connected({ heartbeatIncoming: 1_000, heartbeatOutgoing: 0 });
    const own = one.webSocket.onmessage;
    one.webSocket.onmessage = (event) => (event.data.length === 1 ? undefined : own(event));
    await new Promise((resolve) => { one.onWebSocketClose = resolve; });
    await one.deactivate();
  },
  "a client that does not beat is closed": async () => {
    const one = await connected({ heartbeatIncoming: 0, heartbeatOutgoing: 1_000 });
    const own = one.webSocket.send.bind(one.webSocket);
    one.webSocket.send = (data) => (data.length === 1 ? undefined : own(data));
    one.onStompError = () => {};
    await new Promise((resolve) => { one.onWebSocketClose = resolve; });
    await one.deactivate();
  },
};

const verdicts = {};
await Promise.all(Object.entries(cases).map(async ([name, run]) => {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("timed out")), PATIENCE).unref());
  try {
    const one = run.length > 0 ? await connected() : undefined;
    await Promise.race([run(one), late]);
    await one?.deactivate();
    verdicts[name] = null;
  } catch (error) {
    verdicts[name] = String(error.stack ?? error);
  }
}));
process.stdout.write(JSON.stringify(verdicts), () => process.exit(0));

// One visit of @stomp/stompjs: connect, subscribe, exchange messages, acknowledge, leave.
// node stompjs.mjs http://127.0.0.1:PORT  (SQUIRRET_TEST_TOOLS: the folder with node_modules)
// Prints one JSON object with what it saw; exits with 0 only when everything came.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SQUIRRET_TEST_TOOLS}/`);
const { Client } = require("@stomp/stompjs");
const WebSocket = require("ws");

const base = process.argv[2];
const version = process.argv[3]; // 1.0, 1.1 or 1.2; nothing: let the library choose
const seen = { types: [], receipts: [], errors: [], closes: [] };

function fail(why) {
  console.error(why, JSON.stringify(seen));
  process.exit(1);
}
setTimeout(() => fail("timed out"), 20_000).unref();

async function post(path, body, headers = {}) {
  const reply = await fetch(base + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!reply.ok) fail(`${path}: ${reply.status} ${await reply.text()}`);
  return reply.json();
}

const session = await post("/internal/session");
const url = `${base.replace("http", "ws")}/ws?token=${session.wsToken}`;

const client = new Client({
  webSocketFactory: () => new WebSocket(url, ["v12.stomp", "v11.stomp", "v10.stomp"]),
  reconnectDelay: 0,
  heartbeatIncoming: 1_000,
  heartbeatOutgoing: 1_000,
  // A frame in several WebSocket messages is something the server must take from this library.
  splitLargeFrames: true,
  maxWebSocketChunkSize: 16,
});
if (version) {
  const { Versions } = require("@stomp/stompjs");
  client.stompVersions = new Versions([version]);
}

const waiting = new Map();
function arrival(what) {
  return new Promise((resolve) => waiting.set(what, resolve));
}
function note(message) {
  const body = JSON.parse(message.body);
  seen.types.push(body.type);
  waiting.get(body.type)?.(body);
}

client.onStompError = (frame) => {
  seen.errors.push(frame.headers.message);
  waiting.get("ERROR frame")?.(frame);
};
client.onWebSocketClose = (event) => {
  seen.closes.push(event.code);
  waiting.get("close")?.(event);
};
client.onConnect = async (frame) => {
  seen.version = frame.headers.version;
  seen.heartBeat = frame.headers["heart-beat"];
  const [pong, ack, data] = [arrival("PONG"), arrival("ACK"), arrival("DATA")];
  const subscribed = arrival("receipt sub-1");
  client.watchForReceipt("sub-1", () => waiting.get("receipt sub-1")());
  client.subscribe("/user/queue/session", (message) => { note(message); message.ack(); }, { ack: "client-individual", receipt: "sub-1" });
  await subscribed;
  seen.receipts.push("sub-1");
  client.publish({ destination: "/app/session.message", body: JSON.stringify({ type: "PING", payload: { ts: 1.5 } }) });
  client.publish({ destination: "/app/session.message", body: JSON.stringify({ type: "CLIENT_EVENT", payload: { name: "stompjs 스쿼트", ts: 2 } }) });
  seen.pong = (await pong).payload;
  seen.ack = (await ack).payload;
  const ratios = { ratio1: 12.3, ratio2: 8.4, ratio3: 5.1, ratio4: 20.0, ratio5: 32.5, ratio6: 21.7 };
  await post("/api/fsr_data", { side: "left", ...ratios }, { "x-session-id": session.sessionId });
  const tx = client.begin();
  client.publish({ destination: "/app/session.message", headers: { transaction: tx.id }, body: JSON.stringify({ type: "PING", payload: { ts: 3 } }) });
  const second = arrival("PONG");
  tx.commit();
  seen.committed = (await second).payload;
  seen.data = (await data).payload;
  const closed = arrival("close");
  await client.deactivate();
  await closed;
  seen.fine = seen.errors.length === 0;
  console.log(JSON.stringify(seen));
  process.exit(seen.fine ? 0 : 1);
};
client.activate();

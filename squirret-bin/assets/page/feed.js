// Streams of the session whose every message is complete in itself: the feet, and what the camera of another device sees.
import { websocketBase } from "./session.js";
import { LastingSocket } from "./socket.js";

/** Keeps a stream of the session open. @param {string} path @param {import("./session.js").Session} session @param {(message: any) => void} received */
export function feed(path, session, received) {
  const socket = new LastingSocket({
    address: async (doubtful) => {
      const { sessionId, wsToken } = await session.fresh(doubtful);
      return { url: `${websocketBase()}${path}?sessionId=${sessionId}&token=${wsToken}` };
    },
    received: (text) => { socket.settle(); received(JSON.parse(text)); },
  });
  session.addEventListener("replaced", () => socket.again());
  return socket;
}

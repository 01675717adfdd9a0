// The page's own session: issued once, kept over reloads, renewed before its token ends.
const KEY = "squirret.session";

/** A session handed over in the address (#session=…&token=…), the one kept from before, or a new one. */
export async function openSession() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.get("session") && given.get("token")) {
    history.replaceState(null, "", location.pathname);
    return keep({ sessionId: given.get("session"), wsToken: given.get("token") });
  }
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  return kept ? renew(kept) : issue();
}

/** A fresh token for the session, or a new session when the server no longer knows it. */
export async function renew(session) {
  const reply = await fetch(`/api/session/${session.sessionId}/refresh`, {
    method: "POST", headers: { authorization: `Bearer ${session.wsToken}` },
  });
  if (reply.ok) return keep(await reply.json());
  if ([401, 403, 404, 410].includes(reply.status)) return issue();
  throw new Error(`refresh: ${reply.status}`);
}

async function issue() {
  const reply = await fetch("/internal/session", { method: "POST" });
  if (!reply.ok) throw new Error(`session: ${reply.status}`);
  return keep(await reply.json());
}

function keep(session) {
  const kept = { sessionId: session.sessionId, wsToken: session.wsToken };
  sessionStorage.setItem(KEY, JSON.stringify(kept));
  return kept;
}

/** `ws://` or `wss://` of this server. */
export const websocketBase = () => location.origin.replace(/^http/, "ws");

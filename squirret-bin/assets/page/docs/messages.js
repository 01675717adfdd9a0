// The WebSocket and STOMP channels, with the messages that go each way.
import { block, line, make, pretty, prose, slug } from "./element.js";
import { example, fields, resolve } from "./schema.js";

/** @typedef {import("./schema.js").Node} Node */

/** Sections for the page and links for its contents. @param {Node} root */
export function messages(root) {
  const ways = directions(root);
  return Object.entries(root.channels ?? {}).map(([name, channel]) => {
    const id = slug("channel", name);
    return {
      title: channel.address ?? name, id, links: [],
      section: make("section", { id, "aria-labelledby": `${id}-title` },
        make("h3", { id: `${id}-title` }, make("code", {}, channel.address ?? name), " ", make("span", { class: "gist" }, channel.title ?? "")),
        ...prose(channel.description), ...codes(channel["x-close-codes"]),
        ...Object.entries(channel.messages ?? {}).map(([key, given]) => one(root, `${id}-${slug(key)}`, resolve(root, given), key, ways.get(`${name}/${key}`) ?? ""))),
    };
  });
}

/** For each message of a channel who sends it: `receive` is what the server receives. @param {Node} root */
function directions(root) {
  const ways = new Map();
  for (const operation of Object.values(root.operations ?? {}))
    for (const { $ref } of operation.messages ?? []) {
      const [, , channel, , message] = $ref.split("/");
      const way = operation.action === "receive" ? "to the server" : "from the server";
      const key = `${channel}/${message}`;
      ways.set(key, ways.has(key) && ways.get(key) !== way ? "both ways" : way);
    }
  return ways;
}

/** @param {Record<string, string> | undefined} known */
function codes(known) {
  if (!known) return [];
  return [make("details", {}, make("summary", {}, "Close codes"),
    make("ul", { class: "errors" }, ...Object.entries(known).map(([code, meaning]) => make("li", {}, make("b", {}, code), " ", line(meaning)))))];
}

/** @param {Node} root @param {string} id @param {Node} message @param {string} key @param {string} way */
function one(root, id, message, key, way) {
  const details = make("details", { id },
    make("summary", {}, make("b", {}, message.title ?? message.name ?? key), " ", make("span", { class: "gist" }, [way, message.summary].filter(Boolean).join(". "))));
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    const shown = example(root, message);
    const table = fields(root, message.payload ?? {}, "Fields");
    details.append(...prose(message.description), ...(shown === undefined ? [] : [block(pretty(shown), "Example")]), ...(table ? [table] : []));
  });
  return details;
}

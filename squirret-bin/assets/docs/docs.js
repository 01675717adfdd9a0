// Renders the OpenAPI and AsyncAPI documents of this server; REST calls can be tried in place.

const element = (name, text, attributes = {}) => {
  const made = Object.assign(document.createElement(name), text === undefined ? {} : { textContent: text });
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const pretty = (value) => JSON.stringify(value, null, 2);
const resolve = (root, node) => node?.$ref ? node.$ref.slice(2).split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/")], root) : node;

/** The first example of a media type or message, however it is written. */
function example(root, node) {
  if (!node) return undefined;
  if (node.example !== undefined) return node.example;
  const first = resolve(root, Object.values(node.examples ?? {})[0]);
  return first?.value ?? first?.payload ?? first ?? resolve(root, node.schema)?.examples?.[0];
}

function body(root, operation) {
  const json = resolve(root, operation.requestBody)?.content?.["application/json"];
  const sample = example(root, json);
  return json ? element("textarea", sample === undefined ? "{}" : pretty(sample), { "aria-label": "Body", spellcheck: "false" }) : null;
}

function tryIt(root, method, path, operation) {
  const form = element("form");
  const fields = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    const input = element("input", undefined, { name, placeholder: name, "aria-label": name, required: "" });
    form.append(input);
    return input;
  });
  const text = body(root, operation);
  if (text) form.append(text);
  form.append(element("button", "Try it", { type: "submit" }));
  const result = element("pre", "", { role: "status" });
  result.hidden = true;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const url = fields.reduce((made, input) => made.replace(`{${input.name}}`, encodeURIComponent(input.value)), path);
    const reply = await fetch(url, { method, ...(text && { headers: { "content-type": "application/json" }, body: text.value }) });
    const answer = await reply.text();
    result.hidden = false;
    try { result.textContent = `${reply.status}\n${pretty(JSON.parse(answer))}`; } catch { result.textContent = `${reply.status}\n${answer.slice(0, 20_000)}`; }
  };
  const box = element("div");
  box.append(form, result);
  return box;
}

function operation(root, method, path, described) {
  const details = element("details"), summary = element("summary");
  summary.append(element("b", method.toUpperCase()), ` ${path}`);
  details.append(summary, element("p", described.summary ?? ""), element("p", described.description ?? ""));
  for (const [status, given] of Object.entries(described.responses ?? {})) {
    const reply = resolve(root, given);
    details.append(element("p", `${status}: ${reply?.description ?? ""}`));
    const shown = example(root, Object.values(reply?.content ?? {})[0]);
    if (shown !== undefined && status.startsWith("2")) details.append(element("pre", typeof shown === "string" ? shown : pretty(shown)));
  }
  details.append(tryIt(root, method.toUpperCase(), path, described));
  return details;
}

function message(root, name, given) {
  const described = resolve(root, given);
  const details = element("details");
  details.append(element("summary", described?.title ?? described?.name ?? name), element("p", described?.summary ?? described?.description ?? ""));
  const shown = example(root, described) ?? described?.examples?.[0]?.payload;
  details.append(element("pre", pretty(shown ?? resolve(root, described?.payload) ?? {})));
  return details;
}

async function load(path, id, fill) {
  const place = document.getElementById(id);
  const root = await (await fetch(path)).json();
  place.replaceChildren();
  fill(root, place);
}

load("/openapi.json", "operations", (root, place) => {
  for (const [path, item] of Object.entries(root.paths ?? {}))
    for (const method of ["get", "post", "delete"]) if (item[method]) place.append(operation(root, method, path, item[method]));
});
load("/asyncapi.json", "channels", (root, place) => {
  for (const [name, channel] of Object.entries(root.channels ?? {})) {
    place.append(element("h3", channel.address ?? name), element("p", channel.summary ?? channel.description ?? ""));
    for (const [key, given] of Object.entries(channel.messages ?? {})) place.append(message(root, key, given));
  }
});

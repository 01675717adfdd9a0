// Writes the typed TypeScript client out of the contracts: page/api.ts, and page/api.js, which is the same without types.
// node .ci/client.mjs [--check]; needs TypeScript in $SQUIRRET_TEST_TOOLS (.ci/tools).
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "squirret-bin/assets");
const require = createRequire(`${process.env.SQUIRRET_TEST_TOOLS ?? join(root, "target/test-tools")}/`);
const typescript = require("typescript");
const read = (name) => JSON.parse(readFileSync(join(assets, name), "utf8"));
const [openapi, asyncapi] = [read("openapi.json"), read("asyncapi.json")];

const name = (ref) => ref.split("/").at(-1);
const comment = (text, indent = "") => (text ? `${indent}/** ${text.replaceAll("*/", "* /").replaceAll("\n", " ")} */\n` : "");

/** The TypeScript type of a JSON schema. */
function type(schema, indent = "") {
  if (schema === true || !schema) return "unknown";
  if (schema.$ref) return name(schema.$ref);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = schema.oneOf ?? schema.anyOf;
  if (union) return [...new Set(union.map((part) => type(part, indent)))].join(" | ");
  if (schema.allOf) return schema.allOf.map((part) => type(part, indent)).join(" & ");
  const kinds = [schema.type ?? (schema.properties ? "object" : "unknown")].flat();
  return kinds.map((kind) => simple(kind, schema, indent)).join(" | ");
}

function simple(kind, schema, indent) {
  if (kind === "integer" || kind === "number") return "number";
  if (kind === "array") return array(schema, indent);
  if (kind === "object") return object(schema, indent);
  return kind;
}

function array({ items, prefixItems, minItems, maxItems }, indent) {
  if (prefixItems) return `[${prefixItems.map((item) => type(item, indent)).join(", ")}]`;
  const item = type(items, indent);
  if (minItems && minItems === maxItems && minItems <= 4) return `[${Array(minItems).fill(item).join(", ")}]`;
  return /[|&]/.test(item) && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
}

function object({ properties, required = [], additionalProperties }, indent) {
  if (!properties) return `Record<string, ${additionalProperties && additionalProperties !== true ? type(additionalProperties, indent) : "unknown"}>`;
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([key, schema]) => {
    const quoted = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return `${comment(schema.description, inner)}${inner}${quoted}${required.includes(key) ? "" : "?"}: ${type(schema, inner)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

const types = { ...asyncapi.components.schemas, ...openapi.components.schemas };
const declarations = Object.entries(types).map(([key, schema]) => `${comment(schema.description)}export type ${key} = ${type(schema)};\n`);

const resolved = (part, kind) => (part.$ref ? openapi.components[kind][name(part.$ref)] : part);

/** One method of the client for one operation. */
function method(path, verb, operation) {
  const parameters = (operation.parameters ?? []).map((part) => resolved(part, "parameters"));
  const query = parameters.filter((part) => part.in === "query");
  const body = operation.requestBody && resolved(operation.requestBody, "requestBodies").content["application/json"]?.schema;
  const reply = Object.entries(operation.responses).find(([status]) => status.startsWith("2"));
  const content = reply && resolved(reply[1], "responses").content;
  const isJson = content && Object.keys(content).join() === "application/json";
  const places = parameters.filter((part) => part.in === "path").map((part) => part.name);
  const arguments_ = [...places.map((place) => `${place}: string`), ...(body ? [`body${operation.requestBody.required ? "" : "?"}: ${type(body)}`] : [])];
  if (query.length) arguments_.push(`query: { ${query.map((part) => `${part.name}?: ${type(part.schema)}`).join("; ")} } = {}`);
  arguments_.push("options: CallOptions = {}");
  const address = path.replace(/\{(\w+)\}/g, (_, place) => `\${encodeURIComponent(${place})}`);
  const parts = [`${query.length ? "query" : "{}"}`, body ? "body" : "undefined", "options"];
  const [result, call] = isJson ? [type(content["application/json"].schema), "json"] : ["Response", "call"];
  return `  /** ${operation.summary}. \`${verb.toUpperCase()} ${path}\` */
  ${operation.operationId}(${arguments_.join(", ")}): Promise<${result}> {
    return this.#${call}("${verb.toUpperCase()}", \`${address}\`, ${parts.join(", ")});
  }
`;
}

const methods = [];
for (const [path, item] of Object.entries(openapi.paths))
  for (const verb of ["get", "post", "delete"]) if (item[verb] && (path.startsWith("/api/") || path.startsWith("/auth/") || path === "/internal/session" || path === "/readyz")) methods.push(method(path, verb, item[verb]));

const text = `// Generated from openapi.json and asyncapi.json by .ci/client.mjs: the calls of a Squirret server, and the types of what
// it sends and receives. One file without dependencies, for browsers and every runtime that has \`fetch\`.

/** An answer that is not a success: its status, and the server's code and reason. */
export class SquirretError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** How a call is made: with which session's token, and what \`fetch\` may be told besides. */
export type CallOptions = { token?: string; signal?: AbortSignal; keepalive?: boolean };

/** The calls of one server. */
export class Squirret {
  readonly #base: string;

  /** \`base\`: the server's address without a slash at its end; empty for the page's own. */
  constructor(base = "") {
    this.#base = base;
  }

${methods.join("\n")}
  async #json<T>(method: string, path: string, query: Record<string, unknown>, body: unknown, options: CallOptions): Promise<T> {
    return (await this.#call(method, path, query, body, options)).json();
  }

  async #call(method: string, path: string, query: Record<string, unknown>, body: unknown, { token, ...more }: CallOptions): Promise<Response> {
    const headers: Record<string, string> = {};
    if (token) headers["authorization"] = \`Bearer \${token}\`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = given.length ? \`?\${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}\` : "";
    const reply = await fetch(this.#base + path + search, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), ...more });
    if (reply.ok) return reply;
    const problem = await reply.json().catch(() => ({}));
    throw new SquirretError(reply.status, problem.code ?? "", problem.message ?? reply.statusText);
  }
}

${declarations.join("\n")}`;
const { outputText } = typescript.transpileModule(text, { compilerOptions: { target: "es2022", module: "es2022", removeComments: true } });
const files = { "page/api.ts": text, "page/api.js": `// Generated by .ci/client.mjs: api.ts without its types.\n${outputText}` };
for (const [file, content] of Object.entries(files)) {
  const path = join(assets, file);
  if (!process.argv.includes("--check")) writeFileSync(path, content);
  else if (readFileSync(path, "utf8") !== content) {
    console.error(`${file} is not what the contracts say: run node .ci/client.mjs`);
    process.exitCode = 1;
  }
}

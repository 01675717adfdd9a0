// Chromium's fake camera shows a recording of a squat: the page sends its frames, shows the body, marks the parts.
// node camera.mjs http://127.0.0.1:PORT FILE.mjpeg
import assert from "node:assert/strict";
import { axe, launch, moves, run, text, until, visit } from "./browser.mjs";

const [, , base, film] = process.argv;
const browser = await launch(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`]);
await run(browser, async () => {
  const visitor = await visit(browser, base, { permissions: ["camera"], locale: "en-US" });
  const { page } = visitor;
  // Chromium tells its devtools nothing of pictures that are sent as blobs.
  await page.addInitScript(() => {
    globalThis.sent = [];
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
      if (data instanceof Blob) globalThis.sent.push(data.size);
      return send.call(this, data);
    };
  });
  const sent = () => page.evaluate(() => globalThis.sent);
  await page.goto(base);
  await text(page, "#connection", (text) => text === "Live");
  assert.match(await page.textContent("#camera-invite"), /Pictures go to this server only/);
  await page.click("#camera-start");
  await text(page, "#camera-figures", (text) => /frames\/s · \d+ ms/.test(text));
  assert.equal(await page.locator("#camera-details").getAttribute("open"), null, "figures of the machine lie in a fold");
  await until(() => page.getAttribute("body", "data-camera"), (camera) => camera === "own");
  // The recording's first pictures are dark; then somebody stands there, and squats.
  await moves(page, "#figure");
  const marks = () => page.$$eval("#parts li", (items) => items.map((item) => item.dataset.mark));
  await until(marks, (marks) => marks.some((mark) => mark === "good" || mark === "bad"));
  await text(page, "#stage-source", (text) => text === "seen by the camera");
  await until(() => page.getAttribute("#ring", "aria-valuenow"), (depth) => Number(depth) > 25);
  await axe(page, "live page with a camera");
  const sizes = await sent();
  assert.ok(sizes.length > 3 && sizes.some((bytes) => bytes > 3000) && sizes.every((bytes) => bytes < 200_000), `frames sent: ${sizes}`);
  await page.click("#camera-stop");
  await page.locator("#camera-start").waitFor({ state: "visible" });
  const after = (await sent()).length;
  await page.waitForTimeout(500);
  assert.equal((await sent()).length, after, "nothing is sent after the stop");
  visitor.check();
});

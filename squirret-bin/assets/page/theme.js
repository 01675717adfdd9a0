// Dark, light or as the device says; and the colours of the theme for what is drawn on canvases.
import { put, the } from "./dom.js";
import { rememberTheme } from "./memory.js";
import { current, onLanguage, t } from "./text.js";

/** @typedef {Record<"ground" | "card" | "ink" | "soft" | "line" | "accent" | "good" | "bad" | "warn" | "sole", string>} Look */

const NAMES = /** @type {const} */ (["ground", "card", "ink", "soft", "line", "accent", "good", "bad", "warn", "sole"]);
const CHOICES = /** @type {const} */ ([["auto", "themeAuto"], ["dark", "themeDark"], ["light", "themeLight"]]);
const dark = matchMedia("(prefers-color-scheme: dark)");
/** @type {Look | null} */
let look = null;

/** The colours now; read from the style sheet once a theme. @returns {Look} */
export function colours() {
  if (look) return look;
  const probe = document.createElement("i");
  document.body.append(probe);
  look = /** @type {Look} */ ({});
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    look[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return look;
}

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : dark.matches;
}

/** Makes the switch work. */
export function switchThemes() {
  const button = the("theme", HTMLButtonElement);
  let choice = Math.max(0, CHOICES.findIndex(([name]) => name === document.documentElement.dataset.theme));
  const show = () => {
    const [name, word] = CHOICES[choice];
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    look = null;
    button.lang = current();
    put(button, `${t("theme")}: ${t(word)}`);
  };
  button.onclick = () => {
    choice = (choice + 1) % CHOICES.length;
    rememberTheme(CHOICES[choice][0]);
    show();
  };
  dark.addEventListener("change", () => { look = null; });
  onLanguage(show);
}

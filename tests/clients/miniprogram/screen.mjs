// One page at a time, rendered by miniprogram-simulate from its real wxml, wxss and compiled js.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { JSDOM } from "jsdom";

const require = createRequire(import.meta.url);
const COMPILER = process.arch === "x64" ? "official" : "simulate"; // WeChat's own compiler is a program for x64

function playBrowser() {
  const { window } = new JSDOM("<!doctype html><html><head></head><body></body></html>");
  globalThis.window = window;
  for (const name of ["document", "HTMLElement", "Event", "CustomEvent", "Element", "Node"])
    globalThis[name] = window[name];
}

export class Screen {
  /** `app` is the folder of the compiled project. `wx` has to be played already. */
  constructor(app, phone) {
    playBrowser();
    this.app = app;
    this.phone = phone;
    this.simulate = require("miniprogram-simulate");
    this.exparser = require("miniprogram-exparser");
    this.loaded = new Map();
    this.stack = [];
    globalThis.App = (options) => (globalThis.getApp = () => options);
    require(join(app, "app.js"));
    getApp().onLaunch();
  }

  /** Opens a page by its address and leaves those below it as they are. */
  async open(url) {
    const [path, query = ""] = url.replace(/^\//, "").split("?");
    if (!this.loaded.has(path)) {
      this.loaded.set(path, this.simulate.load(join(this.app, path), { compiler: COMPILER, rootPath: this.app }));
    }
    const page = this.simulate.render(this.loaded.get(path));
    page.attach(document.body);
    this.stack.push({ path, page });
    await page.instance.onLoad?.(Object.fromEntries(new URLSearchParams(query)));
    await page.instance.onShow?.();
    await this.settled();
    return this;
  }

  leave() {
    const { page } = this.stack.pop();
    page.instance.onUnload?.();
    page.detach();
  }

  /** Goes where the page last led, as the stack of WeChat's pages does; the address where it is now. */
  async follow() {
    const { way, url } = this.phone.went.shift() ?? {};
    if (way === undefined) throw new Error(`${this.path} led nowhere:\n${this.text()}`);
    if (way === "redirectTo" || way === "navigateBack") this.leave();
    if (way === "reLaunch" || way === "switchTab") while (this.stack.length > 0) this.leave();
    if (way !== "navigateBack") await this.open(url);
    else await this.page.instance.onShow?.();
    await this.settled();
    return this.path;
  }

  get page() {
    return this.stack.at(-1).page;
  }

  get path() {
    return this.stack.at(-1).path;
  }

  get data() {
    return this.page.instance.data;
  }

  /** Waits until nothing is asked any more; whatever can be tapped then has a role and a name. */
  async settled() {
    let quiet = 0;
    while (quiet < 3) {
      await new Promise((resolve) => setTimeout(resolve, 4));
      quiet = this.phone.asking === 0 ? quiet + 1 : 0;
    }
    for (const node of this.nodes()) check(node);
  }

  /** Waits until something holds; the page is looked at again and again. */
  async until(holds, what, seconds = 10) {
    const end = Date.now() + seconds * 1000;
    while (!holds(this)) {
      if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s\n${this.text()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this.settled();
  }

  /** The page as it is composed: elements with their attributes and children, texts as strings. */
  tree() {
    const inner = (node) => {
      if (node instanceof this.exparser.TextNode) return [node.textContent];
      const children = (node.__wxSlotChildren ?? []).flatMap(inner);
      if (node.__virtual) return children;
      const vt = node._vt ?? { tagName: "page", attrs: [], event: {} };
      const attrs = Object.fromEntries(vt.attrs.map(({ name, value }) => [dashed(name), value]));
      return [{ tag: vt.tagName.replace(/^wx-/, ""), attrs, event: vt.event, children, node }];
    };
    return inner(this.page._exparserNode)[0];
  }

  /** Every element, in the order of the page. */
  nodes(from = this.tree()) {
    return [from, ...from.children.filter((child) => typeof child !== "string").flatMap((child) => this.nodes(child))];
  }

  text() {
    return textOf(this.tree());
  }

  /** The first element that handles taps and is called so, by its label or its text. */
  control(name) {
    const found = this.nodes().find((node) => node.event.tap && nameOf(node).includes(name));
    if (!found) throw new Error(`nothing to tap is called ${name} on ${this.path}:\n${this.text()}`);
    return found;
  }

  has(name) {
    return this.nodes().some((node) => node.event.tap && nameOf(node).includes(name));
  }

  async tap(name) {
    const control = this.control(name);
    if (control.attrs.disabled) throw new Error(`${name} is disabled`);
    await this.fire(control, "tap", {});
  }

  /** Types into the input or the text area of this label. */
  async type(label, value) {
    await this.fire(this.labelled(label, ["input", "textarea"]), "input", { value });
  }

  /** Chooses or switches in the picker or the switch of this label. */
  async choose(label, value) {
    await this.fire(this.labelled(label, ["picker", "switch"]), "change", { value });
  }

  labelled(label, tags) {
    const found = this.nodes().find(({ tag, attrs }) => tags.includes(tag) && attrs["aria-label"] === label);
    if (!found) throw new Error(`no ${tags} is called ${label} on ${this.path}`);
    return found;
  }

  async fire({ node }, name, detail) {
    const { Event } = this.exparser;
    Event.dispatchEvent(node, Event.create(name, detail, { bubbles: true, capturePhase: true, composed: true }));
    await this.settled();
  }

  /** The wxss of the project, this page and its components. */
  styles() {
    const read = (path) => readFileSync(join(this.app, path), "utf8");
    const components = (path) =>
      Object.values(JSON.parse(read(`${path}.json`)).usingComponents ?? {}).map((name) => name.slice(1));
    const used = components(this.path);
    return [
      ...["app", this.path].map((path) => read(`${path}.wxss`)),
      ...used.map((name) => read(`${name}.wxss`)),
    ].join("\n");
  }
}

/** WeChat's compiler writes some of the names of aria in camel case. */
const dashed = (name) => name.replace(/^aria([A-Z])/, (_, letter) => `aria-${letter.toLowerCase()}`);

const textOf = (node) =>
  (typeof node === "string" ? node : node.children.map(textOf).join(node.tag === "text" ? "" : "\n"))
    .replace(/\n\s*\n+/g, "\n")
    .trim();

const nameOf = (node) => String(node.attrs["aria-label"] ?? "") || textOf(node);

const NATIVE = ["button", "switch", "picker"];

/** What a screen reader needs of whatever can be tapped. */
function check(node) {
  if (!node.event.tap && !NATIVE.includes(node.tag) && !["input", "textarea"].includes(node.tag)) return;
  const told = JSON.stringify({ tag: node.tag, attrs: node.attrs });
  if (node.event.tap && node.tag !== "button" && !node.attrs.role) throw new Error(`no role: ${told}`);
  if (["switch", "picker", "input", "textarea"].includes(node.tag) ? !node.attrs["aria-label"] : !nameOf(node)) {
    throw new Error(`no name: ${told}`);
  }
}

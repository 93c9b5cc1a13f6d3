// A rendered page as HTML, so that a browser can take its picture: WeChat's elements as what they look like there.

const TAGS = { view: "div", text: "span", image: "img", picker: "div", page: "main", switch: "i" };
const VOID = ["img", "input"];

/** How WeChat draws its own elements, as far as these pages use them. */
const NATIVE = `
  * { -webkit-tap-highlight-color: transparent; }
  body { margin: 0; min-height: 100vh; }
  button { display: block; font: inherit; box-sizing: border-box; }
  input, textarea { font: inherit; }
  textarea { resize: none; display: block; }
  i.switch { flex: none; display: block; width: 52px; height: 32px; border-radius: 16px; background: #bbb; position: relative; margin: 6px 0; }
  i.switch::after { content: ""; position: absolute; top: 2px; left: 2px; width: 28px; height: 28px; border-radius: 50%; background: #fff; }
  i.switch[aria-checked=true] { background: #176449; } i.switch[aria-checked=true]::after { left: 22px; }
  .bar { height: 44px; line-height: 44px; text-align: center; font-weight: 600; position: relative; }
  .bar .back { position: absolute; left: 12px; font-size: 28px; line-height: 40px; }
  .tabs { position: fixed; z-index: 2; left: 0; right: 0; bottom: 0; display: flex; background: var(--paper); border-top: 1px solid var(--line); }
  .tabs span { flex: 1; text-align: center; line-height: 50px; color: var(--soft); font-size: 14px; }
  .tabs .here { color: var(--green); font-weight: 600; }
`;

const escape = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");

function shown(node) {
  if (typeof node === "string") return escape(node);
  const { tag, attrs } = node;
  const name = TAGS[tag] ?? tag;
  const told = {
    class: attrs.class,
    style: attrs.style,
    role: attrs.role,
    "aria-label": attrs["aria-label"],
    "aria-live": attrs["aria-live"],
  };
  if (node.event.tap) told["data-tap"] = "true";
  if (tag === "image") told.src = attrs.src;
  if (tag === "button" && attrs.disabled) told.disabled = "";
  if (tag === "input") told.value = attrs.value;
  if (tag === "textarea") told.placeholder = attrs.placeholder;
  if (tag === "switch")
    Object.assign(told, { class: "switch", role: "switch", "aria-checked": String(Boolean(attrs.checked)) });
  const written = Object.entries(told).filter(([, value]) => value !== undefined && value !== "");
  const open = `<${[name, ...written.map(([key, value]) => `${key}="${escape(value)}"`)].join(" ")}>`;
  if (VOID.includes(name)) return open;
  const inside = tag === "textarea" ? escape(attrs.value ?? "") : node.children.map(shown).join("");
  return `${open}${inside}</${name}>`;
}

/** The page with its title above and, where it has them, the tabs below. */
export function html(screen, tabs) {
  const here = tabs.findIndex((path) => path === screen.path);
  const names = screen.phone.tabs.map(
    (text, index) => `<span class="${index === here ? "here" : ""}">${escape(text)}</span>`,
  );
  const bar = `<div class="bar">${here < 0 ? '<span class="back">‹</span>' : ""}${escape(screen.phone.title)}</div>`;
  const styles = screen.styles().replace(/^(\s*)page(?=\s*\{)/gm, "$1body");
  const tabbed = here < 0 ? "" : `<div class="tabs">${names.join("")}</div>`;
  const head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">';
  return `<!doctype html><html><head>${head}<style>${NATIVE}${styles}</style></head><body>${bar}${shown(screen.tree())}${tabbed}</body></html>`;
}

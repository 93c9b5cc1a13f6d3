// The phone of one made-up person. All it knows is what the platform tells it.
const $ = (id) => document.getElementById(id);
const talk = $("talk");
const key = "egret-openid";
const openid = localStorage.getItem(key) ?? newOpenid();
const history = `egret-talk-${openid}`;
// Where the pages are that messages lead to: here in the demo, elsewhere where the platform is a program of its own.
const { server, language, words } = document.querySelector(".sim").dataset;
const page = (address) => (server ? address : new URL(address).pathname);
const picture = (address) => (server ? `/simulator/picture?address=${encodeURIComponent(address)}` : page(address));

const said = JSON.parse(words);
const w = (code, details = {}) => said[code].replace(/\{(\w+)\}/g, (_, name) => details[name]);
const clockTime = (at) => new Date(at).toLocaleTimeString(language === "en" ? "en-GB" : "zh-CN", { hour: "2-digit", minute: "2-digit" });

function newOpenid() {
  const made = "o" + crypto.getRandomValues(new Uint32Array(4)).reduce((text, n) => text + n.toString(36), "");
  localStorage.setItem(key, made);
  return made;
}

document.cookie = `sim-openid=${encodeURIComponent(openid)}; path=/simulator; SameSite=Lax`;

// Addresses in a message can be tapped, as on a phone.
function withLinks(body, text) {
  for (const part of text.split(/(https?:\/\/[^\s，。）]+)/)) {
    if (!/^https?:/.test(part)) {
      body.append(part);
      continue;
    }
    const link = document.createElement("a");
    link.href = part;
    link.target = "_blank";
    link.textContent = part.length > 48 ? `${part.slice(0, 45)}…` : part;
    body.append(link);
  }
}

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function image(address, alt) {
  const made = document.createElement("img");
  made.src = address;
  made.alt = alt;
  made.addEventListener("load", () => { talk.scrollTop = talk.scrollHeight; });
  return made;
}

// An article as WeChat shows a single one: its title, the picture cropped to 900 × 383, what it says; all of it one link.
function article(body, card) {
  const link = element("a", "", "article");
  link.href = page(card.url);
  link.target = "_blank";
  link.append(element("strong", card.title), image(picture(card.picture), card.title), element("span", card.description));
  body.append(link);
}

// A template message: what it is, a line for each field, and where it leads.
function template(body, message) {
  body.append(element("strong", w("notice")));
  for (const { value } of Object.values(message.data ?? {})) body.append(element("p", value));
  if (!message.url) return;
  const link = element("a", w("details"), "onward");
  link.href = page(message.url);
  link.target = "_blank";
  body.append(link);
}

// A message with entries: a tap sends what stands there, with the entry's id, as WeChat does.
function menu(body, { head_content, list, tail_content }) {
  withLinks(body, head_content);
  for (const { id, content } of list) {
    const entry = element("button", content, "entry");
    entry.type = "button";
    entry.addEventListener("click", () => send("text", content, content, null, id));
    body.append(entry);
  }
  if (tail_content) body.append(element("p", tail_content));
}

function bubble(side, text, at = Date.now(), keep = true, card = null) {
  const item = element("li", "", side);
  const body = element("div", "", "bubble");
  if (card?.photo) body.append(image(`/simulator/photo?media_id=${encodeURIComponent(card.photo)}`, text));
  else if (card?.picture) article(body, card);
  else if (card?.template) template(body, card.template);
  else if (card?.menu) menu(body, card.menu);
  else withLinks(body, text);
  const time = element("time", clockTime(at));
  item.append(body, time);
  talk.append(item);
  talk.scrollTop = talk.scrollHeight;
  if (keep) {
    const kept = JSON.parse(sessionStorage.getItem(history) ?? "[]");
    sessionStorage.setItem(history, JSON.stringify([...kept, { side, text, at, card }].slice(-100)));
  }
  return item;
}

// What a message that came by itself is shown as; text where that is null.
function pushed(raw) {
  if (raw?.msgmenu) return { menu: raw.msgmenu };
  return raw?.template_id ? { template: raw } : null;
}

function note(text) {
  talk.append(element("li", text, "note"));
  talk.scrollTop = talk.scrollHeight;
}

async function send(kind, content, shown, card = null, entry = null) {
  if (shown) bubble("me", shown, Date.now(), true, card);
  const waiting = bubble("them typing", "···", Date.now(), false);
  const asked = { openid, kind, content, entry, plain: $("plain").checked, times: $("thrice").checked ? 3 : 1 };
  try {
    const response = await fetch("/simulator/send", { method: "POST", body: JSON.stringify(asked) });
    const { results, error } = await response.json();
    waiting.remove();
    if (error) return note(error);
    results.forEach(trace);
    const [first] = results;
    if (first.status !== 200) return note(w("refused", { status: first.status }));
    if (first.reply) bubble("them", first.reply, Date.now(), true, first.picture ? first : null);
    if (results.length > 1) {
      const same = results.every((result) => result.reply === first.reply);
      note(w(same ? "same" : "differ", { count: results.length }));
    }
  } catch {
    waiting.remove();
    note(w("down"));
  }
}

function trace(result) {
  $("trace").querySelector(".empty")?.remove();
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const check = result.verified ? w("signed") : result.status === 200 ? "success" : w("declined");
  summary.textContent = `${clockTime(Date.now())}　${result.status}　${result.ms} ms　${check}`;
  details.append(summary);
  for (const [title, text] of [["plain", result.plain], ["sent", result.sent], ["got", result.got], ["opened", result.opened]]) {
    if (!text) continue;
    const shown = element("pre", text);
    shown.tabIndex = 0; // by keyboard it scrolls sideways
    details.append(element("p", w(title)), shown);
  }
  $("trace").prepend(details);
  while ($("trace").children.length > 20) $("trace").lastChild.remove();
}

async function clock(by) {
  const response = await fetch("/simulator/clock", by && { method: "POST", body: JSON.stringify(by) });
  const { now, error } = await response.json();
  if (error) return note(error);
  $("now").dateTime = now;
  $("now").textContent = now.slice(0, 16).replace("T", " ");
  if (by) note(w("moved", { now: $("now").textContent }));
}

for (const button of $("clock")?.querySelectorAll("button") ?? []) {
  button.addEventListener("click", () => clock({ days: Number(button.dataset.days ?? 0), hours: Number(button.dataset.hours ?? 0) }));
}
if ($("clock")) clock();

// What is tapped instead of typed.
function tapped(text) {
  const button = element("button", text, "say");
  button.type = "button";
  button.addEventListener("click", () => send("text", text, text));
  return button;
}
for (const button of document.querySelectorAll(".people .say")) button.replaceWith(tapped(button.textContent));

function listen() {
  const events = new EventSource(`/simulator/events?openid=${encodeURIComponent(openid)}`);
  const seen = new Set(JSON.parse(sessionStorage.getItem(`${history}-seen`) ?? "[]"));
  const fresh = (name, item) => {
    const id = `${name}-${item.n}-${item.at}`;
    if (seen.has(id)) return false;
    seen.add(id);
    sessionStorage.setItem(`${history}-seen`, JSON.stringify([...seen].slice(-200)));
    return true;
  };
  events.addEventListener("push", (event) => {
    const item = JSON.parse(event.data);
    if (fresh("push", item)) bubble("them push", item.text, item.at * 1000, true, pushed(item.raw));
  });
  events.addEventListener("sms", (event) => {
    const item = JSON.parse(event.data);
    if ($("sms").querySelector(`[data-n="${item.n}"]`)) return;
    $("sms").querySelector(".empty")?.remove();
    const row = document.createElement("li");
    row.dataset.n = item.n;
    row.textContent = `${item.phone}：${item.text} `;
    const [code] = item.text.match(/\d{6}/) ?? [];
    if (code) row.append(tapped(code));
    $("sms").prepend(row);
    while ($("sms").children.length > 5) $("sms").lastChild.remove();
  });
}

$("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = $("said").value;
  if (!said.trim()) return;
  $("said").value = "";
  send("text", said, said);
});
$("keyboard").addEventListener("click", () => {
  $("menu").hidden = !$("menu").hidden;
  $("typing").hidden = !$("menu").hidden;
  $("keyboard").firstChild.textContent = $("menu").hidden ? "☰" : "⌨";
  if (!$("typing").hidden) $("said").focus();
});
for (const top of document.querySelectorAll(".menu > .top")) {
  top.addEventListener("click", () => {
    const list = top.nextElementSibling;
    const open = list.hidden;
    for (const other of document.querySelectorAll(".menu ul")) other.hidden = true;
    for (const other of document.querySelectorAll(".menu > .top")) other.setAttribute("aria-expanded", "false");
    list.hidden = !open;
    top.setAttribute("aria-expanded", String(open));
  });
}
for (const item of document.querySelectorAll(".menu [data-key]")) {
  item.addEventListener("click", () => {
    item.closest("ul").hidden = true;
    item.closest(".menu").firstElementChild.setAttribute("aria-expanded", "false");
    note(w("tapped", { entry: item.dataset.name }));
    send("CLICK", item.dataset.key);
  });
}
$("photo").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  for (const file of $("file").files) {
    const kept = await fetch("/simulator/photo", { method: "POST", headers: { "content-type": file.type || "application/octet-stream" }, body: file });
    if (!kept.ok) {
      note(w("large", { name: file.name }));
      continue;
    }
    const { media_id } = await kept.json();
    await send("image", media_id, w("photo", { name: file.name }), { photo: media_id });
  }
  $("file").value = "";
});
$("scan").addEventListener("click", () => {
  note(w("scanned"));
  send("SCAN", "library");
});
$("voice").addEventListener("click", () => send("voice", "", w("voice")));
$("refollow").addEventListener("click", () => {
  localStorage.removeItem(key);
  location.reload();
});
$("unfollow").addEventListener("click", async () => {
  await send("unsubscribe", "");
  sessionStorage.removeItem(history);
  localStorage.removeItem(key);
  location.reload();
});

$("openid").textContent = openid;
listen();
const kept = JSON.parse(sessionStorage.getItem(history) ?? "[]");
if (kept.length) kept.forEach(({ side, text, at, card }) => bubble(side, text, at, false, card));
else {
  note(w("followed"));
  await send("subscribe", "");
  if (language === "en") await send("text", "English", "English"); // the account begins in Chinese
}

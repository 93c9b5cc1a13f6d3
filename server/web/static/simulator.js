// The phone of one made-up person. All it knows is what the platform tells it.
const $ = (id) => document.getElementById(id);
const talk = $("talk");
const key = "egret-openid";
const openid = localStorage.getItem(key) ?? newOpenid();
const history = `egret-talk-${openid}`;
// Where the pages are that messages lead to: here in the demo, elsewhere where the platform is a program of its own.
const server = document.querySelector(".sim").dataset.server;
const page = (address) => (server ? address : new URL(address).pathname);
const picture = (address) => (server ? `/simulator/picture?address=${encodeURIComponent(address)}` : page(address));

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

function bubble(side, text, at = Date.now(), keep = true, card = null) {
  const item = document.createElement("li");
  item.className = side;
  const body = document.createElement("div");
  body.className = "bubble";
  if (card?.picture) {
    const link = document.createElement("a");
    const image = document.createElement("img");
    link.href = page(card.url);
    link.target = "_blank";
    image.src = picture(card.picture);
    image.alt = text;
    image.addEventListener("load", () => { talk.scrollTop = talk.scrollHeight; });
    link.append(image);
    body.append(link);
  }
  withLinks(body, text);
  const time = document.createElement("time");
  time.textContent = new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  item.append(body, time);
  talk.append(item);
  talk.scrollTop = talk.scrollHeight;
  if (keep) {
    const kept = JSON.parse(sessionStorage.getItem(history) ?? "[]");
    sessionStorage.setItem(history, JSON.stringify([...kept, { side, text, at, card }].slice(-100)));
  }
  return item;
}

function note(text) {
  const item = document.createElement("li");
  item.className = "note";
  item.textContent = text;
  talk.append(item);
  talk.scrollTop = talk.scrollHeight;
}

async function send(kind, content, shown) {
  if (shown) bubble("me", shown);
  const waiting = bubble("them typing", "···", Date.now(), false);
  const asked = { openid, kind, content, plain: $("plain").checked, times: $("thrice").checked ? 3 : 1 };
  try {
    const response = await fetch("/simulator/send", { method: "POST", body: JSON.stringify(asked) });
    const { results, error } = await response.json();
    waiting.remove();
    if (error) return note(error);
    results.forEach(trace);
    const [first] = results;
    if (first.status !== 200) return note(`平台收到 ${first.status}：没有被接受`);
    if (first.reply) bubble("them", first.reply, Date.now(), true, first.picture ? first : null);
    if (results.length > 1) {
      const same = results.every((result) => result.reply === first.reply);
      note(`发了 ${results.length} 次，${same ? "答复相同，只办理一次" : "答复不同"}`);
    }
  } catch {
    waiting.remove();
    note("没有连上服务，请检查演示是否还在运行。");
  }
}

function trace(result) {
  $("trace").querySelector(".empty")?.remove();
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const check = result.verified ? "签名正确" : result.status === 200 ? "success" : "拒绝";
  summary.textContent = `${new Date().toLocaleTimeString("zh-CN")}　${result.status}　${result.ms} ms　${check}`;
  details.append(summary);
  for (const [title, text] of [["明文消息", result.plain], ["发出的报文", result.sent], ["收到的报文", result.got], ["解密后的答复", result.opened]]) {
    if (!text) continue;
    const head = document.createElement("p");
    head.textContent = title;
    const pre = document.createElement("pre");
    pre.textContent = text;
    details.append(head, pre);
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
  if (by) note(`时间到了 ${$("now").textContent}`);
}

for (const button of $("clock")?.querySelectorAll("button") ?? []) {
  button.addEventListener("click", () => clock({ days: Number(button.dataset.days ?? 0), hours: Number(button.dataset.hours ?? 0) }));
}
if ($("clock")) clock();

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
    if (fresh("push", item)) bubble("them push", item.text, item.at * 1000);
  });
  events.addEventListener("sms", (event) => {
    const item = JSON.parse(event.data);
    if ($("sms").querySelector(`[data-n="${item.n}"]`)) return;
    $("sms").querySelector(".empty")?.remove();
    const row = document.createElement("li");
    row.dataset.n = item.n;
    row.textContent = `${item.phone}：${item.text}`;
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
    note(`点了菜单：${item.textContent}`);
    send("CLICK", item.dataset.key);
  });
}
$("photo").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  for (const file of $("file").files) {
    const kept = await fetch("/simulator/photo", { method: "POST", headers: { "content-type": file.type || "application/octet-stream" }, body: file });
    if (!kept.ok) {
      note(`照片太大：${file.name}`);
      continue;
    }
    const { media_id } = await kept.json();
    await send("image", media_id, `〔照片 ${file.name}〕`);
  }
  $("file").value = "";
});
$("scan").addEventListener("click", () => {
  note("扫了图书馆服务台的二维码");
  send("SCAN", "library");
});
$("voice").addEventListener("click", () => send("voice", "", "〔语音〕"));
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
  note("您关注了公众号");
  send("subscribe", "");
}

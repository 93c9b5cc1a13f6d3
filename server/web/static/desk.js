// The desk by keyboard, and pages that follow what colleagues do.
"use strict";
(() => {
  const main = document.querySelector("main");
  const one = (selector) => document.querySelector(selector);
  const focus = (selector) => {
    const found = one(selector);
    if (!found) { return; }
    const closed = found.closest("details");
    if (closed) { closed.open = true; }
    found.focus();
  };
  const goTo = (action) => focus(`form[data-action="${action}"] button`); // only Enter presses it

  const walk = (step) => {
    const links = [...document.querySelectorAll(".queue tbody a")];
    if (!links.length) { return; }
    const at = links.indexOf(document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + step))].focus();
  };
  const keys = {
    j: () => walk(1), k: () => walk(-1), "/": () => focus("#search"),
    c: () => goTo("claim"), n: () => focus("#note"), r: () => focus("#question"), s: () => focus("#source-question"),
    p: () => focus("#determination input"), a: () => goTo("approve"),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (typing && typing.type !== "radio" || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) { return; }
    event.preventDefault();
    keys[event.key]();
  });

  const chosen = () => one("#determination input:checked");
  const compare = () => {
    const text = one("#explanation");
    const hint = one("#mismatch");
    if (!text || !hint) { return; }
    const written = Boolean(text.value) && Boolean(text.dataset.outcome);
    hint.hidden = !(written && chosen() && chosen().value !== text.dataset.outcome);
  };
  const prepare = () => { // templates need this script
    for (const from of document.querySelectorAll(".from")) { from.hidden = false; }
  };
  document.addEventListener("change", (event) => {
    if (event.target.name === "determination") { compare(); return; }
    const into = event.target.dataset.into && document.getElementById(event.target.dataset.into);
    if (!into || !event.target.value) { return; }
    into.value = event.target.value;
    const { outcome } = event.target.selectedOptions[0].dataset;
    if (outcome) {
      one(`#outcome-${outcome}`).checked = true;
      into.dataset.outcome = outcome;
      compare();
    }
    const gap = into.value.indexOf("【");
    into.focus();
    if (gap >= 0) { into.setSelectionRange(gap, into.value.indexOf("】") + 1); }
  });

  const touched = (field) => field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  const fields = () => [...document.querySelectorAll("main textarea, main input[type=text], main input[type=radio]")];
  const dirty = () => Boolean(one("main [data-kept]")) || fields().some(touched);
  let known = one("[data-known]") ? one("[data-known]").dataset.known : null;
  const follow = async () => {
    const place = one("[data-pulse]");
    if (!place || !place.dataset.pulse || document.hidden) { return; }
    const answer = await fetch(`/desk/pulse?${place.dataset.pulse}`, { headers: { accept: "application/json" } });
    if (answer.redirected) { location.assign("/desk/sign-in"); return; }
    if (!answer.ok) { return; }
    const { pulse } = await answer.json();
    if (known === pulse) { return; }
    if (dirty()) { one("#changed").hidden = false; return; }
    known = pulse;
    const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    main.replaceChildren(...fresh.querySelector("main").childNodes);
    prepare();
  };
  const changed = document.createElement("p");
  changed.id = "changed";
  changed.className = "due";
  changed.setAttribute("role", "status");
  changed.hidden = true;
  changed.append("这一页有更新；您正在填写的内容还在。 ");
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "重新载入";
  changed.append(again);
  main.before(changed);
  prepare();
  again.href = location.href;
  const kept = one("main [data-kept]");
  if (kept) { kept.scrollIntoView({ block: "center" }); }
  follow();
  setInterval(() => follow().catch(() => {}), 3000);
})();

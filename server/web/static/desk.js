// The desk by keyboard, and pages that follow what colleagues do.
"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const focus = (selector) => {
    const found = one(selector);
    if (!found) { return; }
    const closed = found.closest("details");
    if (closed) { closed.open = true; }
    found.focus();
  };
  const goTo = (name) => focus(`[data-key="${name}"]`); // only Enter presses it

  // Keys

  const walk = (step) => {
    const links = all(".queue tbody a, .beside li a");
    const seen = links.filter((link) => link.offsetParent !== null);
    if (!seen.length) { return; }
    const at = seen.indexOf(document.activeElement);
    seen[Math.min(seen.length - 1, Math.max(0, at + step))].focus();
  };
  const choose = (number) => {
    const outcome = all("#determination input")[number - 1];
    if (!outcome) { return; }
    outcome.checked = true;
    compare();
    focus("#explanation");
  };
  const keys = {
    j: () => walk(1), k: () => walk(-1), "/": () => focus("#search"), t: () => goTo("take"),
    c: () => goTo("claim"), n: () => focus("#note"), r: () => focus("#question"), s: () => focus("#source-question"),
    p: () => focus("#determination input"), a: () => goTo("approve"), e: () => goTo("onward"), u: () => goTo("undo"),
    v: () => show(0), "?": () => one("#keys").showModal(),
  };
  const isTyping = (place) => Boolean(place.closest("textarea, select, input:not([type=radio])"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      const onward = event.target.form.querySelector("[data-key=onward]");
      event.target.form.requestSubmit(onward || undefined);
      return;
    }
    if (one("dialog[open]")) {
      turnBy({ ArrowLeft: -1, ArrowRight: 1 }[event.key]);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) { return; }
    const act = /^[1-9]$/.test(event.key) ? () => choose(Number(event.key)) : keys[event.key];
    if (!act) { return; }
    event.preventDefault();
    act();
  });

  // Outcomes and templates

  const compare = () => {
    const text = one("#explanation");
    const hint = one("#mismatch");
    if (!text || !hint) { return; }
    const chosen = one("#determination input:checked");
    const written = Boolean(text.value) && Boolean(text.dataset.outcome);
    hint.hidden = !(written && chosen && chosen.value !== text.dataset.outcome);
  };
  const fill = (button) => {
    const into = document.getElementById(button.dataset.into);
    const { outcome } = button.dataset;
    into.value = button.dataset.text;
    if (outcome) {
      one(`#outcome-${outcome}`).checked = true;
      into.dataset.outcome = outcome;
      compare();
    }
    const gap = into.value.indexOf("【");
    into.focus();
    if (gap >= 0) { into.setSelectionRange(gap, into.value.indexOf("】") + 1); }
  };
  document.addEventListener("change", (event) => {
    if (event.target.name === "determination") { compare(); }
  });

  // Photos

  let shown = 0;
  const show = (number) => {
    const photos = all("[data-photo]");
    if (!photos.length) { return; }
    shown = (number + photos.length) % photos.length;
    const picture = document.createElement("img");
    picture.src = photos[shown].href;
    picture.alt = photos[shown].querySelector("img").alt;
    one("#photo .frame").replaceChildren(picture);
    one("#photo .meta").textContent = `${shown + 1} / ${photos.length}`;
    if (!one("#photo").open) { one("#photo").showModal(); }
  };
  const turnBy = (step) => {
    if (step && one("#photo[open]")) { show(shown + step); }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && button.dataset.into) { fill(button); }
    if (button && button.dataset.opens) { document.getElementById(button.dataset.opens).showModal(); }
    if (button && button.dataset.turn) { turnBy(Number(button.dataset.turn)); }
    const photo = event.target.closest("[data-photo]");
    if (photo && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      show(all("[data-photo]").indexOf(photo));
    }
  });

  // What colleagues do: each part of a page that follows something is drawn again by itself

  const touched = (field) => field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  const isDirty = (part) => {
    const fields = [...part.querySelectorAll("textarea, input[type=text], input[type=radio]")];
    return Boolean(part.querySelector("[data-kept]")) || fields.some(touched);
  };
  const prepare = () => { // what needs this script
    for (const part of all(".from, [data-opens]")) { part.hidden = false; }
  };
  const draw = async (part) => {
    const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const place = part.matches(".work, .beside") ? `.${part.classList[0]}` : "main";
    const now = fresh.querySelector(place);
    const before = one(place);
    if (!now || !before) { return; }
    const at = document.activeElement && before.contains(document.activeElement) ? document.activeElement.id : "";
    before.replaceWith(now);
    if (at) { focus(`#${CSS.escape(at)}`); }
    prepare();
  };
  const follow = async (part) => {
    const answer = await fetch(`/desk/pulse?${part.dataset.pulse}`, { headers: { accept: "application/json" } });
    if (answer.redirected) { location.assign("/desk/sign-in"); return; }
    if (!answer.ok) { return; }
    const { pulse } = await answer.json();
    if (part.dataset.known === pulse) { return; }
    if (isDirty(part)) { one("#changed").hidden = false; return; }
    await draw(part);
  };
  const followAll = async () => {
    if (document.hidden || one("dialog[open]")) { return; }
    for (const part of all("[data-pulse]")) { await follow(part); }
  };
  prepare();
  if (one("#changed a")) { one("#changed a").href = location.href; }
  const kept = one("main [data-kept]");
  if (kept) { kept.scrollIntoView({ block: "center" }); }
  const round = () => followAll().catch(() => {}).finally(() => setTimeout(round, 3000));
  round();
})();

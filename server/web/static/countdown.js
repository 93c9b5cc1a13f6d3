// Counts down until something can be asked for again. Without this script the page says it as text, once.
"use strict";
(() => {
  const place = document.querySelector("[data-wait]");
  if (!place) { return; }
  const until = Date.now() + Number(place.dataset.wait) * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    place.textContent = left > 0 ? place.dataset.during.replace("{}", left) : place.dataset.after;
    if (left > 0) { setTimeout(tick, 1000); }
  };
  tick();
})();

// Keeps countdowns current, once a minute, by the server's clock. Crossing a threshold is
// announced; the minutes in between are not.
(() => {
  "use strict";
  const { all, announce } = globalThis.ui;
  const texts = document.getElementById("countdown-texts");
  const served = Date.parse(document.documentElement.dataset.now);
  if (!texts || Number.isNaN(served)) return;
  let ahead = served - performance.now();
  const now = () => ahead + performance.now();
  // The bell brings the server's clock: this page's own stands still while the computer sleeps.
  document.addEventListener("server-time", (event) => {
    const right = event.detail - performance.now();
    if (Math.abs(right - ahead) > 2000) {
      ahead = right;
      tick();
    }
  });

  const put = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const duration = (milliseconds) => {
    const total = Math.floor(Math.abs(milliseconds) / 60000);
    const [days, hours, minutes] = [Math.floor(total / 1440), Math.floor(total / 60), total % 60];
    if (days) return put(texts.dataset.days, { days, hours: hours % 24 });
    if (hours) return put(texts.dataset.hours, { hours, minutes });
    return put(texts.dataset.minutes, { minutes });
  };

  const tick = () => {
    const crossed = [];
    all("time[data-countdown]").forEach((element) => {
      const due = Date.parse(element.dateTime);
      const at = now();
      const late = at >= due;
      const tone = late ? "danger" : at >= Date.parse(element.dataset.warn) ? "warn" : "neutral";
      const text = put(late ? texts.dataset.late : texts.dataset.left, { time: duration(due - at) });
      const label = element.querySelector("span");
      if (label.textContent !== text) label.textContent = text;
      if (element.dataset.tone === tone) return;
      element.dataset.tone = tone;
      const icon = texts.content.querySelector(`[data-tone="${tone}"] svg`);
      element.querySelector("svg")?.replaceWith(icon.cloneNode(true));
      const row = element.closest("tr, [data-countdown-label]");
      const name = row?.dataset.countdownLabel || row?.querySelector(".col-main")?.textContent.trim();
      crossed.push(name ? `${name}: ${text}` : text);
    });
    if (crossed.length) announce(crossed.slice(0, 3).join(", "));
  };
  setInterval(tick, 60000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
})();

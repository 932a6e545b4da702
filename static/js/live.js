// [data-live-region] keeps itself current: it is fetched again every 20 s, but never swapped under
// somebody who works in it (focus, pointer on its table, chosen rows, an open dialog).
(() => {
  "use strict";
  const EVERY = 20000;
  const regions = () => document.querySelectorAll("[data-live-region]");
  const busy = (region) => Boolean(region.matches(":focus-within")
    || region.querySelector("[data-select]:checked, [data-select-scope]:hover, details[open]")
    || document.querySelector("dialog[open]"));
  setInterval(() => {
    if (document.hidden) return;
    regions().forEach((region) => {
      if (!busy(region)) globalThis.htmx.trigger(region, "refresh");
    });
  }, EVERY);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const region = event.detail.target;
    if (region.matches?.("[data-live-region]") && busy(region)) event.detail.shouldSwap = false;
  });
})();

// Today keeps itself current: every 20 s each part is fetched again and put in place, but never the
// part somebody points at or works in, and nothing that is pointed at moves.
(() => {
  "use strict";
  const EVERY = 20000;
  const root = () => document.getElementById("today");
  const dialog = () => document.getElementById("action-dialog");
  const held = (part) => part.matches(":focus-within") || part.querySelector("details[open]") !== null;
  const pointed = () => [...document.querySelectorAll("#today [data-live-part]:hover")].at(-1);
  const top = (element) => element.getBoundingClientRect().top;

  const text = (part) => part.innerHTML.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");

  const place = (part, fresh, still) => {
    if (text(part) === text(fresh)) return;
    const before = still && top(still);
    const old = [...part.childNodes];
    part.replaceChildren(...fresh.childNodes);
    // A part above that would push away what is pointed at has to wait.
    if (still && top(still) !== before) part.replaceChildren(...old);
    else globalThis.htmx.process(part);
  };

  // The queue under the pointer only says that it has changed.
  const keys = (part) => [...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key).join();
  const hint = (part, fresh) => {
    const button = part.querySelector("[data-live-now]");
    if (button) button.hidden = keys(part) === keys(fresh);
  };

  let busy = false;
  const refresh = async (everything, again) => {
    if (!root() || busy || document.querySelector("dialog[open]")) return;
    busy = true;
    try {
      const address = root().dataset.today + (again ? "?fresh=1" : "");
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected || document.querySelector("dialog[open]")) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const still = everything ? null : pointed();
      for (const part of root().querySelectorAll("[data-live-part]")) {
        const fresh = page.querySelector(`[data-live-part="${part.dataset.livePart}"]`);
        if (!fresh) continue;
        if (!everything && (part === still || held(part))) hint(part, fresh);
        else place(part, fresh, still);
      }
    } catch {
      // The next round tries again.
    } finally {
      busy = false;
    }
  };
  setInterval(() => { if (!document.hidden) refresh(false, false); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(false, false); });
  document.addEventListener("today-changed", () => refresh(false, true));
  document.addEventListener("orders-changed", () => {
    document.getElementById("result")?.scrollIntoView({ block: "nearest" });
    refresh(true, true);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-now]")) refresh(true, true);
    event.target.closest("[data-dismiss-result]")?.closest("[data-result]").remove();
  });

  // Questions come in the dialog; a row or a result that arrives closes it.
  document.addEventListener("htmx:afterSwap", (event) => {
    const box = dialog();
    const target = event.detail.target;
    if (!box || !root()) return;
    if (target === box) {
      if (!box.open) box.showModal();
      box.querySelector("[aria-invalid=true], .field :is(input, select, textarea)")?.focus();
    } else if (target.id === "result" || target.id.startsWith("next-")) {
      if (box.open) box.close();
      box.replaceChildren();
      document.getElementById(target.id.replace("next-", "do-"))?.focus();
    }
  });
})();

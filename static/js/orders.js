// The list of orders keeps itself current; questions before an action open in the dialog.
(() => {
  "use strict";
  const { announce } = globalThis.ui;
  const EVERY = 20000;
  const list = () => document.getElementById("orders");
  const dialog = () => document.getElementById("action-dialog");
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  // Somebody is working in the table: rows must stay where they are.
  const busy = (element) => {
    const table = element.querySelector("[data-select-scope]");
    return Boolean(element.querySelector("[data-select]:checked")
      || table?.matches(":hover, :focus-within")
      || element.querySelector(".filter-bar")?.matches(":focus-within")
      || document.querySelector("dialog[open]"));
  };
  const refresh = () => { if (list()) globalThis.htmx.trigger(list(), "refresh"); };
  setInterval(() => { if (!document.hidden) refresh(); }, EVERY);

  let forced = false;
  const force = () => { forced = true; refresh(); };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const element = event.detail.target;
    if (element !== list() || event.detail.requestConfig?.verb !== "get") return;
    if (forced || !busy(element)) { forced = false; return; }
    event.detail.shouldSwap = false;
    const fresh = parse(event.detail.serverResponse).getElementById("orders");
    if (!fresh) return;
    fresh.querySelectorAll("[data-live-always]").forEach((part) => {
      const here = element.querySelector(`[data-live-always="${part.dataset.liveAlways}"]`);
      if (here && !here.matches(":focus-within")) here.innerHTML = part.innerHTML;
    });
    const bar = element.querySelector("[data-live-bar]");
    if (bar && bar.hidden && fresh.dataset.signature !== element.dataset.signature) {
      bar.hidden = false;
      announce(bar.querySelector("p").textContent.trim());
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const box = dialog();
    if (!box) return;
    if (event.detail.target === box) {
      if (!box.open) box.showModal();
      box.querySelector("[aria-invalid=true], .field :is(input, select, textarea)")?.focus();
    } else if (event.detail.target.id === "result" || event.detail.target.id === "order") {
      if (box.open) box.close();
      box.replaceChildren();
    }
  });
  document.addEventListener("orders-changed", () => {
    document.querySelectorAll("[data-select-scope] [data-select]:checked").forEach((one) => { one.checked = false; });
    document.querySelectorAll("[data-select-scope]").forEach((scope) => scope.dispatchEvent(new Event("change", { bubbles: true })));
    force();
    document.getElementById("result")?.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-now]")) force();
    if (event.target.closest("[data-dismiss-result]")) event.target.closest("[data-result]").remove();
  });

  // A column pasted from a sheet: a search field would swallow the line ends between the numbers.
  document.addEventListener("paste", (event) => {
    const field = event.target.closest?.('input[type="search"]');
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!field || !/[\r\n]/.test(text.trim())) return;
    event.preventDefault();
    field.setRangeText(text.trim().split(/\s+/).join(" "), field.selectionStart, field.selectionEnd, "end");
  });
})();

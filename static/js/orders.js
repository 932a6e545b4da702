// The list of orders keeps itself current without moving what somebody works on; questions before an
// action open in the dialog; the bulk bar says what is possible and what is at stake.
(() => {
  "use strict";
  const { all, announce } = globalThis.ui;
  const EVERY = 20000;
  const list = () => document.getElementById("orders");
  const dialog = () => document.getElementById("action-dialog");
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const language = document.documentElement.lang;

  // Somebody is working in the table: rows must stay where they are.
  const busy = (element) => {
    const table = element.querySelector("[data-select-scope]");
    return Boolean(element.querySelector("[data-select]:checked")
      || table?.matches(":hover, :focus-within")
      || element.querySelector(".filter-line, .views")?.matches(":focus-within")
      || element.querySelector("details[open]")
      || document.querySelector("dialog[open]"));
  };
  const refresh = () => { if (list()) globalThis.htmx.trigger(list(), "refresh"); };
  setInterval(() => { if (!document.hidden) refresh(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

  // What differs between the rows that are shown and those that would be: new, changed, gone.
  const versions = (root) => new Map(all("[data-index] > tbody > tr", root).map((row) => [row.id, row.dataset.version]));
  const differences = (here, fresh) => {
    const [old, now] = [versions(here), versions(fresh)];
    const keys = [...now.keys()];
    return {
      new: keys.filter((key) => !old.has(key)).length,
      changed: keys.filter((key) => old.has(key) && old.get(key) !== now.get(key)).length,
      gone: [...old.keys()].filter((key) => !now.has(key)).length,
    };
  };
  const tell = (element, fresh) => {
    const bar = element.querySelector("[data-live-bar]");
    if (!bar) return;
    const words = bar.querySelector("p");
    const text = Object.entries(differences(element, fresh))
      .filter(([, n]) => n)
      .map(([name, n]) => words.dataset[name].replace("{n}", n.toLocaleString(language)))
      .join(" · ");
    if (text && (bar.hidden || words.textContent.trim() !== text)) {
      words.querySelector("span").textContent = text;
      announce(text);
    }
    bar.hidden = !text;
  };

  let forced = false;
  let kept = null;
  const force = () => { forced = true; refresh(); };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const element = event.detail.target;
    if (element !== list() || event.detail.requestConfig?.verb !== "get") return;
    const fresh = parse(event.detail.serverResponse).getElementById("orders");
    if (!fresh) {
      event.detail.shouldSwap = false;
      return;
    }
    if (forced || !busy(element)) {
      forced = false;
      kept = {
        rows: versions(element),
        checked: all("[data-select]:checked", element).map((box) => box.value),
        focus: document.activeElement?.closest?.("#orders tr")?.id,
        cursor: element.querySelector("tr.is-cursor")?.id,
        typed: element.querySelector("#orders-q")?.value,
      };
      return;
    }
    event.detail.shouldSwap = false;
    all("[data-live-always]", fresh).forEach((part) => {
      const here = element.querySelector(`[data-live-always="${part.dataset.liveAlways}"]`);
      if (here && !here.matches(":focus-within")) here.innerHTML = part.innerHTML;
    });
    tell(element, fresh);
  });

  // After a swap the same rows are selected, the same row has the cursor, and new ones show.
  const restore = () => {
    if (!kept) return;
    const { rows, checked, focus, cursor, typed } = kept;
    kept = null;
    const element = list();
    const chosen = new Set(checked);
    all("[data-select]", element).forEach((box) => { box.checked = chosen.has(box.value); });
    if (rows.size) {
      all("[data-index] > tbody > tr", element).forEach((row) => {
        row.classList.toggle("is-fresh", rows.get(row.id) !== row.dataset.version);
        row.classList.toggle("is-cursor", row.id === cursor);
      });
    }
    const field = element.querySelector("#orders-q");
    if (field && typed !== undefined && !field.matches("[aria-invalid]")) field.value = typed;
    if (focus) document.getElementById(focus)?.querySelector("[data-row-link]")?.focus({ preventScroll: true });
    element.querySelector("[data-select-scope]")?.dispatchEvent(new CustomEvent("selection", { bubbles: true }));
  };

  document.addEventListener("htmx:afterSwap", (event) => {
    const box = dialog();
    if (event.detail.target.id === "orders" || event.target.id === "orders") restore();
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
    all("[data-select-scope] [data-select]:checked").forEach((one) => { one.checked = false; });
    all("[data-select-scope]").forEach((scope) => scope.dispatchEvent(new CustomEvent("selection", { bubbles: true })));
    force();
    document.getElementById("result")?.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-now]")) force();
    if (event.target.closest("[data-dismiss-result]")) event.target.closest("[data-result]").remove();
  });

  // --- the bulk bar: which actions the selected rows allow, and what they are fined
  const sums = (boxes) => {
    const found = new Map();
    boxes.filter((box) => box.dataset.currency).forEach((box) => {
      const sum = found.get(box.dataset.currency) || { booked: 0, next: 0 };
      sum.booked += Number(box.dataset.booked);
      sum.next += Number(box.dataset.next);
      found.set(box.dataset.currency, sum);
    });
    return found;
  };
  const money = (amount, currency) => amount.toLocaleString(language, { style: "currency", currency });
  const showRisk = (bar, text) => {
    const risk = bar.querySelector("[data-selected-risk]");
    if (!risk) return;
    risk.hidden = !text;
    risk.textContent = text;
  };
  document.addEventListener("selected", (event) => {
    const scope = event.target;
    const bar = scope.querySelector("[data-bulk-bar]");
    if (!bar || scope.closest("#orders") === null) return;
    const matching = scope.querySelector("[data-select-matching]");
    const boxes = all("[data-select]:checked", scope);
    const everything = matching?.checked;
    const stages = new Set(boxes.map((box) => box.dataset.stage));
    all("[data-sources]", bar).forEach((button) => {
      const possible = everything || !boxes.length
        || button.dataset.sources.split(" ").some((stage) => stages.has(stage));
      button.toggleAttribute("aria-disabled", !possible);
      if (possible) button.removeAttribute("title");
      else {
        button.setAttribute("aria-disabled", "true");
        button.title = button.dataset.impossible;
      }
    });
    if (everything) return;
    scope.elements.snapshot.value = "";
    const pattern = bar.querySelector("[data-selected-risk]")?.dataset.text ?? "";
    showRisk(bar, [...sums(boxes)].map(([currency, sum]) => pattern
      .replace("{booked}", money(sum.booked, currency))
      .replace("{next}", money(sum.next, currency))).join(" · "));
  });
  const impossible = (event) => {
    const button = event.target.closest?.("[data-sources][aria-disabled=true]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    announce(button.title);
  };
  document.addEventListener("click", impossible, true);

  // "All matches" are counted when they are chosen, and remembered: what joins or leaves the list
  // until the action is done is told instead of being acted on.
  document.addEventListener("change", async (event) => {
    const box = event.target;
    if (!box.matches?.("[data-snapshot-from]")) return;
    const scope = box.closest("[data-select-scope]");
    if (!box.checked) return;
    box.disabled = true;
    try {
      const answer = await fetch(box.dataset.snapshotFrom);
      const found = await answer.json();
      scope.elements.snapshot.value = found.snapshot;
      scope.elements.matched.value = found.count;
      box.dataset.total = found.count;
      box.disabled = false;
      showRisk(scope.querySelector("[data-bulk-bar]"), found.risk);
      scope.dispatchEvent(new CustomEvent("selection", { bubbles: true }));
    } catch {
      box.disabled = false; // No connection: the count on the page is compared instead.
    }
  });
})();

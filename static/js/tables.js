// Index tables: select rows, act on them, walk through them by keyboard.
//   [data-select-scope]  the form around table and bulk bar
//   [data-select]        a row's checkbox        [data-select-all]  the one in the header
//   [data-bulk-bar]      shown while rows are selected
(() => {
  "use strict";
  const { all, announce, bind } = globalThis.ui;
  const boxes = (scope) => all("[data-select]:not(:disabled)", scope);
  let last = null;

  const update = (scope, speak = false) => {
    const rows = boxes(scope);
    const chosen = rows.filter((box) => box.checked).length;
    const header = scope.querySelector("[data-select-all]");
    if (header) {
      header.checked = chosen > 0 && chosen === rows.length;
      header.indeterminate = chosen > 0 && chosen < rows.length;
    }
    const bar = scope.querySelector("[data-bulk-bar]");
    const matching = scope.querySelector("[data-select-matching]");
    if (matching) {
      const wholePage = chosen > 0 && chosen === rows.length;
      const more = Number(matching.dataset.total) > rows.length;
      if (!wholePage) matching.checked = false;
      matching.closest("[data-select-matching-label]").hidden = !(wholePage && more);
    }
    const count = matching?.checked ? Number(matching.dataset.total) : chosen;
    scope.dataset.selectionCount = String(count);
    scope.dispatchEvent(new CustomEvent("selected", { bubbles: true }));
    if (!bar) return;
    bar.toggleAttribute("data-active", chosen > 0);
    const output = bar.querySelector("[data-selected-count]");
    const text = output.dataset.text.replace("{count}", count.toLocaleString(document.documentElement.lang));
    if (output.textContent !== text) {
      output.textContent = text;
      if (speak && chosen) announce(text);
    }
  };
  const clear = (scope) => {
    boxes(scope).forEach((box) => { box.checked = false; });
    update(scope);
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-select]");
    if (box && event.shiftKey && last && last !== box) {
      const rows = boxes(box.closest("[data-select-scope]"));
      const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
      if (from >= 0) rows.slice(from, to + 1).forEach((row) => { row.checked = box.checked; });
    }
    if (box) last = box;
    const clearing = event.target.closest("[data-clear-selection]");
    if (clearing) {
      const scope = clearing.closest("[data-select-scope]");
      clear(scope);
      scope.querySelector("[data-select-all]")?.focus();
    }
  });
  document.addEventListener("change", (event) => {
    const scope = event.target.closest("[data-select-scope]");
    if (!scope) return;
    if (event.target.matches("[data-select-all]")) {
      boxes(scope).forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-select], [data-select-all], [data-select-matching]")) update(scope, true);
  });

  // Somebody else has ticked boxes.
  document.addEventListener("selection", (event) => update(event.target, true));

  // j and k walk, x selects, Enter opens (the row's first link has the focus), Escape lets go.
  const rowsOf = () => all("[data-index] > tbody > tr");
  const goTo = (row) => {
    rowsOf().forEach((other) => other.classList.toggle("is-cursor", other === row));
    (row.querySelector("[data-row-link]") || row.querySelector("a, [data-select]"))?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const cursor = () => rowsOf().find((row) => row.classList.contains("is-cursor"));
  const walk = (step) => {
    const rows = rowsOf();
    if (!rows.length) return false;
    const at = rows.indexOf(cursor());
    return goTo(rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))]);
  };
  bind("next-row", () => walk(1));
  bind("previous-row", () => walk(-1));
  bind("select-row", () => cursor()?.querySelector("[data-select]")?.click() ?? Boolean(cursor()));
  bind("open-row", (event) => {
    // A focused link or button opens by itself.
    if (!cursor() || event.target !== document.body) return false;
    return (cursor().querySelector("[data-row-link]") || cursor().querySelector("a"))?.click();
  });
  bind("leave", () => {
    if (document.querySelector("details[data-menu][open]")) return false;
    cursor()?.classList.remove("is-cursor");
    return all("[data-select-scope]").forEach(clear);
  });

  const refresh = () => all("[data-select-scope]").forEach((scope) => update(scope));
  refresh();
  addEventListener("pageshow", refresh);
  document.addEventListener("htmx:afterSettle", refresh);
})();

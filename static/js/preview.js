// The drawer beside a list: an order in short, without leaving the list.
//   [data-preview-open]  a row's button      #preview, #preview-body  the drawer and what is in it
// p or Space opens the row under the cursor, ← → (or k j) go on to its neighbours, Esc closes.
(() => {
  "use strict";
  const { all, bind, typing } = globalThis.ui;
  const box = () => document.getElementById("preview");
  const body = () => document.getElementById("preview-body");
  const rows = () => all("[data-index] > tbody > tr").filter((row) => row.querySelector("[data-preview-open]"));
  const link = (row) => row?.querySelector("[data-row-link]");
  const covered = () => document.querySelector("dialog[open]:not(#preview)");
  let current = "";

  const show = (row) => {
    if (!row || !box()) return;
    current = row.id;
    rows().forEach((other) => other.classList.toggle("is-cursor", other === row));
    row.scrollIntoView({ block: "nearest" });
    body().setAttribute("aria-busy", "true");
    globalThis.htmx.ajax("GET", `${new URL(link(row).href).pathname}preview/`, {
      source: "#preview-body", target: "#preview-body", swap: "innerHTML",
    });
    if (!box().open) box().showModal();
  };
  const step = (by) => {
    const list = rows();
    const at = list.findIndex((row) => row.id === current);
    if (at >= 0 && list[at + by]) show(list[at + by]);
  };

  const open = (event) => {
    const row = event.target.closest?.("[data-index] > tbody > tr") || document.querySelector("[data-index] > tbody > tr.is-cursor");
    return row?.querySelector("[data-preview-open]") ? show(row) : false;
  };
  bind("preview-row", open);

  // The row shows what has become of its order, and stays where it is.
  const refresh = async (id) => {
    const list = document.getElementById(id)?.closest("[hx-get]");
    if (!list) return;
    const answer = await fetch(list.getAttribute("hx-get"), { headers: { "HX-Request": "true" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [row, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!row || !answer.ok) return;
    if (!fresh) {
      row.classList.add("is-gone");
      return;
    }
    const chosen = row.querySelector("[data-select]")?.checked;
    row.replaceWith(fresh);
    if (chosen) fresh.querySelector("[data-select]").checked = true;
    fresh.classList.add("is-cursor");
    globalThis.htmx.process(fresh);
  };

  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, xhr, requestConfig } = event.detail;
    if (target !== body()) return;
    body().removeAttribute("aria-busy");
    const asked = covered();
    if (asked?.id === "action-dialog") {
      asked.close();
      asked.replaceChildren();
    }
    const list = rows();
    const at = list.findIndex((row) => row.id === current);
    const page = body().querySelector("[data-preview-page]");
    if (page && at >= 0) page.href = link(list[at]).href;
    all("[data-preview-step]", body()).forEach((button) => {
      button.disabled = !list[at + Number(button.dataset.previewStep)];
    });
    (body().querySelector("[data-preview-said]") || body().querySelector("h2"))?.focus({ preventScroll: true });
    box().scrollTop = 0;
    if (requestConfig.verb === "post" || !xhr.responseURL.endsWith(requestConfig.path)) refresh(current);
  });
  document.addEventListener("close", (event) => {
    if (event.target !== box()) return;
    body().replaceChildren();
    link(document.getElementById(current))?.focus({ preventScroll: true });
  }, true);

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-preview-open]");
    if (opener) show(opener.closest("tr"));
    const stepper = event.target.closest("[data-preview-step]");
    if (stepper) step(Number(stepper.dataset.previewStep));
    if (event.target === box()) box().close();
  });
  document.addEventListener("keydown", (event) => {
    if (!box() || typing(event) || event.shiftKey || covered()) return;
    if (box().open) {
      const by = { ArrowLeft: -1, k: -1, ArrowRight: 1, j: 1 }[event.key];
      if (by && !event.target.matches("[type=radio]")) {
        step(by);
        event.preventDefault();
      }
      return;
    }
    // Space scrolls the page and presses buttons: it is ours on a row only.
    const free = event.target === document.body || event.target.matches("[data-row-link]");
    if (event.key === " " && free && open(event) !== false) event.preventDefault();
  });
})();

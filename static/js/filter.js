// The filter of a list suggests what could be typed next: a combo box after the ARIA pattern.
//   [data-filter]  around the field and its list box, data-suggestions is where options come from
(() => {
  "use strict";
  const WAIT = 120;
  let timer = 0;
  let asked = 0;
  const partsOf = (input) => {
    const box = input.closest("[data-filter]");
    return { box, list: box.querySelector("[role=listbox]") };
  };
  const options = (list) => [...list.querySelectorAll("[role=option]")];
  const close = (input) => {
    const { list } = partsOf(input);
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const point = (input, at) => {
    const { list } = partsOf(input);
    options(list).forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const option = options(list)[at];
    if (!option) return;
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const ask = async (input) => {
    const { box, list } = partsOf(input);
    const mine = asked += 1;
    const typed = input.value.slice(0, input.selectionStart);
    try {
      const answer = await fetch(`${box.dataset.suggestions}?q=${encodeURIComponent(typed)}`);
      const html = answer.ok && !answer.redirected ? await answer.text() : "";
      if (mine !== asked || document.activeElement !== input) return;
      list.innerHTML = html;
      list.hidden = !options(list).length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      input.removeAttribute("aria-activedescendant");
    } catch {
      close(input); // No connection: typing goes on without suggestions.
    }
  };
  const soon = (input) => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(input), WAIT);
  };
  const take = (input, option) => {
    const from = Number(option.dataset.start);
    const complete = !option.dataset.insert.endsWith(":");
    input.setRangeText(option.dataset.insert + (complete ? " " : ""), from, input.selectionStart, "end");
    close(input);
    input.focus();
    if (!complete) soon(input);
  };
  const field = (event) => event.target.closest?.("[data-filter] input");

  document.addEventListener("focusin", (event) => {
    const input = field(event);
    if (!input || input.getAttribute("role")) return;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", partsOf(input).list.id);
    input.setAttribute("aria-expanded", "false");
  });
  document.addEventListener("input", (event) => {
    const input = field(event);
    if (input && !event.isComposing) soon(input);
  });
  document.addEventListener("compositionend", (event) => { if (field(event)) soon(field(event)); });
  document.addEventListener("keydown", (event) => {
    const input = field(event);
    if (!input || event.isComposing || event.keyCode === 229) return;
    const { list } = partsOf(input);
    const all = options(list);
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" && list.hidden) ask(input);
    else if (list.hidden) return;
    else if (event.key === "ArrowDown") point(input, (at + 1) % all.length);
    else if (event.key === "ArrowUp") point(input, (at < 1 ? all.length : at) - 1);
    else if (event.key === "Escape") close(input);
    else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) take(input, all[at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.("[data-filter] [role=option]");
    if (!option) return;
    event.preventDefault();
    take(option.closest("[data-filter]").querySelector("input"), option);
  });
  document.addEventListener("focusout", (event) => { if (field(event)) close(field(event)); });

  // A column pasted from a sheet: a search field would swallow the line ends between the numbers.
  document.addEventListener("paste", (event) => {
    const input = event.target.closest?.('input[type="search"]');
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!input || !/[\r\n]/.test(text.trim())) return;
    event.preventDefault();
    input.setRangeText(text.trim().split(/\s+/).join(" "), input.selectionStart, input.selectionEnd, "end");
  });
})();

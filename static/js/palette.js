// Choosing from a list while typing: the search box in the top bar, and the palette (Ctrl-K).
//   [data-combobox]   the input; aria-controls names its list of [role=option]
//   data-find         asks the server as one types (htmx trigger "find")
// Silent while somebody composes Chinese: Enter and the arrows then belong to the input method.
(() => {
  "use strict";
  const { all, announce, bind } = globalThis.ui;
  const WAIT = 180;
  const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
  const optionsOf = (input) => all('[role="option"]', listOf(input)).filter((one) => one.offsetParent);
  let ids = 0;

  const mark = (input, option) => {
    all('[role="option"][aria-selected="true"]', listOf(input)).forEach((one) => one.setAttribute("aria-selected", "false"));
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.id ||= `option-${ids += 1}`;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  };
  const marked = (input) => optionsOf(input).find((one) => one.id && one.id === input.getAttribute("aria-activedescendant"));
  const expand = (input, open) => {
    const popup = listOf(input).closest("[data-popup]");
    if (popup) popup.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) mark(input, null);
  };

  // --- typing ---------------------------------------------------------------------------------
  const timers = new WeakMap();
  const typed = (input) => {
    clearTimeout(timers.get(input));
    const text = input.value.trim();
    if (input.dataset.combobox === "palette") filter(text);
    const found = document.querySelector(input.getAttribute("hx-target"));
    if (!text) {
      found.replaceChildren();
      if (found.closest("[data-popup]")) expand(input, false);
      return;
    }
    if (input.dataset.combobox === "palette") found.replaceChildren();
    timers.set(input, setTimeout(() => globalThis.htmx.trigger(input, "find"), WAIT));
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-combobox]") && !event.isComposing) typed(event.target);
  });
  document.addEventListener("compositionend", (event) => {
    if (event.target.matches("[data-combobox]")) typed(event.target);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // The answer to what has been deleted meanwhile.
    const input = event.detail.requestConfig?.elt;
    if (input?.matches?.("[data-combobox]") && !input.value.trim()) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const input = event.detail.requestConfig?.elt;
    if (!input?.matches?.("[data-combobox]")) return;
    const live = input === document.activeElement && input.value.trim();
    if (listOf(input).closest("[data-popup]")) expand(input, Boolean(live));
    const options = optionsOf(input);
    if (input.dataset.combobox === "palette" && !marked(input)) mark(input, options[0]);
    if (live) announce(listOf(input).dataset.count.replace("{n}", options.length));
  });

  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches?.("[data-combobox]") || event.isComposing || event.keyCode === 229) return;
    const options = optionsOf(input);
    const at = options.indexOf(marked(input));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options.length) return;
      event.preventDefault();
      if (input.getAttribute("aria-expanded") !== "true") expand(input, true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(input, options[(at < 0 && step < 0 ? options.length - 1 : at + step + options.length) % options.length]);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      options[at].click();
    } else if (event.key === "Escape" && input.getAttribute("aria-expanded") === "true" && listOf(input).closest("[data-popup]")) {
      event.preventDefault();
      expand(input, false);
    } else if (event.key === "Escape" && input.matches("[data-search]")) {
      input.blur();
    }
  });
  document.addEventListener("focusin", (event) => {
    all('[data-combobox][aria-expanded="true"]').forEach((input) => {
      const popup = listOf(input).closest("[data-popup]");
      if (popup && event.target !== input && !popup.contains(event.target)) expand(input, false);
    });
    if (event.target.matches("[data-search][data-combobox]") && event.target.value.trim() && optionsOf(event.target).length === 0
        && listOf(event.target).children.length) expand(event.target, true);
  });
  document.addEventListener("pointerdown", (event) => {
    all('[data-search][aria-expanded="true"]').forEach((input) => {
      if (!event.target.closest(".global-search")) expand(input, false);
    });
  });

  // --- the palette ----------------------------------------------------------------------------
  const palette = document.getElementById("palette");
  if (!palette) return;
  const input = palette.querySelector("[data-combobox]");
  const part = (name) => palette.querySelector(`[data-palette-${name}]`);
  const make = (group, label, icon, run) => {
    const option = document.getElementById("palette-option").content.firstElementChild.cloneNode(true);
    option.querySelector("[data-label]").textContent = label;
    if (icon) option.querySelector("svg").replaceWith(icon.cloneNode(true));
    option.addEventListener("click", run);
    group.append(option);
  };

  // What can be done on this page: its visible buttons and links beside the heading.
  const offerActions = () => {
    const group = part("actions");
    all('[role="option"]', group).forEach((one) => one.remove());
    const seen = new Set();
    all(".page-actions :is(a, button), .order-actions :is(a, button), [data-palette-action]").forEach((source) => {
      const label = source.textContent.trim().replace(/\s+/g, " ");
      if (!label || seen.has(label) || source.disabled || source.getAttribute("aria-disabled") === "true") return;
      seen.add(label);
      make(group, label, source.querySelector("svg"), () => { palette.close(); source.click(); });
    });
  };

  // What was looked at last, in this browser only.
  const KEY = `recent:${document.body.dataset.shop}`;
  const THING = /^\/(orders|shipments|stock)\/[a-z]+_\w+\/$/;
  const recent = () => {
    try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; }
  };
  if (THING.test(location.pathname)) {
    const title = document.querySelector("main h1")?.textContent.trim();
    const rest = recent().filter((one) => one.href !== location.pathname);
    try { localStorage.setItem(KEY, JSON.stringify([{ href: location.pathname, title }, ...rest].slice(0, 8))); } catch { /* private mode */ }
  }
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-signs-out]")) Object.keys(localStorage).filter((key) => key.startsWith("recent:")).forEach((key) => localStorage.removeItem(key));
  });
  const offerRecent = () => {
    const group = part("recent");
    all('[role="option"]', group).forEach((one) => one.remove());
    recent().filter((one) => one.href !== location.pathname && THING.test(one.href)).forEach((one) => {
      make(group, one.title, document.querySelector(`[data-go] svg`) && document.querySelector(`.nav-link[href="/${one.href.split("/")[1]}/"] svg`), (event) => {
        if (event.ctrlKey || event.metaKey) open(one.href);
        else location.assign(one.href);
      });
    });
  };

  // All words must be there, or the letters in their order; the closer together the better.
  const score = (words, text) => {
    if (!words) return 1;
    const parts = words.split(/\s+/);
    if (parts.every((one) => text.includes(one))) return 3 - text.indexOf(parts[0]) / 100;
    let from = 0;
    let gaps = 0;
    for (const letter of words.replace(/\s+/g, "")) {
      const at = text.indexOf(letter, from);
      if (at < 0) return 0;
      gaps += from ? at - from : 0;
      from = at + 1;
    }
    return gaps > 6 ? 0 : 1 - gaps / 10;
  };
  function filter(text) {
    const words = text.toLocaleLowerCase();
    all("[data-palette-local]", palette).forEach((group) => {
      const options = all('[role="option"]', group);
      const scored = options.map((option, i) => {
        option.dataset.place ??= String(i);
        const own = `${option.querySelector("[data-label]").textContent} ${option.dataset.words || ""}`.toLocaleLowerCase();
        const value = score(words, own);
        option.hidden = !value;
        return { option, value, place: Number(option.dataset.place) };
      });
      scored.sort((a, b) => (words ? b.value - a.value : 0) || a.place - b.place);
      group.append(...scored.map((one) => one.option));
      group.hidden = !scored.some((one) => one.value);
    });
    mark(input, optionsOf(input)[0]);
  }

  const show = () => {
    if (palette.open) {
      palette.close();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    input.value = "";
    part("found").replaceChildren();
    offerActions();
    offerRecent();
    if (!part("pages").childElementCount) globalThis.htmx.trigger(part("pages"), "load-pages");
    palette.showModal();
    input.setAttribute("aria-expanded", "true");
    filter("");
    input.focus();
  };
  bind("palette", show);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-palette]")) show();
    else if (event.target === palette) palette.close();
    else if (event.target.closest("#palette [role=option]")) palette.close();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === part("pages") && palette.open) filter(input.value.trim());
  });
})();

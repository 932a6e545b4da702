// Single keys. Which key does what comes from the page (core/shortcuts.py); scripts say what an
// action does by ui.bind. Silent while somebody types or composes Chinese, and when switched off.
(() => {
  "use strict";
  const { all, actions, bind, typing } = globalThis.ui;
  const list = document.getElementById("shortcut-keys");
  if (!list) return;
  const { go, keys } = JSON.parse(list.textContent);
  const GO_MS = 1500;
  let going = 0;

  // A link of the page that says where next and previous are; that of the page itself comes first.
  const follow = (rel) => {
    const links = all(`main a[rel~="${rel}"]`);
    (links.find((link) => link.closest(".page-header, .order-header")) || links[0])?.click();
  };
  bind("previous", () => follow("prev"));
  bind("next", () => follow("next"));
  bind("search", () => {
    const search = document.querySelector("[data-search]");
    search?.focus();
    search?.select();
  });
  bind("notices", () => document.querySelector("[data-bell] > summary")?.click());
  // The key that goes with K is called otherwise on a Mac.
  const name = (root) => {
    if (/Mac|iP(hone|ad)/.test(navigator.platform)) all("[data-mod]", root).forEach((one) => { one.textContent = one.textContent.replace(/Ctrl ?/, "⌘"); });
  };
  name(document);
  document.addEventListener("htmx:afterSwap", (event) => name(event.detail.target));
  const sheet = document.getElementById("shortcuts");
  const showSheet = () => {
    const body = document.getElementById("shortcuts-body");
    if (body.querySelector(".skeleton")) globalThis.htmx.trigger(body, "load-sheet");
    sheet.showModal();
  };
  bind("sheet", showSheet);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-sheet]")) {
      event.preventDefault();
      setTimeout(showSheet);
    } else if (event.target === sheet) sheet.close();
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey
        && event.key.toLowerCase() === "k" && !event.isComposing) {
      if (actions["palette"]) {
        event.preventDefault();
        actions["palette"](event);
      }
      return;
    }
    if (typing(event) || event.defaultPrevented || event.repeat && !"jk".includes(event.key)) return;
    if (document.querySelector("dialog[open]")) return;
    if (going) {
      clearTimeout(going);
      going = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
      if (link) {
        event.preventDefault();
        link.click();
        return;
      }
    }
    if (event.key === go) {
      going = setTimeout(() => { going = 0; }, GO_MS);
      return;
    }
    const action = actions[keys[event.key]];
    // An action that finds nothing to work on answers false: then the key keeps its meaning.
    if (action && action(event) !== false) event.preventDefault();
  });
})();

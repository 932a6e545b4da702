// The page of one order while it is open: says when somebody else has changed it. It says so beside
// the page and never swaps it, so nothing moves under the cursor.
(() => {
  "use strict";
  const { announce } = globalThis.ui;
  const EVERY = 20000;
  const slot = () => document.getElementById("order-news");

  const look = () => {
    const order = document.getElementById("order");
    if (!order || !slot() || document.hidden) return;
    globalThis.htmx.ajax("GET", order.dataset.changes, { source: "#order-news", target: "#order-news", swap: "innerHTML" });
  };
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);

  let told = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    // The answer to a question about a page that is gone by now.
    const order = document.getElementById("order");
    if (event.detail.target === slot() && !event.detail.xhr.responseURL.endsWith(order?.dataset.changes)) {
      event.detail.shouldSwap = false;
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === slot()) {
      const text = slot().querySelector("b")?.textContent ?? "";
      if (text && text !== told) announce(text);
      told = text;
    } else if (event.detail.target.id === "order") {
      slot()?.replaceChildren();
      told = "";
    } else if (event.detail.target.id === "action-dialog") {
      event.detail.target.querySelector("[data-autofocus]")?.focus();
    }
  });

  // A copied value says so in its place; the words are told by app.js.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy].is-copy");
    if (!button) return;
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 2000);
  });
})();

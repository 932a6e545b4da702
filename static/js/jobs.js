// Exports take the filter the page has now; boxes of a group are checked or cleared at once.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-export]");
    if (link) link.search = location.search;
    const button = event.target.closest("[data-check]");
    button?.closest("[data-checks]").querySelectorAll("input[type=checkbox]").forEach((box) => {
      box.checked = button.dataset.check === "all";
    });
  });
})();

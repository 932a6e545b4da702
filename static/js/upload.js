// File drop zones. Dropping works without this (the input covers the zone); this shows it.
(() => {
  "use strict";
  const size = (bytes) => {
    const mega = bytes >= 1e6;
    return new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit", unit: mega ? "megabyte" : "kilobyte", maximumFractionDigits: mega ? 1 : 0,
    }).format(mega ? bytes / 1e6 : Math.max(1, Math.round(bytes / 1e3)));
  };
  const over = (event, on) => {
    event.target.closest?.("[data-dropzone]")?.classList.toggle("is-over", on);
  };
  document.addEventListener("dragover", (event) => over(event, true));
  document.addEventListener("dragleave", (event) => over(event, false));
  document.addEventListener("drop", (event) => over(event, false));
  document.addEventListener("change", (event) => {
    const zone = event.target.closest("[data-dropzone]");
    if (!zone || event.target.type !== "file") return;
    const names = [...event.target.files].map((file) => `${file.name} · ${size(file.size)}`);
    zone.querySelector("[data-file-name]").textContent = names.join(", ");
  });
})();

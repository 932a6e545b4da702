// What goes over the wire, told in words: a request that takes long, a connection that is gone, an
// answer that is an error, a session that has ended. Nothing is ever shown as done that was not.
// The bell is asked every 25 s; its answer also brings the server's clock.
//   [data-quiet]  answers while one types: no line at the top when it takes long
(() => {
  "use strict";
  const { announce } = globalThis.ui;
  const BUSY_MS = 1000;
  const BELL_MS = 25000;
  const trouble = document.getElementById("trouble");
  const bar = document.getElementById("busy");
  const texts = trouble?.dataset ?? {};

  // --- busy -----------------------------------------------------------------------------------
  const running = new Map();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, xhr, requestConfig } = event.detail;
    xhr.sentAt = performance.now();
    // Asked by the page itself (every so often, or when it was loaded): nobody waits for it.
    const { triggeringEvent } = requestConfig;
    xhr.background = !triggeringEvent || triggeringEvent.type === "refresh";
    if (xhr.background) return;
    hide();
    if (elt.matches("[data-quiet]")) return;
    running.set(xhr, setTimeout(() => {
      bar?.setAttribute("data-active", "");
      announce(texts.busy);
    }, BUSY_MS));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr } = event.detail;
    clearTimeout(running.get(xhr));
    running.delete(xhr);
    if (!running.size) bar?.removeAttribute("data-active");
    if (xhr.status) connected();
    // Half of the way there and back has passed since the server wrote its time.
    const date = Date.parse(xhr.status ? xhr.getResponseHeader("Date") ?? "" : "");
    if (!Number.isNaN(date) && xhr.background) {
      const served = date + (performance.now() - xhr.sentAt) / 2;
      document.dispatchEvent(new CustomEvent("server-time", { detail: served }));
    }
  });

  // --- trouble --------------------------------------------------------------------------------
  let retry = null;
  let offline = false;
  function hide() {
    if (!trouble || offline || texts.kind === "signed_out") return;
    trouble.hidden = true;
    retry = null;
  }
  const show = (kind, again = null) => {
    if (!trouble || (texts.kind === "signed_out" && !trouble.hidden)) return;
    retry = again;
    texts.kind = kind;
    trouble.querySelector("[data-trouble-text]").textContent = texts[kind.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())];
    trouble.querySelector("[data-trouble-retry]").hidden = !again;
    trouble.querySelector("[data-trouble-reload]").hidden = Boolean(again) || !["maybe", "stale", "failed"].includes(kind);
    const login = trouble.querySelector("[data-trouble-login]");
    login.hidden = kind !== "signed_out";
    login.href = `${texts.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
    trouble.hidden = false;
  };
  // The same request once more. One that may have changed something is not sent blindly again.
  const again = ({ elt, requestConfig }) => () => {
    if (elt.tagName === "FORM") elt.requestSubmit(requestConfig.triggeringEvent?.submitter);
    else globalThis.htmx.trigger(elt, requestConfig.triggeringEvent?.type || "click");
  };
  const reads = (detail) => detail.requestConfig.verb === "get";
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 401) show("signed_out");
    else if (xhr.background) return;
    else if (xhr.status === 403) show("stale");
    else if (xhr.status === 404) show("gone");
    else if ([502, 503, 504].includes(xhr.status)) show("away", reads(event.detail) ? again(event.detail) : null);
    else show("failed", reads(event.detail) ? again(event.detail) : null);
  });
  let failures = 0;
  const lost = (event) => {
    const { xhr } = event.detail;
    if (xhr?.background) {
      failures += 1;
      if (failures > 1) show("offline");
      return;
    }
    if (reads(event.detail)) show("lost", again(event.detail));
    else show(navigator.onLine ? "maybe" : "unsent");
  };
  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:timeout", lost);
  function connected() {
    failures = 0;
    if (texts.kind === "offline") {
      offline = false;
      hide();
    }
  }
  addEventListener("offline", () => { show("offline"); offline = true; });
  addEventListener("online", () => {
    offline = false;
    connected();
    ask();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-trouble-retry]")) {
      const once = retry;
      hide();
      once?.();
    } else if (event.target.closest("[data-trouble-reload]")) location.reload();
    else if (event.target.closest("[data-trouble-close]")) trouble.hidden = true;
  });

  // --- the bell -------------------------------------------------------------------------------
  const bell = document.querySelector("[data-bell]");
  const ask = () => {
    const count = bell?.querySelector("[data-bell-count]");
    if (count && !document.hidden) globalThis.htmx.trigger(count, "refresh");
  };
  setInterval(ask, BELL_MS);
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("notices-read", ask);
  // What is in the popover is asked for each time it opens.
  bell?.addEventListener("toggle", () => {
    if (bell.open) globalThis.htmx.trigger(bell.querySelector("#notices-newest"), "refresh");
  });
})();

// Behaviours of every page. Events are delegated, so fragments that arrive later work as well.
// Texts never live here: templates hand them over in data attributes.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const YEAR = 31536000;

  // Theme: the cookie is read by the server, so the next page is right before it is painted.
  const setTheme = (theme) => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
    document.documentElement.dataset.theme = theme;
    all("[data-set-theme]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
    });
  };

  // Menus are <details>: close on a click elsewhere, on Escape, and when focus leaves.
  const closeMenus = (except) => {
    all("details[data-menu][open]").forEach((menu) => {
      if (menu !== except) menu.open = false;
    });
  };
  document.addEventListener("focusin", (event) => {
    closeMenus(event.target.closest("details[data-menu]"));
  });

  // Navigation that scrolls sideways begins where the reader is.
  all(".side-nav [aria-current], .tabs [aria-current]").forEach((link) => {
    const bar = link.closest(".side-nav, .tabs");
    if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = link.offsetLeft - bar.offsetLeft - 16;
  });

  // Messages for screen readers.
  const announce = (text) => {
    const region = document.getElementById("announcer");
    if (!region || !text) return;
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 100);
  };

  // Toasts: leave by themselves after 10 s (so Undo is there for at least 8 s), wait while they
  // are pointed at or focused; problems stay until they are dismissed.
  const TOAST_MS = 10000;
  const watchToast = (toast) => {
    if (["danger", "warn"].includes(toast.dataset.tone)) return;
    const until = Number(toast.dataset.until) || Date.now() + TOAST_MS;
    toast.dataset.until = String(until);
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 2000);
      else toast.remove();
    };
    setTimeout(leave, until - Date.now());
  };
  // One that can still undo something goes along to the next page, for the rest of its time.
  const KEPT = "toasts";
  const keepToasts = () => {
    const open = all("#toasts [data-toast]").filter((toast) => toast.querySelector("form") && Number(toast.dataset.until) > Date.now());
    try {
      if (open.length) sessionStorage.setItem(KEPT, JSON.stringify(open.map((toast) => toast.outerHTML)));
      else sessionStorage.removeItem(KEPT);
    } catch { /* no storage: they stay on this page */ }
  };
  const bringToasts = () => {
    let kept = [];
    try {
      kept = JSON.parse(sessionStorage.getItem(KEPT)) || [];
      sessionStorage.removeItem(KEPT);
    } catch { /* no storage */ }
    kept.forEach((html) => {
      const toast = new DOMParser().parseFromString(html, "text/html").querySelector("[data-toast]");
      if (toast && Number(toast.dataset.until) > Date.now()) toasts.append(document.adoptNode(toast));
    });
  };
  document.addEventListener("submit", (event) => {
    // Undone: it must not be offered again.
    const toast = event.target.closest("[data-toast]");
    if (toast) toast.dataset.until = "1";
  });
  const toasts = document.getElementById("toasts");
  if (toasts) {
    bringToasts();
    addEventListener("pagehide", keepToasts);
    const present = all("[data-toast]", toasts);
    present.forEach(watchToast);
    announce(present.map((toast) => toast.querySelector(".toast-text").textContent.trim()).join(" "));
    new MutationObserver((changes) => {
      changes.flatMap((change) => [...change.addedNodes])
        .filter((node) => node.nodeType === 1 && node.matches("[data-toast]"))
        .forEach(watchToast);
    }).observe(toasts, { childList: true });
  }

  // Confirmation: data-confirm on a form or on the button that sends it. {count} is the number
  // of selected rows (see tables.js) or data-confirm-count.
  const dialog = document.getElementById("confirm-dialog");
  const confirmed = new WeakSet();
  const fill = (source, count) => {
    const put = (name, value) => {
      const target = dialog.querySelector(`[data-confirm-${name}]`);
      target.textContent = (value || target.dataset.default || "").replaceAll("{count}", count);
      return target;
    };
    const one = Number(count) === 1 && source.dataset.confirmOne;
    put("title", source.dataset.confirmTitle);
    put("effect", one || source.dataset.confirm);
    const yes = put("yes", source.dataset.confirmLabel);
    yes.classList.toggle("is-danger", (source.dataset.confirmVariant || "").startsWith("danger"));
    yes.classList.toggle("is-primary", !yes.classList.contains("is-danger"));
  };
  const ask = (source, proceed) => {
    const scope = source.closest("[data-select-scope]");
    fill(source, source.dataset.confirmCount || scope?.dataset.selectionCount || "1");
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes") proceed();
    }, { once: true });
    dialog.showModal();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const source = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!source.dataset.confirm || !dialog) return;
    if (confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(source, () => {
      confirmed.add(form);
      form.requestSubmit(event.submitter);
      confirmed.delete(form);
    });
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    const source = event.detail.elt;
    if (!source.dataset.confirm || source.tagName === "FORM" || source.form || !dialog) return;
    event.preventDefault();
    ask(source, () => event.detail.issueRequest(true));
  });

  // Plain posts that take a while: say so, and do not send twice.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    const button = event.submitter;
    if (!button) return;
    setTimeout(() => {
      if (!event.defaultPrevented) button.setAttribute("aria-busy", "true");
    });
  });
  addEventListener("pageshow", () => {
    all("button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });

  document.addEventListener("click", async (event) => {
    const target = event.target.closest("[data-set-theme], [data-dismiss], [data-copy], [data-dialog], [data-close], [data-back]");
    if (!target) return;
    if (target.dataset.setTheme) setTheme(target.dataset.setTheme);
    if ("dismiss" in target.dataset) target.closest("[data-toast], .alert")?.remove();
    if (target.dataset.dialog) document.querySelector(target.dataset.dialog)?.showModal();
    if ("back" in target.dataset) history.back();
    if ("close" in target.dataset) target.closest("dialog")?.close();
    if (target.dataset.copy) {
      const source = document.querySelector(target.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent.trim());
      } catch {
        // No clipboard here (plain http): leave the text selected for Ctrl-C.
        getSelection().selectAllChildren(source);
        return;
      }
      const label = target.querySelector("span") || target;
      const before = label.dataset.before ||= label.textContent;
      label.textContent = target.dataset.copied;
      announce(target.dataset.copied);
      setTimeout(() => { label.textContent = before; }, 2000);
    }
  });

  // Closing by a click on the backdrop, only for dialogs that lose nothing.
  document.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
    closeMenus(event.target.closest("details[data-menu]"));
  });

  // Filters that apply as soon as they are chosen.
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-autosubmit]")) event.target.form?.requestSubmit();
  });

  // Somebody types or composes Chinese, holds a modifier, or wants no keys: stay silent.
  const typing = (event) => event.isComposing || event.keyCode === 229
    || event.ctrlKey || event.metaKey || event.altKey
    || event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]")
    || document.documentElement.dataset.shortcuts === "off";
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) {
      const menu = event.target.closest?.("details[data-menu][open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
        event.preventDefault();
      }
    }
  });

  // What the keys do (keys.js): an action by its name in core/shortcuts.py. Several scripts may
  // bind one; they are asked from the last to the first until one does something (not false).
  const actions = {};
  const bind = (name, run) => {
    const before = actions[name];
    actions[name] = (event) => (run(event) === false ? before?.(event) ?? false : undefined);
  };

  globalThis.ui = Object.freeze({ actions, all, announce, bind, typing });
})();

// Scanning. [data-scan-form] is always ready for a wedge scanner; what it sends is answered with a
// new [data-scan-region], and what is on the screen is always the server's answer.
// A scan waits in a queue until it is answered, and is sent again with the same id after a lost
// connection or a reload: the server counts each id once.
(() => {
  "use strict";
  const form = document.querySelector("[data-scan-form]");
  if (!form) return;
  const input = form.querySelector("[data-scan-input]");
  const region = () => document.querySelector("[data-scan-region]");
  const waiting = document.querySelector("[data-scan-waiting]");
  const KEY = `scan:${form.getAttribute("action")}`;
  const load = () => { try { return JSON.parse(sessionStorage.getItem(KEY)) || []; } catch { return []; } };
  const keep = () => sessionStorage.setItem(KEY, JSON.stringify(queue));
  const queue = load();
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // Tones: high is right, low is wrong, two rising ones close a parcel.
  const TONES = { right: [[1320, 0, .09]], ask: [[660, 0, .12]], wrong: [[170, 0, .42]], closed: [[990, 0, .1], [1480, .11, .16]] };
  let audio;
  const silent = () => localStorage.getItem("scan-sound") === "off";
  const play = (name) => {
    if (silent() || !TONES[name]) return;
    audio ||= new AudioContext();
    if (audio.state === "suspended") audio.resume();
    TONES[name].forEach(([pitch, after, length]) => {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      const start = audio.currentTime + after;
      tone.type = name === "wrong" ? "square" : "sine";
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(.18, start);
      gain.gain.exponentialRampToValueAtTime(.001, start + length);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + length);
    });
  };
  const sound = document.querySelector("[data-scan-sound]");
  const showSound = () => sound?.setAttribute("aria-pressed", String(!silent()));
  sound?.addEventListener("click", () => {
    localStorage.setItem("scan-sound", silent() ? "on" : "off");
    showSound();
    play("right");
    input.focus();
  });
  showSound();

  const focus = () => {
    const wanted = region()?.querySelector("[data-scan-focus]");
    (wanted || input).focus();
  };

  let busy = false;
  let pause = 1000;
  let timer;
  const show = () => {
    if (!waiting) return;
    waiting.hidden = !(queue.length && pause > 1000);
    waiting.querySelector("[data-scan-count]").textContent = queue.length;
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(send, pause);
    pause = Math.min(pause * 2, 10000);
    show();
  };
  async function send() {
    if (busy || !queue.length) return;
    busy = true;
    const { to, fields } = queue[0];
    let answer;
    try {
      answer = await fetch(to, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { "X-Scan": "1", "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value },
      });
      if (answer.status >= 500) throw new Error(answer.status);
    } catch {
      busy = false;
      later();
      return;
    }
    queue.shift();
    keep();
    busy = false;
    pause = 1000;
    show();
    const html = await answer.text();
    if (!answer.ok || !html.includes("data-scan-region")) {
      location.reload(); // logged out, or the page is of another time
      return;
    }
    const next = new DOMParser().parseFromString(html, "text/html").querySelector("[data-scan-region]");
    region().replaceWith(document.adoptNode(next));
    play(next.dataset.result);
    globalThis.ui?.announce(next.dataset.message);
    globalThis.htmx?.process(next);
    focus();
    send();
  }
  // What the page shows now goes along: units scanned for a parcel that is gone are not counted for
  // another one.
  const shown = () => ["session", "wave"].map((name) => [name, region()?.dataset[name]])
    .filter(([, value]) => value);
  const enqueue = (to, fields) => {
    const own = fields.filter(([name]) => !["client_id", "session", "wave"].includes(name));
    queue.push({ to, fields: [...own, ...shown(), ["client_id", newId()]] });
    keep();
    send();
  };

  document.addEventListener("submit", (event) => {
    const sent = event.target;
    if (event.defaultPrevented || !(sent === form || sent.matches("[data-scan-post]"))) return;
    event.preventDefault();
    const data = new FormData(sent, event.submitter);
    if (sent === form) {
      if (!input.value.trim()) return;
      input.value = "";
    } else {
      // Once: a double click on a button is one entry.
      if (sent.dataset.sent) return;
      sent.dataset.sent = "1";
    }
    enqueue(sent.getAttribute("action"), [...data].filter(([, value]) => typeof value === "string"));
  });

  // Keys go to the scan field wherever the focus was, unless somebody types elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target === input || target.closest?.("input, textarea, select, summary, [contenteditable=true]")) return;
    if (event.key.length === 1 && !(event.key === " " && target.closest?.("button, a"))) input.focus();
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-scan-photo]") && event.target.files.length) event.target.form.requestSubmit();
  });
  addEventListener("online", () => { pause = 1000; send(); });
  addEventListener("pageshow", () => { focus(); send(); });
})();

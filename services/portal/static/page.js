/* Live pages: on a signal the page is asked for again and only the parts that differ are swapped. */
(() => {
  "use strict";
  const topic = document.body.dataset.live;
  if (!topic) return;

  const FALLBACK_MS = 60_000;
  const RETRY_MS = 4_000;
  const status = document.getElementById("live");
  let source = null, fresh = new Date(), asking = false, again = false, retry = 0;

  function show(kind, text) {
    status.hidden = false;
    status.className = "live " + kind;
    const label = status.querySelector("span");
    if (label.textContent !== text) label.textContent = text;
  }
  const at = () => fresh.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const reconnecting = () => navigator.onLine
    ? show("waiting", `Reconnecting · as of ${at()}`)
    : show("off", `Offline · as of ${at()}`);

  /* A part whose form or field is in use is left alone until it is not. */
  const inUse = (part) => part.querySelector("details.menu[open], .htmx-request") !== null ||
    (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

  function swap(old, part) {
    const open = [...old.querySelectorAll("details[open]")].map((one) => one.id);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const focus = focused && (focused.id || focused.closest("[id]")?.id);
    const rows = [...old.querySelectorAll("li.row")];
    const place = focused ? rows.indexOf(focused.closest("li.row")) : -1;
    part = document.adoptNode(part);
    if (old.open) part.open = true;
    for (const id of open) { const one = part.querySelector("#" + CSS.escape(id)); if (one) one.open = true; }
    old.replaceWith(part);
    htmx.process(part);
    if (focus) refocus(part, focus, place);
  }

  /* Focus stays where it was; when that is gone it goes to the row that took the place, or to the section. */
  function refocus(part, id, place) {
    const same = document.getElementById(id);
    if (same && part.contains(same) && same !== part) return same.focus({ preventScroll: true });
    const rows = part.querySelectorAll("li.row");
    const next = rows[Math.min(Math.max(place, 0), rows.length - 1)];
    (next?.querySelector("button, summary, a") || part).focus({ preventScroll: true });
  }

  function update(page) {
    const parts = [...page.querySelectorAll("[data-part]")];
    const known = document.querySelectorAll("[data-part]");
    if (parts.length !== known.length) return location.reload();
    let skipped = false;
    for (const part of parts) {
      const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
      const was = old.cloneNode(true), now = part;
      for (const one of was.querySelectorAll("details")) one.open = false;
      was.removeAttribute("open");
      if (was.isEqualNode(now)) continue;
      if (inUse(old)) { skipped = true; continue; }
      swap(old, part);
    }
    document.title = page.title;
    return skipped;
  }

  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const reply = await fetch(location.pathname + location.search, { headers: { "X-Background": "1" } });
      if (reply.redirected) return location.assign(reply.url);
      if (!reply.ok) return reconnecting();
      fresh = new Date();
      if (update(new DOMParser().parseFromString(await reply.text(), "text/html"))) later();
      if (source?.readyState === EventSource.OPEN) show("", "Live");
    } catch { reconnecting(); } finally {
      asking = false;
      if (again) { again = false; refresh(); }
    }
  }

  let waiting = 0;
  function later() { clearTimeout(waiting); waiting = setTimeout(refresh, 1_000); }

  function connect() {
    if (source || document.hidden) return;
    source = new EventSource("/live");
    source.addEventListener("open", () => { show("", "Live"); refresh(); });
    source.addEventListener("changed", (event) => { if (event.data.split(" ").includes(topic)) refresh(); });
    source.addEventListener("signed-out", () => location.reload());
    source.addEventListener("error", () => {
      reconnecting();
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      clearTimeout(retry);
      retry = setTimeout(() => { refresh(); connect(); }, RETRY_MS);
    });
  }
  function disconnect() { source?.close(); source = null; }

  document.addEventListener("visibilitychange", () => document.hidden ? disconnect() : connect());
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);
  addEventListener("online", refresh);
  addEventListener("offline", reconnecting);
  document.addEventListener("refresh", refresh);
  setInterval(() => { if (!document.hidden) refresh(); }, FALLBACK_MS);
  connect();
})();

/* Links to a collapsed part open it; the account menu and forms close on Escape; a refusal gets the focus. */
(() => {
  "use strict";
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.activeElement?.closest("details.menu[open], details.account[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    event.detail.target.parentElement?.querySelector?.(".problem")?.focus();
  });
})();

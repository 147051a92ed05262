/* The element itself if it takes the focus, else the main control in it. */
const control = (element) => element?.matches("a, button, input, select, textarea, summary") ? element
  : element?.querySelector(".a button, .a summary, .a a") ?? element?.querySelector("a, button, summary, input[type=url]");

/* Nobody is taken from a page while they type; the sign-in page comes when they send it. */
const typing = () => [...document.querySelectorAll("main :is(input:not([type=hidden]), textarea)")]
  .some((field) => field.value !== field.defaultValue);
const signInPage = () => `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;

/* Live pages: on a signal the page is asked for again and only the parts that differ are swapped. */
(() => {
  "use strict";
  const { live: topic, from } = document.body.dataset;
  if (!topic) return;

  const FALLBACK_MS = 60_000;
  const RETRY_MS = 4_000;
  const status = document.getElementById("live");
  let source = null, asOf = document.body.dataset.asOf, asking = false, again = false, skipped = false, retry = 0, soon = 0;
  let wanted = null, pressed = null;

  function show(kind, text) {
    status.hidden = false;
    status.className = "live " + kind;
    const label = status.querySelector("span");
    if (label.textContent !== text) label.textContent = text;
  }
  const reconnecting = () => navigator.onLine
    ? show("waiting", `Reconnecting · as of ${asOf}`)
    : show("off", `Offline · as of ${asOf}`);

  /* A field of a form that is opened, or in which something else was typed, is not filled anew. */
  const ofForm = (part) => part.closest("form") !== null && (part.closest("details.menu[open]") !== null ||
    [...part.querySelectorAll("input")].some((field) => field.value !== field.defaultValue));
  /* A part whose form or field is in use, or that is just being pressed, is left alone until it is not. */
  const inUse = (part) => part.querySelector("details:is(.menu, .editing)[open], form.inline, .htmx-request") !== null ||
    ofForm(part) ||
    (pressed !== null && part.contains(pressed)) ||
    (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, .problem"));

  /* As the server sends it: with nothing opened. */
  function shut(part) {
    if (!part.open && !part.querySelector("details[open]")) return part;
    const copy = part.cloneNode(true);
    for (const one of copy.querySelectorAll("details")) one.open = false;
    copy.removeAttribute("open");
    return copy;
  }

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
    const same = part.querySelector("#" + CSS.escape(id));
    const rows = part.querySelectorAll("li.row");
    const next = rows[Math.min(Math.max(place, 0), rows.length - 1)];
    (control(same) ?? control(next) ?? part).focus({ preventScroll: true });
  }

  function update(page) {
    const parts = [...page.querySelectorAll("[data-part]")];
    const known = document.querySelectorAll("[data-part]");
    if (parts.length !== known.length) return location.assign(from);
    skipped = false;
    for (const part of parts) {
      const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
      if (shut(old).isEqualNode(part)) continue;
      if (inUse(old)) { skipped = true; continue; }
      swap(old, part);
    }
    document.title = page.title;
    const returned = wanted && document.getElementById(wanted);
    if (returned?.checkVisibility()) { control(returned).focus(); wanted = null; }
  }

  function leave() {
    disconnect();
    if (typing()) show("off", "Signed out · you can keep typing");
    else location.assign(from);
  }

  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const reply = await fetch(from, { headers: { "X-Background": "1" } });
      if (reply.redirected) return leave();
      if (!reply.ok) return reconnecting();
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      asOf = page.body.dataset.asOf;
      update(page);
      if (source?.readyState === EventSource.OPEN) show("", "Live");
    } catch { reconnecting(); } finally {
      asking = false;
      if (again) { again = false; refresh(); }
    }
  }

  /* What was left alone is looked at again when the hands are off it. */
  function released() {
    if (!skipped) return;
    clearTimeout(soon);
    soon = setTimeout(refresh, 300);
  }

  function connect() {
    if (source || document.hidden) return;
    source = new EventSource("/live");
    source.addEventListener("open", () => { show("", "Live"); refresh(); });
    /* Every page counts the unread notifications in its navigation. */
    source.addEventListener("changed", ({ data }) => {
      if (data.split(" ").some((one) => one === topic || one === "notifications")) refresh();
    });
    source.addEventListener("signed-out", leave);
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
  document.addEventListener("refresh", ({ detail }) => { wanted = detail?.focus ?? null; refresh(); });
  document.addEventListener("pointerdown", ({ target }) => { pressed = target; }, true);
  for (const end of ["pointerup", "pointercancel", "dragend"]) {
    document.addEventListener(end, () => setTimeout(() => { pressed = null; released(); }), true);
  }
  document.addEventListener("focusout", released);
  document.addEventListener("toggle", released, true);
  setInterval(() => { if (!document.hidden) refresh(); }, FALLBACK_MS);
  connect();
})();

/* Links to a collapsed part open it; the account menu and forms close on Escape. */
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
    if (open) { open.open = false; open.querySelector("summary").focus(); return; }
    document.activeElement?.closest("form.inline")?.querySelector("a[hx-get]")?.click();
  });
  /* A menu closes when another place is pressed. */
  document.addEventListener("pointerdown", ({ target }) => {
    for (const one of document.querySelectorAll("details.menu[open], details.account[open]")) {
      if (!one.contains(target) && !one.querySelector(".problem")) one.open = false;
    }
  });
  /* A sentence on what was done goes by itself, but not from under the hands. */
  const toasts = document.getElementById("toasts");
  const leave = (one) => one.matches(":focus-within, :hover") ? setTimeout(leave, 1_000, one) : one.remove();
  const fade = () => {
    for (const one of toasts.children) {
      if (one.dataset.leaving) continue;
      one.dataset.leaving = "yes";
      setTimeout(leave, 10_000, one);
    }
  };
  new MutationObserver(fade).observe(toasts, { childList: true });
  fade();
})();

/* Rows: where the focus goes, what is said when the server could not act, and dates by one press. */
(() => {
  "use strict";
  document.documentElement.classList.add("script");

  /* After an action focus goes to the next row; after a refusal to the reason; into a form that opens, and back. */
  let place = null;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const row = detail.target.closest("li.row");
    place = row && {
      opening: detail.requestConfig.verb === "get",
      next: row.nextElementSibling ?? row.previousElementSibling,
      part: row.closest("[data-part]"),
    };
  });
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (!place || !target.matches("li.row")) return;
    const problem = target.querySelector(".problem");
    const field = target.querySelector("form.inline :is(input:not([type=hidden]), select, textarea)");
    const stay = place.opening ? control(target) : null;
    (problem ?? field ?? stay ?? control(place.next) ?? place.part)?.focus({ preventScroll: !problem && !field });
    place = null;
  });

  function say(element, sentence) {
    const where = element.closest("form.inline, li.row, form") ?? document.getElementById("main");
    for (const earlier of where.querySelectorAll(".problem")) earlier.remove();
    const problem = document.createElement("p");
    problem.className = "problem now";
    problem.setAttribute("role", "alert");
    problem.tabIndex = -1;
    problem.textContent = sentence;
    where.prepend(problem);
    if (where.matches("li.row")) where.append(problem);
    problem.focus();
  }
  /* As a browser without script sends it: then the form is carried through sign-in. */
  function signInAgain({ elt, requestConfig }) {
    const form = elt.closest("form");
    if (requestConfig.verb !== "post" || !form) return location.assign(signInPage());
    const pressed = requestConfig.triggeringEvent?.submitter ?? (elt.matches("button") ? elt : null);
    if (pressed?.name) {
      const { name, value } = pressed;
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    form.submit();
  }
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.xhr.status === 401) return signInAgain(detail);
    const page = new DOMParser().parseFromString(detail.xhr.responseText, "text/html");
    const sentence = page.querySelector(".problem")?.textContent ?? "That did not work.";
    say(detail.elt, `${sentence.replace(/\.?$/, ".")} What you typed is still here.`);
  });
  document.addEventListener("htmx:sendError", ({ detail }) =>
    say(detail.elt, "DataOps cannot be reached. What you typed is still here. Sending it again is safe."));

  document.addEventListener("click", ({ target }) => {
    const choice = target.closest("[data-fill]");
    if (!choice) return;
    const field = choice.closest(".day").querySelector("input[type=date]");
    field.value = choice.dataset.fill;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  /* A page that came over plain HTTP has no clipboard: there the browser copies what is selected. */
  async function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    if (!copied) throw new Error("not copied");
  }
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy]");
    if (!button) return;
    const toast = Object.assign(document.createElement("div"), { className: "toast" });
    copy(button.dataset.copy).then(
      () => { toast.textContent = "Copied the report."; },
      () => { toast.textContent = "The browser does not let this page copy."; },
    ).finally(() => { document.getElementById("toasts").append(toast); button.focus(); });
  });
  document.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-pick-all]")) return;
    const picks = [...document.querySelectorAll("input.pick")], on = picks.some((one) => !one.checked);
    for (const one of picks) one.checked = on;
  });
  const mark = (day) => {
    const value = day.querySelector("input[type=date]").value;
    for (const one of day.querySelectorAll("[data-fill]")) one.setAttribute("aria-pressed", one.dataset.fill === value);
  };
  document.addEventListener("input", ({ target }) => { const day = target.closest(".day"); if (day) mark(day); });
  document.addEventListener("htmx:load", ({ target }) => target.querySelectorAll(".day").forEach(mark));
})();

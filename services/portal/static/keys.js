/* Shortcuts. Each presses a control that is on the page anyway; none works in a field, or once they are switched off. */
(() => {
  "use strict";
  const SWITCH = "dataops.shortcuts";
  const WITHIN_MS = 3_000;
  const PLACES = { h: "/", t: "/tasks", w: "/workflows", r: "/recurring", n: "/notifications" };
  const ACTIONS = { w: "waiting", u: "follow-up", r: "response", a: "assign", c: "comment", p: "proof" };
  const dialog = document.getElementById("shortcuts");
  if (!dialog) return;

  const enabled = dialog.querySelector("input");
  enabled.checked = localStorage.getItem(SWITCH) !== "off";
  enabled.addEventListener("change", () => localStorage.setItem(SWITCH, enabled.checked ? "on" : "off"));
  for (const one of document.querySelectorAll("[data-shortcuts]")) {
    one.addEventListener("click", (event) => { event.preventDefault(); dialog.showModal(); });
  }

  const rows = () => [...document.querySelectorAll("main li.row[id^='task-']")].filter((one) => one.checkVisibility());
  const here = () => document.activeElement?.closest("li.row[id^='task-']");
  const press = (row, selector) => row?.querySelector(selector)?.click();

  function move(by) {
    const all = rows(), at = all.indexOf(here());
    const next = at < 0 ? all[0] : all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) control(next).focus();
  }
  function finish() {
    const button = here()?.querySelector("[data-do=done], .a .primary");
    if (button?.matches("[data-do=done], [value=proof]")) button.click();
  }
  function add() {
    const menu = document.getElementById("new-task");
    if (!menu) return;
    menu.open = true;
    menu.querySelector("input:not([type=hidden])").focus();
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    o: () => press(here(), "a.title"),
    x: () => press(here(), "input.pick"),
    e: finish,
    n: add,
    z: () => [...document.querySelectorAll(".toast [data-undo] button")].at(-1)?.click(),
    "/": () => {
      const field = document.querySelector("input[type=search]");
      field?.closest("details")?.setAttribute("open", "");
      field?.focus();
    },
    "?": () => dialog.showModal(),
    ...Object.fromEntries(Object.entries(ACTIONS).map(([key, action]) =>
      [key, () => press(here(), `.a button[name=do][value=${action}]`)])),
  };

  let going = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (!enabled.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable], dialog[open]")) return;
    const goes = event.timeStamp - going < WITHIN_MS;
    going = -Infinity;
    if (goes && PLACES[event.key]) { event.preventDefault(); location.assign(PLACES[event.key]); return; }
    if (event.key === "g") { going = event.timeStamp; return; }
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();

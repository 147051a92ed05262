/* A preset fills the schedule field, which then reads itself back; what is typed leaves the presets. */
(() => {
  "use strict";
  document.addEventListener("change", ({ target }) => {
    if (target.name !== "preset") return;
    const field = document.getElementById("cronExpression");
    field.value = target.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.addEventListener("input", ({ target }) => {
    if (target.id !== "cronExpression") return;
    const typed = target.value.trim().split(/\s+/).join(" ");
    for (const one of document.querySelectorAll("input[name=preset]")) one.checked = one.value === typed;
    target.removeAttribute("aria-invalid");
  });
})();

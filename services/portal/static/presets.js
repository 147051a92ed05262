/* A preset fills the schedule field, which then reads itself back; what is typed leaves the presets. */
(() => {
  "use strict";
  const field = document.getElementById("cronExpression");
  const presets = document.querySelectorAll("input[name=preset]");
  for (const one of presets) {
    one.addEventListener("change", () => {
      field.value = one.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  field.addEventListener("input", () => {
    const typed = field.value.trim().split(/\s+/).join(" ");
    for (const one of presets) one.checked = one.value === typed;
    field.removeAttribute("aria-invalid");
  });
})();

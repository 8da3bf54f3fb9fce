// Choosing lines of the plan: a whole group at once, and how many are chosen.
(function () {
  "use strict";
  const boxes = () => Array.from(document.querySelectorAll("input[data-choice]"));
  const button = document.querySelector("[data-choice-button]");
  const count = document.querySelector("[data-choice-count]");

  function show() {
    const chosen = boxes().filter((box) => box.checked).length;
    if (count) {
      count.textContent = chosen ? "(" + chosen + ")" : "";
    }
    if (button) {
      button.disabled = chosen === 0;
    }
  }

  document.addEventListener("click", function (event) {
    const all = event.target.closest("[data-choose-all]");
    if (!all) {
      return;
    }
    const mine = boxes().filter((box) => box.dataset.choice === all.dataset.chooseAll);
    const checked = !mine.every((box) => box.checked);
    mine.forEach((box) => {
      box.checked = checked;
    });
    show();
  });
  document.addEventListener("change", show);
  show();
})();

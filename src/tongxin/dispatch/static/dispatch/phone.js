// A step that could not be sent is sent again by itself: it then has to carry the button that was pressed.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    const button = event.target.closest("form[data-step] button[name]");
    if (!button) {
      return;
    }
    let kept = button.form.querySelector("input[data-pressed]");
    if (!kept) {
      kept = document.createElement("input");
      kept.type = "hidden";
      kept.dataset.pressed = "";
      button.form.append(kept);
    }
    kept.name = button.name;
    kept.value = button.value;
  });

  // Not at once: what was waiting for the network is first struck off, or the browser would ask before it leaves.
  document.addEventListener("dispatch:go", function (event) {
    window.setTimeout(function () {
      window.location.assign(event.detail.to);
    }, 0);
  });
})();

// Runs before the first paint: decides light or dark, text size and whether scripts work at all.
// Kept tiny and without modern syntax, because it blocks the page.
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function cookie(name) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([a-z]+)"));
    return found ? found[1] : "";
  }

  function keep(name, value) {
    document.cookie = name + "=" + value + "; path=/; max-age=31536000; samesite=lax";
  }

  function choice() {
    return cookie("tx_theme") || "auto";
  }

  function apply() {
    if (root.hasAttribute("data-theme-fixed")) {
      return;
    }
    var wanted = choice();
    root.setAttribute("data-bs-theme", wanted === "auto" ? (dark.matches ? "dark" : "light") : wanted);
    root.setAttribute("data-size", cookie("tx_size") || "normal");
  }

  function markPressed() {
    document.querySelectorAll("[data-set-theme]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === choice()));
    });
    document.querySelectorAll("[data-set-size]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.setSize === (cookie("tx_size") || "normal")));
    });
  }

  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", markPressed);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-set-theme], [data-set-size]");
    if (!button) {
      return;
    }
    if (button.dataset.setTheme) {
      keep("tx_theme", button.dataset.setTheme);
    } else {
      keep("tx_size", button.dataset.setSize);
    }
    apply();
    markPressed();
  });
})();

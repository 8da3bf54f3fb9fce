// Scanning with a keyboard reader, a card reader or by hand: one focused field, Enter, and an answer that fills the screen.
(function () {
  "use strict";
  const MARKS = { ok: "●", warn: "■", stop: "▲" };
  const BUZZ = { ok: [80], warn: [80, 80, 80], stop: [350, 120, 350] };
  const SHOW_MS = { ok: 900, warn: 2000, stop: 4000 };

  // Readers typed through a Chinese input method give full-width characters and stray spaces.
  function clean(value) {
    return value.normalize("NFKC").replace(/[\s\u200b\ufeff]+/g, "");
  }

  function focusScanner() {
    const field = document.querySelector("input[data-scan]");
    const active = document.activeElement;
    if (field && !field.disabled && (!active || active === document.body || active === field)) {
      field.focus({ preventScroll: true });
      field.select();
    }
  }

  document.addEventListener("keydown", function (event) {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.matches("input[data-scan]") || event.key !== "Enter") {
      return;
    }
    if (event.isComposing) {
      return;
    }
    event.preventDefault();
    field.value = clean(field.value);
    if (field.value !== "") {
      field.form.requestSubmit();
    }
  });

  function flash(result) {
    const state = MARKS[result.dataset.scanResult] ? result.dataset.scanResult : "warn";
    document.querySelectorAll(".tx-flash").forEach(function (old) {
      old.remove();
    });
    const screen = document.createElement("div");
    screen.className = "tx-flash tx-flash--" + state;
    screen.setAttribute("role", state === "stop" ? "alert" : "status");
    const mark = document.createElement("span");
    mark.className = "tx-flash__mark";
    mark.setAttribute("aria-hidden", "true");
    mark.textContent = MARKS[state];
    const words = document.createElement("span");
    words.textContent = result.dataset.scanText || result.innerText;
    screen.append(mark, words);
    document.body.append(screen);
    if (navigator.vibrate) {
      navigator.vibrate(BUZZ[state]);
    }
    const remove = function () {
      screen.remove();
      focusScanner();
    };
    screen.addEventListener("click", remove);
    window.setTimeout(remove, SHOW_MS[state]);
  }

  function showResults(root) {
    root.querySelectorAll("[data-scan-result]:not([data-shown])").forEach(function (result) {
      result.dataset.shown = "yes";
      flash(result);
      // the next tube begins with the usual result: a choice that stays would be taken for the next one's
      if (result.dataset.scanResult !== "stop") {
        root.querySelectorAll("form[data-scan-fresh]").forEach(function (form) {
          form.reset();
        });
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    showResults(document);
    focusScanner();
  });
  document.addEventListener("htmx:afterSettle", function () {
    showResults(document);
    const field = document.querySelector("input[data-scan]");
    if (field && document.activeElement === field) {
      field.select();
    }
    focusScanner();
  });
})();

// Ages and staleness. The server says how old a number was when it was sent; from there the browser counts on its own
// steady clock, so a phone or a wall with a wrong date still tells the truth.
(function () {
  "use strict";
  const tongxin = (window.tongxin = window.tongxin || {});

  function describe(seconds) {
    if (seconds < 60) {
      return tongxin.text("ageNow");
    }
    if (seconds < 3600) {
      return tongxin.text("ageMinutes", Math.floor(seconds / 60));
    }
    if (seconds < 48 * 3600) {
      return tongxin.text("ageHours", Math.floor(seconds / 3600));
    }
    return tongxin.text("ageDays", Math.floor(seconds / 86400));
  }

  function refresh(element) {
    if (element.txSince === undefined) {
      element.txSince = performance.now() - Number(element.dataset.age) * 1000;
    }
    const seconds = (performance.now() - element.txSince) / 1000;
    const limit = Number(element.dataset.staleAfter) || Infinity;
    const stale = seconds > limit;
    const text = (stale ? tongxin.text("stale") + " " : "") + describe(seconds);
    if (element.textContent !== text) {
      element.textContent = text;
    }
    const holder = element.closest("[data-stale-holder]");
    if (holder) {
      holder.classList.toggle("is-stale", stale);
    }
  }

  function refreshAll() {
    document.querySelectorAll("[data-age]").forEach(refresh);
  }

  document.addEventListener("DOMContentLoaded", refreshAll);
  document.addEventListener("htmx:afterSettle", refreshAll);
  document.addEventListener("visibilitychange", refreshAll);
  window.setInterval(refreshAll, 5000);
})();

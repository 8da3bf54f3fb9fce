// What every page has: menus, copy-as-text, undo for ten seconds, words for scripts, printing.
(function () {
  "use strict";
  const tongxin = (window.tongxin = window.tongxin || {});

  // Words come from the page, in its language; {n} stands for a number.
  tongxin.text = function (key, n) {
    const source = document.getElementById("tx-texts");
    const text = (source && source.dataset[key]) || "";
    return text.replace("{n}", n === undefined ? "" : String(n));
  };

  tongxin.say = function (text) {
    const region = document.getElementById("tx-live");
    if (region) {
      region.textContent = "";
      window.setTimeout(function () {
        region.textContent = text;
      }, 50);
    }
  };

  // ---------- menus ----------
  function closeMenus(except) {
    document.querySelectorAll("details.tx-menu[open]").forEach(function (menu) {
      if (menu !== except) {
        menu.open = false;
      }
    });
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details.tx-menu"));
    const toggle = event.target.closest("[data-nav-toggle]");
    if (toggle) {
      const nav = document.getElementById(toggle.getAttribute("aria-controls"));
      const open = nav.classList.toggle("is-open");
      toggle.setAttribute("aria-expanded", String(open));
    }
    if (event.target.closest("[data-print]")) {
      window.print();
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      copyText(copier);
    }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") {
      return;
    }
    const menu = document.querySelector("details.tx-menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // ---------- copy as text ----------
  function copyByHand(text) {
    // Plain http has no clipboard interface; an off-screen field and the old command still work there.
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    field.setAttribute("aria-hidden", "true");
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  async function copyText(button) {
    const source = document.querySelector(button.dataset.copy);
    const text = source.value !== undefined ? source.value : source.innerText;
    let done = false;
    try {
      if (navigator.clipboard && window.isSecureContext) {
        await navigator.clipboard.writeText(text);
        done = true;
      }
    } catch {
      done = false;
    }
    done = done || copyByHand(text);
    button.focus();
    const words = tongxin.text(done ? "copied" : "copyFailed");
    const label = button.querySelector("[data-copy-label]") || button;
    const before = label.textContent;
    label.textContent = words;
    tongxin.say(words);
    window.setTimeout(function () {
      label.textContent = before;
    }, 3000);
  }

  // ---------- undo ----------
  // The server keeps the undo open longer than we show it; the pointer or the focus on it stops the clock.
  function startUndo(toast) {
    if (toast.dataset.running) {
      return;
    }
    toast.dataset.running = "yes";
    const counter = toast.querySelector("[data-undo-left]");
    let left = Number(toast.dataset.undo) || 10;
    const timer = window.setInterval(function () {
      if (!toast.isConnected) {
        window.clearInterval(timer);
        return;
      }
      if (toast.matches(":hover, :focus-within") || document.hidden) {
        return;
      }
      left -= 1;
      if (counter) {
        counter.textContent = String(Math.max(left, 0));
      }
      if (left <= 0) {
        window.clearInterval(timer);
        toast.remove();
      }
    }, 1000);
  }

  function startUndos() {
    document.querySelectorAll("[data-undo]").forEach(startUndo);
  }

  document.addEventListener("DOMContentLoaded", startUndos);
  document.addEventListener("htmx:afterSettle", startUndos);

  // ---------- selects that send themselves ----------
  document.addEventListener("change", function (event) {
    const select = event.target.closest("[data-submit-on-change]");
    if (select && select.form) {
      select.form.requestSubmit();
    }
  });
})();

// Sending: time-ordered operation ids, the CSRF header at the moment of sending, and what has not arrived yet.
(function () {
  "use strict";
  const tongxin = (window.tongxin = window.tongxin || {});
  const RETRY_MS = 20000;
  const waiting = new Set();

  // UUID version 7 (RFC 9562). crypto.randomUUID does not exist on plain http; getRandomValues does.
  let lastMs = 0;
  let sequence = 0;
  tongxin.newOpId = function () {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const now = Date.now();
    if (now > lastMs) {
      lastMs = now;
      sequence = ((bytes[6] & 0x07) << 8) | bytes[7];
    } else {
      sequence += 1;
      if (sequence > 0xfff) {
        lastMs += 1;
        sequence = 0;
      }
    }
    let ms = lastMs;
    for (let index = 5; index >= 0; index -= 1) {
      bytes[index] = ms % 256;
      ms = Math.floor(ms / 256);
    }
    bytes[6] = 0x70 | (sequence >> 8);
    bytes[7] = sequence & 0xff;
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    const hex = Array.from(bytes, function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  function opField(form) {
    return form instanceof HTMLFormElement ? form.querySelector("input[data-op-id]") : null;
  }

  // ---------- unsent count ----------
  function showUnsent() {
    const count = waiting.size;
    document.querySelectorAll("[data-unsent]").forEach(function (badge) {
      badge.hidden = count === 0;
      const label = badge.querySelector("[data-unsent-text]") || badge;
      label.textContent = tongxin.text("unsentCount", count);
    });
    document.dispatchEvent(new CustomEvent("tongxin:unsent", { detail: { count: count } }));
  }

  function keepWaiting(form) {
    waiting.add(form);
    form.classList.add("is-unsent");
    showUnsent();
    tongxin.say(tongxin.text("unsentCount", waiting.size));
  }

  function stopWaiting(form) {
    form.classList.remove("is-unsent");
    if (waiting.delete(form)) {
      showUnsent();
    }
  }

  function retry() {
    waiting.forEach(function (form) {
      if (!form.isConnected) {
        stopWaiting(form);
      } else if (!form.classList.contains("htmx-request")) {
        form.requestSubmit();
      }
    });
  }

  function isKeptForLater(status) {
    return status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;
  }

  // ---------- htmx ----------
  // Signing in again changes the token: what was kept must go out with the one of this moment, so the cookie is read
  // each time and the old token inside the form is left out (the server would look at that one first).
  function csrfToken() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    const meta = document.querySelector("meta[name='csrf-token']");
    return cookie ? cookie[1] : meta ? meta.content : "";
  }

  document.addEventListener("htmx:configRequest", function (event) {
    if (event.detail.verb !== "get") {
      event.detail.headers["X-CSRFToken"] = csrfToken();
      delete event.detail.parameters.csrfmiddlewaretoken;
    }
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    const form = event.detail.elt;
    const field = opField(form);
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    if (field && isKeptForLater(status)) {
      keepWaiting(form);
    } else if (field) {
      stopWaiting(form);
      if (event.detail.successful) {
        // The same form on the page is a new operation the next time.
        field.value = tongxin.newOpId();
      }
    }
    if (!event.detail.successful) {
      explain(status);
    }
  });

  function explain(status) {
    const banner = document.querySelector("[data-send-error]");
    if (!banner) {
      return;
    }
    const key = status === 401 ? "signInAgain" : status === 0 ? "noNetwork" : status >= 500 ? "serverBusy" : "";
    banner.hidden = key === "";
    banner.querySelector("[data-send-error-text]").textContent = tongxin.text(key);
    const link = banner.querySelector("[data-sign-in]");
    if (link) {
      link.hidden = status !== 401;
    }
  }

  document.addEventListener("htmx:beforeOnLoad", function (event) {
    if (event.detail.xhr.status < 400) {
      document.querySelectorAll("[data-send-error]").forEach(function (banner) {
        banner.hidden = true;
      });
    }
  });

  window.addEventListener("online", retry);
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) {
      retry();
    }
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-send-again]")) {
      retry();
    }
  });
  (function nextTry() {
    // Jitter: a hundred phones that lost the network together must not come back together.
    window.setTimeout(function () {
      retry();
      nextTry();
    }, RETRY_MS * (0.75 + Math.random() / 2));
  })();

  window.addEventListener("beforeunload", function (event) {
    if (waiting.size > 0) {
      event.preventDefault();
      event.returnValue = tongxin.text("unsentCount", waiting.size);
    }
  });

  // ---------- plain forms ----------
  document.addEventListener("submit", function (event) {
    const field = opField(event.target);
    if (field && !event.defaultPrevented) {
      field.dataset.sent = "yes";
    }
  });

  // A page that comes back from the browser's memory would repeat an id with other content.
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) {
      return;
    }
    document.querySelectorAll("input[data-op-id][data-sent]").forEach(function (field) {
      field.value = tongxin.newOpId();
      delete field.dataset.sent;
    });
  });
})();

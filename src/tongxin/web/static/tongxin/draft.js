// Drafts: what was typed survives a reload, for fields that are marked as holding nothing personal.
// <form data-draft="meeting"> … <textarea data-draft-field name="agenda">
(function () {
  "use strict";
  const PREFIX = "tx-draft:";
  const SENT = "tx-draft-sent";
  const KEEP_MS = 24 * 3600 * 1000;

  function keyOf(form) {
    return PREFIX + window.location.pathname + ":" + form.dataset.draft;
  }

  function fields(form) {
    return Array.from(form.elements).filter(function (field) {
      return field.name && field.hasAttribute("data-draft-field") && field.type !== "password";
    });
  }

  function read(form) {
    try {
      const draft = JSON.parse(localStorage.getItem(keyOf(form)));
      return draft && Date.now() - draft.savedAt < KEEP_MS ? draft.values : null;
    } catch {
      return null;
    }
  }

  function save(form) {
    const values = {};
    fields(form).forEach(function (field) {
      values[field.name] = field.type === "checkbox" ? field.checked : field.value;
    });
    try {
      localStorage.setItem(keyOf(form), JSON.stringify({ savedAt: Date.now(), values: values }));
    } catch {
      // A full or forbidden store only means that there is no draft.
    }
  }

  function restore(form) {
    const values = read(form);
    if (!values) {
      return;
    }
    let changed = false;
    fields(form).forEach(function (field) {
      const isCheck = field.type === "checkbox";
      const untouched = isCheck ? field.checked === field.defaultChecked : field.value === field.defaultValue;
      if (!(field.name in values) || (!isCheck && field.defaultValue) || !untouched) {
        return;
      }
      if (isCheck) {
        changed = changed || field.checked !== values[field.name];
        field.checked = values[field.name];
      } else if (values[field.name] && field.value !== values[field.name]) {
        field.value = values[field.name];
        changed = true;
      }
    });
    const note = form.querySelector("[data-draft-note]");
    if (changed && note) {
      note.hidden = false;
    }
  }

  function forget(form) {
    localStorage.removeItem(keyOf(form));
  }

  // A plain form leaves the page: its draft is dropped only when the next page no longer shows the form.
  function dropSent() {
    const key = sessionStorage.getItem(SENT);
    if (!key) {
      return;
    }
    sessionStorage.removeItem(SENT);
    const still = Array.from(document.querySelectorAll("form[data-draft]")).some(function (form) {
      return keyOf(form) === key;
    });
    if (!still) {
      localStorage.removeItem(key);
    }
  }

  let timer = 0;
  document.addEventListener("input", function (event) {
    const form = event.target.form;
    if (form && form.matches("form[data-draft]") && event.target.hasAttribute("data-draft-field")) {
      window.clearTimeout(timer);
      timer = window.setTimeout(save, 400, form);
    }
  });
  document.addEventListener("submit", function (event) {
    if (event.target.matches("form[data-draft]")) {
      window.clearTimeout(timer);
      save(event.target);
      sessionStorage.setItem(SENT, keyOf(event.target));
    }
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.successful && event.detail.elt.matches("form[data-draft]")) {
      sessionStorage.removeItem(SENT);
      forget(event.detail.elt);
    }
  });
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-draft-discard]");
    if (button) {
      const form = button.closest("form[data-draft]");
      forget(form);
      form.reset();
      form.querySelector("[data-draft-note]").hidden = true;
    }
  });
  document.addEventListener("DOMContentLoaded", function () {
    try {
      dropSent();
      document.querySelectorAll("form[data-draft]").forEach(restore);
    } catch {
      // Storage switched off: forms still work.
    }
  });
})();

// The board: a card can be dragged onto a person. It sends the card's own "move to" form, which works without this.
(function () {
  "use strict";
  if (!window.matchMedia("(pointer: fine)").matches) {
    return;
  }
  let dragged = null;

  function moveTo(card, person) {
    const form = card.querySelector("form[data-move]");
    const select = form.elements.namedItem("responder");
    if (!Array.from(select.options).some((option) => option.value === person.dataset.drop)) {
      select.add(new Option(person.dataset.dropName, person.dataset.drop));
    }
    select.value = person.dataset.drop;
    form.requestSubmit();
  }

  document.querySelectorAll("[data-drag]").forEach(function (card) {
    if (!card.querySelector("form[data-move]")) {
      return;
    }
    card.draggable = true;
    card.addEventListener("dragstart", function (event) {
      dragged = card;
      event.dataTransfer.effectAllowed = "move";
      // Firefox drags nothing without data; the card itself says what is moved.
      event.dataTransfer.setData("text/plain", card.dataset.drag);
      document.body.classList.add("dp-dragging");
    });
    card.addEventListener("dragend", function () {
      dragged = null;
      document.body.classList.remove("dp-dragging");
    });
  });

  document.querySelectorAll("[data-drop]").forEach(function (person) {
    person.addEventListener("dragover", function (event) {
      if (dragged) {
        event.preventDefault();
        person.classList.add("is-over");
      }
    });
    person.addEventListener("dragleave", function () {
      person.classList.remove("is-over");
    });
    person.addEventListener("drop", function (event) {
      person.classList.remove("is-over");
      if (dragged) {
        event.preventDefault();
        moveTo(dragged, person);
      }
    });
  });

  document.querySelectorAll("[data-drag-hint]").forEach(function (hint) {
    hint.hidden = false;
  });
})();

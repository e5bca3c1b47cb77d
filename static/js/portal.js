// What every page does beyond plain links and forms. Nothing here is needed: each page works without script.
// Only what Chromium 90 knows, and nothing that the content security policy forbids (no eval, no inline style text).
(function () {
  "use strict";

  // Busy buttons. A submitted form's button says what is going on and keeps its width; a second press is swallowed.
  // data-busy on the button words it, else “正在提交…”. A form with data-download is left alone (no page follows it).
  function busy(button) {
    if (!button || button.getAttribute("aria-busy") === "true") return;
    button.style.width = button.offsetWidth + "px";
    button.setAttribute("data-word", button.textContent);
    button.setAttribute("aria-busy", "true");
    button.textContent = button.getAttribute("data-busy") || "正在提交…";
  }
  function idle(root) {
    root.querySelectorAll('[aria-busy="true"][data-word]').forEach(function (button) {
      button.textContent = button.getAttribute("data-word");
      button.removeAttribute("data-word");
      button.removeAttribute("aria-busy");
      button.style.width = "";
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented && !form.hasAttribute("hx-post")) return;
    if (form.method !== "post" || form.hasAttribute("data-download")) return;
    if (form.getAttribute("data-sent") === "true") {
      event.preventDefault();
      return;
    }
    // The name and value of the pressed button must still be sent: mark after the browser has read the form.
    var button = event.submitter || form.querySelector('button[type="submit"], button:not([type])');
    form.setAttribute("data-sent", "true");
    setTimeout(function () {
      if (button && button.classList.contains("btn")) busy(button);
    }, 0);
  });
  function rested(root) {
    idle(root);
    root.querySelectorAll('[data-sent="true"]').forEach(function (form) {
      form.removeAttribute("data-sent");
    });
  }
  document.addEventListener("htmx:afterRequest", function () {
    rested(document);
  });
  // Coming back with the browser's back button shows a page as it was left: wake its buttons.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) rested(document);
  });

  // One question before what cannot be undone: data-ask on the form or the button.
  document.addEventListener(
    "submit",
    function (event) {
      var button = event.submitter;
      var ask = (button && button.getAttribute("data-ask")) || event.target.getAttribute("data-ask");
      if (ask && !window.confirm(ask)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true
  );

  // Menus close on Escape and on a press elsewhere.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // Steppers: an input inside [data-stepper] gets − and ＋ (phones only, by style sheet). Typing is always possible.
  function stepper(box) {
    var input = box.querySelector("input");
    if (!input || box.querySelector("button") || input.readOnly || input.disabled) return;
    function button(text, word, by) {
      var made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.setAttribute("aria-label", word);
      made.addEventListener("click", function () {
        var now = parseInt(input.value.replace(/[，,\s]/g, ""), 10);
        var next = (isNaN(now) ? 0 : now) + by;
        var min = parseInt(input.getAttribute("min") || "0", 10);
        input.value = String(Math.max(next, min));
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
      return made;
    }
    box.insertBefore(button("−", "减1", -1), box.firstChild);
    box.appendChild(button("＋", "加1", 1));
  }

  // The consequence of a number while it is typed: <b data-sum-of="ID" data-base="7"> shows base + the input's value.
  function sums(root) {
    root.querySelectorAll("[data-sum-of]").forEach(function (place) {
      var input = document.getElementById(place.getAttribute("data-sum-of"));
      if (!input || place.hasAttribute("data-live")) return;
      place.setAttribute("data-live", "");
      function show() {
        var typed = input.value.replace(/[，,\s]/g, "");
        var base = Number(place.getAttribute("data-base"));
        var sum = typed === "" ? NaN : base + Number(typed);
        place.textContent = isNaN(sum) ? "—" : String(Math.round(sum * 1e6) / 1e6).replace("-", "−");
      }
      input.addEventListener("input", show);
      show();
    });
  }

  // Lists that choose at once: a select with data-submit sends its form; the form's own button serves without script.
  document.addEventListener("change", function (event) {
    var field = event.target;
    if (!field.hasAttribute || !field.hasAttribute("data-submit") || !field.form) return;
    if (field.form.requestSubmit) field.form.requestSubmit();
    else field.form.submit();
  });

  // Filters fold on a phone; where there is room they stand open.
  function unfold(root) {
    if (!window.matchMedia("(min-width: 768px)").matches) return;
    root.querySelectorAll("details.filter-more").forEach(function (more) {
      more.open = true;
    });
  }

  // 打印
  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("[data-print]") : null;
    if (!button) return;
    event.preventDefault();
    window.print();
  });

  function enhance(root) {
    root.querySelectorAll("[data-stepper]").forEach(stepper);
    sums(root);
    unfold(root);
    if (window.portalCharts) window.portalCharts(root);
  }
  enhance(document);
  document.addEventListener("htmx:load", function (event) {
    enhance(event.detail.elt.parentNode || document);
  });

  // After an answer was put into the page, the first complaint takes the focus.
  document.addEventListener("htmx:afterSwap", function (event) {
    var wrong = event.detail.elt.querySelector && event.detail.elt.querySelector('[aria-invalid="true"]');
    if (wrong) wrong.focus();
  });
})();

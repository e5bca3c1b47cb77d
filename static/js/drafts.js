// Drafts save themselves: three seconds after the last key, and when the page is left. What the server does not have
// yet waits in localStorage under person, month and target, and comes back into the form when it is opened again.
// The form works without this script: 存草稿 saves by hand. Only what Chromium 90 knows.
(function () {
  "use strict";
  var PREFIX = "draft.";
  var PAUSE = 3000;
  var AGAIN = 10000;

  function start(form) {
    var url = form.getAttribute("data-draft");
    var key = PREFIX + form.getAttribute("data-draft-key");
    var place = form.querySelector("[data-draft-state]");
    var version = form.elements[form.getAttribute("data-draft-version")];
    var timer = 0;
    var sending = false;
    // Two texts stand on the page: nothing is saved until a person has chosen.
    var stopped = form.hasAttribute("data-draft-hold");
    // A form that was refused shows what the server did not keep.
    var saved = form.hasAttribute("data-draft-unsaved") ? "" : typed();

    // Fields as typed; files, tokens and buttons are not part of a draft.
    function typed() {
      var fields = {};
      new FormData(form).forEach(function (value, name) {
        if (typeof value === "string" && /^t\d+-/.test(name) && !/-(draft_)?version$/.test(name)) fields[name] = value;
      });
      return JSON.stringify(fields);
    }

    function say(text, isBad) {
      if (!place) return;
      place.textContent = text;
      place.classList.toggle("bad", Boolean(isBad));
    }

    function remember(text) {
      try {
        window.localStorage.setItem(key, text);
        return true;
      } catch (refused) {
        return false;
      }
    }

    function forget() {
      try {
        window.localStorage.removeItem(key);
      } catch (refused) {
        // Nothing was kept there.
      }
    }

    function changed() {
      window.clearTimeout(timer);
      var now = typed();
      if (now === saved || stopped) return;
      remember(now);
      say("正在写…");
      timer = window.setTimeout(save, PAUSE);
    }

    function body() {
      var data = new FormData(form);
      data.delete("evidence");
      data.delete("act");
      return data;
    }

    function later(text) {
      say(text, true);
      window.clearTimeout(timer);
      timer = window.setTimeout(save, AGAIN);
    }

    function save() {
      if (sending || stopped) return;
      var now = typed();
      if (now === saved) return;
      sending = true;
      fetch(url, { method: "POST", body: body(), credentials: "same-origin", redirect: "manual" })
        .then(function (response) {
          return response.json().then(function (answer) {
            return { status: response.status, answer: answer };
          });
        })
        .then(function (got) {
          sending = false;
          if (got.status === 200) {
            saved = now;
            version.value = String(got.answer.version);
            say("草稿 " + got.answer.saved + " 已存");
            if (typed() === now) forget();
            else changed();
          } else if (got.status === 409) {
            stopped = true;
            say(got.answer.error + "。点“存草稿”对照两份内容", true);
          } else if (got.status === 401) {
            stopped = true;
            say(got.answer.error, true);
          } else {
            say(got.answer.error || "草稿没有存上，请点“存草稿”", true);
          }
        })
        .catch(function () {
          sending = false;
          if (stopped) return;
          later(remember(now) ? "没有连上，已存在本机，连上后自动再存" : "没有连上，请不要关闭本页");
        });
    }

    // What was typed here and never reached the server goes back into the form.
    function restore() {
      var kept = null;
      try {
        kept = window.localStorage.getItem(key);
      } catch (refused) {
        return;
      }
      if (!kept || kept === typed()) {
        if (kept && kept === saved) forget();
        return;
      }
      var fields;
      try {
        fields = JSON.parse(kept);
      } catch (broken) {
        forget();
        return;
      }
      Array.prototype.forEach.call(form.elements, function (element) {
        if (!element.name || !/^t\d+-/.test(element.name) || /-(draft_)?version$/.test(element.name)) return;
        var has = Object.prototype.hasOwnProperty.call(fields, element.name);
        if (element.type === "checkbox") element.checked = has;
        else if (element.type === "radio") element.checked = has && fields[element.name] === element.value;
        else if (has) {
          element.value = fields[element.name];
          element.dispatchEvent(new Event("input", { bubbles: true }));
        }
        var fold = has && fields[element.name] && element.closest("details");
        if (fold) fold.open = true;
      });
      say("已找回没有存上的内容");
      timer = window.setTimeout(save, 500);
    }

    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    window.addEventListener("online", save);
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState !== "hidden" || stopped || typed() === saved) return;
      remember(typed());
      if (navigator.sendBeacon) navigator.sendBeacon(url, body());
    });
    // At sign-out received.js empties the storage: nothing is put there again.
    document.addEventListener("submit", function (event) {
      if (event.target.hasAttribute && event.target.hasAttribute("data-signout")) stopped = true;
    });
    form.addEventListener("submit", function () {
      // The page goes away; what was typed stays here until the server says that it has it.
      if (typed() !== saved) remember(typed());
      stopped = true;
      window.clearTimeout(timer);
    });
    if (!stopped) restore();
    if (saved === "") changed();
  }

  document.querySelectorAll("form[data-draft]").forEach(start);
})();

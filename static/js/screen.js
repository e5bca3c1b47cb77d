// The big screen keeps itself going: nobody is there to press anything.
//
// Each minute it fetches its own page and puts what is new into place. Without an answer of its own server it keeps what
// it shows, says in the foot of what time that is, and asks again, soon at first and then each minute, for ever. Only an
// answer that carries the mark of the big screen counts: a proxy's page of an error, or a network that wants a sign-in,
// is no answer. That the link is over is shown as told, and asked again every few minutes, for a server that starts may
// answer wrongly. The pace stands on #wall in seconds: refresh, limit, retry, turn.
(function () {
  "use strict";

  var wall = document.getElementById("wall");
  if (!wall || !window.fetch || !window.AbortController) return;

  var assets = document.documentElement.getAttribute("data-assets");
  var shown = still(wall); // as it came from the server, to see whether the next one differs
  var start = { at: 0, since: 0 }; // the server's clock, and ours when it was told
  var good = ""; // the time that the figures are of
  var page = 0;
  var failures = 0;
  var asking = false;
  var next = 0;
  var renewed = false;

  function seconds(name) {
    return (Number(wall.getAttribute("data-" + name)) || 60) * 1000;
  }
  function live(name) {
    return wall.querySelector('[data-live="' + name + '"]');
  }
  function say(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }

  // A copy without what moves by itself.
  function still(node) {
    var copy = node.cloneNode(true);
    copy.removeAttribute("data-now");
    copy.querySelectorAll("[data-live]").forEach(function (each) {
      each.textContent = "";
    });
    return copy;
  }

  // The clock runs on from the server's time: a wall's own is often wrong, and not always in Shanghai.
  function moment() {
    return start.at + (performance.now() - start.since);
  }
  function day(at) {
    var there = new Date(at + 8 * 3600 * 1000);
    return there.getUTCMonth() + 1 + "月" + there.getUTCDate() + "日";
  }
  function hour(at) {
    return new Date(at + 8 * 3600 * 1000).toISOString().slice(11, 16);
  }
  function tick() {
    if (start.at && live("clock")) {
      var there = new Date(moment() + 8 * 3600 * 1000);
      var week = "日一二三四五六".charAt(there.getUTCDay());
      say(live("clock"), there.getUTCFullYear() + "年" + day(moment()) + "　周" + week + "　" + hour(moment()));
    }
  }
  function setClock() {
    var at = Date.parse(wall.getAttribute("data-now") || "");
    start = { at: isNaN(at) ? 0 : at, since: performance.now() };
    good = start.at;
    tick();
  }

  function tellTrouble(what) {
    var node = live("told");
    if (!node) return;
    var old = good ? (day(good) === day(moment()) ? "" : day(good)) + hour(good) : "";
    node.classList.add("trouble");
    say(node, what + (old ? "，数据为" + old : ""));
  }

  // Pages of matters.
  function showPage() {
    var pages = wall.querySelectorAll("[data-page]");
    if (page >= pages.length) page = 0;
    pages.forEach(function (each, i) {
      each.hidden = i !== page;
    });
  }
  function turn() {
    page += 1;
    showPage();
    setTimeout(turn, seconds("turn"));
  }

  // Asking.
  function ask() {
    if (asking) return; // never two at once
    asking = true;
    clearTimeout(next);
    var control = new AbortController();
    var limit = setTimeout(function () {
      control.abort();
    }, seconds("limit"));
    var answered = false;
    // Without cookies: somebody who is signed in beside it must not be kept signed in by a wall.
    fetch(location.pathname, { cache: "no-store", credentials: "omit", redirect: "error", signal: control.signal })
      .then(function (answer) {
        answered = true;
        return answer.text().then(function (text) {
          return take(answer.status, new DOMParser().parseFromString(text, "text/html"));
        });
      })
      .catch(function () {
        failures += 1;
        tellTrouble(answered ? "服务器没有正常应答" : "网络不通");
        return Math.min(seconds("retry") * Math.pow(2, failures - 1), seconds("retry") * 12);
      })
      .then(function (wait) {
        clearTimeout(limit);
        asking = false;
        next = setTimeout(ask, wait);
      });
  }

  // Puts an answer into place; tells in how many milliseconds to ask again. Throws for what is no answer of ours.
  function take(status, found) {
    var fresh = found.getElementById("wall");
    var state = fresh && fresh.getAttribute("data-screen");
    if (!(status === 200 && state === "open") && !((status === 404 || status === 410) && state === "over")) {
      throw new Error("no answer of the big screen: " + status);
    }
    failures = 0;
    if (state === "open" && mustReload(found)) return seconds("retry");
    var as = still(fresh);
    var told = fresh.querySelector('[data-live="told"]').textContent;
    if (as.isEqualNode(shown)) {
      wall.setAttribute("data-now", fresh.getAttribute("data-now") || "");
    } else {
      shown = as;
      wall.replaceWith(document.adoptNode(fresh));
      wall = fresh;
      document.documentElement.className = found.documentElement.className;
      document.title = found.title;
      showPage();
    }
    setClock();
    live("told").classList.remove("trouble");
    say(live("told"), told);
    return seconds("refresh");
  }

  // A new version has other files. It is loaded when a second answer says so, too: then the server stands. Once for each
  // version, for a proxy between two of them might answer in turn.
  function mustReload(found) {
    var other = found.documentElement.getAttribute("data-assets");
    if (other === assets) {
      renewed = false;
      return false;
    }
    try {
      if (sessionStorage.getItem("screen") === other) return false;
      if (renewed) sessionStorage.setItem("screen", other);
    } catch (error) {
      return false; // where nothing can be kept, a loop could not be told from a new version
    }
    if (renewed) location.reload();
    renewed = true;
    return true;
  }

  setClock();
  showPage();
  setInterval(tick, 1000);
  setTimeout(turn, seconds("turn"));
  next = setTimeout(ask, seconds("refresh"));
  window.addEventListener("online", ask);
})();

// What a form typed in this browser waits in localStorage until the server has it (drafts.js writes it there).
// Here it is taken away again: when the server says that it has it, and at sign-out. On every page; needs nothing else.
(function () {
  "use strict";
  var PREFIX = "draft.";

  function each(does) {
    try {
      for (var index = window.localStorage.length - 1; index >= 0; index -= 1) {
        var key = window.localStorage.key(index);
        if (key && key.indexOf(PREFIX) === 0) does(key);
      }
    } catch (refused) {
      // Storage that is switched off holds nothing.
    }
  }

  // Cookie received=PERSON.MONTH.TARGET.TARGET…: set by the answer to a form that was taken.
  var found = /(?:^|; )received=([0-9.-]+)/.exec(document.cookie);
  if (found) {
    var parts = found[1].split(".");
    parts.slice(2).forEach(function (target) {
      each(function (key) {
        if (key === PREFIX + [parts[0], parts[1], target].join(".")) window.localStorage.removeItem(key);
      });
    });
    document.cookie = "received=; max-age=0; path=/; samesite=strict";
  }

  document.addEventListener("submit", function (event) {
    if (event.target.hasAttribute && event.target.hasAttribute("data-signout")) {
      each(function (key) {
        window.localStorage.removeItem(key);
      });
    }
  });
})();

// Keeps the page current. The page is complete without it. Written for old browsers too.
(function () {
  "use strict";
  var EVERY = 3000;
  var japanese = document.documentElement.lang === "ja";
  var skew = 0;
  var clock = document.getElementById("clock");
  if (clock) { skew = new Date(clock.getAttribute("datetime")).getTime() - Date.now(); }
  var offset = clock ? zoneOf(clock.getAttribute("datetime")) : 0;

  function zoneOf(text) {
    var found = /([+-])(\d\d):(\d\d)$/.exec(text || "");
    return found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) * 60000 : 0;
  }
  function two(number) { return (number < 10 ? "0" : "") + number; }
  function ago(seconds) {
    var units = japanese ? ["秒前", "分前", "時間前", "日前"] : [" s ago", " min ago", " h ago", " d ago"];
    if (seconds < 60) { return Math.max(Math.floor(seconds), 0) + units[0]; }
    if (seconds < 3600) { return Math.floor(seconds / 60) + units[1]; }
    if (seconds < 172800) { return Math.floor(seconds / 3600) + units[2]; }
    return Math.floor(seconds / 86400) + units[3];
  }
  function tick() {
    var now = Date.now() + skew, all = document.querySelectorAll("time[data-ago]"), i, at, text;
    for (i = 0; i < all.length; i += 1) {
      at = new Date(all[i].getAttribute("datetime")).getTime();
      if (!all[i].title) { all[i].title = all[i].textContent; }
      text = ago((now - at) / 1000);
      if (all[i].textContent !== text) { all[i].textContent = text; }
    }
    if (clock) {
      var local = new Date(now + offset);
      clock.textContent = two(local.getUTCMonth() + 1) + "-" + two(local.getUTCDate()) + " " +
        two(local.getUTCHours()) + ":" + two(local.getUTCMinutes()) + ":" + two(local.getUTCSeconds());
    }
  }
  function get(url, done, failed) {
    var asked = new XMLHttpRequest();
    asked.open("GET", url);
    asked.timeout = 10000;
    asked.onload = function () { if (asked.status === 200) { done(asked.responseText); } else { failed(); } };
    asked.onerror = asked.ontimeout = failed;
    asked.send();
  }
  function again(work) { window.setTimeout(work, document.hidden ? EVERY * 4 : EVERY); }

  // A part is replaced only if it differs; where the reader stood stays.
  function replace(part, html) {
    var fresh = part.cloneNode(false), standing = document.activeElement, address = "", open;
    fresh.innerHTML = html;
    var shown = part.cloneNode(true), times = shown.querySelectorAll("time[data-ago]"), i;
    for (i = 0; i < times.length; i += 1) { times[i].textContent = times[i].title || times[i].textContent; times[i].removeAttribute("title"); }
    if (shown.innerHTML === fresh.innerHTML) { return false; }
    if (part.contains(standing)) { address = standing.getAttribute("href") || ""; }
    part.innerHTML = html;
    if (address) {
      open = part.querySelectorAll("a");
      for (i = 0; i < open.length; i += 1) { if (open[i].getAttribute("href") === address) { open[i].focus(); break; } }
    }
    return true;
  }

  var board = document.querySelector("table.board"), link = document.getElementById("link");
  function say(on) {
    if (!link) { return; }
    var text = board.getAttribute(on ? "data-live" : "data-away");
    link.className = "link " + (on ? "on" : "off");
    if (link.textContent !== text) { link.textContent = text; }
  }
  function look() {
    get("/live?since=" + board.getAttribute("data-version"), function (text) {
      var news = JSON.parse(text), lines = board.querySelectorAll("tr[data-route]"), i, html;
      replace(document.getElementById("head"), news.head);
      for (i = 0; i < lines.length; i += 1) {
        html = news.rows[lines[i].getAttribute("data-route")];
        if (html !== undefined && replace(lines[i], html)) {
          lines[i].className = lines[i].querySelector(".chip.error,.chip.rejected,.chip.warning,.count.bad,.why") ? "wrong changed" : "changed";
        }
      }
      board.setAttribute("data-version", news.version);
      sift(); tick(); say(true); again(look);
    }, function () { say(false); again(look); });
  }

  var words = document.getElementById("filter"), wrong = document.getElementById("wrong");
  function sift() {
    var wanted = words.value.toLowerCase(), bodies = board.tBodies, i, j, lines, any, shown;
    for (i = 0; i < bodies.length; i += 1) {
      lines = bodies[i].querySelectorAll("tr[data-route]"); any = false;
      for (j = 0; j < lines.length; j += 1) {
        shown = (!wanted || lines[j].textContent.toLowerCase().indexOf(wanted) >= 0) &&
          (!wrong.checked || /\bwrong\b/.test(lines[j].className));
        lines[j].hidden = !shown; any = any || shown;
      }
      bodies[i].hidden = !any;
    }
  }

  var part = document.querySelector("[data-refresh]");
  function refresh() {
    get(location.href, function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-refresh]");
      if (fresh) { replace(part, fresh.innerHTML); tick(); }
      again(refresh);
    }, function () { again(refresh); });
  }

  tick();
  window.setInterval(tick, 1000);
  if (board) { words.addEventListener("input", sift); wrong.addEventListener("change", sift); sift(); say(true); again(look); }
  if (part) { again(refresh); }
}());

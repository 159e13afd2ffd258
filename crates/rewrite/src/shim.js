// Sends the page's own calls to the mirror it came from. Hosts outside the table are left alone.
(function (table) {
  "use strict";
  var here = location;
  // Where an address leads on the mirror; null when it is no address of the table.
  function find(address) {
    try {
      var url = new URL(address, here.href);
      var kind = Object.prototype.hasOwnProperty.call(table.hosts, url.hostname) && table.hosts[url.hostname];
      if (!kind || url.host === here.host) return null;
      var path = url.pathname + url.search + url.hash;
      return { kind: kind, path: here.host + (kind === "main" ? "" : table.prefix + url.hostname) + path };
    } catch (_) {
      return null;
    }
  }
  function web(address) {
    var to = find(address);
    return to ? here.protocol + "//" + to.path : address;
  }
  function socket(address) {
    var to = find(address);
    return to ? (here.protocol === "https:" ? "wss://" : "ws://") + to.path : address;
  }
  function watches(address) {
    var to = find(address);
    return !!to && to.kind === "telemetry";
  }
  function wrap(name, change) {
    var Old = window[name];
    if (!Old) return;
    window[name] = new Proxy(Old, {
      construct: function (target, args, newTarget) {
        if (args.length) args[0] = change(args[0]);
        return Reflect.construct(target, args, newTarget);
      },
    });
  }
  wrap("EventSource", web);
  wrap("WebSocket", socket);
  var oldFetch = window.fetch;
  window.fetch = function (input, init) {
    try {
      var address = input instanceof Request ? input.url : input;
      if (watches(address)) return Promise.resolve(new Response("{}", { status: 202 }));
      var to = web(address);
      if (to !== address) input = input instanceof Request ? new Request(to, input) : to;
    } catch (_) {}
    return oldFetch.call(window, input, init);
  };
  var oldOpen = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (...args) {
    if (args.length > 1) args[1] = web(args[1]);
    return oldOpen.apply(this, args);
  };
  var oldBeacon = navigator.sendBeacon;
  if (oldBeacon) {
    navigator.sendBeacon = function (address, data) {
      return watches(address) || oldBeacon.call(navigator, web(address), data);
    };
  }
  addEventListener("click", function (event) {
    try {
      var link = event.target.closest("a[href]");
      var to = link && web(link.href);
      if (link && to !== link.href) link.href = to;
    } catch (_) {}
  }, true);
})

(() => {
  const kernel = KERNEL_ID;
  const old = globalThis.gonb_comm;
  if (old && old.kernel === kernel && old.alive()) { old.connect(); return; }
  if (old && old.close) old.close();
  const element = document.getElementById("jupyter-config-data");
  const config = element ? JSON.parse(element.textContent) : {};
  const hex = () => Math.floor(Math.random() * 2 ** 48).toString(16).padStart(12, "0");
  const session = hex() + hex(), comm = hex() + hex();
  const norm = (address) => address.replace(/^\/+/, "");
  const subscriptions = new Map(), values = new Map();
  let waiting = [], ready = false, socket = null, next = 1;
  let steps = Promise.resolve();

  const post = (type, content) => socket.send(JSON.stringify({
    header: { msg_id: hex() + hex(), msg_type: type, username: "", session, date: new Date().toISOString(), version: "5.3" },
    parent_header: {}, metadata: {}, content, channel: "shell", buffers: [],
  }));
  const say = (data) => {
    if (ready) post("comm_msg", { comm_id: comm, data });
    else waiting.push(data);
  };
  const deliver = (address, value) => {
    values.set(address, value);
    for (const [a, f] of [...subscriptions.values()]) {
      if (a !== address) continue;
      try { f(address, value); } catch (e) { console.error("gonb_comm", e); }
    }
  };
  const take = (data) => {
    if (data.script !== undefined) {
      steps = steps.then(() => gonb_comm.element(data.wait)).then(() => (0, eval)(data.script)).catch((e) => console.error("gonb_comm", e));
    } else if (data.request) {
      const value = values.get(data.address);
      if (value !== undefined) say({ address: data.address, value });
    } else {
      deliver(data.address, data.value);
    }
  };
  const open = () => {
    const base = new URL(config.wsUrl || config.baseUrl || "/", location.href);
    base.protocol = base.protocol.replace(/^http/, "ws");
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    const url = new URL("api/kernels/" + kernel + "/channels", base);
    url.searchParams.set("session_id", session);
    if (config.token) url.searchParams.set("token", config.token);
    socket = new WebSocket(url);
    socket.onopen = () => {
      post("comm_open", { comm_id: comm, target_name: "goray.gonb", data: {} });
      ready = true;
      for (const data of waiting.splice(0)) say(data);
    };
    socket.onmessage = (event) => {
      if (typeof event.data !== "string") return;
      const m = JSON.parse(event.data), c = m.content;
      if (!c || c.comm_id !== comm) return;
      if (m.header.msg_type === "comm_msg") take(c.data);
      if (m.header.msg_type === "comm_close") { ready = false; socket.close(); }
    };
    socket.onclose = () => { ready = false; };
  };
  const gonb_comm = globalThis.gonb_comm = {
    kernel,
    alive: () => socket !== null && socket.readyState <= 1,
    connect: () => { if (!gonb_comm.alive()) open(); },
    close: () => { if (socket) socket.close(); },
    send: (address, value) => { address = norm(address); values.set(address, value); say({ address, value }); },
    subscribe: (address, f) => { subscriptions.set(next, [norm(address), f]); return next++; },
    unsubscribe: (id) => subscriptions.delete(id),
    // element waits until the page shows an element, five seconds at most.
    element: (id) => new Promise((found) => {
      let tries = 100;
      const look = () => (!id || document.getElementById(id) || tries-- <= 0) ? found() : setTimeout(look, 50);
      look();
    }),
  };
  open();
})();

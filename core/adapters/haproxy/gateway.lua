-- What HAProxy does by itself for Pod-Proxier: end mappings at their deadline, try endpoints, name its own life.
-- Above these lines, rendering.py has set UNTIL_MAP, PROBE_SOCKET, PORTS (ranges, each its first and last) and PROBE_TIMEOUT_MS.

-- A name for the life of this process ---------------------------------------------------------------------------------

local function random_name()
  local source = assert(io.open("/dev/urandom", "rb"))
  local bytes = source:read(8)
  source:close()
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local epoch = random_name()

core.register_cli({"pp", "epoch"}, "pp epoch : name the life of this process", function(applet)
  applet:send(epoch .. "\n")
end)

-- Deadlines -----------------------------------------------------------------------------------------------------------

local LOOK_MS, REST_MS = 10, 900
local ROUNDS = 2 -- what has ended is cut again every so many seconds: the net under the net

local deadlines = Map.new(UNTIL_MAP, Map._str) -- sees what is changed at run time

-- A missing or unreadable deadline has passed: a deleted entry must not leave a live connection up. Which one it was
-- is remembered, so that a later one is seen even if it has passed, too, when it is looked at first.
local function enforce(slot, now)
  local value = deadlines:lookup(slot.key) or ""
  local deadline = tonumber(value:match("^%d+$"))
  if deadline ~= nil and now < deadline then
    slot.ended = nil
  elseif slot.ended ~= value or now % ROUNDS == slot.round then
    slot.server:set_maint()
    slot.server:shut_sess()
    slot.ended = value
  end
end

-- core.backends is still empty while this file loads.
local function collect()
  local slots = {}
  for _, range in ipairs(PORTS) do
    for port = range[1], range[2] do
      for _, server in pairs(core.backends["slot_" .. port].servers) do
        slots[#slots + 1] = {key = tostring(port), server = server, round = port % ROUNDS}
      end
    end
  end
  return slots
end

local function enforce_all(slots, now)
  for _, slot in ipairs(slots) do
    local fine, problem = pcall(enforce, slot, now)
    if not fine then
      core.log(core.err, "slot " .. slot.key .. ": " .. tostring(problem))
    end
  end
end

-- Deadlines are whole seconds, so that there is something to do only when another second begins. Only whoever has just
-- seen one begin may rest until shortly before the next: at the start, and after a rest that took too long, nobody has.
-- os.time is wall time, as date() in haproxy.cfg; core.now() is not.
core.register_task(function()
  local slots, latest, looked = collect(), nil, false
  while true do
    local now = os.time()
    local begins = now ~= latest
    if begins then
      enforce_all(slots, now)
      latest = now
    end
    local rests = begins and looked
    looked = not rests
    core.msleep(rests and REST_MS or LOOK_MS)
  end
end)

-- Probes --------------------------------------------------------------------------------------------------------------
-- core.tcp() by itself retries three times (HAProxy 2.8) and does not say why it failed. So a probe goes to a socket
-- of our own, with the endpoint as the destination of a PROXY header; HAProxy connects once, from where it stands, and
-- hangs up: with "answered" noted, or at once (refused), or when its patience ends (silent).

local answered, latest = {}, 0

core.register_action("pp_answered", {"tcp-res"}, function(txn)
  answered[txn.f:src_port()] = true
end, 0)

local function header(address, port, id)
  if address:find(":", 1, true) then
    return ("PROXY TCP6 ::1 %s %d %d\r\n"):format(address, id, port)
  end
  return ("PROXY TCP4 127.0.0.1 %s %d %d\r\n"):format(address, id, port)
end

local function elapsed_ms(since)
  local now = core.now()
  return (now.sec - since.sec) * 1000 + (now.usec - since.usec) / 1000
end

local function probe(address, port)
  latest = latest % 65535 + 1
  local id, started, socket = latest, core.now(), core.tcp()
  answered[id] = nil
  socket:settimeout(math.ceil(PROBE_TIMEOUT_MS / 1000) + 1)
  if not socket:connect("unix@" .. PROBE_SOCKET) then
    return "broken"
  end
  socket:send(header(address, port, id))
  socket:receive(1) -- returns when HAProxy hangs up
  socket:close()
  local heard = answered[id]
  answered[id] = nil
  if heard then
    return "answered"
  end
  return elapsed_ms(started) < PROBE_TIMEOUT_MS * 0.9 and "refused" or "silent"
end

core.register_cli({"pp", "probe"}, "pp probe ADDRESS PORT : try an endpoint once", function(applet, _, _, address, port)
  applet:send(probe(tostring(address), tonumber(port)) .. "\n")
end)

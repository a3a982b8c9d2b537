
-- A desk -------------------------------------------------------------------------------------------------------------
-- The Data Plane API knows none of the commands above, but it reads and writes maps. So one map is a desk, on which
-- HAProxy and the bot leave word for each other: who this process is, and which endpoints are to be tried. Above these
-- lines, rendering.py has set DESK_MAP, CONFIG and PLACES.

local LOOK_MS, KEEP_S = 50, 10 -- an answer that nobody took is thrown away

local desk = Map.new(DESK_MAP, Map._str)
local signs = {epoch = epoch, config = CONFIG}
local trying, told = {}, {}

local function put_up(key, word)
  if desk:lookup(key) ~= word then
    core.set_map(DESK_MAP, key, word)
  end
end

-- A request is "ADDRESS,PORT,WORD", its answer "FOUND,WORD": the word tells whose it is.
local function try(key, request, address, port, word)
  trying[key] = true
  core.register_task(function()
    local fine, found = pcall(probe, address, tonumber(port))
    if desk:lookup(key) == request then
      core.set_map(DESK_MAP, key, (fine and found or "broken") .. "," .. word)
      told[key] = os.time()
    end
    trying[key] = nil
  end)
end

local function look(key)
  local there = desk:lookup(key)
  if there == nil then
    told[key] = nil
  elseif told[key] == nil and not trying[key] then
    local address, port, word = there:match("^([%x.:]+),(%d+),(%x+)$")
    if address then
      try(key, there, address, port, word)
    else
      told[key] = os.time()
    end
  elseif told[key] ~= nil and os.time() - told[key] > KEEP_S then
    core.del_map(DESK_MAP, key)
  end
end

core.register_task(function()
  while true do
    for key, word in pairs(signs) do
      put_up(key, word)
    end
    for place = 1, PLACES do
      look("probe-" .. place)
    end
    core.msleep(LOOK_MS)
  end
end)

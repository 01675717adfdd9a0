-- Uploads of both feet for wrk; with CLOSE=1 in the environment one connection an upload, as the firmware does it.
--
--   wrk -t1 -c64 -d4s -s benches/load/upload.lua http://127.0.0.1:8080/api/fsr_data
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
if os.getenv("CLOSE") == "1" then
  wrk.headers["Connection"] = "close"
end

local feet = {
  { side = "left", ratios = { 12.3, 8.4, 5.1, 20.0, 32.5, 21.7 } },
  { side = "right", ratios = { 15.2, 7.5, 3.1, 25.4, 30.0, 18.8 } },
}

local bodies = {}
for _, foot in ipairs(feet) do
  local fields = { string.format('"side":"%s"', foot.side) }
  for sensor, ratio in ipairs(foot.ratios) do
    table.insert(fields, string.format('"ratio%d":%.1f', sensor, ratio))
  end
  table.insert(bodies, "{" .. table.concat(fields, ",") .. "}")
end

local requests = {}

function init()
  for _, body in ipairs(bodies) do
    table.insert(requests, wrk.format(nil, nil, nil, body))
  end
end

local sent = 0

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end

-- wrk: one body, and a token after the other. Given a pause, each connection begins at a random moment and then
-- waits so many ms between an answer and its next request.
local tokens, at = {}, 0
local pause = 0
function init(args)
  for line in io.lines(args[1]) do tokens[#tokens + 1] = "Bearer " .. line end
  wrk.method, wrk.body, pause = "POST", args[2], tonumber(args[3] or 0)
  math.randomseed(os.time())
  local begun = 0
  if pause > 0 then
    delay = function()
      begun = begun + 1
      return begun <= 32 and math.random(0, pause) or pause
    end
  end
  wrk.headers["content-type"] = "application/json"
end
function request()
  at = at % #tokens + 1
  wrk.headers["authorization"] = tokens[at]
  return wrk.format()
end
function done(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), bad))
end

-- Prints what was measured as one line of JSON. With RANGE_BYTES and FILE_BYTES set, asks for one range after the other.
local range, size = tonumber(os.getenv("RANGE_BYTES")), tonumber(os.getenv("FILE_BYTES"))

if range and size then
  local requests, at = {}, 0
  function init()
    for first = 0, size - range, range do
      local headers = { Range = string.format("bytes=%d-%d", first, first + range - 1) }
      requests[#requests + 1] = wrk.format("GET", nil, headers)
    end
  end
  function request()
    at = at % #requests + 1
    return requests[at]
  end
end

if os.getenv("REQUEST_BODY") then
  wrk.method = "POST"
  wrk.body = os.getenv("REQUEST_BODY")
  wrk.headers["Content-Type"] = "application/json"
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"bytes":%d,"micros":%d,"p50":%.3f,"p99":%.3f,"failed":%d}\n',
    summary.requests, summary.bytes, summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

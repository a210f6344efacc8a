-- For wrk, where k6 is not at hand: whole answers of 48 tokens to questions that differ, and how many were refused.
--   wrk -t1 -c16 -d20s --timeout 60s -s k6/wrk.lua http://127.0.0.1:8080/v1/chat/completions
local threads = {}
local counter = 0

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  answered, refused, silent, others, tokens = 0, 0, 0, 0, 0
  math.randomseed(os.time())
end

function request()
  counter = counter + 1
  local body = string.format('{"model":"smollm2-135m-instruct","temperature":0.8,"max_tokens":48,"messages":[{"role":"user","content":"Story %d. Write a long fairy tale."}]}',
    math.random(1000000) * 1000 + counter % 1000)
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function response(status, headers, body)
  if status == 200 then
    answered = answered + 1
    tokens = tokens + tonumber(string.match(body, '"completion_tokens":(%d+)') or 0)
  elseif status == 429 then
    refused = refused + 1
    if not (headers["Retry-After"] or headers["retry-after"]) then silent = silent + 1 end
  else
    others = others + 1
  end
end

function done(summary, latency, requests)
  local sum = { answered = 0, refused = 0, silent = 0, others = 0, tokens = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(sum) do sum[name] = sum[name] + thread:get(name) end
  end
  io.write(string.format("answered %d, %.1f tokens/s, refused %d (without Retry-After %d), others %d\n", sum.answered,
    sum.tokens / (summary.duration / 1e6), sum.refused, sum.silent, sum.others))
end
